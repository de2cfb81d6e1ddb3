"""A project's folder, commands that run in it, in this process, and instances on databases."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner

from pyauth import PyAuth
from pyauth.cli import main
from tests.support.app import make_auth
from tests.support.commands import Done
from tests.support.mounted import instance_on

Run = Callable[..., Done]

STRONG = "kT9vQ2mXz7LpR4wYb8NcF6hJd3GsA5eU"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty working directory, and an environment without anything of pyauth's."""
    before = dict(os.environ)
    for name in list(os.environ):
        if name.startswith(("PYAUTH_", "DATABASE_URL")):
            del os.environ[name]
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    # The commands add what the env files hold.
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def project(folder: Path) -> Path:
    """The same with a configuration, and the URL of a database in its env file."""
    (folder / "pyauth.toml").write_text('[project]\nbase_url = "http://localhost:5000"\n')
    (folder / ".env").write_text("DATABASE_URL=sqlite:///site.sqlite3\n")
    return folder


@pytest.fixture
def run(folder: Path) -> Run:
    """Runs a command in the folder; without a terminal, as tests have none."""

    def run(*arguments: str) -> Done:
        result = CliRunner().invoke(main, arguments)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.output
        return Done(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture
def module(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Writes a module that has servers, and returns its name."""

    def write(source: str) -> str:
        name = "cli_site"
        (folder / f"{name}.py").write_text(dedent(source))
        monkeypatch.delitem(sys.modules, name, raising=False)
        monkeypatch.syspath_prepend(str(folder))
        return name

    return write


@pytest.fixture(scope="module", params=["sqlite", "postgresql", "mysql"])
def shared(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PyAuth]:
    """An instance on each database."""
    with instance_on(request.param, tmp_path_factory.mktemp("shared")) as auth:
        yield auth


@pytest.fixture
def everywhere(shared: PyAuth) -> PyAuth:
    """The same, without anybody in it."""
    for model in ("session", "account", "user"):
        shared.context.adapter.delete_many(model, ())
    return shared


@pytest.fixture
def auth() -> Iterator[PyAuth]:
    """An instance on a SQLite database of its own."""
    auth = make_auth(database="sqlite://")
    yield auth
    auth.close()
