"""``flask pyauth``: what it prints and how it exits."""

import tomllib
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.cli import FlaskGroup
from sqlalchemy import create_engine, text

from flask_pyauth import FlaskPyAuth
from flask_pyauth.commands import group
from pyauth.crypto.secret_keys import weakness

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


def test_status_tells_what_is_missing_until_it_is_not(app: Flask) -> None:
    code, output = run(app, "status")
    assert code == 1
    assert "missing:\n  create table users\n" in output

    assert run(app, "migrate")[0] == 0
    assert run(app, "status") == (0, UP_TO_DATE)


def test_migrate_tells_what_it_did_and_then_has_nothing_to_do(app: Flask) -> None:
    code, output = run(app, "migrate")

    assert code == 0
    assert output.startswith("done:\n  create table users\n")
    assert run(app, "migrate") == (0, UP_TO_DATE)


def test_a_dry_run_changes_nothing(app: Flask) -> None:
    code, output = run(app, "migrate", "--dry-run")

    assert code == 0
    assert output.startswith("to do:\n  create table users\n")
    assert run(app, "status")[0] == 1


@pytest.mark.parametrize("command", ["migrate", "status"])
def test_what_needs_work_by_hand_is_said(app: Flask, url: str, command: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE users (id INTEGER PRIMARY KEY)"))
        connection.execute(text("INSERT INTO users DEFAULT VALUES"))
    engine.dispose()

    code, output = run(app, command)

    assert code == 2
    assert "users" in output
    assert "Traceback" not in output


def test_records_in_memory_cannot_be_migrated(new_auth: NewAuth) -> None:
    app = Flask("site")
    app.testing = True
    new_auth().init_app(app)

    code, output = run(app, "migrate")

    assert code == 2
    assert output.startswith("Error: ")
    assert "has no tables to plan or create; set database to a SQLAlchemy URL" in output


def test_secret_makes_a_strong_secret_each_time(app: Flask) -> None:
    secrets = [run(app, "secret")[1].strip() for _ in range(2)]

    assert secrets[0] != secrets[1]
    assert [weakness(secret) for secret in secrets] == [None, None]


def test_routes_are_listed_with_their_names_and_contributors(app: Flask) -> None:
    code, output = run(app, "routes")
    lines = output.splitlines()

    assert code == 0
    assert lines[0].split() == ["METHODS", "PATH", "NAME", "FROM"]
    assert ["POST", "/api/auth/sign-in/email", "sign_in_email", "core"] in [
        line.split() for line in lines
    ]


def test_the_instance_may_be_named(app: Flask, new_auth: NewAuth) -> None:
    new_auth(name="admin", base_path="/admin", advanced={"cookie_prefix": "a"}).init_app(app)

    assert "/admin/sign-in/email" in run(app, "--name", "admin", "routes")[1]
    assert "/api/auth/sign-in/email" in run(app, "routes")[1]


def test_a_name_that_is_not_there_is_said(app: Flask) -> None:
    code, output = run(app, "--name", "nobody", "status")

    assert code == 2
    assert "has no FlaskPyAuth named 'nobody' (there are: default)" in output


def test_doctor_examines_the_app(app: Flask) -> None:
    code, output = run(app, "doctor")
    assert code == 0
    assert "[WARN] database.pending_schema: " in output

    code, output = run(app, "doctor", "--production", "--json")
    assert '"code": "rate_limit.memory"' in output


def test_doctor_of_a_name_that_is_not_there_finds_nothing(app: Flask) -> None:
    code, output = run(app, "--name", "nobody", "doctor")
    assert code == 2
    assert "has no FlaskPyAuth named 'nobody'" in output


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
