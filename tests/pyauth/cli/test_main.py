"""``pyauth``: the options before the command, and the finding of the server."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from pyauth import PyAuth, __version__
from pyauth.cli import main
from pyauth.cli.live import load_auth
from tests.pyauth.cli.conftest import Run
from tests.support.commands import environment

SITE = """
    import os
    from pyauth import PyAuth

    def make(**options):
        return PyAuth(mode="test", database="sqlite:///live.sqlite3", **options)

    auth = make()
    memory = PyAuth(mode="test")
    number = 7
    wrong = lambda: make(base_path="wrong")
    lost = lambda: PyAuth(mode="test", database="sqlite:////no/such/folder/site.sqlite3")
    named = lambda: make(base_path=os.environ["SITE_PATH"])
"""


@pytest.fixture
def site(module: Callable[[str], str]) -> str:
    return module(SITE)


@pytest.mark.parametrize("name", ["auth", "make"])
def test_the_server_is_an_object_or_a_function_that_makes_one(
    folder: Path, site: str, run: Run, name: str
) -> None:
    assert run("--app", f"{site}:{name}", "migrate", "-y").code == 0
    assert (folder / "live.sqlite3").exists()
    assert run("--app", f"{site}:{name}", "status", "--check").code == 0


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
        ("cli_site:lost", "Error: "),
    ],
)
def test_what_is_wrong_is_said_without_a_traceback(
    site: str, run: Run, target: str, complaint: str
) -> None:
    done = run("--app", target, "status")
    assert (done.code, done.out) == (1, "")
    assert complaint in done.err


def test_a_mistake_in_the_apps_own_module_keeps_its_traceback(module: Callable[[str], str]) -> None:
    result = CliRunner().invoke(main, ["--app", f"{module('None.nothing')}:auth", "status"])
    assert isinstance(result.exception, AttributeError)


def test_a_server_made_in_code_is_what_the_commands_are_about(site: str) -> None:
    assert isinstance(load_auth(f"{site}:auth"), PyAuth)


def test_the_env_files_are_read_before_the_app(folder: Path, site: str, run: Run) -> None:
    (folder / ".env").write_text("SITE_PATH=/from-file\n")
    assert "\t/from-file/ok\t" in run("--app", f"{site}:named", "routes").out


def test_another_folder_can_be_worked_in(project: Path, run: Run) -> None:
    inner = project / "inner"
    inner.mkdir()
    (inner / "pyauth.toml").write_text('[project]\nbase_path = "/inner"\n')
    (inner / ".env").write_text("DATABASE_URL=sqlite:///inner.sqlite3\n")
    assert run("-c", "inner", "migrate", "-y").code == 0
    assert (inner / "inner.sqlite3").exists()
    assert not (project / "site.sqlite3").exists()


def test_a_folder_that_is_not_there_is_a_mistake(run: Run) -> None:
    assert run("--cwd", "nowhere", "secret").code == 2


def test_the_folder_of_the_configuration_has_env_files_too(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "conf").mkdir()
    (folder / "conf" / "auth.toml").write_text("")
    (folder / "conf" / ".env").write_text("DATABASE_URL=sqlite:///conf.sqlite3\n")
    assert run("--config", "conf/auth.toml", "migrate", "-y").code == 0
    assert (folder / "conf.sqlite3").exists()  # URLs begin at the working directory

    (folder / ".env").write_text("DATABASE_URL=sqlite:///strong.sqlite3\n")
    monkeypatch.delenv("DATABASE_URL")
    run("--config", "conf/auth.toml", "migrate", "-y")
    assert (folder / "strong.sqlite3").exists()


@pytest.mark.parametrize("command", [("status",), ("schema", "print"), ("routes",), ("info",)])
def test_a_mistake_in_the_configuration_is_never_passed_over(
    project: Path, run: Run, command: tuple[str, ...]
) -> None:
    (project / "pyauth.toml").write_text("[project]\nbase_url = 3\n")
    done = run(*command)
    assert "pyauth.toml:2: project.base_url must be a valid string" in done.out + done.err


def test_the_file_goes_before_the_environment(
    project: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYAUTH_URL", "https://environment.example")
    assert "at http://localhost:5000," in run("doctor").out
    (project / "pyauth.toml").write_text("")
    assert "at https://environment.example," in run("doctor").out


def test_the_mode_is_production_where_file_or_environment_says_so(
    project: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "mode development," in run("doctor").out
    monkeypatch.setenv("PYAUTH_ENV", "test")
    assert "mode test," in run("doctor").out
    (project / "pyauth.toml").write_text("[project]\nproduction = true\n")
    assert "mode production," in run("doctor").out


def test_the_version_can_be_asked(run: Run) -> None:
    done = run("--version")
    assert (done.code, done.out) == (0, f"pyauth, version {__version__}\n")


def test_a_command_that_is_none_is_a_mistake(run: Run) -> None:
    assert run("migrat").code == 2


def test_every_command_explains_itself(run: Run) -> None:
    for name, command in main.commands.items():
        assert command.short_help, name
        assert run(name, "--help").code == 0
        for inner in getattr(command, "commands", {}):
            assert run(name, inner, "--help").code == 0


def test_starting_loads_no_database_and_no_alembic(folder: Path) -> None:
    code = (
        "import sys, json\n"
        "sys.argv = ['pyauth', '--version']\n"
        "from pyauth.cli import main\n"
        "main(standalone_mode=False)\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    loaded = set(json.loads(done.stdout.splitlines()[1]))
    assert not loaded & {"alembic", "sqlite3", "psycopg", "pymysql", "redis", "flask", "requests"}
    assert not [name for name in loaded if name.startswith("sqlalchemy.dialects.")]
