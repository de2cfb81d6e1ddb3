"""Everything below the base path is pyauth's to answer, except OPTIONS."""

from collections.abc import Callable

import pytest
from flask import Flask, url_for
from flask.cli import routes_command
from flask_cors import CORS

from flask_pyauth import FlaskPyAuth, current_user
from flask_pyauth.testing import login_client
from pyauth import ConfigurationError
from tests.flask_pyauth.conftest import ADA, ORIGIN, json_of

NOT_FOUND = {"code": "NOT_FOUND", "message": "Not Found"}


@pytest.mark.parametrize(
    "method", ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "BREW"]
)
@pytest.mark.parametrize(
    "path",
    [
        "/api/auth",
        "/api/auth/",
        "/api/auth/nothing",
        "/api/auth//ok",
        "/api/auth/ok/",
        "/api/auth/a/b/c",
        "/api/auth/a%0Ab",
    ],
)
def test_unknown_paths_are_answered_by_pyauth(app: Flask, method: str, path: str) -> None:
    answer = app.test_client().open(path, method=method, headers=ORIGIN)

    assert (answer.status_code, answer.json) == (404, NOT_FOUND)


@pytest.mark.parametrize("path", ["/api/authx", "/api", "/API/AUTH/ok"])
def test_other_paths_are_the_apps(app: Flask, path: str) -> None:
    answer = app.test_client().get(path)

    assert answer.status_code == 404
    assert answer.mimetype == "text/html"


def test_doubled_slashes_before_the_base_path_lead_nowhere(app: Flask) -> None:
    answer = app.test_client().get("/", environ_overrides={"PATH_INFO": "/x//api/auth/ok"})

    assert answer.status_code == 404

    path = {"PATH_INFO": "/api//auth/ok"}
    assert app.test_client().get("/", environ_overrides=path).status_code == 404


def test_head_is_not_found(app: Flask) -> None:
    assert app.test_client().head("/api/auth/ok").status_code == 404


def test_a_wrong_method_is_not_found(app: Flask) -> None:
    answer = app.test_client().get("/api/auth/sign-in/email")

    assert (answer.status_code, answer.json) == (404, NOT_FOUND)


def test_options_are_flasks_own(app: Flask) -> None:
    client = app.test_client()

    assert client.options("/api/auth/sign-in/email").allow.to_header() == "OPTIONS, POST"
    assert client.options("/api/auth/get-session").allow.to_header() == "OPTIONS, GET, POST"
    assert client.options("/api/auth/nothing").allow.to_header() == "OPTIONS"


def test_flask_cors_answers_a_preflight(app: Flask) -> None:
    CORS(app, origins=["https://shop.example"], supports_credentials=True)

    answer = app.test_client().options(
        "/api/auth/sign-in/email",
        headers={
            "Origin": "https://shop.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "Content-Type",
        },
    )

    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]


def test_a_route_of_the_app_below_the_base_path_comes_first(app: Flask) -> None:
    @app.get("/api/auth/extra")
    def extra() -> str:
        return "the app's own"

    assert app.test_client().get("/api/auth/extra").text == "the app's own"


def test_addresses_of_routes_can_be_made(app: Flask) -> None:
    with app.test_request_context():
        assert url_for("pyauth", path="verify-email", token="t") == (
            "/api/auth/verify-email?token=t"
        )


def test_an_endpoint_of_the_app_is_not_taken_over(new_auth: Callable[..., FlaskPyAuth]) -> None:
    app = Flask("site")
    app.testing = True
    app.add_url_rule("/about", endpoint="pyauth", view_func=lambda: "about us")

    with pytest.raises(ConfigurationError, match="already has an endpoint 'pyauth'"):
        new_auth().init_app(app)


def test_flask_lists_the_routes(app: Flask) -> None:
    result = app.test_cli_runner().invoke(routes_command)

    assert result.exit_code == 0
    assert "/api/auth/<pyauth_path:path>" in result.output


def test_an_app_below_a_prefix_is_served(app: Flask) -> None:
    answer = app.test_client().get("/ok", base_url="http://localhost/site/api/auth")
    inside = app.test_client().get("/api/auth/ok", environ_overrides={"SCRIPT_NAME": "/site"})

    assert answer.status_code == 404
    assert inside.text == "OK"


def test_the_size_of_bodies_is_pyauths_affair(
    new_auth: Callable[..., FlaskPyAuth],
) -> None:
    app = Flask("site")
    app.config.update(TESTING=True, MAX_CONTENT_LENGTH=10_000_000)
    new_auth(advanced={"max_body_size": 100}).init_app(app)

    answer = app.test_client().post(
        "/api/auth/sign-up/email", json={**ADA, "name": "A" * 200}, headers=ORIGIN
    )

    assert (answer.status_code, json_of(answer)["code"]) == (413, "PAYLOAD_TOO_LARGE")


def test_functions_after_the_request_see_who_has_just_signed_in(app: Flask) -> None:
    seen: list[str | None] = []

    @app.before_request
    def ask_before() -> None:
        seen.append(current_user.name if current_user else None)

    @app.after_request
    def ask_after(response):  # type: ignore[no-untyped-def]
        seen.append(current_user.name if current_user else None)
        return response

    app.test_client().post("/api/auth/sign-up/email", json=ADA, headers=ORIGIN)

    assert seen == [None, "Ada"]


def test_signing_out_wins_over_an_extension_in_the_same_request(app: Flask, clock) -> None:  # type: ignore[no-untyped-def]
    client = login_client(app)
    clock.advance(days=2)

    @app.before_request
    def ask() -> None:
        assert current_user

    answer = client.post("/api/auth/sign-out", json={})

    cookies = [text.partition(";")[0] for text in answer.headers.getlist("Set-Cookie")]
    assert [text for text in cookies if "session_token" in text] == ["better-auth.session_token="]


@pytest.mark.parametrize("testing", [True, False])
def test_what_nobody_expected_can_reach_flask(
    new_auth: Callable[..., FlaskPyAuth], testing: bool
) -> None:
    def fail(call: object) -> None:
        raise ZeroDivisionError

    app = Flask("site")
    app.testing = testing
    new_auth(mode="test", hooks={"before": fail}, on_api_error={"throw": True}).init_app(app)
    if testing:
        with pytest.raises(ZeroDivisionError):
            app.test_client().get("/api/auth/ok")
        return
    app.register_error_handler(ZeroDivisionError, lambda error: ("the app's own page", 500))
    assert app.test_client().get("/api/auth/ok").text == "the app's own page"
