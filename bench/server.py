"""One gunicorn a subject: gthread, one worker, four threads, on one processor."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from bench.cores import pinned, used_by_tree
from bench.subjects import Subject

THREADS: Final = 4
_ROOT: Final = Path(__file__).resolve().parents[1]
_START_DEADLINE: Final = 30
_STOP_DEADLINE: Final = 10


class Server:
    """A running server, within a ``with`` block.

    Args:
        subject: what it serves.
        database: the path of the SQLite file.
        folder: for gunicorn's own files.
        core: the processor it stays on.
    """

    def __init__(self, subject: Subject, database: Path, folder: Path, core: int | None) -> None:
        self.subject = subject
        self._database = database
        self._folder = folder / subject.name
        self._core = core

    def __enter__(self) -> Self:
        self._folder.mkdir()
        with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
            self.port: int = listener.getsockname()[1]
            with pinned(self._core):
                self._process = subprocess.Popen(
                    self._command(listener.fileno()),
                    pass_fds=[listener.fileno()],
                    cwd=_ROOT,
                    env={**os.environ, "XDG_RUNTIME_DIR": str(self._folder)},
                )
        try:
            self._wait()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def used(self) -> float:
        """Return the processor time that the server has used so far, in seconds."""
        return used_by_tree(self._process.pid)

    def _command(self, listener: int) -> list[str]:
        return [
            *(sys.executable, "-m", "gunicorn"),
            *("--bind", f"fd://{listener}"),
            *("--worker-class", "gthread", "--workers", "1", "--threads", str(THREADS)),
            *("--keep-alive", "30", "--log-level", "warning"),
            f"{self.subject.module}:make_app({str(self._database)!r})",
        ]

    def _wait(self) -> None:
        """Wait until it answers, with whatever status."""
        deadline = time.monotonic() + _START_DEADLINE
        with socket.create_connection(("127.0.0.1", self.port), timeout=_START_DEADLINE) as probe:
            probe.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            probe.settimeout(0.1)
            while time.monotonic() < deadline:
                if self._process.poll() is not None:
                    break
                try:
                    if probe.recv(1):
                        return
                except TimeoutError:
                    continue
        raise RuntimeError(f"the server of {self.subject.name} did not start")

    def _stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_STOP_DEADLINE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
