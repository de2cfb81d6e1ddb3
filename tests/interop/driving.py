"""Starts a server, drives it with a version of the official client, reads what came of it."""

import json
import select
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.support.node import require_node_packages

VERSIONS: Final = ("1.6.9", "1.7.1")
_ROOT: Final = Path(__file__).resolve().parents[2]
_SECONDS: Final = 60

Steps = Mapping[str, Any]
"""Step name to what the client made of the answer: its ``data`` and its ``error``."""


@contextmanager
def served(kind: str, folder: Path) -> Iterator[str]:
    """Serve an application of ``serve.py`` and give its origin."""
    database, errors = folder / "interop.sqlite3", folder / "interop.log"
    with (
        errors.open("w") as log,
        subprocess.Popen(
            [sys.executable, "-m", "tests.interop.serve", kind, str(database)],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        ready, _, _ = select.select([process.stdout], [], [], _SECONDS)
        line = process.stdout.readline().strip() if ready else ""
        assert line, f"the server did not start: {errors.read_text()[-3000:]}"
        yield line
        assert process.stdin is not None
        process.stdin.close()
        process.wait(_SECONDS)


def drive(script: str, version: str, origin: str) -> Steps:
    """Run a drive with a version of the client and return its steps."""
    done = subprocess.run(
        ["node", script, version, origin],
        cwd=require_node_packages("interop"),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def data_of(steps: Steps, name: str) -> Any:
    """Return the data of a step that must have succeeded."""
    assert steps[name]["error"] is None, (name, steps[name])
    return steps[name]["data"]


def error_of(steps: Steps, name: str) -> tuple[int, str]:
    """Return status and code of a step that must have failed."""
    assert steps[name]["data"] is None, (name, steps[name])
    error = steps[name]["error"]
    return error["status"], error["code"]
