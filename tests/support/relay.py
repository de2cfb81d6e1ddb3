"""A network that can be cut: a TCP relay between a client and a server."""

import contextlib
import socket
import struct
import threading
from typing import Final

_CHUNK: Final = 65536
_RESET: Final = struct.pack("ii", 1, 0)


class Relay:
    """Passes connections on to a server.

    Attributes:
        port: where it listens on 127.0.0.1, also after a cut.

    Args:
        host: the server.
        port: its port.
    """

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._listen()

    def cut(self) -> int:
        """End every connection with a reset, and accept no more; return how many there were."""
        self._close_listener()
        with self._lock:
            ended, self._open = self._open, set()
        for end in ended:
            _reset(end)
        return len(ended) // 2

    def restore(self) -> None:
        """Accept connections again."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._listen()

    def close(self) -> None:
        """End all of it."""
        self.cut()

    def _close_listener(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _listen(self) -> None:
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
                server = socket.create_connection(self._server)
            except OSError:
                return
            with self._lock:
                self._open |= {client, server}
            for source, target in ((client, server), (server, client)):
                threading.Thread(target=self._pass_on, args=(source, target), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_CHUNK):
                target.sendall(data)
        with self._lock:
            self._open.discard(source)
            self._open.discard(target)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


def _reset(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        end.shutdown(socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        end.close()
