"""``info``: versions and configuration, nothing secret."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pyauth import __version__
from pyauth.cli import clipboard
from tests.pyauth.cli.conftest import STRONG, Run


def test_it_tells_versions_and_configuration_and_no_secret(project: Path, run: Run) -> None:
    (project / ".env").write_text(
        f"DATABASE_URL=postgresql://me:pa55word@127.0.0.1:1/x\nPYAUTH_SECRET={STRONG}\n"
    )
    done = run("info")
    rows = dict(line.split("\t") for line in done.out.splitlines())
    assert (done.code, done.err) == (0, "")
    assert rows["pyauth_version"] == __version__
    assert rows["config.path"] == f"{project}/pyauth.toml"
    assert rows["config.project.production"] == "no"
    assert rows["config.plugins.enabled"] == "-"
    assert rows["database_url"] == rows["secret"] == "[REDACTED]"
    assert "pa55word" not in done.out
    assert STRONG not in done.out


def test_it_is_data_on_demand(folder: Path, run: Run) -> None:
    found = json.loads(run("info", "-j").out)
    assert found["database_url"] is None
    assert found["secret"] is None
    assert found["config"]["path"] is None
    assert set(found["libraries"]) >= {"Flask", "SQLAlchemy", "click"}
    assert {item["code"] for item in found["findings"]} >= {"workspace.root", "config.missing"}


def test_a_live_server_that_refuses_to_start_is_told_of(
    run: Run, module: Callable[[str], str]
) -> None:
    name = module("from pyauth import PyAuth\ndef auth(): return PyAuth(secrte=1)\n")
    found = json.loads(run("--app", f"{name}:auth", "info", "--json").out)
    assert found["config"] == {}
    assert found["findings"][-1]["code"] == "config.invalid"


@pytest.fixture
def programs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder in which programs are found."""
    path = folder / "bin"
    path.mkdir()
    monkeypatch.setenv("PATH", str(path))
    return path


def make_program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_a_copy_goes_through_the_program_that_is_there(
    folder: Path, programs: Path, run: Run
) -> None:
    make_program(programs / "wl-copy", "exit 1")
    make_program(programs / "xsel", f"/bin/cat > {folder}/copied")
    done = run("info", "--copy")
    assert done.code == 0
    assert done.err == "Copied to the clipboard.\n"
    assert json.loads((folder / "copied").read_text())["pyauth_version"] == __version__


def test_no_clipboard_is_told_and_fails(programs: Path, run: Run) -> None:
    done = run("info", "-C")
    assert done.code == 1
    assert done.out.startswith("workspace_root\t")
    assert "nothing was copied: there is no clipboard, or none of pbcopy, wl-copy" in done.err


def test_a_program_that_hangs_is_given_up(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_program(programs / "xclip", "exec /bin/sleep 30")
    monkeypatch.setattr(clipboard, "_TIMEOUT", 0.1)
    assert not clipboard.copy_text("x")
