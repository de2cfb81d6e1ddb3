"""Missing tables, schemas, prefixes, and tables that refer to one another."""

from typing import Any

import pytest
from sqlalchemy import MetaData, inspect

from pyauth.db.schema import ModelSchema, Renaming
from pyauth.errors import ConfigurationError
from pyauth.options.fields import Field
from tests.support.migration import add_user, circle, only_on, open_adapter, run

CORE = {"users", "sessions", "accounts", "verifications"}


def test_a_view_in_place_of_a_table_is_refused(open_with: Any) -> None:
    adapter = open_with()
    run(adapter, "CREATE VIEW users AS SELECT 1 AS id")
    assert (
        "table users: there is a view of that name; rename it, or give model 'user' another table"
    ) in adapter.plan().problems


@only_on("sqlite")
def test_a_table_whose_name_differs_in_case_is_refused(open_with: Any) -> None:
    adapter = open_with()
    run(adapter, "CREATE TABLE Users (id TEXT)")
    problem = "table users: there is Users, which means the same here; rename it"
    assert any(item.startswith(problem) for item in adapter.plan().problems)


def test_reserved_words_are_names_like_others(open_with: Any) -> None:
    # The last ones are reserved on MariaDB alone.
    words = ("order", "select", "group", "key", "rank", "offset", "returning", "position")
    fields = {word: Field(type="string", required=False, index=True) for word in words}
    models = [ModelSchema("table", fields, table="table", source="tests")]
    renamings = {"user": Renaming("select", {"email": "from"})}
    adapter = open_with(models=models, renamings=renamings)
    adapter.migrate()
    assert adapter.plan().describe() == []
    assert add_user(adapter)["email"] == "ada@example.com"
    more = open_with(fields, models=models, renamings=renamings)
    more.migrate()
    assert more.plan().describe() == []


# A schema of PostgreSQL


@only_on("postgresql")
def test_a_schema_is_created_and_holds_everything(open_with: Any) -> None:
    adapter = open_with(schema_name="auth")
    plan = adapter.plan()
    assert plan.create_schemas == ("auth",)
    assert plan == adapter.plan(dialect="postgresql")
    assert adapter.migrate() == plan
    found = inspect(adapter.engine)
    assert set(found.get_table_names(schema="auth")) == CORE
    assert found.get_table_names() == []
    (key,) = found.get_foreign_keys("sessions", schema="auth")
    assert key["referred_schema"] == "auth"
    assert adapter.migrate().describe() == []
    add_user(adapter)
    more = open_with({"age": Field(type="number", default=1, index=True)}, schema_name="auth")
    more.migrate()
    assert more.plan().describe() == []
    assert more.find_many("user")[0]["age"] == 1
    assert more.find_lacking() == ()


@only_on("postgresql")
def test_the_default_schema_may_be_named(open_with: Any) -> None:
    open_with().migrate()
    named = open_with(schema_name="public")
    assert named.plan().describe() == []
    more = open_with({"age": Field(type="number", default=1)}, schema_name="public")
    assert more.migrate().create_schemas == ()
    assert more.plan().describe() == []


@only_on("postgresql")
def test_tables_are_found_along_the_search_path(url: Any, closing: Any) -> None:
    first = closing(open_adapter(url))
    first.migrate()
    add_user(first)
    run(first, "CREATE SCHEMA app")
    path = url.update_query_dict({"options": "-csearch_path=app,public"})
    second = closing(open_adapter(path))
    assert second.plan().describe() == []
    assert second.count("user") == 1
    path = url.update_query_dict({"options": "-csearch_path=app"})
    third = closing(open_adapter(path))
    third.migrate()
    assert third.plan().describe() == []
    assert third.count("user") == 0
    assert set(inspect(first.engine).get_table_names(schema="app")) == CORE


@only_on("sqlite", "mysql")
def test_other_databases_have_no_schemas(url: Any) -> None:
    with pytest.raises(ConfigurationError, match="table_prefix instead"):
        open_adapter(url, schema_name="auth")


@only_on("postgresql")
def test_the_schema_of_an_apps_metadata_holds_the_tables(open_with: Any) -> None:
    metadata = MetaData(schema="app")
    adapter = open_with(metadata=metadata)
    assert adapter.migrate().create_schemas == ("app",)
    assert set(inspect(adapter.engine).get_table_names(schema="app")) == CORE
    assert adapter.plan().describe() == []
    assert "app.users" in metadata.tables


@only_on("postgresql")
def test_a_named_schema_wins_over_that_of_the_metadata(open_with: Any) -> None:
    metadata = MetaData(schema="app")
    adapter = open_with(metadata=metadata, schema_name="auth")
    assert adapter.migrate().create_schemas == ("auth",)
    key = next(iter(metadata.tables["auth.sessions"].foreign_keys))
    assert key.column is metadata.tables["auth.users"].c.id


@only_on("sqlite", "mysql")
def test_a_schema_that_only_the_metadata_names_is_not_made(open_with: Any) -> None:
    problems = open_with(metadata=MetaData(schema="elsewhere")).plan().problems
    assert problems[0].startswith("schema elsewhere is missing, and pyauth makes none on ")


# A prefix


@pytest.mark.parametrize(
    ("naming", "tables"),
    [
        ("pyauth", {f"auth_{name}" for name in CORE}),
        ("better-auth", {"auth_user", "auth_session", "auth_account", "auth_verification"}),
    ],
)
def test_a_prefix_stands_before_every_table(open_with: Any, naming: Any, tables: set[str]) -> None:
    adapter = open_with(naming=naming, table_prefix="auth_")
    adapter.migrate()
    assert set(inspect(adapter.engine).get_table_names()) == tables
    assert adapter.plan().describe() == []
    add_user(adapter)


def test_a_table_that_the_options_name_has_no_prefix(open_with: Any) -> None:
    adapter = open_with(table_prefix="auth_", renamings={"user": Renaming("members", {})})
    assert "members" in adapter.migrate().create_tables
    assert adapter.plan().describe() == []


def test_two_prefixes_share_a_database(open_with: Any) -> None:
    first, second = open_with(table_prefix="a_"), open_with(table_prefix="b_")
    first.migrate()
    assert second.migrate().warnings == ()
    add_user(first)
    assert second.count("user") == 0
    assert first.plan().describe() == second.plan().describe() == []


# Circles


def test_tables_may_refer_to_one_another(open_with: Any, kind: str) -> None:
    fields, team = circle()
    adapter = open_with(fields, models=[team])
    assert adapter.plan() == adapter.plan(dialect=kind)
    adapter.migrate()
    assert adapter.plan().describe() == []
    assert _references(adapter) == {("users", "teams"), ("teams", "users")}


def test_a_circle_may_be_closed_later(open_with: Any) -> None:
    fields, team = circle()
    open_with().migrate()
    adapter = open_with(fields, models=[team])
    adapter.migrate()
    assert adapter.plan().describe() == []
    assert _references(adapter) == {("users", "teams"), ("teams", "users")}


def _references(adapter: Any) -> set[tuple[str, str]]:
    found = inspect(adapter.engine)
    return {
        (table, key["referred_table"])
        for table in ("users", "teams")
        for key in found.get_foreign_keys(table)
    }
