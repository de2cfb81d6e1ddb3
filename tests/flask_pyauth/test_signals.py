"""Signals tell what happened, once it has."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from blinker import NamedSignal
from flask import Flask
from werkzeug.security import generate_password_hash

from flask_pyauth import (
    FlaskPyAuth,
    email_changed,
    email_verified,
    password_changed,
    session_revoked,
    user_deleted,
    user_signed_in,
    user_signed_out,
    user_signed_up,
    user_updated,
)
from flask_pyauth.testing import login_client
from pyauth import APIError, DatabaseEvent, error_codes
from pyauth.http.call import Call
from pyauth.plugin import Contributions, Plugin, endpoint
from tests.flask_pyauth.conftest import ADA, ORIGIN, json_of
from tests.support.app import FrozenClock, Outbox
from tests.support.watched import WatchedAdapter

SIGNALS = [
    email_changed,
    email_verified,
    password_changed,
    session_revoked,
    user_deleted,
    user_signed_in,
    user_signed_out,
    user_signed_up,
    user_updated,
]
CREDENTIALS = {"email": ADA["email"], "password": ADA["password"]}
NewAuth = Callable[..., FlaskPyAuth]


class Staff(Plugin):
    """Lets a user change himself and others, and end the sessions of others."""

    id = "staff"

    def contribute(self) -> Contributions:
        return Contributions(endpoints=[invite, rename, rename_others, throw_out])


@endpoint("POST", "/invite", starts_session=True)
def invite(call: Call) -> None:
    user = call.context.users.create({"name": "", "email": "ada@example.com"})
    assert user is not None
    call.context.users.update(user.id, {"name": "Ada"})


@endpoint("POST", "/rename")
def rename(call: Call) -> None:
    call.context.users.update(call.get_session().user.id, {"name": "Grace"})


@endpoint("POST", "/rename-others")
def rename_others(call: Call) -> None:
    mine = call.get_session().user.id
    for user in call.context.users.list():
        if user.id != mine:
            call.context.users.update(user.id, {"name": "Nobody"})


@endpoint("POST", "/throw-out")
def throw_out(call: Call) -> None:
    mine = call.get_session().user.id
    for session in call.context.sessions.list():
        if session.user_id != mine:
            call.context.sessions.delete(session.token)


class Receiver:
    """Keeps what signals tell."""

    def __init__(self) -> None:
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.senders: set[object] = set()

    def connect(self, signal: NamedSignal) -> Callable[..., None]:
        def receive(sender: object, **extra: Any) -> None:
            self.senders.add(sender)
            self.told.append((signal.name.removeprefix("pyauth-"), extra))

        signal.connect(receive)
        return receive

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.told]

    def clear(self) -> None:
        self.told.clear()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    connected = [(signal, receiver.connect(signal)) for signal in SIGNALS]
    yield receiver
    for signal, function in connected:
        signal.disconnect(function)


def make_app(auth: FlaskPyAuth) -> Flask:
    app = Flask("site")
    app.testing = True
    auth.init_app(app)
    return app


def post(client: Any, path: str, body: dict[str, Any] | None = None) -> Any:
    return client.post(f"/api/auth{path}", json=body or {}, headers=ORIGIN)


def test_sign_up_tells_of_the_user_and_of_his_session(
    app: Flask, auth: FlaskPyAuth, receiver: Receiver
) -> None:
    user_id = json_of(post(app.test_client(), "/sign-up/email", ADA))["user"]["id"]

    assert receiver.names == ["user-signed-up", "user-signed-in"]
    assert receiver.senders == {app}
    for _, extra in receiver.told:
        assert extra["auth"] is auth
        assert extra["user"].id == user_id
        assert extra["session"].user_id == user_id


def test_a_call_in_process_tells_the_same(
    app: Flask, auth: FlaskPyAuth, receiver: Receiver
) -> None:
    with app.app_context():
        auth.api.sign_up_email(body=ADA)

    assert receiver.names == ["user-signed-up", "user-signed-in"]


def test_sign_up_without_a_session_says_so(new_auth: NewAuth, receiver: Receiver) -> None:
    app = make_app(new_auth(email_and_password={"enabled": True, "auto_sign_in": False}))

    post(app.test_client(), "/sign-up/email", ADA)

    ((name, extra),) = receiver.told
    assert (name, extra["session"]) == ("user-signed-up", None)


def test_a_taken_address_that_is_hidden_makes_nobody(new_auth: NewAuth, receiver: Receiver) -> None:
    app = make_app(new_auth(email_and_password={"enabled": True, "auto_sign_in": False}))
    post(app.test_client(), "/sign-up/email", ADA)
    receiver.clear()

    answer = post(app.test_client(), "/sign-up/email", ADA)

    assert answer.status_code == 200
    assert receiver.told == []


def test_a_user_made_by_the_apps_own_code_has_not_signed_up(
    app: Flask, auth: FlaskPyAuth, receiver: Receiver
) -> None:
    login_client(app)

    assert receiver.told == []


def test_sign_in_tells_of_the_session(app: Flask, receiver: Receiver) -> None:
    post(app.test_client(), "/sign-up/email", ADA)
    receiver.clear()

    post(app.test_client(), "/sign-in/email", CREDENTIALS)

    assert receiver.names == ["user-signed-in"]


def test_a_refused_sign_in_tells_nothing(app: Flask, receiver: Receiver) -> None:
    post(app.test_client(), "/sign-up/email", ADA)
    receiver.clear()

    post(app.test_client(), "/sign-in/email", {**CREDENTIALS, "password": "wrong password"})

    assert receiver.told == []


def test_sign_out_tells_of_the_session_that_ended(app: Flask, receiver: Receiver) -> None:
    client = login_client(app, {"name": "Ada"})
    session_id = json_of(client.get("/api/auth/get-session"))["session"]["id"]

    post(client, "/sign-out")

    ((name, extra),) = receiver.told
    assert name == "user-signed-out"
    assert (extra["user"].name, extra["session"].id) == ("Ada", session_id)


def test_sign_out_of_nobody_tells_nothing(app: Flask, receiver: Receiver) -> None:
    post(app.test_client(), "/sign-out")

    assert receiver.told == []


def test_every_revoked_session_is_told(app: Flask, auth: FlaskPyAuth, receiver: Receiver) -> None:
    client = login_client(app)
    context = auth.for_app(app).context
    (user,) = context.users.list()
    others = [login_client(app, user) for _ in range(2)]

    post(client, "/revoke-other-sessions")

    assert receiver.names == ["session-revoked"] * 2
    assert {extra["user"].id for _, extra in receiver.told} == {user.id}
    assert all(other.get("/api/auth/get-session").json is None for other in others)


def test_revoking_a_session_that_is_somebody_elses_tells_nothing(
    app: Flask, auth: FlaskPyAuth, receiver: Receiver
) -> None:
    client = login_client(app)
    login_client(app, {"email": "other@example.com"})
    mine = json_of(client.get("/api/auth/get-session"))["session"]["id"]
    sessions = auth.for_app(app).context.sessions.list()
    (foreign,) = [session for session in sessions if session.id != mine]

    post(client, "/revoke-session", {"token": foreign.token})

    assert receiver.told == []


def test_changing_a_session_opens_none(new_auth: NewAuth, receiver: Receiver) -> None:
    fields = {"theme": {"type": "string", "required": False}}
    app = make_app(new_auth(session={"additional_fields": fields}))
    client = login_client(app)

    answer = post(client, "/update-session", {"theme": "dark"})

    assert answer.status_code == 200
    assert receiver.told == []


def test_an_expired_session_that_is_swept_was_not_revoked(
    app: Flask, receiver: Receiver, clock: FrozenClock
) -> None:
    client = login_client(app)
    clock.advance(days=8)

    assert client.get("/api/auth/get-session").json is None
    assert receiver.told == []


def test_a_verified_address_is_told_once(
    new_auth: NewAuth, receiver: Receiver, outbox: Outbox
) -> None:
    app = make_app(
        new_auth(email_verification={"send_verification_email": outbox, "send_on_sign_up": True})
    )
    client = app.test_client()
    post(client, "/sign-up/email", ADA)
    receiver.clear()
    link = outbox.last.url.partition("?")[2]

    for _ in range(2):
        client.get(f"/api/auth/verify-email?{link}")

    assert receiver.names == ["email-verified", "user-updated"]
    for _, extra in receiver.told:
        assert extra["user"].email_verified
        assert extra["session"] is None


def test_a_write_that_is_rolled_back_is_not_told(
    new_auth: NewAuth, receiver: Receiver, database: WatchedAdapter
) -> None:
    def stop(event: DatabaseEvent) -> bool:
        return False

    app = make_app(new_auth(database_hooks={"session": {"create": {"before": stop}}}))

    answer = post(app.test_client(), "/sign-up/email", ADA)

    assert json_of(answer)["code"] == "FAILED_TO_CREATE_SESSION"
    assert receiver.told == []


def test_the_user_of_a_revoked_session_is_its_owner(new_auth: NewAuth, receiver: Receiver) -> None:
    app = make_app(new_auth(plugins=[Staff()]))
    client = login_client(app, {"name": "Root"})
    login_client(app, {"name": "Ada", "email": "ada@example.com"})

    post(client, "/throw-out")

    ((name, extra),) = receiver.told
    assert (name, extra["user"].name) == ("session-revoked", "Ada")


def test_another_change_to_a_user_verifies_nothing(new_auth: NewAuth, receiver: Receiver) -> None:
    app = make_app(new_auth(plugins=[Staff()]))

    answer = post(login_client(app), "/rename")

    assert answer.status_code == 200
    assert receiver.names == ["user-updated"]


def test_a_changed_user_is_told_with_his_session(app: Flask, receiver: Receiver) -> None:
    client = login_client(app, {"name": "Ada"})
    session_id = json_of(client.get("/api/auth/get-session"))["session"]["id"]

    post(client, "/update-user", {"name": "Countess"})

    ((name, extra),) = receiver.told
    assert name == "user-updated"
    assert (extra["user"].name, extra["session"].id) == ("Countess", session_id)


def test_a_user_who_is_new_has_not_changed(new_auth: NewAuth, receiver: Receiver) -> None:
    app = make_app(new_auth(plugins=[Staff()]))

    assert post(app.test_client(), "/invite").status_code == 200

    assert receiver.names == ["user-signed-up"]


def test_a_user_who_moves_is_told_with_his_new_address(
    new_auth: NewAuth, receiver: Receiver, outbox: Outbox
) -> None:
    app = make_app(
        new_auth(
            email_verification={"send_verification_email": outbox},
            user={"change_email": {"enabled": True}},
        )
    )
    client = login_client(app)

    post(client, "/change-email", {"newEmail": "countess@example.com"})
    assert receiver.told == []
    client.get(outbox.last.url)

    assert receiver.names == ["email-changed", "email-verified", "user-updated"]
    assert {extra["user"].email for _, extra in receiver.told} == {"countess@example.com"}


@pytest.fixture
def with_password(new_auth: NewAuth, receiver: Receiver, outbox: Outbox) -> Any:
    """Return an app and the client of a user who has a password, after he has signed up."""
    app = make_app(new_auth(email_and_password={"enabled": True, "send_reset_password": outbox}))
    client = app.test_client()
    post(client, "/sign-up/email", ADA)
    receiver.clear()
    return app, client


CHANGE = {"currentPassword": ADA["password"], "newPassword": "battery staple"}


def test_a_changed_password_is_told(with_password: Any, receiver: Receiver) -> None:
    _, client = with_password

    assert post(client, "/change-password", CHANGE).status_code == 200

    ((name, extra),) = receiver.told
    assert name == "password-changed"
    assert extra["user"].email == ADA["email"]
    assert extra["session"].user_id == extra["user"].id


def test_a_changed_password_that_ends_sessions_tells_of_them_too(
    with_password: Any, receiver: Receiver
) -> None:
    _, client = with_password

    post(client, "/change-password", {**CHANGE, "revokeOtherSessions": True})

    assert receiver.names == ["password-changed", "user-signed-in", "session-revoked"]


def test_a_password_that_was_reset_is_told_without_a_session(
    with_password: Any, receiver: Receiver, outbox: Outbox
) -> None:
    app, client = with_password
    post(client, "/request-password-reset", {"email": ADA["email"]})
    assert receiver.told == []

    body = {"newPassword": "battery staple", "token": outbox.last.token}
    assert post(app.test_client(), "/reset-password", body).status_code == 200

    ((name, extra),) = receiver.told
    assert name == "password-changed"
    assert (extra["user"].email, extra["session"]) == (ADA["email"], None)


def test_a_first_password_is_told(app: Flask, auth: FlaskPyAuth, receiver: Receiver) -> None:
    client = login_client(app)
    token = client.get_cookie("better-auth.session_token")
    assert token is not None
    headers = {"Cookie": f"{token.key}={token.value}"}

    with app.app_context():
        auth.api.set_password(body={"new_password": "battery staple"}, headers=headers)

    assert receiver.names == ["password-changed"]


@pytest.mark.parametrize(
    ("path", "body"),
    [("/sign-in/email", CREDENTIALS), ("/verify-password", {"password": ADA["password"]})],
)
def test_a_hash_that_is_made_anew_is_no_new_password(
    with_password: Any, receiver: Receiver, path: str, body: dict[str, str]
) -> None:
    app, client = with_password
    context = app.extensions["pyauth"]["default"].auth.context
    (account,) = context.accounts.list()
    old = generate_password_hash(ADA["password"], method="pbkdf2:sha256:1000")
    context.accounts.update_password(account.user_id, old)

    assert post(client, path, body).status_code == 200

    assert context.accounts.list()[0].password != old
    assert "password-changed" not in receiver.names


def test_a_refused_password_is_not_told(with_password: Any, receiver: Receiver) -> None:
    _, client = with_password

    post(client, "/change-password", {**CHANGE, "currentPassword": "wrong password"})

    assert receiver.told == []


def test_a_user_who_left_is_told_after_his_sessions(new_auth: NewAuth, receiver: Receiver) -> None:
    app = make_app(new_auth(user={"delete_user": {"enabled": True}}))
    client = login_client(app, {"name": "Ada"})
    (user,) = app.extensions["pyauth"]["default"].auth.context.users.list()
    login_client(app, user)

    post(client, "/delete-user")

    assert receiver.names == ["session-revoked", "session-revoked", "user-deleted"]
    assert {extra["user"].name for _, extra in receiver.told} == {"Ada"}
    assert receiver.told[-1][1]["session"] is None


def test_somebody_elses_session_is_not_handed_on(new_auth: NewAuth, receiver: Receiver) -> None:
    app = make_app(new_auth(plugins=[Staff()]))
    login_client(app, {"email": "ada@example.com"})

    post(login_client(app, {"name": "Root"}), "/rename-others")

    ((name, extra),) = receiver.told
    assert name == "user-updated"
    assert (extra["user"].email, extra["session"]) == ("ada@example.com", None)


def test_a_call_that_is_refused_in_the_end_tells_nothing(
    new_auth: NewAuth, receiver: Receiver
) -> None:
    def refuse(call: Call) -> None:
        raise APIError(error_codes.UNAUTHORIZED)

    app = make_app(new_auth(hooks={"after": refuse}))

    answer = post(app.test_client(), "/sign-up/email", ADA)

    assert answer.status_code == 401
    assert receiver.told == []


def test_a_session_that_a_hook_takes_back_was_never_there(
    new_auth: NewAuth, receiver: Receiver
) -> None:
    def take_back(call: Call) -> None:
        if call.new_session is not None:
            call.context.sessions.delete(call.new_session.session.token)
            call.new_session = None

    app = make_app(new_auth(hooks={"after": take_back}))

    post(app.test_client(), "/sign-up/email", ADA)

    assert receiver.names == ["user-signed-up"]


def test_fields_that_change_on_their_way_out_do_not_confuse_it(
    new_auth: NewAuth, receiver: Receiver
) -> None:
    loud = {"theme": {"type": "string", "default": "dark", "transform_output": str.upper}}
    app = make_app(
        new_auth(
            session={"additional_fields": loud},
            user={"additional_fields": {**loud, "theme": {**loud["theme"], "required": False}}},
        )
    )

    post(app.test_client(), "/sign-up/email", ADA)

    assert receiver.names == ["user-signed-up", "user-signed-in"]
    for _, extra in receiver.told:
        assert (extra["user"].theme, extra["session"].theme) == ("DARK", "DARK")


def test_a_receiver_that_fails_changes_nothing_for_others(
    app: Flask, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    @user_signed_in.connect
    def fail(sender: object, **extra: Any) -> None:
        raise RuntimeError("no mail today")

    with caplog.at_level(logging.ERROR):
        answer = post(app.test_client(), "/sign-up/email", ADA)

    assert answer.status_code == 200
    assert receiver.names == ["user-signed-up", "user-signed-in"]
    assert "a receiver of the signal pyauth-user-signed-in failed" in caplog.text


def test_a_receiver_may_ask_for_one_app_only(app: Flask, new_auth: NewAuth) -> None:
    told: list[object] = []

    def note(sender: object, **extra: Any) -> None:
        told.append(sender)

    other = Flask("other")
    other.testing = True
    new_auth().init_app(other)
    user_signed_up.connect(note, sender=other)

    post(app.test_client(), "/sign-up/email", ADA)
    assert told == []
    post(other.test_client(), "/sign-up/email", {**ADA, "email": "b@example.com"})
    assert told == [other]


def test_a_muted_signal_is_not_sent(app: Flask, receiver: Receiver) -> None:
    with user_signed_up.muted(), user_signed_in.muted():
        post(app.test_client(), "/sign-up/email", ADA)

    assert receiver.told == []


def test_nobody_listening_costs_no_query(app: Flask, database: WatchedAdapter) -> None:
    client = login_client(app)
    database.forget()

    post(client, "/sign-out")

    assert not [statement for statement in database.statements if "user" in statement]
