"""The commands that touch no database, each in a process of its own."""

import json
from pathlib import Path

import pytest

from pyauth import __version__
from tests.pyauth.cli.conftest import STRONG
from tests.support.commands import run_command


@pytest.mark.parametrize(
    ("arguments", "code", "shown"),
    [
        (["--version"], 0, f"pyauth, version {__version__}"),
        (["secret", "--env-line"], 0, "PYAUTH_SECRET="),
        (["secret", "--check", STRONG], 0, "Secret strength looks good."),
        (["schema", "print", "--dialect", "mysql"], 0, "ENGINE=InnoDB"),
        (["routes"], 0, "POST\t/api/auth/sign-in/email\tsign_in_email\tcore"),
        (["info"], 0, f"pyauth_version\t{__version__}"),
        (["plugins", "list"], 0, "bearer (no schema)"),
        (["completions", "zsh"], 0, "#compdef pyauth"),
        (["doctor"], 0, "[WARN] config.missing: "),
        (["generate", "--from-empty", "--dialect", "postgres", "-y"], 0, "Wrote migrations/"),
    ],
    ids=lambda value: " ".join(value[:3]) if isinstance(value, list) else "",
)
def test_each_works_in_an_empty_folder(
    tmp_path: Path, arguments: list[str], code: int, shown: str
) -> None:
    done = run_command(arguments, tmp_path)
    assert (done.code, done.err) == (code, "")
    assert shown in done.out
    assert "\x1b" not in done.out


def test_a_project_is_begun_and_gets_a_plugin(tmp_path: Path) -> None:
    assert run_command(["init", "--yes", "--seed-secrets"], tmp_path).code == 0
    assert run_command(["secret", "--check-env", "PYAUTH_SECRET"], tmp_path).code == 0
    assert run_command(["plugins", "add", "bearer", "--yes"], tmp_path).code == 0
    found = json.loads(run_command(["routes", "--json"], tmp_path).out)
    assert found["routes"][0]["before"][0]["source"] == "plugin bearer"
    assert run_command(["plugins", "remove", "bearer", "--yes"], tmp_path).code == 0


def test_a_mistake_in_the_line_is_2_and_a_failure_1(tmp_path: Path) -> None:
    done = run_command(["status", "--colour"], tmp_path)
    assert done.code == 2
    done = run_command(["status"], tmp_path)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("Error: No pyauth config found at ")


def test_the_process_goes_before_the_env_files(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("AUTH=short\n")
    variables = {"AUTH": STRONG}
    assert run_command(["secret", "--check-env", "AUTH"], tmp_path, variables).code == 0
