"""Work that waits for the end of a transaction, on each kind of adapter."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from pyauth import StoreError, UniqueViolation
from pyauth.db.adapter import Adapter
from pyauth.db.after_commit import FollowUpFailed
from pyauth.db.sqlalchemy import SQLAlchemyAdapter
from tests.support.databases import ADAPTERS, bind, make_tables

USER = {"name": "Ada", "email": "ada@example.com"}


@pytest.fixture(params=["memory", "sqlite"])
def adapter(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Adapter]:
    for opened in ADAPTERS[request.param](tmp_path):
        bind(opened)
        make_tables(opened)
        yield opened


@pytest.fixture
def ran() -> list[str]:
    return []


def test_a_rollback_runs_what_waited_for_it(adapter: Adapter, ran: list[str]) -> None:
    with suppress(RuntimeError), adapter.transaction():
        adapter.create("user", USER)
        with adapter.transaction():
            adapter.after_rollback(lambda: ran.append(f"rows: {adapter.count('user')}"))
        adapter.after_rollback(lambda: ran.append("second"))
        raise RuntimeError
    assert ran == ["rows: 0", "second"]


def test_a_rollback_for_an_error_of_the_store_runs_it_too(adapter: Adapter, ran: list[str]) -> None:
    adapter.create("user", USER)
    with suppress(UniqueViolation), adapter.transaction():
        adapter.after_rollback(lambda: ran.append("undone"))
        adapter.create("user", USER)
    assert ran == ["undone"]


def test_a_commit_drops_it(adapter: Adapter, ran: list[str]) -> None:
    with adapter.transaction():
        adapter.after_rollback(lambda: ran.append("never"))
    with suppress(RuntimeError), adapter.transaction():
        raise RuntimeError
    assert ran == []


def test_outside_of_a_transaction_there_is_nothing_to_wait_for(
    adapter: Adapter, ran: list[str]
) -> None:
    adapter.after_rollback(lambda: ran.append("never"))
    assert ran == []


def test_what_undoing_raises_is_logged_and_hides_no_error(
    adapter: Adapter, ran: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise ValueError

    def change() -> None:
        with adapter.transaction():
            adapter.after_rollback(fail)
            adapter.after_rollback(lambda: ran.append("next"))
            raise RuntimeError("the cause")

    with pytest.raises(RuntimeError, match="the cause"):
        change()
    assert ran == ["next"]
    assert len(caplog.records) == 1


def test_a_commit_of_unknown_outcome_undoes_nothing(tmp_path: Path, ran: list[str]) -> None:
    adapter = SQLAlchemyAdapter(f"sqlite:///{tmp_path}/db.sqlite3")
    bind(adapter)
    adapter.migrate()

    def break_off(_: object, __: object, statement: str, *___: object) -> None:
        if statement == "COMMIT":
            raise OperationalError(statement, {}, Exception("connection lost"))

    event.listen(adapter.engine, "before_cursor_execute", break_off)

    def change() -> None:
        with adapter.transaction():
            adapter.after_rollback(lambda: ran.append("never"))

    with pytest.raises(StoreError):
        change()
    assert ran == []
    adapter.close()


def test_a_follow_up_that_fails_is_told_once_all_have_run(adapter: Adapter, ran: list[str]) -> None:
    def fail() -> None:
        raise FollowUpFailed("the other store is away")

    def change() -> None:
        with adapter.transaction():
            adapter.create("user", USER)
            adapter.after_commit(fail)
            adapter.after_commit(lambda: ran.append("next"))

    with pytest.raises(FollowUpFailed):
        change()
    assert ran == ["next"]
    assert adapter.count("user") == 1
    with pytest.raises(FollowUpFailed):
        adapter.after_commit(fail)
