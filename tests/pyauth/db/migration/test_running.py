"""Migrations that fail, wait, or come at once within one process."""

import threading
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect

from pyauth.db.migration import locks
from pyauth.errors import ConfigurationError, StoreError, StoreUnavailable
from pyauth.options.fields import Field
from tests.support.migration import add_user, columns_of, only_on, open_adapter, run


def test_threads_that_migrate_at_once_make_one_schema(open_with: Any) -> None:
    opened = [open_with() for _ in range(4)]
    barrier = threading.Barrier(len(opened))
    outcomes: list[object] = []

    def work(adapter: Any) -> None:
        barrier.wait()
        try:
            outcomes.append(adapter.migrate().is_empty)
        except Exception as exc:
            outcomes.append(exc)

    threads = [threading.Thread(target=work, args=(adapter,)) for adapter in opened]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes)) == ["False", "True", "True", "True"]


@only_on("sqlite", "postgresql")
def test_a_failure_leaves_nothing_behind(open_with: Any) -> None:
    adapter = open_with()
    # A name that only the database can find taken.
    run(adapter, "CREATE TABLE other (id INTEGER)", "CREATE INDEX sessions ON other (id)")
    with pytest.raises(StoreError, match="refused a statement about the schema"):
        adapter.migrate()
    assert not inspect(adapter.engine).has_table("users")


def test_tables_are_not_changed_inside_a_transaction(open_with: Any) -> None:
    adapter = open_with()
    with pytest.raises(ConfigurationError, match="inside a transaction"), adapter.transaction():
        adapter.migrate()


def test_an_engine_that_is_lent_is_migrated_and_left_as_it_was(url: Any, kind: str) -> None:
    engine = create_engine(url, pool_size=2, max_overflow=0)
    setting = {
        "sqlite": "PRAGMA busy_timeout",
        "postgresql": "SHOW lock_timeout",
        "mysql": "SELECT @@SESSION.lock_wait_timeout",
    }[kind]
    try:
        with engine.connect() as connection:
            before = connection.exec_driver_sql(setting).scalar()
        adapter = open_adapter(engine)
        adapter.migrate()
        assert adapter.plan().describe() == []
        with engine.connect() as connection:
            assert connection.exec_driver_sql(setting).scalar() == before
        assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    finally:
        engine.dispose()


@pytest.fixture
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "LOCK_TIMEOUT", 1)
    monkeypatch.setattr(locks, "TABLE_TIMEOUT", 1)


LOCKED = {
    "sqlite": "BEGIN IMMEDIATE",
    "postgresql": f"SELECT pg_advisory_lock({locks._LOCK_NUMBER})",
    "mysql": f"SELECT GET_LOCK({locks._LOCK_NAME}, 0)",
}


@pytest.mark.usefixtures("short_waits")
def test_another_migration_is_waited_for_and_no_longer(url: Any, kind: str, closing: Any) -> None:
    options = {"connect_args": {"timeout": 0.1}} if kind == "sqlite" else {}
    engine = create_engine(url, **options)
    adapter = open_adapter(engine)
    with engine.connect() as other:
        other.exec_driver_sql(LOCKED[kind])
        with pytest.raises(StoreUnavailable):
            adapter.migrate()
    assert not inspect(engine).has_table("users")
    engine.dispose()
    after = closing(open_adapter(url))
    after.migrate()
    assert after.plan().describe() == []


def test_a_migration_goes_on_when_the_other_one_ends(open_with: Any, kind: str) -> None:
    adapter, holder = open_with(), open_with()
    outcome: list[object] = []
    with holder.engine.connect() as other:
        other.exec_driver_sql(LOCKED[kind])
        thread = threading.Thread(target=lambda: outcome.append(adapter.migrate().has_steps))
        thread.start()
        thread.join(0.3)
        assert outcome == []
        other.exec_driver_sql(
            {
                "sqlite": "ROLLBACK",
                "postgresql": f"SELECT pg_advisory_unlock({locks._LOCK_NUMBER})",
                "mysql": f"SELECT RELEASE_LOCK({locks._LOCK_NAME})",
            }[kind]
        )
        thread.join()
    assert outcome == [True]


@only_on("postgresql", "mysql")
@pytest.mark.usefixtures("short_waits")
def test_a_table_in_use_is_waited_for_and_no_longer(open_with: Any, kind: str) -> None:
    before = open_with()
    before.migrate()
    add_user(before)
    adapter = open_with({"age": Field(type="number", required=False)})
    with before.engine.connect() as other:
        other.exec_driver_sql("BEGIN")
        other.exec_driver_sql("SELECT * FROM users").all()
        with pytest.raises(StoreUnavailable, match="locked"):
            adapter.migrate()
        other.exec_driver_sql("ROLLBACK")
    assert "age" not in columns_of(adapter, "users")
    adapter.migrate()
    assert "age" in columns_of(adapter, "users")


@only_on("mysql")
def test_the_lock_is_given_back_after_a_failure(open_with: Any) -> None:
    before = open_with()
    before.migrate()
    add_user(before)
    adapter = open_with({"age": Field(type="number")})
    with pytest.raises(ConfigurationError):
        adapter.migrate()
    with before.engine.connect() as other:
        assert other.exec_driver_sql(f"SELECT IS_FREE_LOCK({locks._LOCK_NAME})").scalar() == 1


@only_on("sqlite")
def test_a_shared_database_in_memory_is_migrated(closing: Any, url: Any) -> None:
    adapter = closing(open_adapter("sqlite://"))
    adapter.migrate()
    assert adapter.plan().describe() == []
