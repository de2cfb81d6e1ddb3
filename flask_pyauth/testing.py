"""For the tests of an app: a client that is signed in, and the mails that would have been sent."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from flask_pyauth.config import DEFAULT_NAME
from flask_pyauth.installation import get_installation
from pyauth import PyAuth, User
from pyauth.http.origins import find_origin
from pyauth.outbound import CapturingRunner

_DEFAULT_FIELDS = {"name": "Test User", "email": "test.user@example.com"}


def login_client(
    app: Flask,
    user: User | Mapping[str, Any] | None = None,
    *,
    name: str = DEFAULT_NAME,
    remember: bool = True,
) -> FlaskClient:
    """Return a test client that is signed in: a real session and its signed cookie, no password.

    The client sends the app's own ``Origin``, as a browser on one of its pages does: that of the
    base URL, or else of ``SERVER_NAME`` and ``PREFERRED_URL_SCHEME``.

    Args:
        app: the app; its tables have to be there.
        user: a user who exists, or the fields of one to be made; by default a new
            ``test.user@example.com``.
        name: which instance.
        remember: False for a session that ends with the browser.

    Raises:
        UniqueViolation: the address of a user to be made is taken.
        LookupError: a database hook of the app stopped the user or the session.
    """
    auth = get_installation(name, app).auth
    if not isinstance(user, User):
        user = _create_user(auth, user or {})
    issued = auth.context.session_manager.issue(user, remember=remember)
    if issued is None:
        raise LookupError("a database hook stopped the session")
    client = app.test_client()
    host = app.config["SERVER_NAME"] or "localhost"
    own_origin = f"{app.config['PREFERRED_URL_SCHEME']}://{host}"
    origin = find_origin(auth.context.base_url or own_origin)
    client.environ_base["HTTP_ORIGIN"] = origin or own_origin
    for text in issued.cookies:
        cookie, _, _ = text.partition(";")
        cookie_name, _, value = cookie.partition("=")
        client.set_cookie(cookie_name, value, domain=host.partition(":")[0])
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
