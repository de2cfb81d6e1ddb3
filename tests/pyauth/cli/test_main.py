"""``pyauth --app module:name``: finding the server, and the commands beside any of them."""

import sys
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner

from pyauth import PyAuth, __version__
from pyauth.cli import main
from pyauth.crypto.secret_keys import weakness

UP_TO_DATE = "The database is up to date.\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a module that has servers."""
    module = """
        from pyauth import PyAuth

        def make(**options):
            return PyAuth(mode="test", database="sqlite:///site.sqlite3", **options)

        auth = make()
        memory = PyAuth(mode="test")
        number = 7
        wrong = lambda: make(base_path="wrong")
    """
    (tmp_path / "cli_site.py").write_text(dedent(module))
    monkeypatch.chdir(tmp_path)
    for name in ("cli_site", "cli_far"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, arguments)
    return result.exit_code, result.output


@pytest.mark.parametrize("name", ["auth", "make"])
def test_the_server_is_an_object_or_a_function_that_makes_one(folder: Path, name: str) -> None:
    target = f"cli_site:{name}"

    code, output = run("--app", target, "status")
    assert code == 1
    assert "missing:\n  create table users\n" in output

    assert run("--app", target, "migrate")[0] == 0
    assert (folder / "site.sqlite3").exists()
    assert run("--app", target, "status") == (0, UP_TO_DATE)


def test_a_dry_run_changes_nothing(folder: Path) -> None:
    code, output = run("--app", "cli_site:auth", "migrate", "--dry-run")

    assert code == 0
    assert output.startswith("to do:\n  create table users\n")
    assert run("--app", "cli_site:auth", "status")[0] == 1


def test_routes_are_listed_by_path(folder: Path) -> None:
    code, output = run("--app", "cli_site:auth", "routes")
    paths = [line.split()[1] for line in output.splitlines()[1:]]

    assert code == 0
    assert paths == sorted(paths)
    assert "/api/auth/sign-up/email" in paths


def test_a_secret_needs_no_server() -> None:
    code, output = run("secret")

    assert code == 0
    assert weakness(output.strip()) is None


@pytest.mark.parametrize(
    ("target", "complaint"),
    [
        ("cli_site", "it must look like module:name"),
        ("cli_site:", "it must look like module:name"),
        ("no_such_module:auth", "No module named 'no_such_module'"),
        ("cli_site:nothing", "has no attribute 'nothing'"),
        ("cli_site:number", "is of type int, not a PyAuth; for a Flask app use `flask pyauth`"),
        ("cli_site:wrong", "option base_path"),
        ("cli_site:memory", "MemoryAdapter has no tables to plan or create; set database"),
    ],
)
def test_what_is_wrong_is_said_without_a_traceback(
    folder: Path, target: str, complaint: str
) -> None:
    code, output = run("--app", target, "status")

    assert code == 2
    assert complaint in output
    assert "Traceback" not in output


def test_a_mistake_in_the_apps_own_module_keeps_its_traceback(folder: Path) -> None:
    (folder / "cli_far.py").write_text("None.nothing")
    result = CliRunner().invoke(main, ["--app", "cli_far:auth", "status"])
    assert isinstance(result.exception, AttributeError)


def test_a_database_that_cannot_be_reached_is_said(folder: Path) -> None:
    (folder / "cli_far.py").write_text(
        "from pyauth import PyAuth\n"
        "auth = PyAuth(mode='test', database='sqlite:////no/such/folder/site.sqlite3')\n"
    )

    code, output = run("--app", "cli_far:auth", "status")

    assert code == 2
    assert output.startswith("Error: ")


def test_a_command_without_a_server_says_how_to_name_one() -> None:
    code, output = run("status")

    assert code == 2
    assert "pyauth --app module:name COMMAND" in output


def test_the_version_can_be_asked() -> None:
    assert run("--version") == (0, f"pyauth, version {__version__}\n")


def test_a_server_made_in_code_is_what_the_commands_are_about(folder: Path) -> None:
    from pyauth.cli.main import load_auth

    assert isinstance(load_auth("cli_site:auth"), PyAuth)
