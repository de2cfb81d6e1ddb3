"""One object may serve several apps, and one app several objects."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, render_template_string
from werkzeug.middleware.proxy_fix import ProxyFix

from flask_pyauth import FlaskPyAuth, current_user
from flask_pyauth.testing import login_client
from pyauth import ConfigurationError, PyAuth
from pyauth.db.memory import MemoryAdapter
from tests.flask_pyauth.conftest import ADA, ORIGIN, json_of

NewAuth = Callable[..., FlaskPyAuth]


def make_app(name: str = "site") -> Flask:
    app = Flask(name)
    app.testing = True
    return app


def test_an_instance_is_found_in_the_apps_extensions(app: Flask, auth: FlaskPyAuth) -> None:
    installation = app.extensions["pyauth"]["default"]

    assert installation.auth is auth.for_app(app)
    assert isinstance(installation.auth, PyAuth)


def test_the_constructor_may_take_the_app(new_auth: NewAuth) -> None:
    app = make_app()
    auth = new_auth(app=app)

    assert auth.core is app.extensions["pyauth"]["default"].auth
    assert auth.context is auth.core.context


def test_it_offers_what_the_server_offers(new_auth: NewAuth) -> None:
    auth = new_auth(app=make_app(), database="sqlite://", base_url="https://app.example.com")

    assert auth.plan() == auth.migrate()
    assert auth.plan().is_empty
    assert "CREATE TABLE users" in auth.create_schema("postgresql")
    document = auth.openapi()
    assert document["servers"] == [{"url": "https://app.example.com/api/auth"}]
    assert "/sign-in/email" in document["paths"]
    assert "database.schema" in {item.code for item in auth.diagnose()}
    assert len(auth.diagnose(production=True)) > len(auth.diagnose())
    auth.core.close()


def test_without_an_app_at_hand_there_is_no_server(app: Flask, auth: FlaskPyAuth) -> None:
    with pytest.raises(RuntimeError, match="application context"):
        _ = auth.core


def test_an_app_without_the_instance_is_told_what_to_do(auth: FlaskPyAuth) -> None:
    with make_app("bare").app_context(), pytest.raises(ConfigurationError) as caught:
        _ = auth.core

    assert str(caught.value) == (
        "the app 'bare' has no FlaskPyAuth named 'default' (there are: none); "
        "call its init_app(app)"
    )


def test_one_object_serves_several_apps_apart(new_auth: NewAuth) -> None:
    auth = new_auth(database=None)
    first, second = make_app("first"), make_app("second")
    first.config["PYAUTH_DATABASE"], second.config["PYAUTH_DATABASE"] = (
        MemoryAdapter(),
        MemoryAdapter(),
    )
    auth.init_app(first)
    auth.init_app(second)

    login_client(first)

    assert auth.for_app(first).context.users.count() == 1
    assert auth.for_app(second).context.users.count() == 0
    with second.app_context():
        assert auth.core is auth.for_app(second)


def test_the_same_app_is_not_set_up_twice(app: Flask, auth: FlaskPyAuth) -> None:
    with pytest.raises(ConfigurationError, match="already has a FlaskPyAuth named 'default'"):
        auth.init_app(app)


def test_several_instances_keep_to_themselves(app: Flask, new_auth: NewAuth) -> None:
    admin = new_auth(
        name="admin",
        database=MemoryAdapter(),
        base_path="/admin/auth",
        advanced={"cookie_prefix": "admin"},
    )
    admin.init_app(app)

    @app.get("/who")
    def who() -> dict[str, str | None]:
        return {
            "site": current_user.name if current_user else None,
            "admin": admin.current_user.name if admin.current_user else None,
        }

    client = app.test_client()
    client.post("/admin/auth/sign-up/email", json=ADA, headers=ORIGIN)

    assert client.get("/who").json == {"site": None, "admin": "Ada"}
    assert admin.for_app(app).context.users.count() == 1
    assert client.get("/api/auth/get-session").json is None
    assert json_of(client.get("/admin/auth/get-session"))["user"]["name"] == "Ada"


def test_instances_that_would_take_each_others_requests_are_refused(
    app: Flask, new_auth: NewAuth
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        new_auth(name="admin").init_app(app)

    base_path, cookie = caught.value.problems
    assert "both have the base path '/api/auth'; set ADMIN_PYAUTH_BASE_PATH" in base_path
    assert "both set the cookie 'better-auth.session_token'" in cookie
    assert list(app.extensions["pyauth"]) == ["default"]


@pytest.mark.parametrize("name", ["Admin", "two words", "1st", ""])
def test_a_name_that_makes_no_config_key_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match="lower-case"):
        FlaskPyAuth(name=name)


def test_templates_know_who_is_signed_in(app: Flask) -> None:
    @app.get("/page")
    def page() -> str:
        return render_template_string(
            "{% if current_user %}{{ current_user.name }} {{ current_session.user_id }}"
            "{% else %}nobody{% endif %}"
        )

    client = login_client(app, {"name": "Ada"})
    user_id = json_of(client.get("/api/auth/get-session"))["user"]["id"]

    assert client.get("/page").text == f"Ada {user_id}"
    assert app.test_client().get("/page").text == "nobody"


def test_a_template_rendered_outside_of_a_request_knows_nobody(app: Flask) -> None:
    with app.app_context():
        text = render_template_string("{{ 'somebody' if current_user else 'nobody' }}")

    assert text == "nobody"


def test_another_instance_has_template_names_of_its_own(app: Flask, new_auth: NewAuth) -> None:
    new_auth(name="admin", base_path="/admin/auth", advanced={"cookie_prefix": "admin"}).init_app(
        app
    )

    with app.test_request_context():
        assert render_template_string("{{ admin_current_user is defined }}") == "True"


def test_template_names_that_are_taken_are_not_taken_over_silently(new_auth: NewAuth) -> None:
    app = make_app()
    app.jinja_env.globals["current_user"] = "another"

    with pytest.raises(ConfigurationError, match="templates already have current_user"):
        new_auth().init_app(app)


def test_flask_logins_template_name_is_respected(new_auth: NewAuth) -> None:
    app = make_app()
    app.login_manager = object()  # type: ignore[attr-defined]

    with pytest.raises(ConfigurationError, match="template_context=False"):
        new_auth().init_app(app)


def test_template_names_may_be_asked_for(new_auth: NewAuth) -> None:
    app = make_app()
    new_auth(template_context=True).init_app(app)

    with app.test_request_context():
        assert render_template_string("{{ current_user is defined }}") == "True"


def test_templates_may_be_left_alone(new_auth: NewAuth) -> None:
    app = make_app()
    app.jinja_env.globals["current_user"] = "another"
    new_auth(template_context=False).init_app(app)

    with app.test_request_context():
        assert render_template_string("{{ current_user }}") == "another"


def test_a_refused_configuration_leaves_the_app_as_it_was(new_auth: NewAuth) -> None:
    app = make_app()
    with pytest.raises(ConfigurationError):
        new_auth(base_path="no slash").init_app(app)

    assert app.extensions["pyauth"] == {}
    new_auth().init_app(app)
    assert app.test_client().get("/api/auth/ok").text == "OK"


def _session_of(app: Flask, **request: Any) -> dict[str, str]:
    client = app.test_client()
    signed_up = client.post("/api/auth/sign-up/email", json=ADA, **request)
    assert signed_up.status_code == 200
    session: dict[str, str] = json_of(client.get("/api/auth/get-session"))["session"]
    return session


def test_a_forwarded_address_means_nothing_by_itself(app: Flask) -> None:
    session = _session_of(app, headers={**ORIGIN, "X-Forwarded-For": "198.51.100.9"})

    assert session["ipAddress"] == "127.0.0.1"


def test_behind_a_proxy_address_and_origin_are_those_that_proxy_fix_found(app: Flask) -> None:
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    forwarded = {
        "X-Forwarded-For": "192.0.2.1, 198.51.100.9",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "site.example",
    }

    session = _session_of(app, headers={**forwarded, "Origin": "https://site.example"})
    refused = app.test_client().post(
        "/api/auth/sign-up/email", json=ADA, headers={**forwarded, **ORIGIN}
    )

    assert session["ipAddress"] == "198.51.100.9"
    assert (refused.status_code, json_of(refused)["code"]) == (403, "INVALID_ORIGIN")
