"""One app under several hosts: links and cookies are those of the host that was asked."""

from typing import Any

import pytest
from flask import Flask

from flask_pyauth import FlaskPyAuth, current_user, fresh_session_required, login_required
from pyauth.crypto.passwords import PasswordHasher
from pyauth.db.memory import MemoryAdapter
from pyauth.outbound import InlineRunner
from tests.support.app import CHEAP_COST, SECRET, Outbox

PERSON = {"name": "Ada", "email": "ada@example.com", "password": "correct horse"}


def make_app(outbox: Outbox, **options: Any) -> Flask:
    app = Flask("site")
    app.config.update(PYAUTH_ENV="test", PYAUTH_SECRET=SECRET)
    app.config["PYAUTH_BASE_URL"] = {"allowedHosts": ["*.example.com"]}
    auth = FlaskPyAuth(
        app,
        database=MemoryAdapter(),
        passwords=PasswordHasher(cost=CHEAP_COST),
        runner=InlineRunner,
        email_and_password={"enabled": True},
        email_verification={"send_verification_email": outbox, "send_on_sign_up": True},
        **options,
    )

    @app.get("/me")
    @login_required
    def me() -> str:
        return current_user.email

    @app.post("/join")
    def join() -> str:
        auth.api.sign_up_email(body=PERSON)
        return current_user.email

    @app.get("/health")
    def health() -> str:
        return "user" if current_user else "nobody"

    return app


SHARED: dict[str, Any] = {"advanced": {"cross_sub_domain_cookies": {"enabled": True}}}


@pytest.mark.parametrize("options", [{}, SHARED], ids=["own cookies", "shared cookies"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_session_lasts_under_its_host_and_scheme(scheme: str, options: dict[str, Any]) -> None:
    outbox = Outbox()
    client = make_app(outbox, **options).test_client()
    where: dict[str, Any] = {"base_url": f"{scheme}://one.example.com"}

    joined = client.post("/join", **where)
    assert joined.text == PERSON["email"], "the cookies of the call count within the request"
    assert outbox.last.url.startswith(f"{scheme}://one.example.com/api/auth/")
    assert client.get("/me", **where).text == PERSON["email"]
    assert client.get("/me", base_url=f"{scheme}://two.example.com").status_code == 401


def test_a_shared_cookie_is_named_and_scoped_by_the_request() -> None:
    client = make_app(Outbox(), **SHARED).test_client()
    answer = client.post("/join", base_url="https://one.example.com")
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Secure-better-auth.session_token=")
    assert "; Domain=one.example.com;" in cookie


def test_views_answer_under_a_host_that_is_not_allowed_and_the_routes_do_not() -> None:
    client = make_app(Outbox()).test_client()
    foreign = {"base_url": "https://evil.example"}
    assert client.get("/health", **foreign).text == "nobody"
    assert client.get("/me", **foreign).status_code == 401
    assert client.get("/api/auth/ok", **foreign).status_code == 400
    assert client.post("/join", **foreign).status_code == 400


def test_a_check_that_must_ask_the_store_is_not_content_with_a_hosts_cached_session() -> None:
    cached = {**SHARED, "session": {"cookie_cache": {"enabled": True}}}
    app = make_app(Outbox(), **cached)
    auth = app.extensions["pyauth"]["default"].auth
    asked = []

    @app.get("/twice")
    def twice() -> str:
        first = bool(current_user)
        asked.append(first)
        auth.context.adapter.delete_many("session", [])
        return fresh()

    @fresh_session_required
    def fresh() -> str:
        return "fresh"

    client = app.test_client()
    where: dict[str, Any] = {"base_url": "https://one.example.com"}
    client.post("/join", **where)
    assert client.get("/twice", **where).status_code == 401
    assert asked == [True]
