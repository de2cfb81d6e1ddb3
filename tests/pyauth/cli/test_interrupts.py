"""Ctrl-C leaves nothing half done."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, inspect

from tests.support.commands import in_terminal
from tests.support.databases import fresh_database

SLOW = """
import os, signal, threading
from sqlalchemy import Engine, event
from pyauth import PyAuth

auth = PyAuth(mode="test", database=os.environ["DATABASE_URL"])
seen = []

@event.listens_for(Engine, "after_cursor_execute")
def wait_in_the_midst(connection, cursor, statement, parameters, context, executemany):
    if statement.lstrip().startswith("CREATE TABLE"):
        seen.append(statement)
        if len(seen) == 2:
            print("two tables are there", flush=True)
            threading.Event().wait(60)
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    with fresh_database(request.param, tmp_path) as url:
        yield url


def tables(url: URL) -> list[str]:
    engine = create_engine(url)
    found = inspect(engine).get_table_names()
    engine.dispose()
    return found


def test_a_migration_interrupted_midway_leaves_no_table(url: URL, tmp_path: Path) -> None:
    (tmp_path / "slow_site.py").write_text(SLOW)
    variables = {"DATABASE_URL": url.render_as_string(hide_password=False)}
    arguments = ["--app", "slow_site:auth", "migrate", "-y"]
    with in_terminal(arguments, tmp_path, variables) as running:
        running.wait_for("two tables are there")
        assert running.interrupt() == 1
    assert "Aborted!" in running.shown
    assert "Traceback" not in running.shown
    assert tables(url) == []

    with in_terminal(["--app", "slow_site:auth", "status"], tmp_path, variables) as running:
        assert running.finish() == 0
    assert "create table users" in running.shown


@pytest.mark.parametrize(
    ("arguments", "question"),
    [
        (["generate", "--from-empty"], "Write migrations/"),
        (["init"], "Framework"),
        (["migrate"], "Apply these changes?"),
    ],
)
def test_a_question_that_is_interrupted_leaves_no_file(
    tmp_path: Path, arguments: list[str], question: str
) -> None:
    (tmp_path / "conf").mkdir()
    if arguments != ["init"]:
        (tmp_path / "conf" / "pyauth.toml").write_text("")
    variables = {"DATABASE_URL": "sqlite://"}
    with in_terminal(["--config", "conf/pyauth.toml", *arguments], tmp_path, variables) as running:
        running.wait_for(question)
        assert running.interrupt() == 1
    assert "Aborted!" in running.shown
    assert sorted(path.name for path in tmp_path.iterdir()) == ["conf"]
