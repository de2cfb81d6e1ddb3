"""The Redis that tests use: a shared one under a prefix of the test's own, or a server of its own.

``PYAUTH_TEST_REDIS_URL`` names the shared one. One that is not there skips its tests, and fails
them where ``CI=true``.
"""

import os
import shutil
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pyauth import StoreUnavailable
from pyauth.storage import RedisStorage

REDIS_URL = os.environ.get("PYAUTH_TEST_REDIS_URL", "redis://127.0.0.1:6379/0")


def new_prefix() -> str:
    """Return a prefix that nobody else has."""
    return f"pyauth-test-{uuid.uuid4().hex[:12]}:"


@contextmanager
def shared_redis(prefix: str | None = None) -> Iterator[RedisStorage]:
    """Open a storage in the shared Redis, and leave none of its keys behind."""
    storage = RedisStorage(REDIS_URL, prefix=prefix or new_prefix())
    try:
        storage.get("is anybody there")
    except StoreUnavailable:
        storage.close()
        _give_up("no Redis answers at PYAUTH_TEST_REDIS_URL")
    try:
        yield storage
    finally:
        storage.clear()
        storage.close()


class RedisServer:
    """A ``redis-server`` of one test, which it may stop and start.

    Attributes:
        port: where it answers on this machine.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._binary = shutil.which("redis-server") or ""
        if not self._binary:
            _give_up("there is no redis-server to start")
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The URL for :class:`~pyauth.storage.RedisStorage`."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._process = subprocess.Popen(
            [
                self._binary,
                *("--port", str(self.port)),
                *("--bind", "127.0.0.1"),
                *("--dir", str(self._folder)),
                *("--save", ""),
                *("--appendonly", "yes"),
                *("--appendfsync", "always"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 10
        while not self._answers():
            if time.monotonic() > deadline:
                pytest.fail("the redis-server did not start")
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop it; what it holds is there again after the next start."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    def _answers(self) -> bool:
        storage = RedisStorage(self.url)
        try:
            storage.get("is anybody there")
        except StoreUnavailable:
            return False
        finally:
            storage.close()
        return True


@contextmanager
def own_redis(folder: Path) -> Iterator[RedisServer]:
    """Run a server for one test."""
    server = RedisServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _give_up(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
