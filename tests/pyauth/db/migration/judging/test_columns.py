"""Columns that are missing, of another type, or unknown."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import exc

from pyauth.db.schema import ModelSchema
from pyauth.errors import ConfigurationError
from pyauth.options.fields import Field, Reference
from tests.support.migration import add_user, columns_of, only_on, run


def migrated(open_with: Any, *arguments: Any, **named: Any) -> Any:
    adapter = open_with(*arguments, **named)
    adapter.migrate()
    return adapter


def retype(adapter: Any, table: str, column: str, kind: str) -> None:
    """Give a column another type, and lose what it holds."""
    run(
        adapter,
        f"ALTER TABLE {table} DROP COLUMN {column}",
        f"ALTER TABLE {table} ADD COLUMN {column} {kind}",
    )


# Missing


def test_a_required_column_without_default_is_refused(open_with: Any) -> None:
    add_user(migrated(open_with))
    (problem,) = open_with({"born": Field(type="date")}).plan().problems
    assert problem.startswith(
        "table users: column born is missing and required; give field 'born' of model 'user' a "
        "constant default, or make it not required"
    )


def test_a_required_column_suits_an_empty_table(open_with: Any, kind: str) -> None:
    migrated(open_with)
    adapter = open_with({"born": Field(type="date")})
    if kind == "sqlite":
        assert "SQLite adds no required column" in adapter.plan().problems[0]
        return
    adapter.migrate()
    assert adapter.plan().describe() == []


def test_a_unique_default_is_refused_on_filled_tables_alone(open_with: Any) -> None:
    before = migrated(open_with)
    adapter = open_with({"code": Field(type="string", unique=True, default="x")})
    assert adapter.plan().problems == ()
    add_user(before)
    (problem,) = adapter.plan().problems
    assert "column code is missing and unique" in problem
    assert "add and fill it by hand" in problem


def test_a_missing_primary_key_is_refused(open_with: Any) -> None:
    adapter = open_with()
    run(adapter, "CREATE TABLE verifications (identifier VARCHAR(255), value VARCHAR(255))")
    run(adapter, "INSERT INTO verifications VALUES ('a', 'b')")
    problems = adapter.plan().problems
    assert any("column id is missing, and it is the primary key" in item for item in problems)
    assert any("column expires_at is missing and required" in item for item in problems)


def test_names_that_differ_in_case_alone_are_refused(open_with: Any, kind: str) -> None:
    adapter = migrated(open_with)
    run(adapter, 'ALTER TABLE users ADD COLUMN "Motto" TEXT'.replace('"', _quote(kind)))
    other = open_with({"motto": Field(type="string", required=False)})
    if kind == "postgresql":
        other.migrate()
        assert columns_of(other, "users") >= {"Motto", "motto"}
        return
    (problem,) = other.plan().problems
    assert problem == (
        "table users: column motto is there as Motto, which means the same here; rename that column"
    )


def _quote(kind: str) -> str:
    return "`" if kind == "mysql" else '"'


@only_on("sqlite")
def test_sqlite_adds_no_reference_with_a_default(open_with: Any) -> None:
    migrated(open_with)
    field = Field(type="string", default="x", references=Reference(model="user"))
    (problem,) = open_with({"boss_id": field}).plan().problems
    assert "SQLite adds no reference with a default; take the default from field" in problem


# Of another type


def test_a_column_of_another_type_is_refused(open_with: Any) -> None:
    adapter = migrated(open_with)
    retype(adapter, "users", "created_at", "BIGINT")
    (problem,) = adapter.plan().problems
    assert problem.startswith("table users: column created_at is BIGINT")
    assert "needed is" in problem
    assert "change it by hand" in problem
    with pytest.raises(ConfigurationError, match="created_at"):
        adapter.migrate()


@pytest.mark.parametrize(
    ("shared_url", "made", "type_"),
    [
        ("postgresql", "CREATE TYPE mood AS ENUM ('sad', 'glad')", "mood"),
        ("postgresql", "CREATE DOMAIN word AS TEXT", "word"),
        ("postgresql", "CREATE TYPE pair AS (a INT, b INT)", "pair"),
        ("postgresql", "CREATE EXTENSION IF NOT EXISTS citext", "citext"),
        ("mysql", "SELECT 1", "INET6"),
        ("mysql", "SELECT 1", "ENUM('sad', 'glad')"),
    ],
    indirect=["shared_url"],
)
@pytest.mark.filterwarnings("ignore:Did not recognize type:sqlalchemy.exc.SAWarning")
def test_a_type_that_no_text_fits_is_refused(open_with: Any, made: str, type_: str) -> None:
    adapter = migrated(open_with)
    try:
        run(adapter, made)
    except exc.DBAPIError:
        pytest.skip("the extension is not installed")
    retype(adapter, "users", "image", type_)
    (problem,) = adapter.plan().problems
    assert problem.startswith("table users: column image is ")
    assert "needed is TEXT" in problem


@only_on("mysql")
def test_mysql_may_hold_choices_in_an_enum(open_with: Any) -> None:
    fields = {"mood": Field(type=("sad", "glad"), required=False)}
    adapter = migrated(open_with, fields)
    retype(adapter, "users", "mood", "ENUM('sad', 'glad', 'bored')")
    assert adapter.plan().describe() == []
    retype(adapter, "users", "mood", "ENUM('sad')")
    assert "column mood is ENUM('sad')" in adapter.plan().problems[0]


@pytest.mark.parametrize(
    ("shared_url", "type_"),
    [("postgresql", "SMALLINT"), ("mysql", "TINYINT"), ("mysql", "MEDIUMINT")],
    indirect=["shared_url"],
)
def test_a_number_needs_room(open_with: Any, type_: str) -> None:
    adapter = migrated(open_with, {"points": Field(type="number", required=False)})
    retype(adapter, "users", "points", type_)
    assert f"column points is {type_}" in adapter.plan().problems[0]
    retype(adapter, "users", "points", "INTEGER")
    assert adapter.plan().describe() == []
    big = open_with({"points": Field(type="number", required=False, bigint=True)})
    assert "needed is BIGINT" in big.plan().problems[0]


# Ids


@pytest.mark.parametrize("policy", ["random", "uuid", "serial"])
def test_ids_of_each_policy_are_served(open_with: Any, policy: Any) -> None:
    adapter = migrated(open_with, id_policy=policy)
    user = add_user(adapter)
    session = {"token": "t", "expires_at": datetime.now(UTC), "user_id": user["id"]}
    assert adapter.create("session", session)["user_id"] == user["id"]
    assert open_with(id_policy=policy).plan().describe() == []


def test_ids_of_another_policy_are_refused_with_the_policy(open_with: Any, kind: str) -> None:
    migrated(open_with, id_policy="serial")
    problems = open_with().plan().problems
    assert any(
        item.startswith("table users: column id is ")
        and item.endswith("or set advanced.database.generate_id to 'serial'")
        for item in problems
    )
    if kind == "postgresql":
        run(open_with(), "DROP TABLE users, sessions, accounts, verifications")
        migrated(open_with, id_policy="uuid")
        assert any("generate_id to 'uuid'" in item for item in open_with().plan().problems)
        other = open_with(id_policy="serial")
        assert any("column user_id is UUID" in item for item in other.plan().problems)


def test_counted_ids_must_count(open_with: Any) -> None:
    adapter = open_with(id_policy="serial")
    run(
        adapter,
        "CREATE TABLE verifications (id BIGINT NOT NULL PRIMARY KEY, identifier VARCHAR(255), "
        "value TEXT, expires_at TEXT, created_at TEXT, updated_at TEXT)",
    )
    assert (
        "table verifications: column id must count by itself; make it so by hand, or set "
        "advanced.database.generate_id"
    ) in adapter.plan().problems


def test_a_table_without_primary_key_is_refused(open_with: Any, kind: str) -> None:
    adapter = migrated(open_with)
    if kind == "sqlite":
        run(adapter, "CREATE TABLE other AS SELECT * FROM verifications")
        run(adapter, "DROP TABLE verifications", "ALTER TABLE other RENAME TO verifications")
    elif kind == "postgresql":
        run(adapter, "ALTER TABLE verifications DROP CONSTRAINT verifications_pkey")
    else:
        run(adapter, "ALTER TABLE verifications DROP PRIMARY KEY")
    assert (
        "table verifications: column id must be the primary key; change it by hand"
        in adapter.plan().problems
    )
    run(adapter, "CREATE UNIQUE INDEX one ON verifications (id)")
    assert not [item for item in adapter.plan().problems if "column id" in item]


# Unknown, and demanding


def test_an_unknown_column_that_demands_a_value_is_refused(open_with: Any, kind: str) -> None:
    adapter = migrated(open_with)
    run(adapter, "ALTER TABLE users ADD COLUMN plan VARCHAR(9) NOT NULL DEFAULT 'free'")
    assert adapter.plan().is_empty
    if kind == "sqlite":
        return
    run(adapter, "ALTER TABLE users ALTER COLUMN plan DROP DEFAULT")
    (problem,) = adapter.plan().problems
    assert "column plan demands a value, and pyauth does not know it" in problem


@pytest.mark.parametrize("default", ["", " DEFAULT ''"])
def test_a_column_that_cannot_be_null_is_refused(open_with: Any, kind: str, default: str) -> None:
    # A row names all columns of its model, so a default of the database helps nobody.
    adapter = migrated(open_with)
    if kind == "sqlite":
        run(
            adapter,
            "DROP TABLE accounts",
            "DROP TABLE sessions",
            "DROP TABLE users",
            f"CREATE TABLE users (id TEXT PRIMARY KEY, name TEXT, email TEXT UNIQUE, "
            f"email_verified INTEGER, image TEXT NOT NULL{default}, created_at TEXT, "
            "updated_at TEXT)",
        )
    else:
        run(adapter, "ALTER TABLE users DROP COLUMN image")
        run(adapter, f"ALTER TABLE users ADD COLUMN image VARCHAR(99) NOT NULL{default}")
    (problem,) = adapter.plan().problems
    assert "column image demands a value, and field 'image' of model 'user'" in problem
    assert "let the column be NULL" in problem


def test_a_column_that_may_be_null_serves_a_required_field(open_with: Any, kind: str) -> None:
    adapter = migrated(open_with)
    retype(adapter, "users", "name", "VARCHAR(255)")
    assert adapter.plan().describe() == []


def test_models_of_plugins_are_judged_alike(open_with: Any) -> None:
    quote = ModelSchema("quote", {"words": Field(type="string[]", default=[])}, source="tests")
    run(open_with(), "CREATE TABLE quotes (id VARCHAR(255) PRIMARY KEY)")
    adapter = open_with(models=[quote])
    adapter.migrate()
    adapter.create("quote", {})
    assert adapter.find_many("quote")[0]["words"] == []
