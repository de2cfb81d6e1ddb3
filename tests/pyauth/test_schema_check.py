"""The look at the tables when the first request comes."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from werkzeug.test import Client

from pyauth import PyAuth
from pyauth.db.sqlalchemy import SQLAlchemyAdapter
from tests.support.migration import adapter_of, run

SECRET = "SchemaCheck-5e7a9c1b3d2f40682c4e"


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Any]:
    kept: list[PyAuth] = []

    def open_one(
        database: Any = f"sqlite:///{tmp_path / 'database.sqlite3'}", **more: Any
    ) -> PyAuth:
        auth = PyAuth(
            secret=SECRET,
            base_url="http://localhost",
            mode="test",
            email_and_password={"enabled": True},
            database=database,
            **more,
        )
        kept.append(auth)
        return auth

    yield open_one
    for auth in kept:
        auth.close()


def ask(auth: PyAuth, path: str = "/ok") -> int:
    answer = Client(auth.wsgi_app).get(f"/api/auth{path}", base_url="http://localhost")
    return answer.status_code


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [item.getMessage() for item in caplog.records if item.levelno >= logging.ERROR]


def count_statements(auth: PyAuth) -> list[str]:
    asked: list[str] = []
    event.listen(
        adapter_of(auth).engine,
        "before_cursor_execute",
        lambda *arguments: asked.append(arguments[2]),
    )
    return asked


def test_each_table_that_lacks_something_is_told_once(
    opened: Any, caplog: pytest.LogCaptureFixture
) -> None:
    opened().migrate()
    auth = opened(user={"additional_fields": {"motto": {"type": "string"}}})
    run(adapter_of(auth), "DROP TABLE verifications")
    assert ask(auth) == 200
    told = errors(caplog)
    assert len(told) == 2
    assert "model 'user'" in told[0]
    assert "model 'verification'" in told[1]
    assert all("`pyauth migrate`" in item for item in told)
    assert ask(auth) == 200
    assert errors(caplog) == told


def test_a_whole_schema_is_silent_and_asked_of_once(
    opened: Any, caplog: pytest.LogCaptureFixture
) -> None:
    auth = opened()
    auth.migrate()
    asked = count_statements(auth)
    ask(auth)
    assert len(asked) == len(auth.context.schema.models)
    assert all(text.startswith("SELECT") and "WHERE 0 = 1" in text for text in asked)
    asked.clear()
    ask(auth)
    assert asked == []
    assert errors(caplog) == []


def test_the_option_turns_it_off(opened: Any, caplog: pytest.LogCaptureFixture) -> None:
    auth = opened(advanced={"database": {"check_schema": False}})
    asked = count_statements(auth)
    assert ask(auth) == 200
    assert asked == []
    assert errors(caplog) == []


def test_a_database_that_is_down_costs_the_request_alone(
    opened: Any, caplog: pytest.LogCaptureFixture
) -> None:
    auth = opened("postgresql://nobody@127.0.0.1:1/nowhere")
    assert ask(auth) == 200
    assert errors(caplog) == []
    signed_in = Client(auth.wsgi_app).post(
        "/api/auth/sign-in/email",
        json={"email": "ada@example.com", "password": "correct horse"},
        base_url="http://localhost",
    )
    assert signed_in.status_code == 503


def test_an_engine_that_cannot_be_had_is_an_answer_too(opened: Any) -> None:
    def fail() -> Any:
        raise RuntimeError("no engine")

    assert ask(opened(fail)) == 200


def test_memory_is_not_asked(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SQLAlchemyAdapter, "find_lacking", pytest.fail)
    assert ask(opened(None)) == 200
