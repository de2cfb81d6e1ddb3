"""Sends requests to a server from a process of its own, over connections that stay open.

``python -m bench.load``: the order is JSON on standard input, the tally JSON on standard output.
"""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from bench.cores import pinned

_TIMEOUT: Final = 30


@dataclass(frozen=True, slots=True)
class Tally:
    """What a run of the load came to.

    Attributes:
        requests: how many were answered with 200.
        failures: how many were not.
        seconds: how long it took.
    """

    requests: int
    failures: int
    seconds: float


def send_load(
    port: int, asks: Sequence[bytes], *, seconds: float, connections: int, core: int | None
) -> Tally:
    """Load a server on this machine for a while.

    Args:
        port: where it listens.
        asks: the requests, sent in turn.
        seconds: for how long.
        connections: how many at once.
        core: the processor that the sending process stays on.
    """
    order = {
        "port": port,
        "asks": [ask.decode() for ask in asks],
        "seconds": seconds,
        "connections": connections,
    }
    with pinned(core):
        done = subprocess.run(
            [sys.executable, "-m", "bench.load"],
            input=json.dumps(order),
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds + 2 * _TIMEOUT,
        )
    if done.returncode != 0:
        raise RuntimeError(f"the load failed: {done.stderr}")
    return Tally(**json.loads(done.stdout))


class _Sender(threading.Thread):
    """Sends on one connection until the time is over."""

    def __init__(self, port: int, asks: Sequence[bytes], *, first: int, until: float) -> None:
        super().__init__(daemon=True)
        self._port = port
        self._asks = asks
        self._next = first
        self._until = until
        self.requests = 0
        self.failures = 0

    def run(self) -> None:
        while time.monotonic() < self._until:
            try:
                self._keep_sending()
            except OSError:
                self.failures += 1
                time.sleep(0.05)

    def _keep_sending(self) -> None:
        asks = self._asks
        with socket.create_connection(("127.0.0.1", self._port), timeout=_TIMEOUT) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while time.monotonic() < self._until:
                connection.sendall(asks[self._next % len(asks)])
                self._next += 1
                status, stays_open = _read_answer(connection)
                if status == 200:
                    self.requests += 1
                else:
                    self.failures += 1
                if not stays_open:
                    return


def _read_answer(connection: socket.socket) -> tuple[int, bool]:
    """Read one answer; return its status and whether the connection stays open."""
    data = connection.recv(65536)
    while b"\r\n\r\n" not in data:
        data += _receive(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    head = head.lower()
    missing = _content_length(head) - len(body)
    while missing > 0:
        missing -= len(_receive(connection))
    return int(head[9:12]), b"connection: close" not in head


def _receive(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise ConnectionError("the server closed the connection within an answer")
    return data


def _content_length(head: bytes) -> int:
    _, found, rest = head.partition(b"\r\ncontent-length:")
    if not found:
        raise ConnectionError("the answer has no Content-Length")
    return int(rest.partition(b"\r\n")[0])


def _main() -> None:
    order = json.load(sys.stdin)
    asks = [ask.encode() for ask in order["asks"]]
    start = time.monotonic()
    until = start + order["seconds"]
    count = order["connections"]
    senders = [
        _Sender(order["port"], asks, first=number * len(asks) // count, until=until)
        for number in range(count)
    ]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    tally = Tally(
        requests=sum(sender.requests for sender in senders),
        failures=sum(sender.failures for sender in senders),
        seconds=time.monotonic() - start,
    )
    print(json.dumps(asdict(tally)))


if __name__ == "__main__":
    _main()
