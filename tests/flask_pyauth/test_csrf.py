"""Beside Flask-WTF, pyauth's routes need no form token and the app's forms still do."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask_wtf import CSRFProtect

from flask_pyauth import FlaskPyAuth
from tests.flask_pyauth.conftest import ADA, ORIGIN, json_of


@pytest.fixture(params=["pyauth first", "Flask-WTF first"])
def app(request: pytest.FixtureRequest, new_auth: Callable[..., FlaskPyAuth]) -> Flask:
    app = Flask("site")
    app.config.update(TESTING=True, SECRET_KEY="a key of the tests")
    first, second = new_auth(), CSRFProtect()
    order = [first, second] if request.param == "pyauth first" else [second, first]
    for extension in order:
        extension.init_app(app)
    app.add_url_rule("/form", view_func=lambda: "sent", methods=["POST"])
    return app


def test_pyauths_routes_need_no_token(app: Flask) -> None:
    answer = app.test_client().post("/api/auth/sign-up/email", json=ADA, headers=ORIGIN)

    assert answer.status_code == 200


def test_unknown_paths_of_pyauth_are_still_answered_by_it(app: Flask) -> None:
    answer = app.test_client().post("/api/auth/nothing", json={}, headers=ORIGIN)

    assert answer.json == {"code": "NOT_FOUND", "message": "Not Found"}


def test_the_apps_own_forms_still_need_one(app: Flask) -> None:
    assert app.test_client().post("/form").status_code == 400


def test_foreign_origins_are_still_refused(app: Flask) -> None:
    client = app.test_client()
    client.post("/api/auth/sign-up/email", json=ADA, headers=ORIGIN)

    answer = client.post("/api/auth/sign-out", json={}, headers={"Origin": "https://evil.example"})

    assert (answer.status_code, json_of(answer)["code"]) == (403, "INVALID_ORIGIN")
