"""Values as databases hold them, also those that others have written."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from pyauth.db.adapter import Where
from pyauth.db.sqlalchemy import SQLAlchemyAdapter
from tests.support.databases import bind, fresh_database

MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[SQLAlchemyAdapter]:
    with fresh_database("sqlite", tmp_path) as url:
        adapter = SQLAlchemyAdapter(url)
        bind(adapter)
        adapter.migrate()
        yield adapter
        adapter.close()


def stored(adapter: SQLAlchemyAdapter, column: str) -> Any:
    with adapter.engine.connect() as connection:
        return connection.execute(text(f"SELECT {column} FROM samples")).scalar_one()


def overwrite(adapter: SQLAlchemyAdapter, column: str, value: object) -> None:
    with adapter.engine.connect() as connection:
        connection.execute(text(f"UPDATE samples SET {column} = :value"), {"value": value})


def test_sqlite_keeps_upstreams_forms(sqlite: SQLAlchemyAdapter) -> None:
    sqlite.create(
        "sample", {"label": "a", "seen_at": MOMENT, "active": True, "extra": {"a": ["ü", 1]}}
    )
    assert stored(sqlite, "seen_at") == "2026-01-02T03:04:05.678Z"
    assert stored(sqlite, "active") == 1
    assert stored(sqlite, "extra") == '{"a":["ü",1]}'


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-01-02T03:04:05.678Z", MOMENT),
        ("2026-01-02 03:04:05.678", MOMENT),
        ("2026-01-02T05:04:05.678999+02:00", MOMENT),
        ("2026-01-02", datetime(2026, 1, 2, tzinfo=UTC)),
    ],
)
def test_sqlite_reads_dates_that_others_wrote(
    sqlite: SQLAlchemyAdapter, written: str, expected: datetime
) -> None:
    sqlite.create("sample", {"label": "a"})
    overwrite(sqlite, "seen_at", written)
    found = sqlite.find_one("sample", [Where("label", "a")])
    assert found is not None
    assert found["seen_at"] == expected
    assert found["seen_at"].tzinfo is UTC


def test_server_zones_do_not_matter(tmp_path: Path) -> None:
    with fresh_database("postgresql", tmp_path) as url:
        adapter = SQLAlchemyAdapter(url.update_query_dict({"options": "-c TimeZone=Asia/Tokyo"}))
        bind(adapter)
        adapter.migrate()
        row = adapter.create("sample", {"label": "a", "seen_at": MOMENT})
        found = adapter.find_one("sample", [Where("seen_at", MOMENT)])
        assert found == row
        assert found["seen_at"].tzinfo is UTC
        adapter.close()
