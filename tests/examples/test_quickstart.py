"""The quickstart's pages and forms, without a browser."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from flask import Flask

from examples.quickstart.extensions import auth
from examples.quickstart.words import describe_device
from flask_pyauth.testing import captured_outbox, login_client
from pyauth.testing import FrozenClock
from tests.examples.conftest import FORM, make_app, send, sign_up

ROOT = Path(__file__).parents[2]


def test_sign_up_leads_to_the_account(app: Flask) -> None:
    client = app.test_client()

    answer = send(client, "/sign-up", FORM)

    assert answer.location == "/account"
    page = client.get("/account").text
    assert "ada@example.com" in page
    assert "Not confirmed" in page


def test_the_mailed_link_confirms_the_address(app: Flask) -> None:
    client = app.test_client()
    with captured_outbox(app) as outbox:
        send(client, "/sign-up", FORM)
    (mail,) = outbox.deliveries

    answer = client.get(mail.payload["url"])

    assert answer.location == "/email-verified"
    assert "Your address is confirmed" in client.get(answer.location).text
    assert ">Confirmed<" in client.get("/account").text


def test_a_link_that_was_altered_is_explained(app: Flask) -> None:
    answer = app.test_client().get("/email-verified?error=INVALID_TOKEN")

    assert answer.status_code == 400
    assert "incomplete or was altered" in answer.text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": " "}, "Enter your name."),
        ({"email": "nonsense"}, "Enter an e-mail address such as"),
        ({"password": "short"}, "Use at least 8 characters."),
        ({"password": ""}, "Use at least 8 characters."),
        ({"password": "x" * 200}, "Use at most 128 characters."),
        ({"email": "taken@example.com"}, "There is already an account with this address."),
    ],
)
def test_mistakes_are_explained_and_the_rest_is_kept(
    app: Flask, changes: dict[str, str], words: str
) -> None:
    login_client(app, {"email": "taken@example.com"})
    form = {**FORM, **changes}

    answer = send(app.test_client(), "/sign-up", form)

    assert 400 <= answer.status_code < 500
    assert words in answer.text
    assert f'value="{form["email"]}"' in answer.text
    if form["password"]:
        assert form["password"] not in answer.text


def test_what_people_type_is_escaped(app: Flask) -> None:
    answer = send(app.test_client(), "/sign-up", {**FORM, "name": '"><script>', "email": "x"})

    assert "<script>" not in answer.text


def test_sign_in_leads_back_to_the_page_but_never_elsewhere(app: Flask) -> None:
    send(app.test_client(), "/sign-up", FORM)
    here = send(app.test_client(), "/sign-in?next=/account", FORM)
    elsewhere = send(app.test_client(), "/sign-in?next=//evil.example", FORM)

    assert here.location == "/account"
    assert elsewhere.location == "/account"


def test_too_many_attempts_are_explained(tmp_path: Path) -> None:
    app = make_app(tmp_path, PYAUTH_RATE_LIMIT={"enabled": True})
    client = app.test_client()

    answers = [send(client, "/sign-in", FORM) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert "Too many attempts" in answers[-1].text
    auth.for_app(app).close()


def test_forms_of_other_sites_are_refused(app: Flask) -> None:
    client = login_client(app)

    answer = client.post("/sign-out")

    assert answer.status_code == 400
    assert "This form has expired" in answer.text
    assert client.get("/account").status_code == 200


def test_a_session_is_ended_by_its_id_and_its_token_is_never_shown(app: Flask) -> None:
    client = login_client(app)
    (user,) = auth.for_app(app).context.users.list()
    other = login_client(app, user)
    sessions = auth.for_app(app).context.sessions.list()
    page = client.get("/account").text
    (path,) = re.findall(r'action="(/account/sessions/\w+/end)"', page)

    answer = send(client, path, {}, page="/account")

    assert answer.location == "/account"
    assert other.get("/account").location.startswith("/sign-in")
    assert client.get("/account").status_code == 200
    assert not [session for session in sessions if session.token in page]


def test_somebody_elses_session_cannot_be_ended(app: Flask) -> None:
    client, other = login_client(app), login_client(app, {"email": "b@example.com"})
    other_id = other.get("/api/auth/get-session").json["session"]["id"]  # type: ignore[index]

    send(client, f"/account/sessions/{other_id}/end", {}, page="/account")

    assert other.get("/account").status_code == 200


def test_an_old_session_has_to_give_the_password_again(app: Flask, clock: FrozenClock) -> None:
    client = sign_up(app)
    (old,) = auth.for_app(app).context.sessions.list()
    clock.advance(days=1)

    assert client.get("/account").location == "/confirm-password?next=/account"
    wrong = send(client, "/confirm-password?next=/account", {"password": "wrong password"})
    right = send(client, "/confirm-password?next=/account", {"password": FORM["password"]})

    assert (wrong.status_code, "That is not your password." in wrong.text) == (401, True)
    assert right.location == "/account"
    (new,) = auth.for_app(app).context.sessions.list()
    assert new.token != old.token


def test_pages_are_neither_cached_nor_framed_and_load_nothing_foreign(app: Flask) -> None:
    answer = app.test_client().get("/")

    assert answer.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', answer.text)


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; rv:144.0) Gecko Firefox/144.0", "Firefox on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) Version/19.0 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (X11; Linux) Chrome/142.0 Safari/537.36 Edg/142.0", "Edge on Linux"),
        ("curl/8.5.0", "curl"),
        ("", "Unknown device"),
        (None, "Unknown device"),
    ],
)
def test_devices_have_names_that_people_know(user_agent: str | None, words: str) -> None:
    assert describe_device(user_agent) == words


@pytest.mark.server
def test_it_starts_with_one_command(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "PORT": str(port),
        "FLASK_PYAUTH_DATABASE": f"sqlite:///{tmp_path}/site.sqlite3",
    }
    server = subprocess.Popen(
        [sys.executable, "-m", "examples.quickstart"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert "Accounts, ready to use" in read_when_ready(f"http://127.0.0.1:{port}/")
        assert server.stdout is not None
        assert f"http://127.0.0.1:{port}" in server.stdout.readline()
    finally:
        server.terminate()
        server.communicate(timeout=10)


def read_when_ready(url: str) -> str:
    deadline = monotonic() + 20
    while True:
        try:
            with urlopen(url, timeout=5) as answer:
                text: str = answer.read().decode()
                return text
        except URLError:
            if monotonic() > deadline:
                raise
            sleep(0.1)
