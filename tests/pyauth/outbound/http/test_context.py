"""Every instance has a client; an app may bring its own."""

from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import Headers

from flask_pyauth import FlaskPyAuth
from pyauth.outbound.http import AddressRefused, GuardedClient, HttpResponse
from tests.support.app import SECRET, make_auth
from tests.support.servers import LocalServer


class Recorded:
    """Answers without asking anybody."""

    def request(self, method: str, url: str, **_: Any) -> HttpResponse:
        return HttpResponse(200, Headers(), f"{method} {url}".encode())


def test_by_default_it_is_guarded(server: LocalServer) -> None:
    auth = make_auth()
    assert isinstance(auth.context.http, GuardedClient)
    with pytest.raises(AddressRefused):
        auth.context.http.request("GET", server.url())


@pytest.mark.parametrize("name", ["allow_private_addresses", "allowPrivateAddresses"])
def test_an_option_opens_private_addresses(server: LocalServer, name: str) -> None:
    auth = make_auth(advanced={name: True})
    assert auth.context.http.request("GET", server.url()).status == 404
    auth.close()


def test_closing_the_instance_closes_waiting_connections(server: LocalServer) -> None:
    auth = make_auth(advanced={"allow_private_addresses": True})
    auth.context.http.request("GET", server.url())
    auth.close()
    auth.context.http.request("GET", server.url())
    auth.close()
    assert len({received.peer for received in server.received}) == 2


def test_another_client_takes_its_place() -> None:
    auth = make_auth(http_client=Recorded())
    assert auth.context.http.request("GET", "http://127.0.0.1/").body == b"GET http://127.0.0.1/"
    auth.close()


def test_in_flask_too() -> None:
    app = Flask("site")
    app.config.update(TESTING=True, PYAUTH_SECRET=SECRET)
    auth = FlaskPyAuth(app, http_client=Recorded())
    assert auth.for_app(app).context.http.request("GET", "https://a.example/").status == 200


def test_flask_configures_it_like_any_option(server: LocalServer) -> None:
    app = Flask("site")
    app.config.update(
        TESTING=True, PYAUTH_SECRET=SECRET, PYAUTH_ADVANCED={"allow_private_addresses": True}
    )
    auth = FlaskPyAuth(app).for_app(app)
    assert auth.context.http.request("GET", server.url()).status == 404
    auth.close()
