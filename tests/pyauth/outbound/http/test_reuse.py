"""Which connections serve a further request: those alone on which nothing can be in doubt."""

import ssl
import threading
from collections.abc import Callable

import pytest

from pyauth.outbound.http import ConnectionFailed, GuardedClient, UnreadableResponse
from tests.pyauth.outbound.http.conftest import NAME, MakeClient
from tests.support.servers import Exchange, LocalServer, Respond, running

_HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n"
_PROCESSING = b"HTTP/1.1 102 Processing\r\n\r\n"
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_OWN_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def _peers(server: LocalServer) -> int:
    return len({received.peer for received in server.received})


def _echo_path(exchange: Exchange) -> None:
    exchange.answer(exchange.path.encode())


# Answers that are announced ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "announced", [_HINTS, _PROCESSING, _CONTINUE, _HINTS + _PROCESSING + _HINTS]
)
def test_an_answer_that_was_announced_is_that_of_its_own_request(
    server: LocalServer, client: GuardedClient, announced: bytes
) -> None:
    """The final head comes when the announcement has been read, as from a server at work."""

    def respond(exchange: Exchange) -> None:
        exchange.write(announced)
        never.wait(0.1)
        _echo_path(exchange)

    never = threading.Event()
    for path in ("/first", "/second", "/third"):
        server.routes[path] = respond

    bodies = [client.request("GET", server.url(path)).body for path in server.routes]

    assert bodies == [b"/first", b"/second", b"/third"]


def test_the_headers_of_an_announcement_are_not_those_of_the_answer(
    server: LocalServer, client: GuardedClient
) -> None:
    def respond(exchange: Exchange) -> None:
        exchange.write(_HINTS)
        exchange.answer(b"x")

    server.routes["/"] = respond
    answer = client.request("GET", server.url())
    assert (answer.status, "Link" in answer.headers) == (200, False)


def test_a_switch_to_another_protocol_is_no_answer(
    server: LocalServer, client: GuardedClient
) -> None:
    def respond(exchange: Exchange) -> None:
        exchange.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n" + _OWN_ANSWER)

    server.routes["/"] = respond
    with pytest.raises(UnreadableResponse):
        client.request("GET", server.url())


@pytest.mark.parametrize("announced", [_HINTS, _CONTINUE])
def test_announcements_without_end_are_left(
    server: LocalServer, client: GuardedClient, announced: bytes
) -> None:
    server.routes["/"] = lambda exchange: exchange.write(announced * 8 + _OWN_ANSWER)
    assert client.request("GET", server.url()).body == b"ok"

    server.routes["/"] = lambda exchange: exchange.write(announced * 9 + _OWN_ANSWER)
    with pytest.raises(UnreadableResponse):
        client.request("GET", server.url())


# Which connection is kept ------------------------------------------------------------------------


def _written(answer: bytes) -> Respond:
    return lambda exchange: exchange.write(answer)


def _head(status: str, *lines: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode()


@pytest.mark.parametrize(
    "answer",
    [
        _head("200 OK", "Content-Length: 0"),
        _head("404 Not Found", "Content-Length: 2") + b"no",
        _head("200 OK", "Transfer-Encoding: chunked") + b"2\r\nok\r\n0\r\n\r\n",
    ],
    ids=["empty", "length", "chunks"],
)
def test_an_answer_with_an_end_leaves_its_connection(
    server: LocalServer, client: GuardedClient, answer: bytes
) -> None:
    server.routes["/"] = _written(answer)
    client.request("GET", server.url())
    client.request("GET", server.url())
    assert _peers(server) == 1


@pytest.mark.parametrize(
    "answer",
    [
        _HINTS + _OWN_ANSWER,
        _CONTINUE + _OWN_ANSWER,
        _head("204 No Content"),
        _head("204 No Content", "Content-Length: 0"),
        _head("304 Not Modified"),
        _head("304 Not Modified", "Content-Length: 16"),
        _head("204 No Content") + _OWN_ANSWER,
        _OWN_ANSWER + _OWN_ANSWER,
        _head("200 OK", "Content-Length: 0") + b"late",
        _head("200 OK", "Transfer-Encoding: chunked") + b"2\r\nok\r\n0\r\n\r\n" + _OWN_ANSWER,
        _head("200 OK", "Content-Length: 2", "Content-Length: 2") + b"ok",
        _head("200 OK", "Content-Length: 2", "Transfer-Encoding: chunked")
        + b"2\r\nok\r\n0\r\n\r\n",
    ],
    ids=[
        "after hints",
        "after continue",
        "204",
        "204 with a length",
        "304",
        "304 with a length",
        "204 with a body",
        "two answers",
        "bytes after an empty body",
        "bytes after chunks",
        "two lengths",
        "length and chunks",
    ],
)
def test_an_answer_whose_end_is_in_doubt_takes_its_connection_along(
    server: LocalServer, client: GuardedClient, answer: bytes
) -> None:
    server.routes["/first"] = _written(answer)
    server.routes["/second"] = _echo_path

    client.request("GET", server.url("/first"))

    assert client.request("GET", server.url("/second")).body == b"/second"
    assert _peers(server) == 2


def test_what_comes_late_after_a_head_request_is_nobodys(
    server: LocalServer, client: GuardedClient
) -> None:
    def respond(exchange: Exchange) -> None:
        exchange.write(_head("200 OK", f"Content-Length: {len(_OWN_ANSWER)}"))
        never.wait(0.2)
        exchange.write(_OWN_ANSWER)

    never = threading.Event()
    server.routes["/first"] = respond
    server.routes["/second"] = _echo_path

    client.request("HEAD", server.url("/first"))

    assert client.request("GET", server.url("/second")).body == b"/second"


def test_bytes_left_within_tls_are_seen(
    new_client: MakeClient, new_tls: Callable[..., ssl.SSLContext], ca_bundle: str
) -> None:
    """They are decrypted together with the answer: the socket itself has nothing to read."""
    length = 8000
    head = _head("200 OK", f"Content-Length: {length}", "X-Pad: ")
    head = _head("200 OK", f"Content-Length: {length}", f"X-Pad: {'x' * (192 - len(head))}")
    assert len(head) + length == 8192, "as much as is read at once"
    answers = head + b"x" * length + _OWN_ANSWER
    routes: dict[str, Respond] = {"/first": _written(answers), "/second": _echo_path}
    with running(routes, tls=new_tls(NAME)) as server:
        client = new_client(ca_bundle=ca_bundle)
        client.request("GET", server.url("/first", NAME))
        assert client.request("GET", server.url("/second", NAME)).body == b"/second"
        assert _peers(server) == 2


# For whom ----------------------------------------------------------------------------------------


def test_a_connection_is_not_used_for_another_port(client: GuardedClient) -> None:
    def named(name: bytes) -> Respond:
        return lambda exchange: exchange.answer(name)

    with running({"/": named(b"one")}) as one, running({"/": named(b"two")}) as two:
        bodies = [client.request("GET", server.url("/", NAME)).body for server in (one, two)]
    assert bodies == [b"one", b"two"]


def test_nor_for_another_address_of_the_name(new_client: MakeClient) -> None:
    """A name that has moved is asked where it is now."""

    def reached(exchange: Exchange) -> None:
        exchange.answer(exchange.connection.getsockname()[0].encode())

    answers = iter([["127.0.0.1"], ["127.0.0.2"]])
    client = new_client(resolver=lambda name, port: next(answers))
    with running({"/": reached}, address="0.0.0.0") as server:
        bodies = [client.request("GET", server.url("/", NAME)).body for _ in range(2)]
    assert bodies == [b"127.0.0.1", b"127.0.0.2"]


def test_nor_is_an_open_one_used_where_tls_is_wanted(
    server: LocalServer, client: GuardedClient
) -> None:
    url = server.url("/", NAME)
    assert client.request("GET", url).status == 404
    with pytest.raises(ConnectionFailed):
        client.request("GET", url.replace("http:", "https:"))
    assert len(server.received) == 1
