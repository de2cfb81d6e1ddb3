"""What the client sends, what it hands back, and what it says when nothing comes of it."""

import json
import logging
import subprocess
import sys
import threading
from datetime import timedelta
from typing import Any

import pytest

from pyauth.outbound.http import (
    AddressRefused,
    ConnectionFailed,
    GuardedClient,
    HttpClient,
    HttpResponse,
    OutboundError,
    Resolver,
    UnreadableResponse,
)
from pyauth.outbound.http.deadline import Deadline
from pyauth.outbound.http.resolver import find_addresses
from pyauth.outbound.http.urls import parse_target
from pyauth.version import __version__
from tests.pyauth.outbound.http.conftest import NAME, MakeClient
from tests.support.servers import Exchange, LocalServer, running


def _echo(exchange: Exchange) -> None:
    exchange.answer(exchange.received.body, headers={"X-Echo": "yes"})


def test_an_answer_is_handed_back_whatever_its_status(
    server: LocalServer, client: GuardedClient
) -> None:
    server.routes["/"] = lambda exchange: exchange.answer(b'{"error": "nope"}', status=418)

    answer = client.request("GET", server.url())

    assert (answer.status, answer.is_success) == (418, False)
    assert answer.json() == {"error": "nope"}
    assert answer.text == '{"error": "nope"}'
    assert answer.headers["content-length"] == "17"


def test_headers_that_come_twice_are_both_there(server: LocalServer, client: GuardedClient) -> None:
    def respond(exchange: Exchange) -> None:
        exchange.write(
            b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n"
        )

    server.routes["/"] = respond
    assert client.request("GET", server.url()).headers.getlist("set-cookie") == ["a=1", "b=2"]


def test_a_request_carries_little(server: LocalServer, client: GuardedClient) -> None:
    client.request("GET", server.url("/a?q=1", NAME))

    (received,) = server.received
    assert (received.method, received.path, received.body) == ("GET", "/a?q=1", b"")
    assert received.headers == {
        "Host": f"{NAME}:{server.port}",
        "User-Agent": f"pyauth/{__version__}",
        "Accept": "*/*",
        "Accept-Encoding": "gzip, deflate",
    }


def test_a_form_is_sent_as_one(server: LocalServer, client: GuardedClient) -> None:
    server.routes["/"] = _echo
    for data in ({"code": "a&b", "name": "Zoë"}, [("code", "a&b"), ("name", "Zoë")]):
        answer = client.request("POST", server.url(), data=data)
        assert answer.body == b"code=a%26b&name=Zo%C3%AB"
    assert server.received[0].headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert server.received[0].headers["Content-Length"] == "24"


def test_json_is_sent_as_such(server: LocalServer, client: GuardedClient) -> None:
    server.routes["/"] = _echo
    assert client.request("POST", server.url(), json={"a": [1, "ë"]}).json() == {"a": [1, "ë"]}
    assert server.received[0].headers["Content-Type"] == "application/json"


def test_bytes_are_sent_as_they_are(server: LocalServer, client: GuardedClient) -> None:
    server.routes["/"] = _echo
    sent = {"Content-Type": "application/jwt", "Authorization": "Bearer x", "User-Agent": "me/1"}

    assert client.request("PUT", server.url(), data=b"\x00\xff", headers=sent).body == b"\x00\xff"

    received = server.received[0].headers
    assert {name: received[name] for name in sent} == sent


def test_a_head_request_has_no_body(server: LocalServer, new_client: MakeClient) -> None:
    def respond(exchange: Exchange) -> None:
        exchange.answer(headers={"Content-Length": "999999"})

    server.routes["/"] = respond
    answer = new_client(max_body_size=10).request("HEAD", server.url())
    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"method": "get"}, "capitals"),
        ({"method": "GET / HTTP/1.1\r\nX: s3cret"}, "capitals"),
        ({"data": b"s3cret", "json": 1}, "one body"),
        ({"headers": {"X-Bad": "s3cret\r\nX: y"}}, "X-Bad"),
        ({"headers": {"X-Bad": "s3cret\u0100"}}, "X-Bad"),
        ({"headers": {"X Bad": "s3cret"}}, "name"),
        ({"headers": {"Host": "s3cret"}}, "Host"),
        ({"headers": {"Content-Length": "1"}}, "Content-Length"),
        ({"headers": {"Transfer-Encoding": "chunked"}}, "Transfer-Encoding"),
        ({"redirects": "maybe"}, "redirects"),
        ({"timeout": timedelta(0)}, "timeout"),
    ],
    ids=str,
)
def test_what_cannot_be_sent_is_refused_without_being_quoted(
    client: GuardedClient, arguments: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        client.request(**{"method": "POST", "url": "http://127.0.0.1:1/", **arguments})
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("options", [{"max_body_size": 0}, {"timeout": timedelta(0)}], ids=str)
def test_a_bound_that_bounds_nothing_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be"):
        GuardedClient(**options)


def test_a_body_that_is_no_json_is_not_quoted(server: LocalServer, client: GuardedClient) -> None:
    server.routes["/"] = lambda exchange: exchange.answer(b"<html>s3cret")

    with pytest.raises(UnreadableResponse) as caught:
        client.request("GET", server.url()).json()
    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_nobody_listening_is_said_with_the_origin_alone(client: GuardedClient) -> None:
    with running() as gone:
        url = gone.url("/s3cret?token=s3cret", NAME)
    with pytest.raises(ConnectionFailed) as caught:
        client.request("POST", url, data={"code": "s3cret"}, headers={"Authorization": "s3cret"})

    assert str(caught.value) == f"http://{NAME}:{gone.port}: Connection refused"
    assert caught.value.origin == f"http://{NAME}:{gone.port}"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"s3cret\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ns3cret",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\ns3cret\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 6\r\n\r\ns3cret",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 6\r\n\r\ns3cret",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip\r\nContent-Length: 6\r\n\r\ns3cret",
        b"HTTP/1.1 200 OK\r\n" + b"X: s3cret\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"s3cret" * 20_000 + b"\r\n\r\n",
    ],
    ids=lambda answer: answer[:60].decode(),
)
def test_an_answer_that_cannot_be_read_is_an_error_that_quotes_nothing(
    server: LocalServer, client: GuardedClient, caplog: pytest.LogCaptureFixture, answer: bytes
) -> None:
    def respond(exchange: Exchange) -> None:
        exchange.write(answer)
        exchange.close_connection = True

    server.routes["/"] = respond
    caplog.set_level(logging.DEBUG)
    with pytest.raises(OutboundError) as caught:
        client.request("POST", server.url("/?token=s3cret"), data={"code": "s3cret"})

    assert "s3cret" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert "s3cret" not in caplog.text


def test_nothing_of_a_request_is_logged(
    server: LocalServer, client: GuardedClient, caplog: pytest.LogCaptureFixture
) -> None:
    def respond(exchange: Exchange) -> None:
        exchange.write(b"HTTP/1.1 200 OK\r\nbroken-header\r\nContent-Length: 0\r\n\r\n")
        exchange.close_connection = True

    server.routes["/"] = respond
    caplog.set_level(logging.DEBUG)
    client.request("GET", server.url("/?token=s3cret"), headers={"Authorization": "s3cret"})
    assert "s3cret" not in caplog.text


def test_a_response_shows_nothing_of_its_content() -> None:
    answer = HttpResponse(200, {"X": "s3cret"}, b"s3cret")  # type: ignore[arg-type]
    assert repr(answer) == "HttpResponse(status=200)"


# Where it goes -----------------------------------------------------------------------------------


def test_it_connects_to_the_address_that_was_checked(server: LocalServer) -> None:
    answers = iter([["127.0.0.1"], ["203.0.113.1"]])
    client = GuardedClient(allow_private_addresses=True, resolver=lambda name, port: next(answers))
    server.routes["/"] = lambda exchange: exchange.answer(b"here")

    assert client.request("GET", server.url("/", NAME)).body == b"here"
    assert next(answers) == ["203.0.113.1"]  # one look-up, no second one
    client.close()


def test_a_resolver_that_changes_its_mind_gains_nothing(
    server: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first answer is public, every later one the server behind the guard."""
    import socket

    asked: list[str] = []

    def lie(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        address = (
            "192.0.0.1" if len(asked) > 2 else "198.41.0.4" if len(asked) == 1 else "127.0.0.1"
        )
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    connected: list[Any] = []

    class Recording(socket.socket):
        def connect(self, address: Any) -> None:
            connected.append(address)
            raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket, "getaddrinfo", lie)
    monkeypatch.setattr("pyauth.outbound.http.connections.socket.socket", Recording)
    with pytest.raises(ConnectionFailed):
        GuardedClient().request("GET", server.url("/", NAME))

    assert (asked, connected) == ([NAME], [("198.41.0.4", server.port)])
    assert server.received == []


@pytest.mark.parametrize(
    "answers",
    [
        ["127.0.0.1"],
        ["198.41.0.4", "127.0.0.1"],
        ["127.0.0.1", "198.41.0.4"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["fe80::1%lo"],
        ["64:ff9b::7f00:1"],
        ["2606:4700::1111", "169.254.169.254"],
        ["0x7f.0.0.1"],
        ["2130706433"],
        [""],
    ],
)
def test_a_name_with_one_address_that_must_not_be_reached_is_refused_whole(
    server: LocalServer, answers: list[str]
) -> None:
    client = GuardedClient(resolver=lambda name, port: answers)
    with pytest.raises(AddressRefused):
        client.request("GET", server.url("/", NAME))
    assert server.received == []


def test_the_system_resolver_is_held_to_the_same(server: LocalServer) -> None:
    with pytest.raises(AddressRefused):
        GuardedClient().request("GET", server.url())
    with pytest.raises(AddressRefused):
        GuardedClient().request("GET", server.url("/", "localhost"))
    client = GuardedClient(allow_private_addresses=True)
    assert client.request("GET", server.url("/", "localhost")).status == 404
    client.close()


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/latest/", "http://metadata.google.internal/"]
)
def test_metadata_is_out_of_reach_in_development_too(client: GuardedClient, url: str) -> None:
    with pytest.raises(AddressRefused):
        client.request("GET", url)


@pytest.mark.parametrize("error", [OSError, UnicodeError, RuntimeError])
def test_a_name_without_an_address_is_said(new_client: MakeClient, error: type[Exception]) -> None:
    def fail(name: str, port: int) -> list[str]:
        raise error("s3cret")

    resolvers: list[Resolver] = [fail, lambda name, port: []]
    for resolver in resolvers:
        with pytest.raises(ConnectionFailed) as caught:
            new_client(resolver=resolver).request("GET", f"http://{NAME}/")
        assert str(caught.value) == f"http://{NAME}: the name has no address"


def test_the_next_address_is_tried_where_the_first_refuses(
    server: LocalServer, new_client: MakeClient
) -> None:
    client = new_client(resolver=lambda name, port: ["127.0.0.77", "127.0.0.1"])
    assert client.request("POST", server.url("/", NAME)).status == 404


def test_ipv6_is_asked_as_such(client: GuardedClient) -> None:
    with running({"/": lambda exchange: exchange.answer(b"six")}, address="::1") as server:
        assert client.request("GET", server.url()).body == b"six"
        assert server.received[0].headers["Host"] == f"[::1]:{server.port}"
        mapped = f"http://[::ffff:127.0.0.1]:{server.port}/"
        with pytest.raises(ConnectionFailed):  # nobody listens on IPv4
            client.request("GET", mapped)


def test_a_mapped_address_is_asked_as_what_it_stands_for() -> None:
    found = find_addresses(
        parse_target(f"http://{NAME}/"),
        resolver=lambda name, port: ["::ffff:127.0.0.1", "::1"],
        allow_private=True,
        deadline=Deadline(5),
    )
    assert found == ("127.0.0.1", "::1")


def test_the_environment_changes_nothing(
    server: LocalServer, client: GuardedClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password s3cret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))

    assert client.request("GET", server.url()).status == 404
    assert "Authorization" not in server.received[0].headers


def test_cookies_are_not_kept(server: LocalServer, client: GuardedClient) -> None:
    server.routes["/"] = lambda exchange: exchange.answer(headers={"Set-Cookie": "a=1"})
    client.request("GET", server.url())
    client.request("GET", server.url())
    assert "Cookie" not in server.received[1].headers


# Threads and processes ---------------------------------------------------------------------------


def test_a_connection_is_used_again(server: LocalServer, client: GuardedClient) -> None:
    server.routes["/"] = lambda exchange: exchange.answer(b"x")
    for _ in range(3):
        client.request("GET", server.url())
    assert len({received.peer for received in server.received}) == 1


def test_but_not_for_what_must_not_be_sent_twice(
    server: LocalServer, client: GuardedClient
) -> None:
    client.request("GET", server.url())
    client.request("POST", server.url())
    assert len({received.peer for received in server.received}) == 2


def test_nor_for_another_name_at_the_same_address(
    server: LocalServer, client: GuardedClient
) -> None:
    client.request("GET", server.url("/", "a.example"))
    client.request("GET", server.url("/", "b.example"))
    assert len({received.peer for received in server.received}) == 2


def test_a_connection_that_was_closed_meanwhile_is_replaced(
    server: LocalServer, client: GuardedClient
) -> None:
    def respond(exchange: Exchange) -> None:
        exchange.answer(b"x")
        exchange.close_connection = True  # without saying so

    server.routes["/"] = respond
    for _ in range(3):
        assert client.request("GET", server.url()).body == b"x"
    assert len({received.peer for received in server.received}) == 3


def test_a_connection_that_is_closed_in_the_face_of_a_request_is_replaced(
    server: LocalServer, client: GuardedClient
) -> None:
    peers: list[Any] = []

    def respond(exchange: Exchange) -> None:
        peers.append(exchange.received.peer)
        if peers.count(exchange.received.peer) > 1:
            exchange.close_connection = True
        else:
            exchange.answer(b"x")

    server.routes["/"] = respond
    for _ in range(3):
        assert client.request("GET", server.url()).body == b"x"
    assert [peers.index(peer) for peer in peers] == [0, 0, 2, 2, 4]


def test_an_answer_that_nobody_asked_for_is_nobodys(
    server: LocalServer, client: GuardedClient
) -> None:
    sent = threading.Event()

    def respond(exchange: Exchange) -> None:
        exchange.answer(b"x")
        if not sent.is_set():
            exchange.wfile.flush()
            asked_again.wait(20)
            exchange.answer(b"for somebody else")
            sent.set()

    asked_again = threading.Event()
    server.routes["/"] = respond
    assert client.request("GET", server.url()).body == b"x"
    asked_again.set()
    assert sent.wait(20)
    assert client.request("GET", server.url()).body == b"x"


def test_an_answer_that_was_not_read_to_its_end_leaves_no_connection(
    server: LocalServer, new_client: MakeClient
) -> None:
    client = new_client(max_body_size=10)
    server.routes["/long"] = lambda exchange: exchange.answer(b"x" * 11)
    with pytest.raises(OutboundError):
        client.request("GET", server.url("/long"))
    assert client.request("GET", server.url()).status == 404
    assert len({received.peer for received in server.received}) == 2


def test_thirty_two_threads_get_each_their_own_answer(
    server: LocalServer, client: GuardedClient
) -> None:
    for number in range(32):
        body = str(number).encode() * 1000
        server.routes[f"/{number}"] = lambda exchange, body=body: exchange.answer(body)  # type: ignore[misc]
    wrong: list[Any] = []
    start = threading.Barrier(32)

    def ask(number: int) -> None:
        start.wait()
        for _ in range(5):
            try:
                body = client.request("GET", server.url(f"/{number}")).body
            except OutboundError as error:
                body = repr(error).encode()
            if body != str(number).encode() * 1000:
                wrong.append((number, body[:100]))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(server.received) == 160


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork on Windows")
def test_a_forked_child_takes_no_connection_of_its_parent(server: LocalServer) -> None:
    script = f"""
import os, warnings
warnings.simplefilter("ignore", DeprecationWarning)
from pyauth.outbound.http import GuardedClient
client = GuardedClient(allow_private_addresses=True)
assert client.request("GET", "{server.url()}").status == 404
child = os.fork()
if child:
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert client.request("GET", "{server.url()}").status == 404
client.close()
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(server.received) == 3
    assert len({received.peer for received in server.received}) == 2


def test_requests_is_loaded_by_the_first_request_alone() -> None:
    code = """
import sys, json
import pyauth
auth = pyauth.PyAuth(mode="test")
assert auth.context.http is not None
auth.close()
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert not set(json.loads(done.stdout)) & {"requests", "urllib3", "idna", "certifi"}


def test_the_guarded_client_is_a_client() -> None:
    def takes(client: HttpClient) -> HttpClient:
        return client

    assert takes(GuardedClient()) is not None
