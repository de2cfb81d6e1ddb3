"""``schema print``: the tables, without a database."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.pyauth.cli.conftest import Run


def test_the_sql_creates_every_table(folder: Path, run: Run) -> None:
    done = run("schema", "print")
    assert done.code == 0
    connection = sqlite3.connect(":memory:")
    connection.executescript(done.out)
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    connection.close()
    assert {name for (name,) in found} == {"users", "sessions", "accounts", "verifications"}
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("dialect", "part"),
    [
        ("postgres", "TIMESTAMP WITH TIME ZONE"),
        ("postgresql", "TIMESTAMP WITH TIME ZONE"),
        ("mysql", "DATETIME(6)"),
        ("mariadb", "DATETIME(6)"),
    ],
)
def test_the_dialect_may_be_named(run: Run, dialect: str, part: str) -> None:
    assert part in run("schema", "print", "--dialect", dialect).out


def test_the_dialect_is_the_configured_one_and_nothing_is_asked(project: Path, run: Run) -> None:
    (project / "pyauth.toml").write_text('[database]\nprovider = "postgresql"\n')
    (project / ".env").unlink()
    assert "TIMESTAMP WITH TIME ZONE" in run("schema", "print").out


def test_an_unknown_dialect_is_a_mistake(run: Run) -> None:
    done = run("schema", "print", "--dialect", "oracle")
    assert done.code == 2
    assert "'oracle' is not one of" in done.err


def test_the_tables_are_data_on_demand(
    folder: Path, run: Run, module: Callable[[str], str]
) -> None:
    name = module("""
        from pyauth import PyAuth
        auth = PyAuth(mode="test", user={"additional_fields": {"level": {"type": ["a", "b"]}}})
    """)
    done = run("--app", f"{name}:auth", "schema", "print", "--format", "json")
    tables = {table["model"]: table for table in json.loads(done.out)["tables"]}
    assert tables["user"]["name"] == "users"
    columns = {column["field"]: column for column in tables["user"]["columns"]}
    assert columns["level"]["type"] == ["a", "b"]
    assert columns["email"] == {
        "field": "email",
        "name": "email",
        "type": "string",
        "required": True,
        "unique": True,
        "indexed": False,
        "references": None,
        "source": "core",
    }
    owner = next(item for item in tables["session"]["columns"] if item["field"] == "user_id")
    assert owner["references"] == {"model": "user", "field": "id", "on_delete": "cascade"}


def test_a_named_file_must_be_there(run: Run) -> None:
    done = run("--config", "typo.toml", "schema", "print")
    assert done.code == 1
    assert "No pyauth config found at " in done.err


def test_a_schema_is_printed_without_a_database(
    folder: Path, run: Run, module: Callable[[str], str]
) -> None:
    name = module("""
        from pyauth import PyAuth
        auth = PyAuth(mode="test", advanced={"database": {"schema_name": "auth"}})
    """)
    printed = run("--app", f"{name}:auth", "schema", "print", "--dialect", "postgresql").out
    assert printed.startswith("CREATE SCHEMA auth;")
    assert "CREATE TABLE auth.users" in printed
