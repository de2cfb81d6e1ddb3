"""Real HTTP servers on loopback, for what asks other servers."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Received:
    """One request as a server saw it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    peer: tuple[Any, ...] = ()


Respond = Callable[["Exchange"], None]
"""Writes one answer."""


class Exchange(BaseHTTPRequestHandler):
    """One request being answered; keeps its connection open as HTTP/1.1 does."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "LocalServer"
    received: Received

    def answer(
        self, body: bytes = b"", *, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        """Send a whole answer."""
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def redirect(self, location: str, status: int = 302) -> None:
        """Send the asker elsewhere."""
        self.answer(status=status, headers={"Location": location})

    def write(self, data: bytes) -> None:
        """Send bytes as they are, at once."""
        self.wfile.write(data)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.received = Received(
            self.command,
            self.path,
            dict(self.headers),
            self.rfile.read(length),
            self.client_address,
        )
        self.server.received.append(self.received)
        respond = self.server.routes.get(self.path.partition("?")[0])
        if respond is None:
            self.answer(status=404)
        else:
            respond(self)

    do_GET = do_POST = do_HEAD = do_PUT = do_DELETE = _serve


@dataclass(eq=False)
class LocalServer(ThreadingHTTPServer):
    """A server with a function for each path.

    Attributes:
        routes: path without query to what answers it; 404 for all others.
        received: the requests so far.
    """

    address: str = "127.0.0.1"
    routes: dict[str, Respond] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    tls: ssl.SSLContext | None = None

    daemon_threads = True
    block_on_close = False

    def __post_init__(self) -> None:
        self.address_family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        super().__init__((self.address, 0), Exchange)

    @property
    def port(self) -> int:
        """The port that the system gave it."""
        return int(self.server_address[1])

    def url(self, path: str = "/", host: str | None = None) -> str:
        """Return the address of a path, under a name where one is given."""
        name = host or (f"[{self.address}]" if ":" in self.address else self.address)
        return f"{'https' if self.tls else 'http'}://{name}:{self.port}{path}"

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection; the TLS handshake is left to the thread that serves it."""
        accepted, peer = super().get_request()
        if self.tls is not None:
            accepted = self.tls.wrap_socket(
                accepted, server_side=True, do_handshake_on_connect=False
            )
        return accepted, peer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of connections that a test breaks."""


@contextmanager
def running(
    routes: Mapping[str, Respond] | None = None,
    *,
    address: str = "127.0.0.1",
    tls: ssl.SSLContext | None = None,
) -> Iterator[LocalServer]:
    """Serve within the block.

    Args:
        routes: path to what answers it.
        address: the loopback address to listen at.
        tls: with its certificate, for https.
    """
    server = LocalServer(address, dict(routes or {}), tls=tls)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
