"""Who is signed in is looked up at first use, once a request."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, Response, stream_with_context

from flask_pyauth import FlaskPyAuth, current_session, current_user, login_required
from flask_pyauth.testing import login_client
from pyauth.errors import StoreUnavailable
from pyauth.plugins import Bearer
from tests.flask_pyauth.conftest import json_of
from tests.support.app import FrozenClock
from tests.support.watched import WatchedAdapter

LOOK_UP = ["find_joined session"]
TOKEN = "better-auth.session_token"


def add_view(app: Flask, view: Callable[[], Any]) -> None:
    app.add_url_rule("/view", view_func=view, endpoint="view")


def name_of_user() -> dict[str, str | None]:
    return {"name": current_user.name if current_user else None}


def test_a_request_that_does_not_ask_costs_nothing(app: Flask, database: WatchedAdapter) -> None:
    add_view(app, lambda: "hello")
    client = login_client(app)
    database.forget()

    answer = client.get("/view")

    assert database.statements == []
    assert "Vary" not in answer.headers


def test_asking_often_costs_one_query(app: Flask, database: WatchedAdapter) -> None:
    @login_required
    def view() -> str:
        return f"{current_user.name} {current_user.email} {current_session.user_id}"

    add_view(app, view)
    client = login_client(app)
    database.forget()

    answer = client.get("/view")

    assert answer.status_code == 200
    assert database.statements == LOOK_UP


def test_a_visitor_without_a_cookie_costs_no_query(app: Flask, database: WatchedAdapter) -> None:
    add_view(app, name_of_user)
    database.forget()

    assert app.test_client().get("/view").json == {"name": None}
    assert database.statements == []


def test_nobody_is_falsy_and_equal_to_none(app: Flask) -> None:
    with app.test_request_context():
        assert not current_user
        assert current_user == None  # noqa: E711 - a proxy is never None itself
        assert not current_session


def test_outside_of_a_request_there_is_nobody(app: Flask) -> None:
    assert not current_user
    with app.app_context():
        assert not current_user


def test_answers_that_depend_on_the_session_say_so_to_caches(app: Flask) -> None:
    add_view(app, name_of_user)

    assert app.test_client().get("/view").headers["Vary"] == "Cookie"


def test_a_session_that_is_due_is_extended_and_its_cookie_goes_out(
    app: Flask, clock: FrozenClock
) -> None:
    add_view(app, name_of_user)
    client = login_client(app)
    assert "Set-Cookie" not in client.get("/view").headers
    clock.advance(days=2)

    (cookie,) = client.get("/view").headers.getlist("Set-Cookie")

    assert cookie.startswith(f"{TOKEN}=")
    assert "Max-Age=604800" in cookie


def test_a_cookie_without_a_session_is_taken_back(app: Flask, auth: FlaskPyAuth) -> None:
    add_view(app, name_of_user)
    client = login_client(app)
    context = auth.for_app(app).context
    (user,) = context.users.list()
    context.sessions.delete_of_user(user.id)

    answer = client.get("/view")

    assert answer.json == {"name": None}
    assert f"{TOKEN}=; Max-Age=0" in answer.headers["Set-Cookie"]
    assert client.get_cookie(TOKEN) is None


def test_a_session_that_ends_while_it_is_extended_is_nobodys(
    app: Flask, auth: FlaskPyAuth, database: WatchedAdapter, clock: FrozenClock
) -> None:
    add_view(app, name_of_user)
    client = login_client(app)
    clock.advance(days=2)
    context = auth.for_app(app).context
    (user,) = context.users.list()

    def end_it(statement: str) -> None:
        if statement == "update_one session":
            database.on_statement = None
            context.sessions.delete_of_user(user.id)

    database.on_statement = end_it
    answer = client.get("/view")

    assert answer.json == {"name": None}
    assert f"{TOKEN}=; Max-Age=0" in answer.headers["Set-Cookie"]


def test_a_store_that_is_down_is_no_sign_out(
    app: Flask, database: WatchedAdapter, caplog: pytest.LogCaptureFixture
) -> None:
    add_view(app, name_of_user)
    client = login_client(app)
    database.forget()
    database.fail_at, database.error = 1, StoreUnavailable("locked")

    answer = client.get("/view")

    assert (answer.status_code, json_of(answer)["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert "Set-Cookie" not in answer.headers


def test_an_application_context_that_outlives_a_request_keeps_nobody_signed_in(
    app: Flask,
) -> None:
    add_view(app, name_of_user)
    client = login_client(app, {"name": "Ada"})

    with app.app_context():
        assert client.get("/view").json == {"name": "Ada"}
        assert app.test_client().get("/view").json == {"name": None}


def test_a_stream_may_ask_but_extends_nothing(
    app: Flask, auth: FlaskPyAuth, clock: FrozenClock
) -> None:
    def view() -> Response:
        def lines() -> Iterator[str]:
            yield "name: "
            yield current_user.name

        return Response(stream_with_context(lines()))

    add_view(app, view)
    client = login_client(app, {"name": "Ada"})
    clock.advance(days=2)
    (before,) = auth.for_app(app).context.sessions.list()

    answer = client.get("/view")

    assert answer.text == "name: Ada"
    assert "Set-Cookie" not in answer.headers
    assert auth.for_app(app).context.sessions.list() == [before]


def test_a_bearer_token_counts_as_on_pyauths_routes(
    new_auth: Callable[..., FlaskPyAuth],
) -> None:
    app = Flask("site")
    app.testing = True
    auth = new_auth(plugins=[Bearer()])
    auth.init_app(app)
    add_view(app, login_required(name_of_user))
    login_client(app, {"name": "Ada"})
    (session,) = auth.for_app(app).context.sessions.list()

    answer = app.test_client().get("/view", headers={"Authorization": f"Bearer {session.token}"})

    assert answer.json == {"name": "Ada"}


def test_a_live_question_is_put_to_the_store_when_a_cached_session_came_along(
    app: Flask, database: WatchedAdapter
) -> None:
    @login_required
    def view() -> str:
        return "hello"

    @app.before_request
    def ask() -> None:
        assert current_user

    add_view(app, view)
    client = login_client(app)
    client.set_cookie("better-auth.session_data", "cached")
    database.forget()

    client.get("/view")

    assert database.statements == LOOK_UP * 2


def test_without_a_cached_session_every_answer_is_live(
    app: Flask, database: WatchedAdapter
) -> None:
    @app.before_request
    def ask() -> None:
        assert current_user

    add_view(app, login_required(lambda: "hello"))
    client = login_client(app)
    database.forget()

    client.get("/view")

    assert database.statements == LOOK_UP


def test_a_view_that_may_believe_a_cached_session_asks_once(
    app: Flask, database: WatchedAdapter
) -> None:
    @app.before_request
    def ask() -> None:
        assert current_user

    @login_required(live=False)
    def view() -> str:
        return current_user.name

    add_view(app, view)
    client = login_client(app)
    client.set_cookie("better-auth.session_data", "cached")
    database.forget()

    client.get("/view")

    assert database.statements == LOOK_UP


def test_reading_extends_nothing_where_that_is_deferred(
    new_auth: Callable[..., FlaskPyAuth], database: WatchedAdapter, clock: FrozenClock
) -> None:
    app = Flask("site")
    app.testing = True
    new_auth(session={"defer_session_refresh": True}).init_app(app)
    add_view(app, login_required(name_of_user))
    client = login_client(app, {"name": "Ada"})
    clock.advance(days=2)
    database.forget()

    answer = client.get("/view")

    assert answer.json == {"name": "Ada"}
    assert database.statements == LOOK_UP
    assert "Set-Cookie" not in answer.headers
    extended = client.post("/api/auth/get-session", json={})
    assert "Max-Age=604800" in extended.headers["Set-Cookie"]


def test_a_view_extends_a_deferred_session_where_it_says_so(
    new_auth: Callable[..., FlaskPyAuth], clock: FrozenClock
) -> None:
    app = Flask("site")
    app.testing = True
    auth = new_auth(session={"defer_session_refresh": True})
    auth.init_app(app)

    @app.post("/read")
    def read() -> str:
        auth.api.get_session()
        return "done"

    @app.post("/extend")
    def extend() -> str:
        auth.api.get_session(method="POST")
        return "done"

    client = login_client(app)
    clock.advance(days=2)

    assert "Set-Cookie" not in client.post("/read").headers
    assert "Max-Age=604800" in client.post("/extend").headers["Set-Cookie"]


def test_without_a_database_the_cookie_is_the_session(
    new_auth: Callable[..., FlaskPyAuth], clock: FrozenClock
) -> None:
    def make_app() -> Flask:
        app = Flask("site")
        app.testing = True
        new_auth(database=None).init_app(app)
        add_view(app, login_required(name_of_user))
        return app

    first, restarted = make_app(), make_app()
    before, after = login_client(first, {"name": "Ada"}), restarted.test_client()
    for cookie in ("better-auth.session_token", "better-auth.session_data"):
        held = before.get_cookie(cookie)
        assert held is not None
        after.set_cookie(cookie, held.value)

    assert after.get("/view").json == {"name": "Ada"}
    clock.advance(days=7, seconds=1)
    assert after.get("/view").status_code == 401
