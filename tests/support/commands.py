"""The command line for tests: in this process, in one of its own, and in a terminal."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

PYAUTH = (sys.executable, "-m", "pyauth.cli")
FLASK = (sys.executable, "-m", "flask")
ROOT = Path(__file__).parents[2]

_TIMEOUT = 60
"""Seconds that a command may take."""
_PATIENCE = 2
"""Seconds that an interrupted one may take to end."""


def environment(**variables: str) -> dict[str, str]:
    """Return the environment of a command: nothing of pyauth's own but what is given."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYAUTH_", "FLASK_", "DATABASE_URL"))
    }
    paths = [str(ROOT), *filter(None, [kept.get("PYTHONPATH")])]
    return {**kept, "PYTHONPATH": os.pathsep.join(paths), **variables}


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a command."""

    code: int
    out: str
    err: str


def run_command(
    arguments: Sequence[str],
    folder: Path,
    variables: Mapping[str, str] | None = None,
    *,
    program: Sequence[str] = PYAUTH,
) -> Done:
    """Run a command in a process of its own, without a terminal."""
    done = subprocess.run(
        [*program, *arguments],
        cwd=folder,
        env=environment(**(variables or {})),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Done(done.returncode, done.stdout, done.stderr)


@dataclass
class Running:
    """A command that runs in a terminal of its own."""

    process: subprocess.Popen[bytes]
    terminal: int
    shown: str = field(default="", init=False)

    def wait_for(self, text: str) -> None:
        """Read until the terminal shows a text."""
        while text not in self.shown:
            assert self._read(), f"{text!r} never came:\n{self.shown}"

    def send(self, text: str) -> None:
        """Type something."""
        os.write(self.terminal, text.encode())

    def interrupt(self) -> int:
        """Press Ctrl-C until the command ends, and return its exit code.

        What reads a line misses one that comes between its prompt and its reading.
        """
        while True:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                continue
            return self.finish()

    def finish(self) -> int:
        """Read to the end and return the exit code."""
        while self._read():
            pass
        return self.process.wait(_TIMEOUT)

    def _read(self) -> bool:
        deadline = time.monotonic() + _TIMEOUT
        ready, _, _ = select.select([self.terminal], [], [], deadline - time.monotonic())
        assert ready, f"nothing more came:\n{self.shown}"
        try:
            read = os.read(self.terminal, 4096)
        except OSError:  # Linux says so when the other end is closed
            return False
        self.shown += read.decode()
        return bool(read)


@contextmanager
def in_terminal(
    arguments: Sequence[str],
    folder: Path,
    variables: Mapping[str, str] | None = None,
    *,
    program: Sequence[str] = PYAUTH,
) -> Iterator[Running]:
    """Run a command within the block, in a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*program, *arguments],
        cwd=folder,
        env=environment(**(variables or {})),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield Running(process, ours)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        os.close(ours)
