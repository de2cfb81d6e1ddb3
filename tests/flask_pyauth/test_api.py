"""``auth.api`` in a view is a call on behalf of the request."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, redirect
from werkzeug.datastructures import Headers

from flask_pyauth import FlaskPyAuth, current_session, current_user
from flask_pyauth.testing import login_client
from pyauth import APIError, RequestInfo
from pyauth.http import Call
from pyauth.plugins import Bearer
from tests.flask_pyauth.conftest import ADA, json_of
from tests.support.app import FrozenClock
from tests.support.watched import WatchedAdapter

CREDENTIALS = {"email": ADA["email"], "password": ADA["password"]}
AddView = Callable[[Callable[[], Any]], None]
TOKEN = "better-auth.session_token"


def sign_in(auth: FlaskPyAuth) -> str:
    auth.api.sign_in_email(body=CREDENTIALS)
    return "done"


@pytest.fixture
def view(app: Flask) -> AddView:
    """Serve a function at ``POST /view``."""

    def add(function: Callable[[], Any]) -> None:
        app.add_url_rule("/view", view_func=function, endpoint="view", methods=["POST"])

    return add


def test_a_view_signs_somebody_up_and_in(app: Flask, auth: FlaskPyAuth, view: AddView) -> None:
    @view
    def sign_up() -> dict[str, str]:
        return {"id": auth.api.sign_up_email(body=ADA).user.id}

    client = app.test_client()
    answer = client.post("/view", headers={"User-Agent": "a browser"})

    session = json_of(client.get("/api/auth/get-session"))
    assert session["user"]["id"] == json_of(answer)["id"]
    assert session["session"]["ipAddress"] == "127.0.0.1"
    assert session["session"]["userAgent"] == "a browser"


def test_current_user_follows_what_calls_of_the_request_do(
    app: Flask, auth: FlaskPyAuth, view: AddView
) -> None:
    seen: list[str | None] = []

    def look() -> None:
        seen.append(current_user.name if current_user else None)

    @view
    def everything() -> str:
        look()
        auth.api.sign_up_email(body=ADA)
        look()
        auth.api.sign_out()
        look()
        auth.api.sign_in_email(body=CREDENTIALS)
        look()
        auth.api.revoke_session(body={"token": current_session.token})
        look()
        return "done"

    client = app.test_client()
    answer = client.post("/view")

    assert seen == [None, "Ada", None, "Ada", None]
    assert client.get("/api/auth/get-session").json is None
    tokens = [text for text in answer.headers.getlist("Set-Cookie") if text.startswith(TOKEN)]
    assert len(tokens) == 1


def test_a_later_call_of_the_request_sees_the_session_of_an_earlier_one(
    app: Flask, auth: FlaskPyAuth, view: AddView
) -> None:
    @view
    def sign_up_and_list() -> list[str]:
        auth.api.sign_up_email(body=ADA)
        return [session.user_agent or "" for session in auth.api.list_sessions()]

    answer = app.test_client().post("/view", headers={"User-Agent": "a browser"})

    assert answer.json == ["a browser"]


def test_reading_calls_keep_what_is_known_of_the_user(
    app: Flask, auth: FlaskPyAuth, view: AddView, database: WatchedAdapter
) -> None:
    @view
    def read() -> str:
        first = current_user.id
        auth.api.list_sessions()
        return first + current_user.id

    client = login_client(app)
    database.forget()
    client.post("/view")

    assert database.statements.count("find_joined session") == 2  # the proxy's and the call's


def test_other_headers_of_the_answer_go_out_unless_the_view_says_otherwise(
    new_auth: Callable[..., FlaskPyAuth],
) -> None:
    app = Flask("site")
    app.testing = True
    auth = new_auth(plugins=[Bearer()])
    auth.init_app(app)

    @app.post("/view")
    def view() -> Any:
        auth.api.sign_up_email(body=ADA)
        auth.api.get_session()
        return "done", {"Cache-Control": "private"}

    answer = app.test_client().post("/view")

    assert answer.headers["set-auth-token"]
    assert answer.headers["Pragma"] == "no-cache"
    assert answer.headers["Cache-Control"] == "private"


def test_an_answer_made_with_a_call_depends_on_the_cookie(
    app: Flask, auth: FlaskPyAuth, view: AddView
) -> None:
    view(lambda: {"known": auth.api.get_session() is not None})

    assert app.test_client().post("/view").headers["Vary"] == "Cookie"


def test_the_call_does_not_redirect_the_view(app: Flask, auth: FlaskPyAuth, view: AddView) -> None:
    login_client(app, {"email": ADA["email"]})

    @view
    def sign_up() -> str:
        auth.api.sign_out()
        auth.api.sign_up_email(body={**ADA, "email": "b@example.com"})
        auth.api.sign_in_email(
            body={**CREDENTIALS, "email": "b@example.com", "callback_url": "/elsewhere"}
        )
        return "done"

    answer = app.test_client().post("/view")

    assert (answer.status_code, answer.text) == (200, "done")
    assert "Location" not in answer.headers


def test_a_views_own_redirect_carries_the_cookies(
    app: Flask, auth: FlaskPyAuth, view: AddView
) -> None:
    @view
    def sign_up() -> Any:
        auth.api.sign_up_email(body=ADA)
        return redirect("/account")

    answer = app.test_client().post("/view")

    assert answer.location == "/account"
    assert answer.headers["Set-Cookie"].startswith(TOKEN)


def test_an_error_is_raised_and_may_be_caught(app: Flask, auth: FlaskPyAuth, view: AddView) -> None:
    @view
    def sign_in() -> dict[str, str]:
        try:
            auth.api.sign_in_email(body=CREDENTIALS)
        except APIError as error:
            return {"caught": error.code}
        return {}

    assert app.test_client().post("/view").json == {"caught": "INVALID_EMAIL_OR_PASSWORD"}


def test_an_error_that_is_not_caught_is_answered_as_on_pyauths_routes(
    app: Flask, auth: FlaskPyAuth, view: AddView
) -> None:
    view(lambda: auth.api.sign_in_email(body=CREDENTIALS))

    answer = app.test_client().post("/view")

    assert answer.status_code == 401
    assert answer.json == {
        "code": "INVALID_EMAIL_OR_PASSWORD",
        "message": "Invalid email or password",
    }


def test_the_apps_own_answer_to_errors_is_kept(new_auth: Callable[..., FlaskPyAuth]) -> None:
    app = Flask("site")
    app.testing = True
    app.register_error_handler(APIError, lambda error: (f"oh: {error.code}", 418))
    auth = new_auth()
    auth.init_app(app)
    app.add_url_rule("/view", view_func=lambda: auth.api.list_sessions())

    answer = app.test_client().get("/view")

    assert (answer.status_code, answer.text) == (418, "oh: UNAUTHORIZED")


def test_calls_of_a_view_are_counted_by_the_rate_limit(
    new_auth: Callable[..., FlaskPyAuth],
) -> None:
    app = Flask("site")
    app.testing = True
    auth = new_auth(rate_limit={"enabled": True})
    auth.init_app(app)
    app.add_url_rule("/view", view_func=lambda: sign_in(auth))
    client = app.test_client()

    statuses = [client.get("/view").status_code for _ in range(4)]
    elsewhere = client.get("/view", environ_base={"REMOTE_ADDR": "203.0.113.9"})
    refused = client.get("/view")

    assert statuses == [401, 401, 401, 429]
    assert elsewhere.status_code == 401
    assert refused.headers["X-Retry-After"] == "10"


def test_given_headers_take_the_place_of_the_requests(
    app: Flask, auth: FlaskPyAuth, view: AddView
) -> None:
    client = login_client(app)
    view(lambda: {"found": auth.api.get_session(headers={}) is not None})

    assert client.post("/view").json == {"found": False}


def test_the_caller_may_have_the_headers_too(app: Flask, auth: FlaskPyAuth, view: AddView) -> None:
    received = Headers()

    @view
    def sign_up() -> str:
        auth.api.sign_up_email(body=ADA, response_headers=received)
        return "done"

    answer = app.test_client().post("/view")

    assert received.getlist("Set-Cookie") == answer.headers.getlist("Set-Cookie") != []


def test_outside_of_a_request_it_is_a_plain_call(app: Flask, auth: FlaskPyAuth) -> None:
    received = Headers()
    with app.app_context():
        result = auth.api.sign_up_email(body=ADA, response_headers=received)

    assert result.user.name == "Ada"
    assert received.getlist("Set-Cookie")


def test_a_request_of_another_app_is_left_alone(
    app: Flask, auth: FlaskPyAuth, new_auth: Callable[..., FlaskPyAuth]
) -> None:
    other = Flask("other")
    other.testing = True
    api = app.extensions["pyauth"]["default"].api
    other.add_url_rule("/view", view_func=lambda: api.sign_up_email(body=ADA).user.name)

    answer = other.test_client().get("/view")

    (session,) = auth.for_app(app).context.sessions.list()
    assert answer.text == "Ada"
    assert "Set-Cookie" not in answer.headers
    assert session.ip_address == ""


def test_a_session_opened_for_the_browser_only_stays_so(
    app: Flask, auth: FlaskPyAuth, view: AddView, clock: FrozenClock
) -> None:
    @view
    def sign_up() -> str:
        auth.api.sign_up_email(body={**ADA, "remember_me": False})
        return "done"

    client = app.test_client()
    cookies = client.post("/view").headers.getlist("Set-Cookie")

    assert ["Max-Age" in text for text in cookies if text.startswith(TOKEN)] == [False]
    assert json_of(client.get("/api/auth/get-session"))["user"]["name"] == "Ada"


def test_functions_that_name_trusted_origins_learn_of_the_views_request(
    new_auth: Callable[..., FlaskPyAuth],
) -> None:
    asked = []

    def origins(request: RequestInfo | None) -> list[str]:
        asked.append(request)
        return ["https://partner.example"]

    app = Flask("site")
    app.config.update(TESTING=True, PYAUTH_TRUSTED_ORIGINS=origins)
    auth = new_auth()
    auth.init_app(app)

    @app.post("/view")
    def view() -> str:
        auth.api.sign_up_email(body={**ADA, "callback_url": "https://partner.example/hello"})
        return current_user.name

    assert app.test_client().post("/view", headers={"X-Tenant": "acme"}).text == "Ada"
    (request,) = asked
    assert request is not None
    assert (request.url, request.ip) == ("http://localhost/view", "127.0.0.1")
    assert request.headers["x-tenant"] == "acme"


def test_hooks_may_be_configured_and_run_for_calls_of_views(
    new_auth: Callable[..., FlaskPyAuth],
) -> None:
    def greet(call: Call) -> None:
        if call.new_session is not None:
            call.set_header("X-Welcome", call.new_session.user.name)

    app = Flask("site")
    app.config.update(TESTING=True, PYAUTH_HOOKS={"after": greet})
    auth = new_auth()
    auth.init_app(app)
    app.add_url_rule("/view", view_func=lambda: auth.api.sign_up_email(body=ADA).user.name)

    assert app.test_client().get("/view").headers["X-Welcome"] == "Ada"
