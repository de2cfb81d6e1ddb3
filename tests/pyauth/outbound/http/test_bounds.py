"""However the other server behaves, a request ends in time and takes no more room than allowed."""

import gzip
import socket
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from pyauth.outbound.http import (
    ConnectionFailed,
    GuardedClient,
    OutboundTimeout,
    ResponseTooLarge,
    UnreadableResponse,
)
from tests.pyauth.outbound.http.conftest import NAME, MakeClient
from tests.support.servers import Exchange, LocalServer, Respond, running

MOMENT = timedelta(milliseconds=300)
LONG = 20.0
"""Seconds after which a test that should have ended long ago fails."""


@contextmanager
def within_seconds(limit: float) -> Iterator[None]:
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < limit


def _drip(exchange: Exchange, data: bytes) -> None:
    """Send one byte at a time, each well before any time-out of a single read."""
    try:
        for byte in data * 10_000:
            exchange.write(bytes([byte]))
            time.sleep(0.02)
    except OSError:
        exchange.close_connection = True


def _silence(exchange: Exchange) -> None:
    exchange.rfile.read(1)  # until the asker gives up
    exchange.close_connection = True


def _drip_after(start: bytes, data: bytes) -> Respond:
    def respond(exchange: Exchange) -> None:
        exchange.write(start)
        _drip(exchange, data)

    return respond


_HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    "respond",
    [
        _silence,
        _drip_after(b"", b"HTTP/1.1 200 OK\r\nX-Slow: y"),
        _drip_after(_HEAD + b"Content-Length: 99999\r\n\r\n", b"x"),
        _drip_after(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        _drip_after(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["silent", "slow head", "slow body", "slow chunks", "endless continue"],
)
def test_the_deadline_is_of_the_whole_request(
    server: LocalServer, client: GuardedClient, respond: Respond
) -> None:
    server.routes["/"] = respond
    with within_seconds(LONG), pytest.raises(OutboundTimeout) as caught:
        client.request("GET", server.url("/?s3cret"), timeout=MOMENT)
    assert str(caught.value).startswith(server.url("").rstrip("/"))
    assert "s3cret" not in str(caught.value)


def test_a_busy_server_that_never_ends_its_head_is_left(
    server: LocalServer, client: GuardedClient
) -> None:
    def respond(exchange: Exchange) -> None:
        try:
            while True:
                exchange.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)
        except OSError:
            exchange.close_connection = True

    server.routes["/"] = respond
    with within_seconds(LONG), pytest.raises(UnreadableResponse):
        client.request("GET", server.url(), timeout=timedelta(minutes=5))


def test_silence_ends_before_the_deadline(server: LocalServer, new_client: MakeClient) -> None:
    server.routes["/"] = _silence
    with within_seconds(LONG), pytest.raises(OutboundTimeout, match="did not answer in time"):
        new_client(read_timeout=MOMENT, timeout=timedelta(minutes=5)).request("GET", server.url())


def test_a_connection_used_again_has_the_deadline_of_the_new_request(
    server: LocalServer, client: GuardedClient
) -> None:
    server.routes["/slow"] = _silence
    client.request("GET", server.url(), timeout=timedelta(minutes=5))
    with within_seconds(LONG), pytest.raises(OutboundTimeout):
        client.request("GET", server.url("/slow"), timeout=MOMENT)


def test_redirects_share_one_deadline(server: LocalServer, client: GuardedClient) -> None:
    def respond(exchange: Exchange) -> None:
        time.sleep(0.1)
        exchange.redirect("/")

    server.routes["/"] = respond
    with pytest.raises(OutboundTimeout):
        client.request("GET", server.url(), timeout=MOMENT, redirects="follow")
    assert len(server.received) <= 4


def test_a_server_that_accepts_and_shakes_no_hand_is_left(new_client: MakeClient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"https://{NAME}:{listening.getsockname()[1]}/"
        with within_seconds(LONG), pytest.raises(OutboundTimeout):
            new_client().request("GET", url, timeout=MOMENT)


def test_a_server_that_accepts_nothing_is_left(new_client: MakeClient) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        try:
            for sock in waiting:
                sock.setblocking(False)
                sock.connect_ex(address)
            client = new_client(connect_timeout=MOMENT)
            with within_seconds(LONG), pytest.raises(OutboundTimeout):
                client.request("GET", f"http://127.0.0.1:{address[1]}/")
        finally:
            for sock in waiting:
                sock.close()


def test_a_server_that_reads_nothing_is_left(client: GuardedClient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        with within_seconds(LONG), pytest.raises(OutboundTimeout):
            client.request("POST", url, data=b"x" * 50_000_000, timeout=MOMENT)


def test_nor_when_it_has_read_the_request_before(client: GuardedClient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"

        def serve() -> None:
            accepted, _ = listening.accept()
            with accepted:
                accepted.recv(10_000)
                accepted.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                ended.wait(LONG)

        ended = threading.Event()
        server = threading.Thread(target=serve)
        server.start()
        client.request("GET", url, timeout=timedelta(minutes=5))
        with within_seconds(LONG / 4), pytest.raises(OutboundTimeout):
            client.request("GET", url, data=b"x" * 50_000_000, timeout=MOMENT)
        ended.set()
        server.join()


def test_a_resolver_that_hangs_is_left(new_client: MakeClient) -> None:
    done = threading.Event()

    def hang(name: str, port: int) -> list[str]:
        done.wait(LONG)
        return ["127.0.0.1"]

    with within_seconds(LONG / 2), pytest.raises(OutboundTimeout):
        new_client(resolver=hang).request("GET", f"http://{NAME}/", timeout=MOMENT)
    done.set()


def test_without_a_thread_for_the_resolver_nothing_is_asked(
    client: GuardedClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(ConnectionFailed):
        client.request("GET", f"http://{NAME}/")


# Size --------------------------------------------------------------------------------------------


def test_a_body_as_long_as_allowed_is_read(server: LocalServer, new_client: MakeClient) -> None:
    server.routes["/"] = lambda exchange: exchange.answer(b"x" * 1000)
    assert len(new_client(max_body_size=1000).request("GET", server.url()).body) == 1000


def test_an_announced_body_that_is_longer_is_not_read(
    server: LocalServer, new_client: MakeClient
) -> None:
    server.routes["/"] = lambda exchange: exchange.answer(headers={"Content-Length": "1001"})
    with within_seconds(LONG), pytest.raises(ResponseTooLarge):
        new_client(max_body_size=1000).request("GET", server.url())


@pytest.mark.parametrize("is_chunked", [True, False])
def test_an_endless_body_is_left(
    server: LocalServer, new_client: MakeClient, is_chunked: bool
) -> None:
    def respond(exchange: Exchange) -> None:
        piece = b"10000\r\n" + b"x" * 0x10000 + b"\r\n" if is_chunked else b"x" * 0x10000
        kind = b"Transfer-Encoding: chunked" if is_chunked else b"Connection: close"
        try:
            exchange.write(b"HTTP/1.1 200 OK\r\n" + kind + b"\r\n\r\n")
            while True:
                exchange.write(piece)
        except OSError:
            exchange.close_connection = True

    server.routes["/"] = respond
    with within_seconds(LONG), pytest.raises(ResponseTooLarge):
        new_client(max_body_size=100_000).request("GET", server.url())


def _gzip_raw(data: bytes) -> bytes:
    return gzip.compress(data, 9)


def _deflate(data: bytes) -> bytes:
    return zlib.compress(data, 9)


@pytest.mark.parametrize(
    ("encoding", "compress"), [("gzip", _gzip_raw), ("GZIP", _gzip_raw), ("deflate", _deflate)]
)
def test_a_compressed_body_is_unpacked(
    server: LocalServer,
    client: GuardedClient,
    encoding: str,
    compress: Callable[[bytes], bytes],
) -> None:
    server.routes["/"] = lambda exchange: exchange.answer(
        compress(b"hello" * 1000), headers={"Content-Encoding": encoding}
    )
    assert client.request("GET", server.url()).body == b"hello" * 1000


@pytest.mark.parametrize("is_chunked", [True, False])
@pytest.mark.parametrize(("encoding", "compress"), [("gzip", _gzip_raw), ("deflate", _deflate)])
def test_a_bomb_does_not_go_off(
    server: LocalServer,
    new_client: MakeClient,
    encoding: str,
    compress: Callable[[bytes], bytes],
    is_chunked: bool,
) -> None:
    bomb = compress(bytes(100_000_000))
    assert len(bomb) < 200_000

    def respond(exchange: Exchange) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\n".encode()
        if is_chunked:
            exchange.write(head + b"Transfer-Encoding: chunked\r\n\r\n")
            exchange.write(f"{len(bomb):x}\r\n".encode() + bomb + b"\r\n0\r\n\r\n")
        else:
            exchange.write(head + f"Content-Length: {len(bomb)}\r\n\r\n".encode() + bomb)

    server.routes["/"] = respond
    client = new_client(max_body_size=200_000)
    client.request("GET", server.url("/other"))  # loads what it needs
    tracemalloc.start()
    try:
        with pytest.raises(ResponseTooLarge):
            client.request("GET", server.url())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10_000_000


def test_the_server_goes_on_serving_others(server: LocalServer, client: GuardedClient) -> None:
    """A server on the same address as one that misbehaves is not held up by it."""
    server.routes["/"] = _silence
    with running({"/": lambda exchange: exchange.answer(b"fine")}) as other:
        hanging = threading.Thread(target=lambda: _ask_quietly(client, server.url()))
        hanging.start()
        assert client.request("GET", other.url()).body == b"fine"
        hanging.join()


def _ask_quietly(client: GuardedClient, url: str) -> None:
    with pytest.raises(OutboundTimeout):
        client.request("GET", url, timeout=MOMENT)
