"""A redirect is refused, or is a request like the first."""

from typing import Any

import pytest

from pyauth.outbound.http import (
    AddressRefused,
    GuardedClient,
    OutboundError,
    RedirectRefused,
    UrlRefused,
)
from tests.pyauth.outbound.http.conftest import MakeClient
from tests.support.servers import Exchange, LocalServer, running

HEADERS = {"Authorization": "Bearer s3cret", "X-Api-Key": "s3cret", "Accept": "application/json"}


def _arrived(exchange: Exchange) -> None:
    exchange.answer(exchange.received.method.encode() + b" " + exchange.received.body)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("arguments", [{}, {"redirects": "refuse"}], ids=["default", "refuse"])
def test_a_redirect_is_refused_unless_wanted(
    server: LocalServer, client: GuardedClient, status: int, arguments: dict[str, Any]
) -> None:
    server.routes["/"] = lambda exchange: exchange.redirect("/there?s3cret", status)
    server.routes["/there"] = _arrived

    for method in ("GET", "POST"):
        with pytest.raises(RedirectRefused, match="configure the final address") as caught:
            client.request(method, server.url("/?s3cret"), **arguments)
        assert "s3cret" not in str(caught.value)
    assert [received.path for received in server.received] == ["/?s3cret", "/?s3cret"]


@pytest.mark.parametrize("status", [300, 304, 305])
def test_other_answers_of_that_class_are_answers(
    server: LocalServer, client: GuardedClient, status: int
) -> None:
    server.routes["/"] = lambda exchange: exchange.redirect("/there", status)
    assert client.request("GET", server.url(), redirects="follow").status == status


@pytest.mark.parametrize(
    ("method", "status", "arrives"),
    [
        ("GET", 301, b"GET "),
        ("GET", 307, b"GET "),
        ("POST", 301, b"GET "),
        ("POST", 302, b"GET "),
        ("POST", 303, b"GET "),
        ("PUT", 303, b"GET "),
        ("PUT", 302, b"PUT data"),
        ("POST", 307, b"POST data"),
        ("POST", 308, b"POST data"),
    ],
)
def test_the_method_follows_the_rules(
    server: LocalServer, client: GuardedClient, method: str, status: int, arrives: bytes
) -> None:
    server.routes["/"] = lambda exchange: exchange.redirect("/there", status)
    server.routes["/there"] = _arrived
    data = None if method == "GET" else b"data"
    headers = {"Content-Type": "text/plain"}

    answer = client.request(method, server.url(), data=data, headers=headers, redirects="follow")

    assert answer.body == arrives
    if arrives == b"GET " and data:
        assert "Content-Type" not in server.received[1].headers


def test_within_an_origin_everything_goes_along(server: LocalServer, client: GuardedClient) -> None:
    server.routes["/"] = lambda exchange: exchange.redirect("/there")
    client.request("GET", server.url(), headers=HEADERS, redirects="follow")
    assert HEADERS.items() <= server.received[1].headers.items()


def test_to_another_origin_no_credentials_go_along(
    server: LocalServer, client: GuardedClient
) -> None:
    with running({"/": _arrived}) as other:
        server.routes["/"] = lambda exchange: exchange.redirect(other.url())
        client.request("GET", server.url(), headers=HEADERS, redirects="follow")

        received = other.received[0].headers
    assert received["Accept"] == "application/json"
    assert not {"Authorization", "X-Api-Key"} & received.keys()
    assert received["Host"] == f"127.0.0.1:{other.port}"


def test_nor_when_it_leads_back(server: LocalServer, client: GuardedClient) -> None:
    with running({"/": lambda exchange: exchange.redirect(server.url("/back"))}) as other:
        server.routes["/"] = lambda exchange: exchange.redirect(other.url())
        client.request("GET", server.url(), headers=HEADERS, redirects="follow")
    assert "Authorization" not in server.received[1].headers


@pytest.mark.parametrize("status", [307, 308])
def test_a_body_does_not_go_to_another_origin(
    server: LocalServer, client: GuardedClient, status: int
) -> None:
    with running({"/": _arrived}) as other:
        server.routes["/"] = lambda exchange: exchange.redirect(other.url(), status)
        with pytest.raises(RedirectRefused):
            client.request("POST", server.url(), data={"code": "s3cret"}, redirects="follow")
        assert other.received == []


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{port}/inside",
        "http://localhost:{port}/inside",
        "http://[::1]:{port}/inside",
        "http://[::ffff:7f00:1]:{port}/inside",
        "http://2130706433:{port}/inside",
        "http://0x7f.1:{port}/inside",
        "//127.0.0.1:{port}/inside",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "http://inside.example:{port}/inside",
    ],
)
def test_each_hop_is_checked(server: LocalServer, location: str) -> None:
    """The first server is let pass as a public one, what it leads to is not."""
    from pyauth.outbound.http import resolver

    public = {"public.example"}
    client = GuardedClient(resolver=lambda name, port: ["127.0.0.1"])
    check = resolver._check
    server.routes["/"] = lambda exchange: exchange.redirect(location.format(port=server.port))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            resolver,
            "_check",
            lambda target, answer, *, allow_private: check(
                target, answer, allow_private=target.host in public
            ),
        )
        with pytest.raises(AddressRefused):
            client.request("GET", server.url("/", "public.example"), redirects="follow")
    client.close()
    assert [received.path for received in server.received] == ["/"]


@pytest.mark.parametrize(
    ("location", "error"),
    [
        ("ftp://127.0.0.1/", UrlRefused),
        ("file:///etc/passwd", UrlRefused),
        ("http://user:s3cret@127.0.0.1/", UrlRefused),
        ("javascript:alert(1)", UrlRefused),
        ("http://127.0.0.1:0/", UrlRefused),
        ("http://a b/", UrlRefused),
        ("http://127.0.0.1\\@x/", UrlRefused),
    ],
)
def test_a_redirect_to_no_address_of_ours_is_refused(
    server: LocalServer, client: GuardedClient, location: str, error: type[OutboundError]
) -> None:
    server.routes["/"] = lambda exchange: exchange.redirect(location)
    with pytest.raises(error) as caught:
        client.request("GET", server.url(), redirects="follow")
    assert "s3cret" not in str(caught.value)


def test_a_redirect_without_a_place_is_refused(server: LocalServer, client: GuardedClient) -> None:
    server.routes["/"] = lambda exchange: exchange.answer(status=302)
    with pytest.raises(RedirectRefused, match="does not say where"):
        client.request("GET", server.url(), redirects="follow")


def test_ten_hops_are_followed_and_no_more(server: LocalServer, client: GuardedClient) -> None:
    for number in range(12):
        server.routes[f"/{number}"] = lambda exchange, to=number + 1: exchange.redirect(f"/{to}")  # type: ignore[misc]
    server.routes["/12"] = _arrived

    assert client.request("GET", server.url("/2"), redirects="follow").status == 200
    with pytest.raises(RedirectRefused, match="more than 10 times"):
        client.request("GET", server.url("/1"), redirects="follow")


def test_https_does_not_lead_to_http(
    new_client: MakeClient, new_tls: Any, ca_bundle: str, server: LocalServer
) -> None:
    lead = server.url("/there", "auth.example.test")
    routes = {"/": lambda exchange: exchange.redirect(lead)}
    client = new_client(ca_bundle=ca_bundle)
    with running(routes, tls=new_tls("auth.example.test")) as safe:
        url = safe.url("/", "auth.example.test")
        with pytest.raises(RedirectRefused, match="unprotected"):
            client.request("GET", url, redirects="follow")
    assert server.received == []


def test_a_place_that_is_not_ascii_is_found(server: LocalServer, client: GuardedClient) -> None:
    server.routes["/%C3%A4"] = _arrived
    server.routes["/"] = lambda exchange: exchange.write(
        "HTTP/1.1 302 Found\r\nLocation: /ä\r\nContent-Length: 0\r\n\r\n".encode()
    )
    assert client.request("GET", server.url(), redirects="follow").status == 200
