"""The databases that races are run on: those of every run, and the rest of the matrix."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import create_engine, event

from pyauth.db.memory import MemoryAdapter
from tests.support.databases import fresh_database

RACED: Final = (
    "memory",
    "sqlite",
    "postgresql",
    "mysql",
    pytest.param("sqlite-lent", marks=pytest.mark.full),
    pytest.param("postgresql-lent", marks=pytest.mark.full),
    pytest.param("mysql-lent", marks=pytest.mark.full),
)
"""What a fixture takes as its parameters."""
RACED_ROWS: Final = RACED[1:]
"""The same without the adapter that has no database."""


@contextmanager
def raced_database(name: str, folder: Path) -> Iterator[Any]:
    """Give what ``make_auth`` takes as its database: an adapter, a URL, or an engine on loan."""
    kind, _, lent = name.partition("-")
    if kind == "memory":
        yield MemoryAdapter()
        return
    with fresh_database(kind, folder) as url:
        if not lent:
            yield url.render_as_string(hide_password=False)
            return
        engine = create_engine(url, pool_size=8, max_overflow=24)
        if kind == "sqlite":
            event.listen(engine, "connect", lambda driver, _: driver.execute(_WAL))
        yield engine
        engine.dispose()


_WAL: Final = "PRAGMA journal_mode = WAL"
