"""The commands that touch a database, each in a process of its own, on every database."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, inspect

from tests.support.commands import FLASK, Done, run_command
from tests.support.databases import fresh_database

APP = """
from flask import Flask
from flask_pyauth import FlaskPyAuth
import os

app = Flask(__name__)
app.testing = True
auth = FlaskPyAuth(app, database=os.environ["DATABASE_URL"])
"""


@dataclass(frozen=True, slots=True)
class Project:
    """A project over one database."""

    folder: Path
    url: URL

    def run(self, *arguments: str) -> Done:
        return run_command(arguments, self.folder)

    def execute(self, *statements: str) -> None:
        engine = create_engine(self.url)
        with engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
        engine.dispose()

    def tables(self) -> set[str]:
        engine = create_engine(self.url)
        found = set(inspect(engine).get_table_names())
        engine.dispose()
        return found


@pytest.fixture(params=["sqlite", "postgresql", "mysql"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Project]:
    kind: str = request.param
    with fresh_database(kind, tmp_path) as url:
        (tmp_path / "pyauth.toml").write_text(f'[database]\nprovider = "{kind}"\n')
        text = url.render_as_string(hide_password=False)
        (tmp_path / ".env").write_text(f"DATABASE_URL={text}\n")
        yield Project(tmp_path, url)


def test_a_database_is_brought_up_to_date_and_kept_so(project: Project) -> None:
    done = project.run("status", "--check")
    assert done.code == 1
    assert "  create table users\n" in done.out

    assert project.run("migrate", "--yes").out.endswith("Migration completed successfully.\n")
    assert project.tables() >= {"users", "sessions", "accounts", "verifications"}

    project.execute("ALTER TABLE users DROP COLUMN image", "DROP TABLE verifications")
    assert project.run("generate", "--yes").code == 0
    (path,) = (project.folder / "migrations" / "pyauth").glob("*.sql")
    body = "\n".join(line for line in path.read_text().splitlines() if not line.startswith("--"))
    assert "ADD COLUMN image" in body
    project.execute(*(part for part in body.split(";") if part.strip()))

    done = project.run("status", "--json", "--check")
    assert done.code == 0
    assert json.loads(done.out)["statements"] == []

    done = project.run("doctor", "--json")
    codes = {item["code"] for item in json.loads(done.out)["findings"]}
    assert done.code == 0
    assert "database.schema" in codes
    assert "database.adapter_provider_mismatch" not in codes


@pytest.mark.full
def test_each_step_has_its_second_name_and_its_dry_run(project: Project) -> None:
    assert project.run("db", "status", "--check").code == 1
    assert project.run("db", "migrate", "--dry-run").code == 0
    assert project.tables() == set()
    assert project.run("db", "generate", "-y").code == 0
    assert project.run("db", "migrate", "-y").code == 0
    assert project.run("migrate").out == "No migrations needed.\n"
    assert project.run("generate").out == "Schema is already up to date.\n"


@pytest.mark.full
def test_the_live_app_of_flask_has_the_same_commands(project: Project) -> None:
    (project.folder / "app.py").write_text(APP)

    def flask(*arguments: str) -> Done:
        return run_command(["pyauth", *arguments], project.folder, program=FLASK)

    assert flask("status", "--check").code == 1
    done = flask("migrate")
    assert done.code == 1
    assert "Non-interactive session" in done.err
    assert flask("generate", "--yes").code == 0
    assert flask("migrate", "-y").code == 0
    assert flask("db", "status", "--check").code == 0
