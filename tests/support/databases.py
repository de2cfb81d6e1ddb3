"""The databases that adapter tests run over, each test module on its own.

``PYAUTH_TEST_POSTGRES_URL`` and ``PYAUTH_TEST_MYSQL_URL`` name servers that allow CREATE DATABASE.
A server that is not there skips its tests, and fails them where ``CI=true``.
"""

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Engine, create_engine, event, exc, make_url, text

from pyauth.clock import utc_now
from pyauth.db.adapter import Adapter
from pyauth.db.core_schema import core_models
from pyauth.db.ids import IdPolicy
from pyauth.db.memory import MemoryAdapter
from pyauth.db.schema import ModelSchema, Schema, build_schema
from pyauth.db.sqlalchemy import SQLAlchemyAdapter
from pyauth.options.fields import Field, Reference

POSTGRES_URL = os.environ.get(
    "PYAUTH_TEST_POSTGRES_URL", "postgresql+psycopg://root@127.0.0.1:5432/test"
)
MYSQL_URL = os.environ.get("PYAUTH_TEST_MYSQL_URL", "mysql+pymysql://root@127.0.0.1:3306/test")

SERVER_URLS = {"postgresql": POSTGRES_URL, "mysql": MYSQL_URL}

SAMPLE = ModelSchema(
    "sample",
    {
        "label": Field(type="string"),
        "code": Field(type="string", required=False, unique=True),
        "amount": Field(type="number", default=0),
        "big": Field(type="number", required=False, bigint=True),
        "active": Field(type="boolean", default=True),
        "seen_at": Field(type="date", required=False),
        "extra": Field(type="json", required=False),
        "words": Field(type="string[]", required=False),
        "numbers": Field(type="number[]", required=False),
        "level": Field(type=("low", "high"), required=False),
        "owner_id": Field(
            type="string",
            required=False,
            references=Reference(model="user", on_delete="set null"),
        ),
    },
    source="tests",
)
"""A model with a field of every kind, and a reference that a deletion empties."""

GUARD = ModelSchema(
    "guard",
    {"keeper_id": Field(type="string", references=Reference(model="user", on_delete="restrict"))},
    source="tests",
)
"""A model whose rows forbid the deletion of what they refer to."""


def sample_schema() -> Schema:
    """Return the core's models and two more."""
    return build_schema(core_models(utc_now), [SAMPLE, GUARD])


def bind(adapter: MemoryAdapter | SQLAlchemyAdapter, id_policy: IdPolicy = "random") -> None:
    """Bind an adapter to the sample schema."""
    adapter.bind(sample_schema(), id_policy=id_policy, default_limit=100)


@contextmanager
def fresh_database(kind: str, folder: Path) -> Iterator[URL]:
    """Make a database, and drop it afterwards.

    Args:
        kind: ``sqlite``, ``postgresql`` or ``mysql``.
        folder: where SQLite keeps it.
    """
    name = f"pyauth_{uuid.uuid4().hex[:12]}"
    if kind == "sqlite":
        yield make_url(f"sqlite:///{folder / name}.sqlite3")
        return
    server = _reach(kind)
    try:
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        try:
            yield make_url(SERVER_URLS[kind]).set(database=name)
        finally:
            force = " WITH (FORCE)" if kind == "postgresql" else ""
            with server.connect() as connection:
                connection.execute(text(f"DROP DATABASE {name}{force}"))
    finally:
        server.dispose()


def _reach(kind: str) -> Engine:
    server = create_engine(SERVER_URLS[kind], isolation_level="AUTOCOMMIT")
    try:
        with server.connect():
            return server
    except exc.OperationalError:
        server.dispose()
        reason = f"no {kind} server answers at {make_url(SERVER_URLS[kind]).host}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)


Opening = Callable[[Path], Iterator[MemoryAdapter | SQLAlchemyAdapter]]


def _open_memory(folder: Path) -> Iterator[MemoryAdapter]:
    yield MemoryAdapter()


def _open_shared(folder: Path) -> Iterator[SQLAlchemyAdapter]:
    yield from _closing(SQLAlchemyAdapter("sqlite://"))


def _open_url(
    kind: str, *, returning: bool = True
) -> Callable[[Path], Iterator[SQLAlchemyAdapter]]:
    def opened(folder: Path) -> Iterator[SQLAlchemyAdapter]:
        with fresh_database(kind, folder) as url:
            yield from _closing(SQLAlchemyAdapter(url, returning=returning))

    return opened


def _open_lent(kind: str) -> Opening:
    def opened(folder: Path) -> Iterator[SQLAlchemyAdapter]:
        with fresh_database(kind, folder) as url:
            engine = create_engine(url, pool_size=10, max_overflow=30)
            if kind == "sqlite":
                event.listen(engine, "connect", _set_up_sqlite)
            try:
                yield from _closing(SQLAlchemyAdapter(engine))
            finally:
                engine.dispose()

    return opened


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA foreign_keys = ON")


def _closing(adapter: SQLAlchemyAdapter) -> Iterator[SQLAlchemyAdapter]:
    try:
        yield adapter
    finally:
        adapter.close()


ADAPTERS: dict[str, Opening] = {
    "memory": _open_memory,
    "sqlite": _open_url("sqlite"),
    "sqlite-shared": _open_shared,
    "sqlite-lent": _open_lent("sqlite"),
    "postgresql": _open_url("postgresql"),
    "postgresql-lent": _open_lent("postgresql"),
    "mysql": _open_url("mysql"),
    "mysql-lent": _open_lent("mysql"),
    "mysql-without-returning": _open_url("mysql", returning=False),
}
"""Every way to run the adapter suite, by name; each yields an adapter that is not yet bound."""


def make_tables(adapter: Adapter) -> None:
    """Create the tables where the adapter has any."""
    if isinstance(adapter, SQLAlchemyAdapter):
        adapter.migrate()


def empty_tables(adapter: Adapter) -> None:
    """Delete every row."""
    for model in ("guard", "sample", "session", "account", "verification", "user"):
        adapter.delete_many(model, ())
