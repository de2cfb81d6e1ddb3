"""Apps whose sessions and counts live in a secondary storage, a real Redis among them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask

from flask_pyauth import FlaskPyAuth, current_user, login_required, session_revoked, user_deleted
from flask_pyauth.testing import login_client
from pyauth.storage import RedisStorage, SecondaryStorage
from tests.flask_pyauth.conftest import ADA, ORIGIN, json_of
from tests.support.app import FrozenClock
from tests.support.redis import own_redis
from tests.support.storage import open_kind
from tests.support.watched import WatchedAdapter

NewAuth = Callable[..., FlaskPyAuth]


@pytest.fixture(params=["memory", "redis"])
def storage(request: pytest.FixtureRequest, clock: FrozenClock) -> Iterator[SecondaryStorage]:
    yield from open_kind(request.param, clock)


def make_app(new_auth: NewAuth, **options: Any) -> Flask:
    app = Flask("site")
    app.testing = True
    new_auth(user={"delete_user": {"enabled": True}}, **options).init_app(app)
    app.add_url_rule("/me", view_func=login_required(lambda: current_user.name))
    return app


def test_a_guarded_view_costs_no_query(
    new_auth: NewAuth, storage: SecondaryStorage, database: WatchedAdapter
) -> None:
    app = make_app(new_auth, secondary_storage=storage)
    client = login_client(app, {"name": "Ada"})
    database.forget()

    assert client.get("/me").text == "Ada"
    assert database.statements == []
    assert app.extensions["pyauth"]["default"].auth.context.adapter.count("session") == 0


def test_several_apps_with_one_storage_share_their_sessions(
    new_auth: NewAuth, storage: SecondaryStorage
) -> None:
    first, second = (make_app(new_auth, secondary_storage=storage) for _ in range(2))
    client, other = login_client(first, {"name": "Ada"}), second.test_client()
    token = client.get_cookie("better-auth.session_token")
    assert token is not None
    other.set_cookie(token.key, token.value)

    assert other.get("/me").text == "Ada"
    client.post("/api/auth/sign-out", json={})
    assert other.get("/me").status_code == 401


def test_ended_sessions_and_users_are_told_by_signals(
    new_auth: NewAuth, storage: SecondaryStorage
) -> None:
    told: list[tuple[str, str]] = []

    def note_revoked(sender: Flask, *, user: Any, session: Any, **extra: Any) -> None:
        told.append(("revoked", user.email))

    def note_deleted(sender: Flask, *, user: Any, session: Any, **extra: Any) -> None:
        told.append(("deleted", user.email))

    app = make_app(new_auth, secondary_storage=storage)
    session_revoked.connect(note_revoked, sender=app)
    user_deleted.connect(note_deleted, sender=app)
    client = login_client(app, {"email": "ada@example.com"})

    assert client.post("/api/auth/delete-user", json={}).status_code == 200
    assert told == [("revoked", "ada@example.com"), ("deleted", "ada@example.com")]


def test_requests_are_counted_in_the_storage(new_auth: NewAuth, storage: SecondaryStorage) -> None:
    limited = {"rate_limit": {"enabled": True}, "secondary_storage": storage}
    apps = [make_app(new_auth, **limited) for _ in range(2)]
    wrong = {"email": ADA["email"], "password": "wrong password"}

    answers = [
        apps[number % 2].test_client().post("/api/auth/sign-in/email", json=wrong, headers=ORIGIN)
        for number in range(4)
    ]

    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]


@contextmanager
def configured_app(new_auth: NewAuth, url: str) -> Iterator[Flask]:
    """Make an app that opens a Redis by its URL, and close it."""
    app = Flask("site")
    app.config.update(TESTING=True, PYAUTH_SECONDARY_STORAGE=url)
    auth = new_auth()
    auth.init_app(app)
    app.add_url_rule("/me", view_func=login_required(lambda: current_user.name))
    try:
        yield app
    finally:
        auth.for_app(app).close()


def test_closing_the_server_of_an_app_closes_the_connections_it_opened(
    new_auth: NewAuth, tmp_path: Any
) -> None:
    with own_redis(tmp_path) as server:
        with configured_app(new_auth, server.url) as app:
            assert login_client(app, {"name": "Ada"}).get("/me").text == "Ada"
            watcher = RedisStorage(server.url)
            assert clients_of(watcher) > 1
        assert clients_of(watcher) == 1
        watcher.close()


def test_a_redis_that_is_down_is_no_sign_out_and_recovers(new_auth: NewAuth, tmp_path: Any) -> None:
    with own_redis(tmp_path) as server, configured_app(new_auth, server.url) as app:
        client = login_client(app, {"name": "Ada"})
        server.stop()
        answer = client.get("/me")

        assert (answer.status_code, json_of(answer)["code"]) == (503, "SERVICE_UNAVAILABLE")
        assert "Set-Cookie" not in answer.headers
        server.start()
        assert client.get("/me").text == "Ada"


def clients_of(storage: RedisStorage) -> int:
    """Return how many connections the server has."""
    found: int = len(storage._client.client_list())
    return found
