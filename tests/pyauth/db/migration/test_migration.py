"""Plans and their execution, on every database."""

import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, inspect, text

from pyauth.clock import utc_now
from pyauth.db.adapter import Where
from pyauth.db.core_schema import core_models
from pyauth.db.migration.plan import AddedColumn, AddedIndex, Plan
from pyauth.db.schema import ModelSchema, build_schema
from pyauth.db.sqlalchemy import SQLAlchemyAdapter
from pyauth.errors import ConfigurationError, StoreError, StoreUnavailable
from pyauth.options.fields import Field, Reference
from tests.support.databases import fresh_database

KINDS = ("sqlite", "postgresql", "mysql")


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    with fresh_database(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def adapters() -> Iterator[list[SQLAlchemyAdapter]]:
    opened: list[SQLAlchemyAdapter] = []
    yield opened
    for adapter in opened:
        adapter.close()


@pytest.fixture
def open_with(url: URL, adapters: list[SQLAlchemyAdapter]) -> Any:
    """Return a function that opens the database with further fields on the user."""

    def opened(fields: Mapping[str, Field] | None = None) -> SQLAlchemyAdapter:
        adapters.append(open_database(url, fields))
        return adapters[-1]

    return opened


def open_database(url: URL | str, fields: Mapping[str, Field] | None = None) -> SQLAlchemyAdapter:
    adapter = SQLAlchemyAdapter(url)
    extras = [ModelSchema("user", fields, source="tests")] if fields else []
    adapter.bind(build_schema(core_models(utc_now), extras))
    return adapter


def run(adapter: SQLAlchemyAdapter, *statements: str) -> None:
    with adapter.engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))


def with_user(adapter: SQLAlchemyAdapter) -> None:
    adapter.migrate()
    adapter.create("user", {"name": "Ada", "email": "ada@example.com"})


def test_an_empty_database_gets_every_table(open_with: Any) -> None:
    adapter = open_with()
    plan = adapter.plan()
    assert set(plan.create_tables) == {"users", "sessions", "accounts", "verifications"}
    assert plan.create_tables.index("users") < plan.create_tables.index("sessions")
    assert plan.add_columns == plan.create_indexes == plan.problems == ()
    assert not inspect(adapter.engine).has_table("users")
    assert adapter.migrate() == plan
    assert adapter.plan().is_empty
    assert adapter.migrate().is_empty


def test_migrating_twice_keeps_the_rows(open_with: Any) -> None:
    adapter = open_with()
    with_user(adapter)
    adapter.migrate()
    assert adapter.count("user") == 1


def test_missing_columns_are_added(open_with: Any) -> None:
    with_user(open_with())
    adapter = open_with(
        {
            "nickname": Field(type="string", required=False, unique=True),
            "role": Field(type="string", default="it's \\ 100% :ok"),
            "banned": Field(type="boolean", default=False),
            "admin": Field(type="boolean", default=True, required=False),
            "points": Field(type="number", default=7, bigint=True),
            "seen_at": Field(type="date", required=False, index=True),
            "extra": Field(type="json", required=False),
            "friend_id": Field(
                type="string",
                required=False,
                references=Reference(model="user", on_delete="set null"),
            ),
        }
    )
    plan = adapter.plan()
    assert plan.problems == ()
    assert [item.field for item in plan.add_columns] == [
        "nickname",
        "role",
        "banned",
        "admin",
        "points",
        "seen_at",
        "extra",
        "friend_id",
    ]
    assert AddedIndex("ix_users_nickname", "users", "nickname", unique=True) in plan.create_indexes
    assert AddedIndex("ix_users_seen_at", "users", "seen_at", unique=False) in plan.create_indexes
    assert adapter.migrate() == plan
    assert adapter.plan().is_empty
    (user,) = adapter.find_many("user")
    assert user["nickname"] is None
    assert user["role"] == "it's \\ 100% :ok"
    assert user["banned"] is False
    assert user["admin"] is True
    assert user["points"] == 7
    other = adapter.create(
        "user",
        {"name": "Bob", "email": "bob@example.com", "friend_id": user["id"], "extra": {"a": 1}},
    )
    adapter.delete_many("user", [Where("id", user["id"])])
    found = adapter.find_one("user", [Where("id", other["id"])])
    assert found is not None
    assert found["friend_id"] is None


def test_a_required_column_without_default_is_refused_whole(open_with: Any) -> None:
    with_user(open_with())
    adapter = open_with(
        {"nickname": Field(type="string", required=False), "born": Field(type="date")}
    )
    plan = adapter.plan()
    assert [item.column for item in plan.add_columns] == ["nickname"]
    (problem,) = plan.problems
    assert "table users: column born" in problem
    assert "constant default" in problem
    with pytest.raises(ConfigurationError, match="column born"):
        adapter.migrate()
    columns = {column["name"] for column in inspect(adapter.engine).get_columns("users")}
    assert "nickname" not in columns


def test_a_required_column_suits_an_empty_table(open_with: Any) -> None:
    open_with().migrate()
    adapter = open_with({"born": Field(type="date")})
    if adapter.engine.dialect.name == "sqlite":
        assert "SQLite adds no required column" in adapter.plan().problems[0]
        return
    adapter.migrate()
    assert adapter.plan().is_empty


def test_a_unique_default_for_many_rows_is_refused(open_with: Any) -> None:
    with_user(open_with())
    adapter = open_with({"code": Field(type="string", unique=True, default="x")})
    assert "it is unique" in adapter.plan().problems[0]


def test_a_column_of_another_type_is_refused(open_with: Any) -> None:
    adapter = open_with()
    adapter.migrate()
    run(
        adapter,
        "ALTER TABLE users DROP COLUMN created_at",
        "ALTER TABLE users ADD COLUMN created_at BIGINT",
    )
    (problem,) = adapter.plan().problems
    assert problem.startswith("table users: column created_at is BIGINT")
    assert "needed is" in problem
    with pytest.raises(ConfigurationError, match="created_at"):
        adapter.migrate()


def test_an_unknown_column_that_demands_a_value_is_refused(open_with: Any) -> None:
    adapter = open_with()
    adapter.migrate()
    run(adapter, "ALTER TABLE users ADD COLUMN plan VARCHAR(9) NOT NULL DEFAULT 'free'")
    assert adapter.plan().is_empty
    if adapter.engine.dialect.name == "sqlite":
        return
    run(adapter, "ALTER TABLE users ALTER COLUMN plan DROP DEFAULT")
    assert "column plan demands a value" in adapter.plan().problems[0]


def test_a_known_column_that_demands_a_value_is_refused(open_with: Any) -> None:
    adapter = open_with()
    adapter.migrate()
    if adapter.engine.dialect.name == "sqlite":
        run(adapter, "DROP TABLE verifications")
        run(
            adapter,
            "CREATE TABLE verifications (id TEXT PRIMARY KEY, identifier TEXT, value TEXT, "
            "expires_at TEXT, created_at TEXT, updated_at TEXT, extra TEXT NOT NULL)",
        )
        assert "column extra demands" in adapter.plan().problems[0]
        return
    change = (
        "ALTER COLUMN image SET NOT NULL"
        if adapter.engine.dialect.name == "postgresql"
        else "MODIFY image TEXT NOT NULL"
    )
    run(adapter, f"ALTER TABLE users {change}")
    assert "field 'image' of model 'user' may be absent" in adapter.plan().problems[0]


def test_missing_indexes_are_added(open_with: Any) -> None:
    adapter = open_with()
    adapter.migrate()
    suffix = " ON users" if adapter.engine.dialect.name == "mysql" else ""
    run(adapter, f"DROP INDEX ix_users_email{suffix}")
    plan = adapter.plan()
    assert plan.create_indexes == (AddedIndex("ix_users_email", "users", "email", unique=True),)
    adapter.migrate()
    assert adapter.plan().is_empty


def test_duplicates_forbid_a_unique_index(open_with: Any) -> None:
    adapter = open_with()
    adapter.migrate()
    suffix = " ON users" if adapter.engine.dialect.name == "mysql" else ""
    run(adapter, f"DROP INDEX ix_users_email{suffix}")
    for _ in range(2):
        adapter.create("user", {"name": "Ada", "email": "ada@example.com"})
    (problem,) = adapter.plan().problems
    assert "table users: column email must be unique and holds duplicates" in problem
    assert "ada@example.com" not in problem


def test_indexes_count_whatever_their_names(open_with: Any) -> None:
    adapter = open_with()
    adapter.migrate()
    suffix = " ON users" if adapter.engine.dialect.name == "mysql" else ""
    run(
        adapter,
        f"DROP INDEX ix_users_email{suffix}",
        "CREATE UNIQUE INDEX other ON users (email)",
    )
    assert adapter.plan().is_empty


def test_threads_that_migrate_at_once_make_one_schema(open_with: Any) -> None:
    opened = [open_with() for _ in range(4)]
    barrier = threading.Barrier(len(opened))
    outcomes: list[object] = []

    def work(adapter: SQLAlchemyAdapter) -> None:
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


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_failure_leaves_nothing_behind(kind: str, tmp_path: Path) -> None:
    with fresh_database(kind, tmp_path) as url:
        adapter = open_database(url)
        run(
            adapter,
            "CREATE TABLE other (id INTEGER)",
            "CREATE INDEX ix_sessions_token ON other (id)",
        )
        with pytest.raises(StoreError, match="refused a statement about the schema"):
            adapter.migrate()
        assert not inspect(adapter.engine).has_table("users")
        adapter.close()


def test_a_view_in_place_of_a_table_is_refused(open_with: Any) -> None:
    adapter = open_with()
    run(adapter, "CREATE VIEW users AS SELECT 1 AS id")
    assert adapter.plan().problems


def test_tables_are_not_changed_inside_a_transaction(open_with: Any) -> None:
    adapter = open_with()
    with pytest.raises(ConfigurationError, match="inside a transaction"), adapter.transaction():
        adapter.migrate()


def test_an_unreachable_database_is_unavailable() -> None:
    adapter = open_database("postgresql://u@127.0.0.1:1/d")
    with pytest.raises(StoreUnavailable):
        adapter.migrate()
    with pytest.raises(StoreUnavailable):
        adapter.plan()


def test_a_plan_describes_itself() -> None:
    plan = Plan(
        create_tables=("users",),
        add_columns=(AddedColumn("session", "team", "sessions", "team", "TEXT"),),
        create_indexes=(AddedIndex("ix_sessions_team", "sessions", "team", unique=True),),
        run_migrations=("teams/backfill",),
        problems=("table accounts: column id is missing",),
        warnings=("table users: column x",),
    )
    assert plan.describe() == [
        "create table users",
        "add column sessions.team TEXT",
        "create unique index ix_sessions_team on sessions (team)",
        "run migration teams/backfill",
        "problem: table accounts: column id is missing",
        "warning: table users: column x",
    ]
    assert not plan.is_empty
    assert Plan().is_empty
    assert Plan().describe() == []
