"""``completions``: scripts for three shells, and what they ask."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pyauth.cli.conftest import Run
from tests.support.commands import PYAUTH, environment, run_command


@pytest.mark.parametrize(
    ("shell", "part"),
    [("bash", "complete -o nosort -F"), ("zsh", "compdef"), ("fish", "complete --no-files")],
)
def test_each_shell_gets_a_script(run: Run, shell: str, part: str) -> None:
    done = run("completions", shell)
    assert done.code == 0
    assert part in done.out
    assert "_PYAUTH_COMPLETE" in done.out


def test_another_shell_is_a_mistake(run: Run) -> None:
    assert run("completions", "tcsh").code == 2


def complete(folder: Path, words: str, number: int) -> set[str]:
    variables = {
        "_PYAUTH_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(number),
    }
    return set(run_command([], folder, variables).out.splitlines())


def test_commands_and_plugin_ids_are_completed(folder: Path) -> None:
    assert complete(folder, "pyauth sta", 1) == {"plain,status"}
    assert complete(folder, "pyauth plugins add be", 3) == {"plain,bearer"}


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_takes_the_script_and_asks_the_program(folder: Path) -> None:
    program = folder / "pyauth"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m {PYAUTH[-1]} "$@"\n')
    program.chmod(0o755)
    script = (
        'eval "$(pyauth completions bash)"; COMP_WORDS=(pyauth mig); COMP_CWORD=1; '
        '_pyauth_completion pyauth mig pyauth; echo "${COMPREPLY[@]}"'
    )
    variables = environment()
    variables["PATH"] = f"{folder}:{variables['PATH']}"
    done = subprocess.run(
        ["bash", "--norc", "-c", script], env=variables, capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "migrate\n", done.stderr
