"""The quickstart's account: changing it, losing its password, leaving it."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from examples.quickstart.extensions import auth
from flask_pyauth.testing import captured_outbox
from pyauth.testing import FrozenClock
from tests.examples.conftest import FORM, send, sign_up, token_in

NEW = "battery staple"


def read(client: FlaskClient, path: str = "/account") -> str:
    """Return the text of a page without its tags."""
    answer = client.get(path, follow_redirects=True)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def sign_in(app: Flask, password: str = FORM["password"]) -> Any:
    """Sign in from another browser and return it, or the refusal."""
    client = app.test_client()
    answer = send(client, "/sign-in", {**FORM, "password": password})
    return client if answer.location == "/account" else answer


def users(app: Flask) -> list[Any]:
    return auth.for_app(app).context.users.list()


def test_the_name_is_changed(app: Flask) -> None:
    client = sign_up(app)

    answer = send(client, "/account/name", {"name": " Countess Lovelace "})

    assert answer.location == "/account"
    page = read(client)
    assert "You are Countess Lovelace now." in page
    assert users(app)[0].name == "Countess Lovelace"


def test_an_empty_name_is_refused(app: Flask) -> None:
    answer = send(sign_up(app), "/account/name", {"name": " "})

    assert (answer.status_code, "Enter your name." in answer.text) == (400, True)


def test_the_password_is_changed_and_other_devices_are_signed_out(app: Flask) -> None:
    client = sign_up(app)
    other = sign_in(app)
    form = {"current_password": FORM["password"], "password": NEW, "sign_out_others": "on"}

    assert send(client, "/account/password", form).location == "/account"

    assert "All other devices are signed out." in read(client)
    assert other.get("/account").location.startswith("/sign-in")
    assert sign_in(app).status_code == 401
    assert sign_in(app, NEW).get("/account").status_code == 200


def test_other_devices_stay_signed_in_when_that_is_wanted(app: Flask) -> None:
    client = sign_up(app)
    other = sign_in(app)
    form = {"current_password": FORM["password"], "password": NEW}

    send(client, "/account/password", form)

    assert other.get("/account").status_code == 200


@pytest.mark.parametrize(
    ("path", "form", "words"),
    [
        (
            "/account/password",
            {"current_password": "wrong password", "password": NEW},
            "That is not your password.",
        ),
        (
            "/account/password",
            {"current_password": FORM["password"], "password": "short"},
            "Use at least 8 characters.",
        ),
        ("/account/email", {"email": "nonsense"}, "Enter an e-mail address such as"),
        ("/account/email", {"email": "ADA@example.com"}, "That is your address already."),
        ("/account/delete", {"current_password": ""}, "Enter your password."),
        ("/account/delete", {"current_password": "wrong password"}, "That is not your password."),
    ],
)
def test_mistakes_are_explained_at_their_fields(
    app: Flask, path: str, form: dict[str, str], words: str
) -> None:
    client = sign_up(app)

    answer = send(client, path, form)

    assert answer.status_code == 400
    assert f'-note">{words}' in answer.text
    assert users(app)[0].email == FORM["email"]
    assert client.get("/account").status_code == 200


def test_the_address_changes_with_the_link_to_the_new_one(app: Flask) -> None:
    client = sign_up(app)
    with captured_outbox(app) as outbox:
        answer = send(client, "/account/email", {"email": "countess@example.com"})
    (mail,) = outbox.deliveries

    assert answer.location == "/account"
    assert "Look into the mails of countess@example.com" in read(client)
    assert mail.payload["user"]["email"] == "countess@example.com"
    opened = client.get(mail.payload["url"])

    assert "Your address is confirmed" in read(client, opened.location)
    assert "countess@example.com Confirmed" in read(client)


def test_a_taken_address_is_not_told(app: Flask) -> None:
    sign_up(app, email="other@example.com")
    client = sign_up(app)
    with captured_outbox(app) as outbox:
        answer = send(client, "/account/email", {"email": "other@example.com"})

    assert answer.location == "/account"
    assert "Look into the mails of other@example.com" in read(client)
    assert outbox.deliveries == ()


def test_a_link_opened_by_somebody_else_is_explained(app: Flask) -> None:
    client = sign_up(app)
    with captured_outbox(app) as outbox:
        send(client, "/account/email", {"email": "countess@example.com"})
    other = sign_up(app, email="other@example.com")

    opened = other.get(outbox.deliveries[0].payload["url"])

    assert "You are signed in to another account." in read(other, opened.location)


def test_the_confirmation_mail_is_sent_again(app: Flask) -> None:
    client = sign_up(app)
    with captured_outbox(app) as outbox:
        answer = send(client, "/account/confirmation-mail", {}, page="/account")
    (mail,) = outbox.deliveries

    assert answer.location == "/account"
    assert "Another link is on its way." in read(client)
    client.get(mail.payload["url"])
    assert users(app)[0].email_verified
    late = send(client, "/account/confirmation-mail", {}, page="/account")
    assert late.location == "/account"
    assert "Your address is confirmed already." in read(client)


def test_a_lost_password_is_replaced_by_a_mailed_link(app: Flask) -> None:
    signed_in, client = sign_up(app), app.test_client()
    with captured_outbox(app) as outbox:
        answer = send(client, "/forgot-password", {"email": FORM["email"]})
    (mail,) = outbox.deliveries
    assert answer.location == "/sign-in"
    assert f"If {FORM['email']} has an account here" in read(client, "/sign-in")

    page = client.get(mail.payload["url"]).location
    short = send(client, "/new-password", {"token": token_of(page), "password": "short"}, page)
    assert "Use at least 8 characters." in short.text
    changed = send(client, "/new-password", {"token": token_of(page), "password": NEW}, page)

    assert changed.location == "/sign-in"
    assert "You have a new password. Sign in with it." in read(client, "/sign-in")
    assert signed_in.get("/account").location.startswith("/sign-in")
    assert sign_in(app).status_code == 401
    assert sign_in(app, NEW).get("/account").status_code == 200
    again = client.get(mail.payload["url"], follow_redirects=True)
    assert "has expired or was used already" in again.text


def token_of(page: str) -> str:
    return page.partition("token=")[2]


def test_an_unknown_address_is_answered_as_a_known_one(app: Flask) -> None:
    client = app.test_client()
    with captured_outbox(app) as outbox:
        answer = send(client, "/forgot-password", {"email": "nobody@example.com"})

    assert answer.location == "/sign-in"
    assert "If nobody@example.com has an account here" in read(client, "/sign-in")
    assert outbox.deliveries == ()


def test_an_address_that_is_none_is_explained(app: Flask) -> None:
    answer = send(app.test_client(), "/forgot-password", {"email": "nonsense"})

    assert answer.status_code == 400
    assert "Enter an e-mail address such as" in answer.text


@pytest.mark.parametrize("query", ["", "?error=INVALID_TOKEN", "?token="])
def test_a_link_that_does_not_work_leads_to_another_one(app: Flask, query: str) -> None:
    answer = app.test_client().get(f"/new-password{query}", follow_redirects=True)

    assert "That link has expired or was used already. Ask for another one." in answer.text
    assert answer.request.path == "/forgot-password"


def test_a_token_that_expired_meanwhile_leads_to_another_one(
    app: Flask, clock: FrozenClock
) -> None:
    sign_up(app)
    client = app.test_client()
    with captured_outbox(app) as outbox:
        send(client, "/forgot-password", {"email": FORM["email"]})
    page = client.get(outbox.deliveries[0].payload["url"]).location
    clock.advance(hours=1, seconds=1)

    answer = send(client, "/new-password", {"token": token_of(page), "password": NEW}, page)

    assert answer.location == "/forgot-password"
    assert isinstance(sign_in(app), FlaskClient)


def test_the_page_with_the_token_tells_other_sites_nothing(app: Flask) -> None:
    answer = app.test_client().get("/new-password?token=x")

    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_account_is_deleted_with_the_password(app: Flask) -> None:
    client = sign_up(app)

    answer = send(client, "/account/delete", {"current_password": FORM["password"]})

    assert answer.location == "/"
    page = read(client, "/")
    assert "Your account is deleted." in page
    assert "Sign up" in page
    assert users(app) == []
    assert sign_in(app).status_code == 401


@pytest.mark.parametrize("path", ["name", "email", "password", "delete"])
def test_strangers_are_sent_to_sign_in(app: Flask, path: str) -> None:
    answer = app.test_client().get(f"/account/{path}")

    assert answer.location == f"/sign-in?next=/account/{path}"


def test_another_address_needs_a_fresh_session(app: Flask, clock: FrozenClock) -> None:
    client = sign_up(app)
    form = client.get("/account/email").text
    clock.advance(days=1)

    assert client.get("/account/email").location == "/confirm-password?next=/account/email"
    answer = client.post(
        "/account/email", data={"email": "eve@example.com", "csrf_token": token_in(form)}
    )
    assert answer.location == "/confirm-password"
