"""The look-ups of every request use an index: the database itself says so."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from pyauth import PyAuth
from pyauth.db.sqlalchemy import SQLAlchemyAdapter
from tests.support.app import Outbox, Visitor, make_auth
from tests.support.databases import fresh_database

ROWS = 1500
"""So many that no database prefers to read them all."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql", "mysql"])
def auth(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PyAuth]:
    with fresh_database(request.param, tmp_path_factory.mktemp("indexes")) as url:
        made = make_auth(
            database=url.render_as_string(hide_password=False),
            email_and_password={"enabled": True, "send_reset_password": Outbox()},
        )
        fill(made)
        yield made
        made.close()


def adapter_of(auth: PyAuth) -> SQLAlchemyAdapter:
    adapter = auth.context.adapter
    assert isinstance(adapter, SQLAlchemyAdapter)
    return adapter


def fill(auth: PyAuth) -> None:
    """Give each table many rows, and Ada hers."""
    Visitor(auth).sign_up()
    adapter = adapter_of(auth)
    now = auth.context.clock()
    dates = {"created_at": now, "updated_at": now}
    until = {"expires_at": now + timedelta(days=1), **dates}
    made: dict[str, Callable[[str], dict[str, Any]]] = {
        "user": lambda n: {"name": n, "email": f"{n}@x.test", "email_verified": False, **dates},
        "session": lambda n: {"token": n, "user_id": n, **until},
        "account": lambda n: {"account_id": n, "provider_id": "p", "user_id": n, **dates},
        "verification": lambda n: {"identifier": n, "value": n, **until},
    }
    with adapter.engine.connect() as connection:
        connection.exec_driver_sql("BEGIN")
        for model, row in made.items():
            rows = [{"id": f"n{number}", **row(f"n{number}")} for number in range(ROWS)]
            connection.execute(adapter.tables[model].table.insert(), rows)
        connection.exec_driver_sql("COMMIT")
        for table in ("users", "sessions", "accounts", "verifications"):
            is_mysql = adapter.engine.dialect.name == "mysql"
            connection.execute(text(f"ANALYZE {'TABLE ' if is_mysql else ''}{table}"))


@contextmanager
def executed(adapter: SQLAlchemyAdapter) -> Iterator[list[tuple[str, Any]]]:
    """Collect the statements with conditions that are executed, and their parameters."""
    found: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, sql: str, parameters: Any, _context: Any, _many: Any) -> None:
        is_sweep = "DELETE" in sql and "expires_at <" in sql  # now and then, whoever comes
        if sql.startswith(("SELECT", "UPDATE", "DELETE")) and not is_sweep:
            found.append((sql, parameters))

    event.listen(adapter.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(adapter.engine, "before_cursor_execute", note)


def reads_whole_tables(connection: Connection, sql: str, parameters: Any) -> bool:
    """Return whether the database's plan for a statement reads a table from end to end."""
    name = connection.dialect.name
    if name == "sqlite":
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", parameters).all()
        return any(row[3].startswith("SCAN") for row in plan)
    if name == "postgresql":
        answer = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {sql}", parameters).scalar()
        return "Seq Scan" in json.dumps(answer)
    steps = connection.exec_driver_sql(f"EXPLAIN {sql}", parameters).mappings().all()
    return any(step["key"] is None and step["table"] is not None for step in steps)


LOOK_UPS: dict[str, Callable[[PyAuth], object]] = {
    "a user by address": lambda auth: auth.context.users.find_by_email("ada@example.com"),
    "in whatever case": lambda auth: auth.context.users.find_by_email("ADA@Example.COM"),
    "a user by id": lambda auth: auth.context.users.find("n7"),
    "session and user": lambda auth: auth.context.sessions.find_with_user("n7"),
    "sessions of a user": lambda auth: auth.context.sessions.list_of_user("n7"),
    "accounts of a user": lambda auth: auth.context.accounts.list_of_user("n7"),
    "a verification": lambda auth: auth.context.verifications.find_latest("n7"),
    "a value is claimed": lambda auth: auth.context.verifications.consume("n9"),
    "a user changes": lambda auth: auth.context.users.update("n7", {"name": "x"}),
    "a session ends": lambda auth: auth.context.sessions.delete("n9"),
    "a sign-in": lambda auth: Visitor(auth).sign_in("ADA@example.com"),
    "a reset": lambda auth: Visitor(auth).call(
        "request_password_reset", {"email": "Ada@example.com"}
    ),
}


@pytest.mark.parametrize("look_up", LOOK_UPS)
def test_a_look_up_uses_an_index(auth: PyAuth, look_up: str) -> None:
    adapter = adapter_of(auth)
    with executed(adapter) as found:
        assert LOOK_UPS[look_up](auth) is not None
    assert found
    with adapter.engine.connect() as connection:
        assert [sql for sql, given in found if reads_whole_tables(connection, sql, given)] == []


def test_a_plan_that_reads_everything_is_told_from_one_that_does_not(auth: PyAuth) -> None:
    adapter = adapter_of(auth)
    with adapter.engine.connect() as connection:
        assert reads_whole_tables(connection, "SELECT * FROM users WHERE name = 'n7'", ())
        assert not reads_whole_tables(connection, "SELECT * FROM users WHERE id = 'n7'", ())
