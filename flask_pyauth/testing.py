"""For the tests of an app: a client that is signed in, and the mails that would have been sent."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import EnvironBuilder, FlaskClient
from werkzeug import Request

from flask_pyauth.config import DEFAULT_NAME
from flask_pyauth.installation import get_installation
from pyauth import APIError, PyAuth, User
from pyauth.http.base_url import find_address
from pyauth.http.origins import find_origin
from pyauth.outbound import CapturingRunner
from pyauth.testing import open_session

_DEFAULT_FIELDS = {"name": "Test User", "email": "test.user@example.com"}


def login_client(
    app: Flask,
    user: User | Mapping[str, Any] | None = None,
    *,
    name: str = DEFAULT_NAME,
    remember: bool = True,
    base_url: str | None = None,
) -> FlaskClient:
    """Return a test client that is signed in: a real session and its signed cookie, no password.

    The client sends the app's own ``Origin``, as a browser on one of its pages does.

    Args:
        app: the app; its tables have to be there.
        user: a user who exists, or the fields of one to be made; by default a new
            ``test.user@example.com``.
        name: which instance.
        remember: False for a session that ends with the browser.
        base_url: where the requests go, such as ``https://one.example.com``; by default to
            ``SERVER_NAME`` under ``PREFERRED_URL_SCHEME``, or else to ``http://localhost``.

    Raises:
        UniqueViolation: the address of a user to be made is taken.
        LookupError: a database hook of the app stopped the user or the session.
        ValueError: that address is none of the instance's allowed hosts.
    """
    auth = get_installation(name, app).auth
    request = Request(EnvironBuilder(app, base_url=base_url).get_environ())
    origin = _find_origin(auth, request)
    if not isinstance(user, User):
        user = _create_user(auth, user or {})
    cookies = open_session(auth, user, remember=remember, origin=origin)
    client = app.test_client()
    client.environ_base["HTTP_ORIGIN"] = origin
    for cookie_name, value in cookies.items():
        client.set_cookie(cookie_name, value, domain=urlsplit(request.host_url).hostname or "")
    if base_url is not None:
        _stay_at(client, base_url)
    return client


@contextmanager
def captured_outbox(app: Flask, *, name: str = DEFAULT_NAME) -> Iterator[CapturingRunner]:
    """Keep the deliveries that are queued within the block instead of sending them.

    ::

        with captured_outbox(app) as outbox:
            client.post("/api/auth/sign-up/email", json={...})
        (mail,) = outbox.of_kind("verification-email")
        mail.payload["url"]

    Args:
        app: the app.
        name: which instance.
    """
    outbox = CapturingRunner()
    with get_installation(name, app).runner.replaced_by(outbox):
        yield outbox


def _create_user(auth: PyAuth, fields: Mapping[str, Any]) -> User:
    user = auth.context.users.create({**_DEFAULT_FIELDS, **fields})
    if user is None:
        raise LookupError("a database hook stopped the user")
    return user


def _find_origin(auth: PyAuth, request: Request) -> str:
    """Return the origin of the pages under the address of a request."""
    try:
        address = find_address(auth.context, request)
    except APIError as exc:
        raise ValueError(
            f"{request.host!r} is none of base_url.allowed_hosts; give login_client a base_url "
            "that is"
        ) from exc
    own = request.host_url.rstrip("/")
    return find_origin(address.base_url or own) or own


def _stay_at(client: FlaskClient, base_url: str) -> None:
    """Let the requests of a client go to an address, unless they name one themselves."""
    send = client.open

    def send_there(*args: Any, **kwargs: Any) -> Any:
        path = args[0] if args else kwargs.get("path", "/")
        if isinstance(path, str) and "://" not in path:
            kwargs.setdefault("base_url", base_url)
        return send(*args, **kwargs)

    client.open = send_there  # type: ignore[method-assign]
