"""Certificates are checked for the name that was asked, at the address that was checked."""

import ssl
from collections.abc import Callable

import pytest

from pyauth.outbound.http import ConnectionFailed
from tests.pyauth.outbound.http.conftest import NAME, MakeClient
from tests.support.servers import Exchange, running

NewTLS = Callable[..., ssl.SSLContext]


def _answer(exchange: Exchange) -> None:
    exchange.answer(b"safe")


def test_the_certificate_and_the_host_are_those_of_the_name(
    new_client: MakeClient, new_tls: NewTLS, ca_bundle: str
) -> None:
    asked: list[str | None] = []
    tls = new_tls(NAME)
    tls.sni_callback = lambda sock, name, context: asked.append(name)
    with running({"/": _answer}, tls=tls) as server:
        client = new_client(ca_bundle=ca_bundle)

        assert client.request("GET", server.url("/", NAME)).body == b"safe"

        assert asked == [NAME]
        assert server.received[0].headers["Host"] == f"{NAME}:{server.port}"


def test_an_address_is_checked_as_an_address(
    new_client: MakeClient, new_tls: NewTLS, ca_bundle: str
) -> None:
    for address in ("127.0.0.1", "::1"):
        with running({"/": _answer}, tls=new_tls(address), address=address) as server:
            assert new_client(ca_bundle=ca_bundle).request("GET", server.url()).body == b"safe"


@pytest.mark.parametrize("name", ["other.example.test", "127.0.0.1", f"a.{NAME}"])
def test_a_certificate_of_somebody_else_is_refused(
    new_client: MakeClient, new_tls: NewTLS, ca_bundle: str, name: str
) -> None:
    with running({"/": _answer}, tls=new_tls(name)) as server:
        with pytest.raises(ConnectionFailed, match="certificate is not accepted") as caught:
            new_client(ca_bundle=ca_bundle).request("GET", server.url("/s3cret", NAME))
        assert server.received == []
    assert "s3cret" not in str(caught.value)


def test_a_certificate_of_an_unknown_authority_is_refused(
    new_client: MakeClient, new_tls: NewTLS, monkeypatch: pytest.MonkeyPatch, ca_bundle: str
) -> None:
    # Neither variable counts: who may set the environment of one server may not set its trust.
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", ca_bundle)
    monkeypatch.setenv("CURL_CA_BUNDLE", ca_bundle)
    with running({"/": _answer}, tls=new_tls(NAME)) as server:
        with pytest.raises(ConnectionFailed, match="certificate is not accepted"):
            new_client().request("GET", server.url("/", NAME))
        assert server.received == []


def test_plain_text_where_tls_is_expected_is_refused(new_client: MakeClient) -> None:
    with running({"/": _answer}) as server:
        url = server.url("/", NAME).replace("http:", "https:")
        with pytest.raises(ConnectionFailed):
            new_client().request("GET", url)


def test_old_tls_is_refused(new_client: MakeClient, new_tls: NewTLS, ca_bundle: str) -> None:
    tls = new_tls(NAME)
    tls.minimum_version = ssl.TLSVersion.TLSv1_2
    tls.maximum_version = ssl.TLSVersion.TLSv1_2
    with running({"/": _answer}, tls=tls) as server:
        answer = new_client(ca_bundle=ca_bundle).request("GET", server.url("/", NAME))
        assert answer.body == b"safe"


def test_a_connection_under_tls_is_used_again(
    new_client: MakeClient, new_tls: NewTLS, ca_bundle: str
) -> None:
    with running({"/": _answer}, tls=new_tls(NAME)) as server:
        client = new_client(ca_bundle=ca_bundle)
        for _ in range(3):
            assert client.request("GET", server.url("/", NAME)).body == b"safe"
        assert len({received.peer for received in server.received}) == 1
