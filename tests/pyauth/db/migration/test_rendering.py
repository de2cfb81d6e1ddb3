"""The statements of a plan are all that a database needs, whoever executes them."""

from typing import Any

import pytest
from sqlalchemy import make_url

from pyauth.db.schema import ModelSchema
from pyauth.options.fields import Field, Reference
from tests.pyauth.db.migration.test_defaults import FIELDS
from tests.support.migration import add_user, circle, only_on, open_adapter

BOSS = Field(type="string", required=False, index=True, references=Reference(model="user"))


def execute_bare(url: Any, statements: tuple[str, ...]) -> None:
    """Execute statements by the driver alone, each as it is written."""
    connection = _connect(url)
    try:
        for statement in statements:
            connection.cursor().execute(statement)
        connection.commit()
    finally:
        connection.close()


def _connect(url: Any) -> Any:
    name = url.get_backend_name()
    if name == "sqlite":
        import sqlite3

        return sqlite3.connect(url.database)
    if name == "postgresql":
        import psycopg

        plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(plain)
    import pymysql

    return pymysql.connect(
        host=url.host,
        port=url.port or 3306,
        user=url.username,
        password=url.password or "",
        database=url.database,
    )


def test_statements_make_a_database_whose_plan_is_empty(open_with: Any, url: Any) -> None:
    fields, team = circle()
    schema = {"schema_name": "auth"} if url.get_backend_name() == "postgresql" else {}
    adapter = open_with(fields, models=[team], **schema)
    execute_bare(url, adapter.plan(dialect=url.get_backend_name()).statements)
    assert adapter.plan().describe() == []


def test_statements_bring_a_filled_database_up_to_date(open_with: Any, url: Any) -> None:
    before = open_with()
    before.migrate()
    add_user(before)
    note = ModelSchema("note", {"owner_id": BOSS, "text": Field(type="string")}, source="tests")
    adapter = open_with({**FIELDS, "boss_id": BOSS}, models=[note])
    execute_bare(url, adapter.plan().statements)
    assert adapter.plan().describe() == []
    assert adapter.find_many("user")[0]["open_text"] == FIELDS["open_text"].default


def test_statements_end_without_semicolons_and_blank_lines(open_with: Any) -> None:
    for statement in open_with(FIELDS).plan().statements:
        assert statement == statement.strip()
        assert not statement.endswith(";")
        assert all(line.strip() == line.strip() != "" for line in statement.splitlines())


@only_on("mysql")
def test_a_column_and_its_reference_are_one_statement_of_mysql(open_with: Any) -> None:
    open_with().migrate()
    first, index = open_with({"boss_id": BOSS}).plan().statements
    assert first.startswith("ALTER TABLE users ADD COLUMN boss_id VARCHAR(255) ")
    assert first.endswith(", ADD FOREIGN KEY(boss_id) REFERENCES users (id) ON DELETE CASCADE")
    assert index == "CREATE INDEX ix_users_boss_id ON users (boss_id)"


@only_on("mysql")
def test_the_url_may_say_mariadb(url: Any, closing: Any) -> None:
    text = url.render_as_string(hide_password=False)
    mariadb = make_url(text.replace("mysql+pymysql", "mariadb+pymysql"))
    fields, team = circle()
    adapter = closing(open_adapter(mariadb, {**FIELDS, **fields}, models=[team]))
    assert adapter.plan().dialect == "mariadb"
    assert adapter.plan() == adapter.plan(dialect="mariadb")
    adapter.migrate()
    assert adapter.plan().describe() == []
    other = closing(open_adapter(url, {**FIELDS, **fields}, models=[team]))
    assert other.plan().describe() == []


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql", "mysql", "mariadb"])
@only_on("sqlite")
def test_any_dialect_is_written_without_its_driver(open_with: Any, dialect: str) -> None:
    plan = open_with().plan(dialect=dialect)
    assert plan.dialect == dialect
    assert len(plan.statements) == 9
