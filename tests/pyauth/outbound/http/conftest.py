"""Servers on loopback, and clients that may reach them."""

import ssl
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import trustme

from pyauth.outbound.http import GuardedClient
from tests.support.servers import LocalServer, running

NAME = "auth.example.test"
"""A name that the tests' resolver knows."""

MakeClient = Callable[..., GuardedClient]


@pytest.fixture
def server() -> Iterator[LocalServer]:
    """A server at 127.0.0.1."""
    with running() as server:
        yield server


@pytest.fixture
def new_client() -> Iterator[MakeClient]:
    """Make clients that reach loopback, and close them afterwards."""
    made: list[GuardedClient] = []

    def make(**options: Any) -> GuardedClient:
        chosen = {
            "allow_private_addresses": True,
            "resolver": lambda name, port: ["127.0.0.1"],
            **options,
        }
        made.append(GuardedClient(**chosen))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def client(new_client: MakeClient) -> GuardedClient:
    """A client that finds every name at 127.0.0.1."""
    return new_client()


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """Who signs the certificates of the tests."""
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_bundle(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path of the certificate of :func:`authority`."""
    path = tmp_path_factory.mktemp("tls") / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def new_tls(authority: trustme.CA) -> Callable[..., ssl.SSLContext]:
    """Make the TLS settings of a server for some names."""

    def make(*names: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*names).configure_cert(context)
        return context

    return make
