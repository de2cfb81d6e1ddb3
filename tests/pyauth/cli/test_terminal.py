"""The commands in a terminal: questions, headings and colours."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pyauth.cli.config_file import read_config_file
from tests.support.commands import in_terminal

BOLD, RED = "\x1b[1m", "\x1b[31m"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyauth.toml").write_text("")
    (tmp_path / ".env").write_text("DATABASE_URL=sqlite:///site.sqlite3\n")
    return tmp_path


def tables(project: Path) -> list[str]:
    with closing(sqlite3.connect(project / "site.sqlite3")) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM sqlite_master")]


def test_migrate_asks_and_does_as_told(project: Path) -> None:
    with in_terminal(["migrate"], project) as running:
        running.wait_for("Apply these changes? [y/N]: ")
        running.send("n\n")
        assert running.finish() == 0
    assert "Migration cancelled; no changes were applied." in running.shown
    assert tables(project) == []

    with in_terminal(["migrate"], project) as running:
        running.wait_for("Apply these changes? [y/N]: ")
        running.send("y\n")
        assert running.finish() == 0
    assert "Migration completed successfully." in running.shown
    assert "users" in tables(project)


def test_a_declined_file_is_not_written_and_fails(project: Path) -> None:
    with in_terminal(["generate"], project) as running:
        running.wait_for("[y/N]: ")
        running.send("n\n")
        assert running.finish() == 1
    assert "Error: nothing was written" in running.shown
    assert not (project / "migrations").exists()


def test_a_declined_plugin_is_not_added(project: Path) -> None:
    with in_terminal(["plugins", "add", "bearer"], project) as running:
        running.wait_for("[y/N]: ")
        running.send("n\n")
        assert running.finish() == 0
    assert "Nothing was changed." in running.shown
    assert (project / "pyauth.toml").read_text() == ""


def test_init_asks_for_what_was_not_said_and_lets_people_try_again(tmp_path: Path) -> None:
    with in_terminal(["init", "--framework", "wsgi"], tmp_path) as running:
        running.wait_for("Database (sqlite, postgresql, mysql, mariadb) [sqlite]: ")
        running.send("postgresql\n")
        running.wait_for("Public address [http://localhost:5000]: ")
        running.send("localhost\n")
        running.wait_for("must be an address")
        running.send("https://a.example\n")
        running.wait_for("Plugins, with commas between")
        running.send("berer\n")
        running.wait_for("`berer` is not an official pyauth plugin")
        running.send("bearer\n")
        running.wait_for("Put a new secret into .env? [Y/n]: ")
        running.send("\n")
        assert running.finish() == 0
    config = read_config_file(tmp_path / "pyauth.toml")
    assert config.project.framework == "wsgi"
    assert config.project.base_url == "https://a.example"
    assert config.database.provider == "postgresql"
    assert config.plugins.enabled == ("bearer",)
    assert "generate-with" not in (tmp_path / ".env").read_text()


def test_tables_have_a_heading_and_columns(project: Path) -> None:
    with in_terminal(["routes"], project) as running:
        assert running.finish() == 0
    heading, *rows = running.shown.replace("\r", "").splitlines()
    assert heading.split() == [f"{BOLD}METHODS", "PATH", "NAME", "FROM\x1b[0m"]
    column = heading.removeprefix(BOLD).index("PATH")
    assert all(row[column:].startswith("/api/auth") for row in rows)
    assert "\t" not in running.shown


def test_details_of_routes_are_blocks(project: Path) -> None:
    with in_terminal(["routes", "--verbose"], project) as running:
        assert running.finish() == 0
    lines = running.shown.replace("\r", "").splitlines()
    place = lines.index(f"{BOLD}POST /api/auth/sign-in/email\x1b[0m  sign_in_email, from core")
    assert lines[place + 1] == "    rate limit   3 in 10 s"
    assert lines[-1] == "Requests are not counted in the mode development."


def test_levels_of_findings_are_coloured(project: Path) -> None:
    with in_terminal(["doctor", "--production"], project) as running:
        assert running.finish() == 1
    assert f"{RED}[ERROR]\x1b[0m security.secret: " in running.shown


def test_who_wants_no_colours_gets_none(project: Path) -> None:
    with in_terminal(["routes"], project, {"NO_COLOR": "1"}) as running:
        assert running.finish() == 0
    assert running.shown.startswith("METHODS ")
    assert "\x1b" not in running.shown
