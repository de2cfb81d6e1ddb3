"""What every adapter promises, on every database: the adapters, and rows for them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from pyauth.db.adapter import Adapter, Row, SortBy, Where
from tests.support.databases import ADAPTERS, bind, empty_tables, make_tables

MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)


@pytest.fixture(scope="module", params=list(ADAPTERS))
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    opening = ADAPTERS[request.param](tmp_path_factory.mktemp("databases"))
    adapter = next(opening)
    bind(adapter)
    make_tables(adapter)
    yield adapter
    for _ in opening:
        pass


@pytest.fixture
def adapter(opened: Adapter) -> Iterator[Adapter]:
    yield opened
    empty_tables(opened)


def user(adapter: Adapter, email: str = "ada@example.com", **fields: Any) -> Row:
    """Create a user."""
    return adapter.create("user", {"name": "Ada", "email": email, **fields})


def sample(adapter: Adapter, label: str = "one", **fields: Any) -> Row:
    """Create a row of the sample model."""
    return adapter.create("sample", {"label": label, **fields})


def labels(rows: list[Row]) -> list[str]:
    """Return what tells rows apart."""
    return [row["label"] for row in rows]


def find_labels(adapter: Adapter, *where: Where) -> list[str]:
    """Return the labels of the rows that fit, sorted."""
    return labels(adapter.find_many("sample", where, sort_by=SortBy("label")))
