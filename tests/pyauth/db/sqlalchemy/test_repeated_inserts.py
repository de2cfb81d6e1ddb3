"""A row whose connection broke when it had arrived is there once, and its caller gets it."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from pyauth.db.adapter import Where
from pyauth.db.ids import IdPolicy
from pyauth.db.sqlalchemy import SQLAlchemyAdapter
from pyauth.errors import StoreUnavailable, UniqueViolation
from tests.support.databases import bind, fresh_database


def opened(url: Any, policy: IdPolicy) -> SQLAlchemyAdapter:
    adapter = SQLAlchemyAdapter(url)
    bind(adapter, policy)
    adapter.migrate()
    return adapter


def break_after_the_next_insert(adapter: SQLAlchemyAdapter) -> None:
    @event.listens_for(adapter.engine, "after_cursor_execute", once=True)
    def _break(_c: Any, _cursor: Any, sql: str, *_: Any) -> None:
        assert sql.startswith("INSERT")
        raise OperationalError(sql, {}, Exception("gone"), connection_invalidated=True)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql", "mysql"])
@pytest.mark.parametrize("policy", ["random", "uuid"])
def test_a_new_row_is_there_once(kind: str, policy: Any, tmp_path: Path) -> None:
    with fresh_database(kind, tmp_path) as url:
        adapter = opened(url, policy)
        break_after_the_next_insert(adapter)
        row = adapter.create("sample", {"label": "a", "code": "c", "extra": {"b": [1]}})
        assert adapter.find_many("sample") == [row]
        with pytest.raises(UniqueViolation):
            adapter.create("sample", {"label": "a", "code": "c"})
        with pytest.raises(UniqueViolation):
            adapter.create("sample", {"label": "other", "id": row["id"]})
        adapter.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql", "mysql"])
def test_a_row_with_a_counted_id_is_not_made_twice(kind: str, tmp_path: Path) -> None:
    with fresh_database(kind, tmp_path) as url:
        adapter = opened(url, "serial")
        break_after_the_next_insert(adapter)
        with pytest.raises(StoreUnavailable):
            adapter.create("sample", {"label": "a"})
        assert adapter.count("sample", [Where("label", "a")]) == 1
        assert adapter.create("sample", {"label": "b"})
        adapter.close()
