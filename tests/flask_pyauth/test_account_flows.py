"""Whoever changes his account in a view sees the change in the same request and in the next."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from flask_pyauth import FlaskPyAuth, current_session, current_user
from flask_pyauth.testing import login_client
from pyauth import APIError
from pyauth.storage import MemoryStorage
from tests.flask_pyauth.conftest import ADA, ORIGIN, PASSWORD, json_of
from tests.support.app import FrozenClock, Outbox
from tests.support.watched import WatchedAdapter

NewAuth = Callable[..., FlaskPyAuth]
AddView = Callable[[Callable[[], Any]], None]

TOKEN = "better-auth.session_token"
CACHE = "better-auth.session_data"
NEW = "battery staple"
CACHED = {"cookie_cache": {"enabled": True}}

KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "cached": {"session": CACHED},
    "jwe": {"session": {"cookie_cache": {"enabled": True, "strategy": "jwe"}}},
    "stored": {"secondary_storage": MemoryStorage},
    "stored and cached": {"secondary_storage": MemoryStorage, "session": CACHED},
}


@pytest.fixture(params=KINDS, ids=lambda kind: str(kind).replace(" ", "-"))
def auth(
    request: pytest.FixtureRequest, new_auth: NewAuth, outbox: Outbox, clock: FrozenClock
) -> FlaskPyAuth:
    """An instance with everything that users may do, under each way to keep sessions."""
    options = dict(KINDS[request.param])
    if "secondary_storage" in options:
        options["secondary_storage"] = MemoryStorage(clock)
    return new_auth(
        email_and_password={"enabled": True, "send_reset_password": outbox},
        email_verification={"send_verification_email": outbox},
        user={
            "change_email": {"enabled": True, "update_email_without_verification": True},
            "delete_user": {"enabled": True},
        },
        **options,
    )


@pytest.fixture
def view(app: Flask) -> AddView:
    """Serve a function at ``POST /view``."""

    def add(function: Callable[[], Any]) -> None:
        app.add_url_rule("/view", view_func=function, endpoint="view", methods=["POST"])

    return add


def enter(app: Flask) -> FlaskClient:
    """Return the browser of somebody with a password, signed in."""
    client = app.test_client()
    assert client.post("/api/auth/sign-up/email", json=ADA, headers=ORIGIN).status_code == 200
    return client


def user_at(client: FlaskClient) -> Any:
    """Return the user as the session route shows him, or None."""
    answer = json_of(client.get("/api/auth/get-session"))
    return None if answer is None else answer["user"]


def test_a_new_name_is_seen_at_once(app: Flask, auth: FlaskPyAuth, view: AddView) -> None:
    @view
    def rename() -> list[str]:
        before = current_user.name
        auth.api.update_user(body={"name": "Countess"})
        return [before, current_user.name]

    client = enter(app)

    assert client.post("/view").json == ["Ada", "Countess"]
    assert user_at(client)["name"] == "Countess"


def test_an_address_that_moves_at_once_is_seen_at_once(
    app: Flask, auth: FlaskPyAuth, view: AddView
) -> None:
    @view
    def move() -> list[str]:
        before = current_user.email
        auth.api.change_email(body={"new_email": "countess@example.com"})
        return [before, current_user.email]

    client = enter(app)

    assert client.post("/view").json == [ADA["email"], "countess@example.com"]
    assert user_at(client)["email"] == "countess@example.com"


def test_another_password_ends_the_other_sessions_and_keeps_this_browser(
    app: Flask, auth: FlaskPyAuth, view: AddView
) -> None:
    @view
    def change() -> dict[str, Any]:
        before = current_session.token
        auth.api.change_password(
            body={
                "current_password": PASSWORD,
                "new_password": NEW,
                "revoke_other_sessions": True,
            }
        )
        return {"name": current_user.name, "same": before == current_session.token}

    client = enter(app)
    elsewhere = login_client(app, auth.for_app(app).context.users.find_by_email(ADA["email"]))

    assert client.post("/view").json == {"name": "Ada", "same": False}
    assert user_at(client)["name"] == "Ada"
    assert json_of(elsewhere.get("/api/auth/get-session?disableCookieCache=true")) is None
    credentials = {"email": ADA["email"], "password": NEW}
    answer = app.test_client().post("/api/auth/sign-in/email", json=credentials, headers=ORIGIN)
    assert answer.status_code == 200


def test_a_refused_change_leaves_people_signed_in(
    app: Flask, auth: FlaskPyAuth, view: AddView
) -> None:
    @view
    def change() -> list[str]:
        body = {"current_password": "wrong password", "new_password": NEW}
        try:
            auth.api.change_password(body=body)
        except APIError as error:
            return [error.code, current_user.name]
        return []

    assert enter(app).post("/view").json == ["INVALID_PASSWORD", "Ada"]


def test_who_deletes_his_account_is_nobody_at_once(
    app: Flask, auth: FlaskPyAuth, view: AddView
) -> None:
    @view
    def leave() -> list[bool]:
        before = bool(current_user)
        auth.api.delete_user(body={"password": PASSWORD})
        return [before, bool(current_user), bool(current_session)]

    client = enter(app)

    assert client.post("/view").json == [True, False, False]
    assert client.get_cookie(TOKEN) is None
    assert client.get_cookie(CACHE) is None
    assert user_at(client) is None
    assert auth.for_app(app).context.users.count() == 0


def test_a_lost_password_is_reset_by_views(
    app: Flask, auth: FlaskPyAuth, view: AddView, outbox: Outbox
) -> None:
    @app.post("/forgot")
    def forgot() -> str:
        body = {"email": ADA["email"], "redirect_to": "/new-password"}
        return auth.api.request_password_reset(body=body).message

    @view
    def reset() -> str:
        auth.api.reset_password(body={"new_password": NEW, "token": outbox.last.token})
        auth.api.sign_in_email(body={"email": ADA["email"], "password": NEW})
        return current_user.name

    enter(app)
    visitor = app.test_client()
    visitor.post("/forgot")
    opened = visitor.get(outbox.last.url)

    assert opened.location == f"http://localhost/new-password?token={outbox.last.token}"
    assert visitor.post("/view").text == "Ada"
    assert user_at(visitor)["name"] == "Ada"


def test_a_mailed_link_may_be_opened_by_a_view(
    app: Flask, auth: FlaskPyAuth, view: AddView, outbox: Outbox
) -> None:
    @view
    def verify() -> list[bool]:
        before = current_user.email_verified
        auth.api.send_verification_email(body={"email": ADA["email"]})
        auth.api.verify_email(query={"token": outbox.last.token})
        live = auth.api.get_session(query={"disable_cookie_cache": True})
        return [before, live is not None and live.user.email_verified]

    assert enter(app).post("/view").json == [False, True]


def test_calls_that_change_nothing_keep_what_is_known(
    app: Flask, auth: FlaskPyAuth, view: AddView, database: WatchedAdapter
) -> None:
    @view
    def look_around() -> str:
        first = current_user.id
        auth.api.list_user_accounts()
        auth.api.verify_password(body={"password": PASSWORD})
        auth.api.send_verification_email(body={"email": ADA["email"]})
        auth.api.request_password_reset(body={"email": ADA["email"]})
        database.forget()
        return first + current_user.id

    client = enter(app)
    client.post("/view")

    assert database.statements == []
