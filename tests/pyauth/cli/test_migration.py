"""``status`` and ``migrate``: what they print and how they exit."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.pyauth.cli.conftest import Run

UP_TO_DATE = "The database is up to date.\n"
TABLES = ["users", "verifications", "accounts", "sessions"]
LISTED = "".join(f"  create table {name}\n" for name in TABLES)


def execute(project: Path, *statements: str) -> None:
    with closing(sqlite3.connect(project / "site.sqlite3")) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def tables(project: Path) -> set[str]:
    with closing(sqlite3.connect(project / "site.sqlite3")) as connection:
        rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {name for (name,) in rows}


@pytest.fixture(params=[(), ("db",)], ids=["alone", "in-db"])
def group(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """What stands before the name of a command."""
    chosen: tuple[str, ...] = request.param
    return chosen


def test_status_tells_what_is_missing_until_it_is_not(
    project: Path, run: Run, group: tuple[str, ...]
) -> None:
    done = run(*group, "status")
    assert done.code == 0
    assert done.out.startswith(f"The sqlite database lacks:\n{LISTED}Plan ")
    assert run(*group, "status", "--check").code == 1

    assert run(*group, "migrate", "-y").code == 0
    done = run(*group, "status", "--check")
    assert (done.code, done.out) == (0, UP_TO_DATE)


def test_status_is_data_on_demand(project: Path, run: Run) -> None:
    run("migrate", "-y")
    execute(project, "ALTER TABLE users DROP COLUMN image", "DROP TABLE verifications")
    done = run("status", "--json", "--check")
    found = json.loads(done.out)
    assert done.code == 1
    assert set(found) == {
        *("provider", "tables_to_create", "columns_to_add", "indexes_to_create"),
        *("migrations_to_run", "problems", "warnings", "statements", "plan_hash"),
    }
    assert found["provider"] == "sqlite"
    assert found["tables_to_create"] == ["verifications"]
    (column,) = found["columns_to_add"]
    assert (column["table"], column["column"]) == ("users", "image")
    assert any("ADD COLUMN image" in statement for statement in found["statements"])
    assert len(found["plan_hash"]) == 64


def test_migrate_shows_asks_and_does(project: Path, run: Run) -> None:
    done = run("migrate", "-y")
    assert done.code == 0
    assert done.out == (
        f"To do in the sqlite database:\n{LISTED}Migration completed successfully.\n"
    )
    assert set(TABLES) <= tables(project)
    assert run("migrate", "-y").out == "No migrations needed.\n"


def test_a_dry_run_changes_nothing(project: Path, run: Run) -> None:
    done = run("migrate", "--dry-run")
    assert done.code == 0
    assert done.out.endswith(f"{LISTED}Dry run complete; no changes were applied.\n")
    assert tables(project) == set()


def test_nobody_to_ask_is_a_failure_unless_there_is_nothing_to_ask(project: Path, run: Run) -> None:
    done = run("migrate")
    assert done.code == 1
    assert "Non-interactive session: pass --yes (or -y) to run this command in CI" in done.err
    assert tables(project) == set()

    run("migrate", "-y")
    assert run("migrate").code == 0


@pytest.mark.parametrize("arguments", [("migrate", "-y"), ("migrate", "--dry-run")])
def test_what_needs_work_by_hand_is_refused_whole(
    project: Path, run: Run, arguments: tuple[str, ...]
) -> None:
    execute(project, "CREATE TABLE users (id INTEGER PRIMARY KEY)", "INSERT INTO users VALUES (1)")
    done = run(*arguments)
    assert done.code == 1
    assert done.err.startswith("Error: table users: ")
    assert tables(project) == {"users"}


def test_status_shows_what_needs_work_by_hand(project: Path, run: Run) -> None:
    execute(project, "CREATE TABLE users (id INTEGER PRIMARY KEY)", "INSERT INTO users VALUES (1)")
    done = run("status")
    assert done.code == 0
    assert "\nproblem: table users: " in done.out
    assert run("status", "--check").code == 1


@pytest.mark.parametrize("command", ["status", "migrate"])
def test_a_url_is_needed_and_said_to_be(project: Path, run: Run, command: str) -> None:
    (project / ".env").unlink()
    done = run(command)
    assert done.code == 1
    assert done.err.startswith("Error: DATABASE_URL is not set: put the URL of the database there")


def test_a_file_of_sqlite_has_three_slashes(project: Path, run: Run) -> None:
    (project / ".env").write_text("DATABASE_URL=sqlite://site.sqlite3\n")
    done = run("status")
    assert done.code == 1
    assert "three slashes, as in sqlite:///pyauth.sqlite3" in done.err


def test_a_database_that_does_not_answer_is_told_without_its_password(
    project: Path, run: Run
) -> None:
    (project / ".env").write_text("DATABASE_URL=postgresql://me:pa55word@127.0.0.1:1/x\n")
    done = run("status")
    assert done.code == 1
    assert done.err.startswith("Error: ")
    assert "pa55word" not in done.err


@pytest.mark.parametrize("command", ["status", "migrate", "generate"])
def test_a_configuration_is_needed_and_said_to_be(folder: Path, run: Run, command: str) -> None:
    done = run(command)
    assert done.code == 1
    assert done.err == (
        f"Error: No pyauth config found at {folder}/pyauth.toml; run `pyauth init`, pass --config "
        "<path>, or name a live server with --app.\n"
    )


def test_tables_can_be_made_in_production_without_the_secret(project: Path, run: Run) -> None:
    (project / "pyauth.toml").write_text("[project]\nproduction = true\n")
    done = run("migrate", "-y")
    assert (done.code, done.err) == (0, "")


def test_a_live_server_is_what_is_migrated(
    project: Path, run: Run, module: Callable[[str], str]
) -> None:
    name = module("""
        from pyauth import PyAuth

        auth = PyAuth(mode="test", database="sqlite:///live.sqlite3",
                      user={"additional_fields": {"nickname": {"type": "string"}}})
        memory = PyAuth(mode="test")
    """)
    assert run("--app", f"{name}:auth", "migrate", "-y").code == 0
    assert (project / "live.sqlite3").exists()
    assert not (project / "site.sqlite3").exists()
    assert "nickname" in run("--app", f"{name}:auth", "schema", "print").out

    done = run("--app", f"{name}:memory", "migrate", "-y")
    assert done.code == 1
    assert "MemoryAdapter has no tables to plan or create; set database" in done.err


def test_another_migration_meanwhile_is_told(
    project: Path, run: Run, module: Callable[[str], str]
) -> None:
    name = module("""
        from pyauth import PyAuth

        class Hurried(PyAuth):
            def plan(self, *, dialect=None):
                plan = super().plan(dialect=dialect)
                self.migrate_before(plan)
                return plan

            def migrate_before(self, plan):
                super().migrate()

        auth = Hurried(mode="test", database="sqlite:///live.sqlite3")
    """)
    done = run("--app", f"{name}:auth", "migrate", "-y")
    assert done.code == 0
    assert "Nothing was left to do: another migration has just done it." in done.out
