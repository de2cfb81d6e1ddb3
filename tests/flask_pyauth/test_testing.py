"""The helpers for the tests of an app."""

from collections.abc import Callable

import pytest
from flask import Flask

from flask_pyauth import FlaskPyAuth
from flask_pyauth.testing import captured_outbox, login_client
from pyauth import DatabaseEvent, UniqueViolation
from tests.flask_pyauth.conftest import ADA, ORIGIN, json_of
from tests.support.app import Outbox
from tests.support.watched import CountingPasswords

NewAuth = Callable[..., FlaskPyAuth]


def make_app(auth: FlaskPyAuth, **config: object) -> Flask:
    app = Flask("site")
    app.config.update(TESTING=True, **config)
    auth.init_app(app)
    return app


def test_a_client_is_signed_in_without_any_hash(new_auth: NewAuth) -> None:
    passwords = CountingPasswords()
    app = make_app(new_auth(passwords=passwords))

    client = login_client(app, {"name": "Ada", "email": "ada@example.com"})

    answer = json_of(client.get("/api/auth/get-session"))
    assert (answer["user"]["name"], answer["user"]["email"]) == ("Ada", "ada@example.com")
    assert passwords.work == []


def test_an_existing_user_may_be_signed_in(app: Flask, auth: FlaskPyAuth) -> None:
    login_client(app)
    (user,) = auth.for_app(app).context.users.list()

    client = login_client(app, user)

    assert json_of(client.get("/api/auth/get-session"))["user"]["id"] == user.id
    assert auth.for_app(app).context.users.count() == 1


def test_the_client_passes_the_origin_check(app: Flask) -> None:
    client = login_client(app)

    assert client.post("/api/auth/revoke-other-sessions", json={}).status_code == 200


def test_the_origin_is_that_of_the_base_url(new_auth: NewAuth) -> None:
    app = make_app(new_auth(base_url="https://app.example.com"))

    client = login_client(app)

    assert client.post("/api/auth/revoke-other-sessions", json={}).status_code == 200


def test_secure_cookies_and_a_server_name_of_ones_own_work(new_auth: NewAuth) -> None:
    app = make_app(
        new_auth(advanced={"use_secure_cookies": True}),
        SERVER_NAME="site.example:8443",
        PREFERRED_URL_SCHEME="https",
    )

    client = login_client(app)

    assert json_of(client.get("/api/auth/get-session"))["user"]["name"] == "Test User"
    origin = {"base_url": "https://site.example:8443"}
    assert client.post("/api/auth/sign-out", json={}, **origin).status_code == 200


HOSTS = {"allowed_hosts": ["*.example.com", "localhost"]}
SHARED = {"cross_sub_domain_cookies": {"enabled": True}}


@pytest.mark.parametrize("advanced", [{}, SHARED], ids=["own cookies", "shared cookies"])
@pytest.mark.parametrize("address", ["https://one.example.com", "http://two.example.com", None])
def test_the_client_stays_at_one_of_several_hosts(
    new_auth: NewAuth, advanced: dict[str, object], address: str | None
) -> None:
    app = make_app(new_auth(base_url=HOSTS, advanced=advanced))

    client = login_client(app, base_url=address)

    assert json_of(client.get("/api/auth/get-session"))["user"]["name"] == "Test User"
    assert client.post("/api/auth/sign-out", json={}).status_code == 200
    assert client.get("/api/auth/get-session").json is None


def test_the_client_may_leave_its_host(new_auth: NewAuth) -> None:
    app = make_app(new_auth(base_url=HOSTS))
    client = login_client(app, base_url="https://one.example.com")

    elsewhere = {"base_url": "https://two.example.com"}
    assert client.get("/api/auth/get-session", **elsewhere).json is None
    assert client.get("https://two.example.com/api/auth/get-session").json is None
    assert client.get("https://one.example.com/api/auth/get-session").json is not None


def test_a_host_that_is_not_allowed_is_said(new_auth: NewAuth) -> None:
    app = make_app(new_auth(base_url={"allowed_hosts": ["*.example.com"]}))

    with pytest.raises(ValueError, match=r"'localhost' is none of base_url\.allowed_hosts"):
        login_client(app)
    assert app.extensions["pyauth"]["default"].auth.context.users.count() == 0


def test_a_new_user_has_the_defaults_of_the_additional_fields(new_auth: NewAuth) -> None:
    tier = {"type": "string", "default": "free"}
    app = make_app(new_auth(user={"additional_fields": {"tier": tier}}))

    session = json_of(login_client(app).get("/api/auth/get-session"))

    assert session["user"]["tier"] == "free"


def test_a_session_may_end_with_the_browser(app: Flask) -> None:
    client = login_client(app, remember=False)

    assert client.get_cookie("better-auth.dont_remember") is not None


def test_a_taken_address_is_said(app: Flask) -> None:
    login_client(app)

    with pytest.raises(UniqueViolation):
        login_client(app)


@pytest.mark.parametrize("model", ["user", "session"])
def test_a_hook_that_refuses_is_said(new_auth: NewAuth, model: str) -> None:
    def refuse(event: DatabaseEvent) -> bool:
        return False

    app = make_app(new_auth(database_hooks={model: {"create": {"before": refuse}}}))

    with pytest.raises(LookupError, match=f"a database hook stopped the {model}"):
        login_client(app)


def test_mails_are_kept_within_the_block_and_sent_after_it(
    new_auth: NewAuth, outbox: Outbox
) -> None:
    app = make_app(
        new_auth(email_verification={"send_verification_email": outbox, "send_on_sign_up": True})
    )
    client = app.test_client()

    with captured_outbox(app) as captured:
        client.post("/api/auth/sign-up/email", json=ADA, headers=ORIGIN)

    (mail,) = captured.of_kind("verification-email")
    assert client.get(mail.payload["url"]).location == "/"
    assert outbox.sent == []
    person = {**ADA, "email": "b@example.com"}
    client.post("/api/auth/sign-up/email", json=person, headers=ORIGIN)
    assert outbox.last.user.email == "b@example.com"
