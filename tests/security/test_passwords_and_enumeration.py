"""Passwords that reach the hash, accounts that cannot be told apart, secrets that show nowhere."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from sqlalchemy import text

from pyauth import APIError, Contributions, Plugin
from pyauth.db.sqlalchemy import SQLAlchemyAdapter
from pyauth.http import Call
from pyauth.http.hooks import AfterHook
from tests.security.conftest import NewWorld
from tests.security.world import (
    ENDPOINTS,
    NEW_PASSWORD,
    PASSWORD,
    ROUTES,
    WRITING,
    Attempt,
    Person,
    World,
)
from tests.support.app import SECRET, Answer, Visitor, token_of

# Lengths and spellings ----------------------------------------------------------------------------


def password_fields() -> list[tuple[str, str]]:
    """Return every route with a field that holds a password, by their wire name."""
    return [
        (item.name, wire)
        for item in ENDPOINTS
        if item.path is not None and item.body_shape is not None
        for wire, name in item.body_shape.names_by_wire.items()
        if name == "password" or name.endswith("_password")
    ]


SETTING = [
    (name, field)
    for name, field in password_fields()
    if field == "newPassword" or name == "sign_up_email"
]
"""Where one is set."""


@pytest.mark.parametrize(("name", "field"), password_fields())
def test_a_megabyte_of_password_reaches_no_hash(new_world: NewWorld, name: str, field: str) -> None:
    world = new_world()
    person = world.person()
    attempt = world.attempt(name, person)
    before = world.everything()
    for password in ("x" * 1_000_000, "\U0001f600" * 250_000, "a" + "\u0301" * 500_000):
        answer = world.send(person.visitor, attempt, json={**(attempt.body or {}), field: password})
        assert 400 <= answer.status < 500
    assert world.passwords.longest < 5000
    assert world.everything() == before


@pytest.mark.parametrize(("name", "field"), SETTING)
def test_limits_hold_wherever_a_password_is_set(new_world: NewWorld, name: str, field: str) -> None:
    world = new_world()
    person = world.person()
    attempt = world.attempt(name, person)
    before, hashed = world.everything(), world.passwords.work.count("hash")
    for password, code in (
        ("1234567", "PASSWORD_TOO_SHORT"),
        ("x" * 129, "PASSWORD_TOO_LONG"),
        ("\U0001f600" * 65, "PASSWORD_TOO_LONG"),
    ):
        answer = world.send(person.visitor, attempt, json={**(attempt.body or {}), field: password})
        assert answer.refusal == (400, code)
    assert world.everything() == before
    assert world.passwords.work.count("hash") == hashed


def test_limits_hold_in_process_where_there_is_no_route(new_world: NewWorld) -> None:
    world = new_world()
    person = world.person()
    world.auth.context.accounts.delete_of_user(person.id)
    visitor = Visitor(world.auth, door="api")
    visitor.cookies = dict(person.visitor.cookies)
    for password, code in (("1234567", "PASSWORD_TOO_SHORT"), ("x" * 129, "PASSWORD_TOO_LONG")):
        assert visitor.call("set_password", {"new_password": password}).refusal == (400, code)
    assert world.everything()["account"] == {}


TYPED, STORED = "e\u0301l\u00e8ve \ufb01nal \u212b", "\u00e9l\u00e8ve final \u00c5"
"""One password as two keyboards send it: composed or not, with ligatures and signs for letters."""


@pytest.mark.parametrize(("name", "field"), SETTING)
def test_a_password_is_the_same_in_every_unicode_form(
    new_world: NewWorld, name: str, field: str
) -> None:
    world = new_world()
    person = world.person()
    attempt = world.attempt(name, person)
    body = {**(attempt.body or {}), field: TYPED}
    assert world.send(person.visitor, attempt, json=body).status == 200
    email = body.get("email", person.email) if name == "sign_up_email" else person.email
    browser = world.visitor()
    assert world.sign_in(browser, email, STORED).status == 200
    assert browser.post("/verify-password", {"password": STORED}).status == 200
    assert world.sign_in(world.visitor(), email, STORED.upper()).status == 401


# Equal work ---------------------------------------------------------------------------------------


def kinds(world: World) -> dict[str, str]:
    """Return addresses of every kind of account, and of none; all are equally long."""
    person, verified, bare = world.person(), world.person(), world.person()
    world.auth.context.users.update(verified.id, {"email_verified": True})
    world.auth.context.accounts.delete_of_user(bare.id)
    return {
        "known": person.email,
        "verified": verified.email,
        "without password": bare.email,
        "unknown": "p9999@example.com",
    }


ASKING: dict[str, tuple[str, Mapping[str, Any]]] = {
    "/sign-in/email": ("email", {"password": "wrong horse battery"}),
    "/request-password-reset": ("email", {}),
    "/send-verification-email": ("email", {}),
    "/change-email": ("newEmail", {}),
}


@pytest.mark.parametrize("path", ASKING)
@pytest.mark.parametrize("kept", ["rows", "cached", "stored", "mirrored"])
def test_no_account_can_be_told_from_another_or_from_none(
    new_world: NewWorld, path: str, kept: str
) -> None:
    """Status, body, headers; hashes, statements and steps of the storage, which take the time."""
    field, body = ASKING[path]
    seen: dict[str, Any] = {}
    for kind in ("known", "verified", "without password", "unknown"):
        world = new_world(kept=kept)
        addresses = kinds(world)
        visitor = world.person().visitor if path == "/change-email" else world.visitor()
        world.auth.context.verifications.find_latest("nobody's")  # sweeps, as once a minute
        world.adapter.forget()
        world.passwords.work.clear()
        if kept in {"stored", "mirrored"}:
            world.storage.asked.clear()
        answer = visitor.post(path, {field: addresses[kind], **body})
        seen[kind] = (
            answer.status,
            answer.text.replace(addresses[kind], "<address>"),
            sorted((key, _named(key, value)) for key, value in answer.headers.items()),
            list(world.passwords.work),
            # A commit stands for the writes before it.
            len([item for item in world.adapter.statements if item != "commit"]),
            list(world.storage.asked) if kept in {"stored", "mirrored"} else [],
        )
    assert seen == dict.fromkeys(seen, seen["unknown"])


def _named(header: str, value: str) -> str:
    """Return what may differ of no header; of a cookie, that is its name."""
    return value.partition("=")[0] if header == "Set-Cookie" else value


HIDING: list[dict[str, Any]] = [{"require_email_verification": True}, {"auto_sign_in": False}]
MORE: dict[str, Any] = {
    "plan": {"type": "string", "default_value": "free", "input": False},
    "motto": {"type": "string", "required": False},
    "note": {"type": "string", "required": False, "returned": False},
    "born": {"type": "date", "required": False},
}


@pytest.mark.parametrize("hiding", HIDING, ids=str)
@pytest.mark.parametrize("kept", ["rows", "stored"])
def test_a_sign_up_with_a_taken_address_looks_and_costs_as_with_a_free_one(
    new_world: NewWorld, hiding: dict[str, Any], kept: str
) -> None:
    world = new_world(
        kept=kept,
        email_and_password={"enabled": True, **hiding},
        user={"additional_fields": MORE},
    )
    body = {"name": "Eve", "password": PASSWORD, "motto": "I came", "note": "secret"}
    seen = {}
    for kind, email in (("free", "eve@example.com"), ("taken", "eve@example.com")):
        world.passwords.work.clear()
        rows = world.everything()
        answer = world.visitor().post("/sign-up/email", {**body, "email": email})
        assert answer.set_cookies == []
        user = answer.json["user"]
        seen[kind] = (
            answer.status,
            answer.json["token"],
            [*answer.json, *user],
            {name: type(value) for name, value in user.items()},
            {name: value for name, value in user.items() if name not in VARYING},
            len(user["id"]),
            list(world.passwords.work),
            sorted(name for name, _ in answer.headers),
        )
        if kind == "taken":
            after = world.everything()
            assert {**after, "mails": 0} == {**rows, "mails": 0}
    assert seen["free"] == seen["taken"]


VARYING = {"id", "createdAt", "updatedAt"}


# Secrets show nowhere -----------------------------------------------------------------------------


class Spy(Plugin):
    """Keeps what the things of a call look like when somebody prints them."""

    id = "spy"

    def __init__(self) -> None:
        self.printed: list[str] = []

    def contribute(self) -> Contributions:
        return Contributions(after=[AfterHook(self._print)])

    def _print(self, call: Call) -> None:
        for thing in (
            call,
            call.context,
            call.outcome,
            call.outcome.result,
            call.outcome.error,
            call.new_session,
            call.current_session,
            call.current_user,
            call.request_info,
            call.endpoint,
            call.context.options,
            call.context.keys,
            call.context.session_manager,
            call.context.adapter,
            call.context.secondary_storage,
        ):
            self.printed.append(f"{thing!r} {thing}")


def secrets_of(world: World, person: Person) -> set[str]:
    """Return everything that proves something, as the store and the mails have it."""
    rows = world.everything()
    hashes = {row["password"] for row in rows["account"].values() if row["password"]}
    tokens = {mail.token for mail in world.outbox.sent}
    return {PASSWORD, NEW_PASSWORD, SECRET, *hashes, *tokens, "access-token-of-the-provider"}


def session_secrets(visitors: list[Visitor]) -> set[str]:
    """Return the tokens and signed cookies of browsers."""
    found = set()
    for visitor in visitors:
        found |= {value for value in visitor.cookies.values() if len(value) > 20}
        if "better-auth.session_token" in visitor.cookies:
            found.add(token_of(visitor))
    return found


def leaks(secrets: set[str], written: str) -> list[str]:
    """Return the secrets that a text shows."""
    return [secret for secret in secrets if secret in written]


SHOWS_TOKEN = {"request_password_reset_callback"}
"""Its redirect hands the mailed token on to the page that needs it."""
SHOWS_SESSION = {
    "sign_up_email", "sign_in_email", "get_session", "list_sessions", "change_password",
    "update_session",
}  # fmt: skip
"""Routes whose body names a session's token, to its own user alone: the contract."""


def whole(answer: Answer) -> str:
    """Return everything of an answer but the cookies that it sets and the bearer token."""
    headers = [
        f"{name}: {value}"
        for name, value in answer.headers.items()
        if name.lower() not in {"set-cookie", "set-auth-token"}
    ]
    return "\n".join([*headers, answer.text])


@pytest.mark.parametrize("kept", ["cached", "stored"])
@pytest.mark.parametrize("name", ROUTES)
def test_no_answer_log_line_or_repr_shows_a_secret(
    new_world: NewWorld, name: str, kept: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    spy = Spy()
    world = new_world(kept=kept, plugins=[spy])
    person, bystander = world.person(), world.person()
    attempt = world.attempt(name, person)
    secrets = secrets_of(world, person)
    strangers = session_secrets([bystander.visitor, bystander.other])
    own = session_secrets([person.visitor, person.other])
    held = dict(person.visitor.cookies)
    wrong = {"token": "x" * 30, "password": "wrong horse battery", "currentPassword": "wrong horse"}
    answers = [
        world.send(world.visitor(), attempt, json={**(attempt.body or {}), **wrong}),
        world.send(person.visitor, attempt, json={**(attempt.body or {}), **wrong}),
    ]
    person.visitor.cookies = held
    answers.append(world.send(person.visitor, attempt))
    answers.append(world.send(world.visitor(), attempt))
    secrets |= secrets_of(world, person)
    for answer in answers:
        shown = whole(answer)
        assert leaks(strangers, shown) == []
        if name not in SHOWS_TOKEN:
            assert leaks(secrets, shown) == []
        if name not in SHOWS_SESSION:
            assert leaks(own, shown) == []
    printed = "\n".join([*spy.printed, caplog.text, repr(world.auth), str(world.auth)])
    assert spy.printed or name in {"error"}
    assert leaks(secrets | strangers | own | {"wrong horse"}, printed) == []


@pytest.mark.parametrize("name", WRITING)
def test_no_input_shows_a_secret_when_it_is_printed(new_world: NewWorld, name: str) -> None:
    world = new_world()
    person = world.person()
    attempt = world.attempt(name, person)
    endpoint = attempt.endpoint
    for model, shape, values in (
        (endpoint.body, endpoint.body_shape, attempt.body),
        (endpoint.query, endpoint.query_shape, attempt.query),
    ):
        if model is None or shape is None:
            continue
        given = {shape.names_by_wire.get(key, key): item for key, item in (values or {}).items()}
        shown = repr(model.model_validate(given))
        assert leaks(secrets_of(world, person) | session_secrets([person.other]), shown) == []


def failing(world: World, attempt: Attempt, person: Person) -> Iterator[Answer]:
    """Yield what a route answers while each table in turn is gone."""
    adapter = world.adapter.inner
    assert isinstance(adapter, SQLAlchemyAdapter)
    held = dict(person.visitor.cookies)
    for model in ("user", "session", "account", "verification"):
        table = world.auth.context.schema.model(model).table
        with adapter.engine.begin() as connection:
            connection.execute(text(f"ALTER TABLE {table} RENAME TO hidden"))
        person.visitor.cookies = dict(held)
        yield world.send(person.visitor, attempt)
        with adapter.engine.begin() as connection:
            connection.execute(text(f"ALTER TABLE hidden RENAME TO {table}"))


@pytest.mark.parametrize("name", ROUTES)
def test_an_error_of_the_database_shows_no_secret_and_no_statement(
    new_world: NewWorld, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "pyauth")
    world = new_world(database="sqlite")
    person = world.person()
    attempt = world.attempt(name, person)
    secrets = secrets_of(world, person) | session_secrets([person.visitor, person.other])
    for answer in failing(world, attempt, person):
        if answer.status >= 500:
            shown = whole(answer).lower()
            for word in ("select", "insert", "update ", "delete from", "sqlite", "traceback"):
                assert word not in shown
            assert leaks(secrets, whole(answer)) == []
    assert leaks(secrets, caplog.text) == []
    assert "[parameters:" not in caplog.text


def test_a_sender_that_fails_puts_no_link_into_the_log(
    new_world: NewWorld, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    tokens: list[str] = []

    def send(event: Any) -> None:
        tokens.append(event.token)
        raise RuntimeError(f"could not deliver {event.url}")

    world = new_world(
        email_and_password={"enabled": True, "send_reset_password": send},
        email_verification={"send_verification_email": send},
        user={"delete_user": {"enabled": True, "send_delete_account_verification": send}},
    )
    person = world.person()
    for path, body in (
        ("/request-password-reset", {"email": person.email}),
        ("/send-verification-email", {"email": person.email}),
        ("/delete-user", {}),
    ):
        assert person.visitor.post(path, body).status == 200
    assert len(tokens) == 3
    assert caplog.text.count("RuntimeError") == 3, "each failure is logged once"
    assert leaks(set(tokens), caplog.text) == []


def test_a_refusal_shows_no_evidence(new_world: NewWorld) -> None:
    world = new_world()
    person = world.person()
    with pytest.raises(APIError) as caught:
        world.auth.api.sign_in_email(body={"email": person.email, "password": "wrong horse one"})
    assert "wrong horse" not in f"{caught.value!r} {caught.value}"
