"""Connections to addresses that were checked, and those that wait to be used again.

Only the code that sends loads this module: see :mod:`pyauth.outbound.http.client`.
"""

import io
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any, cast

from urllib3.util import wait_for_read

from pyauth.clock import monotonic
from pyauth.outbound.http.answers import Answer
from pyauth.outbound.http.deadline import Deadline
from pyauth.outbound.http.urls import Target

_MAX_IDLE_SECONDS = 15.0
_MAX_IDLE = 32


@dataclass(frozen=True, slots=True)
class Peer:
    """Whom a connection is to: who it says it is, and where that was found to be.

    Attributes:
        scheme: ``http`` or ``https``.
        host: the name that the certificate is checked for.
        port: the port.
        address: the checked address.
    """

    scheme: str
    host: str
    port: int
    address: str

    @classmethod
    def at(cls, target: Target, address: str) -> "Peer":
        """Return the peer of a target at one of its addresses."""
        return cls(target.scheme, target.host, target.port, address)


class PinnedConnection(HTTPConnection):
    """A connection to one address, on which every single step is bounded by a deadline.

    Args:
        peer: whom it is to; nothing is looked up any more.
        tls: how to check a certificate, for https.
        connect_seconds, read_seconds: how long connecting, and each wait for data, may take.
    """

    response_class = Answer

    def __init__(
        self, peer: Peer, tls: ssl.SSLContext, *, connect_seconds: float, read_seconds: float
    ) -> None:
        super().__init__(peer.host, peer.port)
        self.peer = peer
        self.deadline: Deadline | None = None
        self.sock: Any = None
        self._answer: Answer | None = None
        self._tls = tls if peer.scheme == "https" else None
        self._connect_seconds = connect_seconds
        self._read_seconds = read_seconds

    def connect(self) -> None:
        """Connect to the checked address, and check the certificate for the name."""
        family = socket.AF_INET6 if ":" in self.peer.address else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.settimeout(self._bound(self._connect_seconds))
            sock.connect((self.peer.address, self.peer.port))
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is not None:
                sock.settimeout(self._bound(self._connect_seconds))
                sock = self._tls.wrap_socket(sock, server_hostname=self.peer.host)
        except BaseException:
            sock.close()
            raise
        self.sock = _BoundedSocket(sock, lambda: self._bound(self._read_seconds))

    def getresponse(self) -> Answer:
        """Read the head of the answer."""
        self._answer = cast(Answer, super().getresponse())
        return self._answer

    @property
    def is_reusable(self) -> bool:
        """Whether the last answer was read to an end of which there can be no doubt."""
        return self.is_idle and self._answer is not None and self._answer.is_delimited

    @property
    def is_idle(self) -> bool:
        """Whether the other side has kept it open and said nothing since."""
        return self.sock is not None and self.sock.is_idle

    def _bound(self, seconds: float) -> float:
        assert self.deadline is not None  # noqa: S101 - whoever takes a connection sets it
        return self.deadline.bound(seconds)


class _BoundedSocket:
    """A socket as ``http.client`` uses it, each read and write with its own time-out.

    A time-out of the socket alone starts anew with every byte, so a server that sends one now and
    then could hold its reader for ever.
    """

    def __init__(self, sock: socket.socket, bound: Callable[[], float]) -> None:
        self._sock = sock
        self._bound = bound
        self._reader: _Reader | None = None

    @property
    def is_idle(self) -> bool:
        """Whether what came was read to its end, and nothing waits to be read."""
        if self._reader is not None and not self._reader.is_drained:
            return False
        if isinstance(self._sock, ssl.SSLSocket) and self._sock.pending():
            return False
        return not wait_for_read(self._sock, timeout=0.0)

    def sendall(self, data: Any) -> None:
        self._sock.settimeout(self._bound())
        self._sock.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        assert mode == "rb"  # noqa: S101 - http.client reads bytes
        raw = self._sock.makefile("rb", buffering=0)
        self._reader = _Reader(_BoundedReader(raw, self._sock, self._bound))
        return self._reader

    def close(self) -> None:
        self._sock.close()


class _Reader(io.BufferedReader):
    """Reads one answer, and knows once it is closed whether more had come than was wanted."""

    raw: "_BoundedReader"
    is_drained = False

    def close(self) -> None:
        if not self.closed:
            self.raw.is_ended = True
            self.is_drained = not self.peek()
        super().close()


class _BoundedReader(io.RawIOBase):
    is_ended = False

    def __init__(self, raw: Any, sock: socket.socket, bound: Callable[[], float]) -> None:
        self._raw = raw
        self._sock = sock
        self._bound = bound

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self.is_ended:
            return 0
        self._sock.settimeout(self._bound())
        count: int | None = self._raw.readinto(buffer)
        return count

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
            super().close()


class IdleConnections:
    """Connections of one process that wait for their next request; never more than a few."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[tuple[float, PinnedConnection]] = []

    def take(self, peers: tuple[Peer, ...]) -> PinnedConnection | None:
        """Return a connection to one of the peers, now the caller's alone, or None."""
        while True:
            connection = self._pop(peers)
            if connection is None or connection.is_idle:
                return connection
            connection.close()

    def put(self, connection: PinnedConnection) -> None:
        """Keep a connection whose last answer was read to its end."""
        with self._lock:
            dropped = self._drop_expired()
            self._waiting.append((monotonic(), connection))
            if len(self._waiting) > _MAX_IDLE:
                dropped.append(self._waiting.pop(0)[1])
        _close(dropped)

    def close(self) -> None:
        """Close all that wait."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
        _close([connection for _, connection in waiting])

    def __del__(self) -> None:
        # Without the lock: in a child made by fork it may be locked for ever, and nobody else is
        # left who could use these. What is closed there are copies; the parent's stay open.
        _close([connection for _, connection in self._waiting])

    def _pop(self, peers: tuple[Peer, ...]) -> PinnedConnection | None:
        with self._lock:
            expired = self._drop_expired()
            fitting = [item for item in self._waiting if item[1].peer in peers]
            if fitting:
                self._waiting.remove(fitting[-1])
        _close(expired)
        return fitting[-1][1] if fitting else None

    def _drop_expired(self) -> list[PinnedConnection]:
        since = monotonic() - _MAX_IDLE_SECONDS
        expired = [connection for moment, connection in self._waiting if moment < since]
        self._waiting = [item for item in self._waiting if item[0] >= since]
        return expired


def _close(connections: list[PinnedConnection]) -> None:
    for connection in connections:
        connection.close()
