"""``flask pyauth``: what it prints and how it exits."""

import json
import tomllib
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from flask import Flask
from flask.cli import FlaskGroup
from sqlalchemy import create_engine, text

from flask_pyauth import FlaskPyAuth
from flask_pyauth.commands import group
from pyauth.cli import main
from pyauth.crypto.secret_keys import strict_weakness

ROOT = Path(__file__).parents[2]
NewAuth = Callable[..., FlaskPyAuth]
UP_TO_DATE = "The database is up to date.\n"


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/site.sqlite3"


@pytest.fixture
def app(new_auth: NewAuth, url: str) -> Flask:
    app = Flask("site")
    app.testing = True
    new_auth(database=url).init_app(app)
    return app


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["pyauth", *arguments])
    return result.exit_code, result.output


def test_the_commands_are_those_of_pyauth_about_one_live_server() -> None:
    names = group.list_commands(click.Context(group))
    assert sorted(names) == [
        *("db", "doctor", "generate", "import", "info", "migrate", "plugins", "routes", "schema"),
        *("secret", "sessions", "status", "users"),
    ]
    assert set(names) < set(main.commands)


@pytest.mark.parametrize("prefix", [(), ("db",)])
def test_status_tells_what_is_missing_until_it_is_not(app: Flask, prefix: tuple[str, ...]) -> None:
    code, output = run(app, *prefix, "status")
    assert code == 0
    assert output.startswith("The sqlite database lacks:\n  create table users\n")
    assert run(app, *prefix, "status", "--check")[0] == 1

    assert run(app, *prefix, "migrate", "-y")[0] == 0
    assert run(app, *prefix, "status", "--check") == (0, UP_TO_DATE)


def test_migrate_tells_what_it_did_and_then_has_nothing_to_do(app: Flask) -> None:
    code, output = run(app, "migrate", "-y")

    assert code == 0
    assert output.startswith("To do in the sqlite database:\n  create table users\n")
    assert output.endswith("Migration completed successfully.\n")
    assert run(app, "migrate") == (0, "No migrations needed.\n")


def test_a_script_says_that_it_agrees(app: Flask) -> None:
    code, output = run(app, "migrate")

    assert code == 1
    assert "Non-interactive session: pass --yes (or -y)" in output
    assert run(app, "status", "--check")[0] == 1


def test_a_dry_run_changes_nothing(app: Flask) -> None:
    code, output = run(app, "migrate", "--dry-run")

    assert code == 0
    assert output.endswith("Dry run complete; no changes were applied.\n")
    assert run(app, "status", "--check")[0] == 1


def test_the_sql_is_that_of_the_live_app(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert run(app, "generate", "-y")[0] == 0
    (path,) = (tmp_path / "migrations" / "pyauth").glob("*_sqlite_*.sql")
    assert "CREATE TABLE users" in path.read_text()
    assert "TIMESTAMP WITH TIME ZONE" in run(app, "schema", "print", "--dialect", "postgres")[1]


@pytest.mark.parametrize("command", [("migrate", "-y"), ("status", "--check")])
def test_what_needs_work_by_hand_is_said(app: Flask, url: str, command: tuple[str, ...]) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE users (id INTEGER PRIMARY KEY)"))
        connection.execute(text("INSERT INTO users DEFAULT VALUES"))
    engine.dispose()

    code, output = run(app, *command)

    assert code == 1
    assert "users" in output
    assert "Traceback" not in output


def test_records_in_memory_cannot_be_migrated(new_auth: NewAuth) -> None:
    app = Flask("site")
    app.testing = True
    new_auth().init_app(app)

    code, output = run(app, "migrate", "-y")

    assert code == 1
    assert output.startswith("Error: ")
    assert "has no tables to plan or create; set database to a SQLAlchemy URL" in output


def test_secret_makes_a_strong_secret_each_time(app: Flask) -> None:
    secrets = [run(app, "secret")[1].strip() for _ in range(2)]

    assert secrets[0] != secrets[1]
    assert [strict_weakness(secret) for secret in secrets] == [None, None]


def test_secret_judges_the_environment(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITE_KEY", "short")
    assert run(app, "secret", "--check-env", "SITE_KEY")[0] == 1


def test_routes_are_listed_with_their_names_and_contributors(app: Flask) -> None:
    code, output = run(app, "routes")

    assert code == 0
    assert "POST\t/api/auth/sign-in/email\tsign_in_email\tcore" in output.splitlines()
    assert "flask_pyauth.signals." in run(app, "routes", "--json")[1]


def test_info_tells_of_the_app_and_no_secret(app: Flask) -> None:
    code, output = run(app, "info", "--json")

    assert code == 0
    assert json.loads(output)["config"]["provider"] == "sqlite"
    assert json.loads(output)["database_url"] == "[REDACTED]"


def test_plugins_are_listed_and_enabled_in_code(app: Flask) -> None:
    assert "bearer (no schema)" in run(app, "plugins", "list")[1]
    assert run(app, "plugins", "add", "bearer")[0] == 2


def test_the_instance_may_be_named(app: Flask, new_auth: NewAuth) -> None:
    new_auth(name="admin", base_path="/admin", advanced={"cookie_prefix": "a"}).init_app(app)

    assert "/admin/sign-in/email" in run(app, "--name", "admin", "routes")[1]
    assert "/api/auth/sign-in/email" in run(app, "routes")[1]


@pytest.mark.parametrize("command", ["status", "doctor"])
def test_a_name_that_is_not_there_is_said(app: Flask, command: str) -> None:
    code, output = run(app, "--name", "nobody", command)

    assert code == 1
    assert "has no FlaskPyAuth named 'nobody' (there are: default)" in output


def test_doctor_examines_the_app(app: Flask) -> None:
    code, output = run(app, "doctor")
    assert code == 0
    assert "[WARN] database.pending_schema: " in output

    code, output = run(app, "doctor", "--production", "--json")
    assert '"code": "rate_limit.memory"' in output


def test_doctor_examines_an_app_that_refuses_to_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "refusing_site.py").write_text(
        "from flask import Flask\n"
        "from flask_pyauth import FlaskPyAuth\n"
        "def create_app():\n"
        "    app = Flask('site')\n"
        "    FlaskPyAuth(app, secret='pa55word', email_and_password={'enabled': True})\n"
        "    return app\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delenv("PYAUTH_ENV", raising=False)
    monkeypatch.setenv("FLASK_RUN_FROM_CLI", "")  # Flask sets it, and would leave it behind

    loader = FlaskGroup(add_version_option=False)
    loader.add_command(group)
    result = CliRunner().invoke(
        loader, ["--app", "refusing_site:create_app", "pyauth", "doctor"], prog_name="flask"
    )

    assert result.exit_code == 1
    assert "[ERROR] security.secret: the secret is too weak for production" in result.output
    assert "[ERROR] database.url: " in result.output
    assert "pa55word" not in result.output
    assert "Traceback" not in result.output


def test_flask_knows_the_commands_beside_the_apps() -> None:
    metadata = tomllib.loads((ROOT / "pyproject.toml").read_text())
    (value,) = metadata["project"]["entry-points"]["flask.commands"].values()
    assert EntryPoint("pyauth", value, "flask.commands").load() is group
