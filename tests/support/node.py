"""Node.js for the tests that need it: is it there, and are the pinned packages installed."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

_TESTS = Path(__file__).resolve().parent.parent
_INSTALL_SECONDS = 600


def require_node_packages(folder: str) -> Path:
    """Return ``tests/<folder>`` with its locked npm packages installed.

    Skips the test where Node.js or npm is missing; in CI that is a failure instead, so that a
    machine without Node.js cannot pass for one on which everything was compared.
    """
    place = _TESTS / folder
    missing = [tool for tool in ("node", "npm") if shutil.which(tool) is None]
    if missing:
        _give_up(f"{' and '.join(missing)} not installed, so {place.name} cannot run")
    problem = _install(place)
    if problem:
        _give_up(f"npm packages of {place.name} cannot be installed: {problem}")
    return place


def _give_up(reason: str) -> None:
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def _install(place: Path) -> str | None:
    """Install what the lock file names unless it is there already; return the problem, if any."""
    lock_text = (place / "package-lock.json").read_bytes()
    wanted = hashlib.sha256(lock_text).hexdigest()
    stamp = place / "node_modules" / ".installed-lock"
    with (Path(tempfile.gettempdir()) / f"pyauth-npm-{wanted[:16]}.lock").open("w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        if stamp.is_file() and stamp.read_text() == wanted:
            return None
        done = subprocess.run(
            ["npm", "ci", "--legacy-peer-deps", "--no-audit", "--no-fund"],
            cwd=place,
            capture_output=True,
            text=True,
            timeout=_INSTALL_SECONDS,
        )
        if done.returncode:
            return (done.stderr or done.stdout).strip()[-2000:]
        stamp.write_text(wanted)
    return None
