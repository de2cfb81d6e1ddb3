"""Moments do not depend on the zone of a server or a session."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, text

from pyauth.db.adapter import SortBy, Where
from pyauth.db.sqlalchemy import SQLAlchemyAdapter
from tests.support.databases import bind, fresh_database

ZONES = {
    "postgresql": ("Asia/Tokyo", "America/New_York", "Australia/Lord_Howe"),
    "mysql": ("+09:00", "-11:30"),
}
# Around the end of summer time in New York: 01:30 there comes twice.
MOMENTS = [
    datetime(2026, 11, 1, 5, 30, 0, 1000, tzinfo=UTC),
    datetime(2026, 11, 1, 6, 30, 0, 1000, tzinfo=UTC),
    datetime(2026, 11, 1, 7, 30, 0, 999000, tzinfo=UTC),
]


def in_zone(url: URL, zone: str) -> URL:
    """Return a database whose sessions begin in a zone."""
    if url.get_backend_name() == "postgresql":
        return url.update_query_dict({"options": f"-c TimeZone={zone}"})
    return url.update_query_dict({"init_command": f"SET time_zone = '{zone}'"})


@pytest.mark.parametrize("owner", ["pyauth", "application"])
@pytest.mark.parametrize(
    ("kind", "zone"), [(kind, zone) for kind, zones in ZONES.items() for zone in zones]
)
def test_a_zone_changes_nothing(kind: str, zone: str, owner: str, tmp_path: Path) -> None:
    with fresh_database(kind, tmp_path) as url:
        odd = in_zone(url, zone)
        own = create_engine(odd) if owner == "application" else None
        adapter = SQLAlchemyAdapter(own or odd)
        bind(adapter)
        adapter.migrate()
        for number, moment in enumerate(MOMENTS):
            adapter.create("sample", {"label": str(number), "seen_at": moment})
        rows = adapter.find_many("sample", sort_by=SortBy("seen_at"))
        assert [row["seen_at"] for row in rows] == MOMENTS
        assert adapter.count("sample", [Where("seen_at", MOMENTS[1], "lt")]) == 1
        adapter.close()
        if own is not None:
            own.dispose()
        assert shown_in_utc(url) == [
            "2026-11-01 05:30:00.001",
            "2026-11-01 06:30:00.001",
            "2026-11-01 07:30:00.999",
        ]


def shown_in_utc(url: URL) -> list[str]:
    """Return the moments as the database itself writes them."""
    server = create_engine(url)
    text_of = {"postgresql": "to_char(seen_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS')"}
    column = text_of.get(url.get_backend_name(), "LEFT(CAST(seen_at AS CHAR), 23)")
    with server.connect() as connection:
        rows = connection.scalars(text(f"SELECT {column} FROM samples ORDER BY seen_at")).all()
    server.dispose()
    return list(rows)
