"""Instances on servers whose connections can be harmed."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL

from pyauth import PyAuth
from tests.support.app import make_auth
from tests.support.databases import fresh_database

Serve = Callable[..., PyAuth]


@pytest.fixture(params=["postgresql", "mysql"])
def kind(request: pytest.FixtureRequest) -> str:
    """A database that is a server."""
    return str(request.param)


@pytest.fixture
def url(kind: str, tmp_path: Path) -> Iterator[URL]:
    """An empty database."""
    with fresh_database(kind, tmp_path) as made:
        yield made


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Make instances, with their tables, that are closed in the end."""
    with ExitStack() as stack:

        def make(database: Any, **options: Any) -> PyAuth:
            if isinstance(database, URL):
                database = database.render_as_string(hide_password=False)
            auth = make_auth(database=database, **options)
            stack.callback(auth.close)
            auth.migrate()
            return auth

        yield make
