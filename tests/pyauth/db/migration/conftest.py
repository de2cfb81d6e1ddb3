"""One database of each kind for the tests of a module, emptied before each of them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL

from pyauth.db.sqlalchemy import SQLAlchemyAdapter
from tests.support.databases import fresh_database
from tests.support.migration import KINDS, emptied, open_adapter


@pytest.fixture(scope="module", params=KINDS)
def shared_url(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[URL]:
    with fresh_database(request.param, tmp_path_factory.mktemp("databases")) as url:
        yield url


@pytest.fixture
def url(shared_url: URL, tmp_path: Path) -> URL:
    return emptied(shared_url, tmp_path)


@pytest.fixture
def kind(url: URL) -> str:
    return url.get_backend_name()


@pytest.fixture
def closing() -> Iterator[Callable[[SQLAlchemyAdapter], SQLAlchemyAdapter]]:
    """Return a function that keeps an adapter to be closed."""
    kept: list[SQLAlchemyAdapter] = []

    def keep(adapter: SQLAlchemyAdapter) -> SQLAlchemyAdapter:
        kept.append(adapter)
        return adapter

    yield keep
    for adapter in kept:
        adapter.close()


@pytest.fixture
def open_with(url: URL, closing: Any) -> Callable[..., SQLAlchemyAdapter]:
    """Return a function that opens the database; its arguments are those of ``open_adapter``."""
    return lambda *arguments, **named: closing(open_adapter(url, *arguments, **named))
