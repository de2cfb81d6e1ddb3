"""What comes in by HTTP: none of it makes a 5xx, reaches a driver or means more than it says."""

import json
import logging
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from pyauth import codec
from tests.security.conftest import NewWorld
from tests.security.world import (
    ENDPOINTS,
    PASSWORD,
    ROUTES,
    WRITING,
    Attempt,
    World,
    open_world,
)
from tests.support.app import token_of

TAKING = [item.name for item in ENDPOINTS if item.path is not None and item.body is not None]
"""Routes that take a body."""
SERVERS = ["sqlite", "postgresql", "mysql"]


@pytest.fixture(params=["memory", *SERVERS], scope="module")
def database(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture(scope="module")
def shared_world(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for many tests; each brings people of its own."""
    with open_world(tmp_path_factory.mktemp("world"), database=database, kept="cached") as world:
        yield world


# Hostile values -----------------------------------------------------------------------------------

DEEP = json.loads("[" * 60 + "]" * 60)
FOR_DRIVERS = [
    "",
    "%_\\",
    "' OR 1=1 --",
    '"; DROP TABLE users; --',
    "\U0001f600" * 70,
    "a" * 300,
    "a" * 20_000,
    "\ufeff\u200b\ufdd0\uffff\u202e",
]
"""Texts that databases and their drivers could take badly."""
TEXTS = [
    *FOR_DRIVERS,
    " ",
    "../../etc/passwd",
    "{{7*7}}${7*7}",
    "a@b.c\r\nBcc: x@example.com",
    "0",
    "null",
    "-1e308",
]
WRONG: list[Any] = [None, True, 0, -1, 2**53, 1.5, [], ["x"], [["x"]], {}, {"$ne": ""}, DEEP]
RAW = [
    b"",
    b"null",
    b"[]",
    b'"text"',
    b"{",
    b"\xff\xfe",
    b'{"a":' * 70 + b"1" + b"}" * 70,
    b'{"email": NaN}',
    b'{"email": 1e999, "token": -Infinity}',
    b'{"email": 9007199254740993}',
    b'{"email": "\\ud800", "token": "\\udfff", "name": "\\ud83d"}',
    b'{"email": "a\\u0000b@example.com", "token": "\\u0000"}',
    b'{"email": "a", "email": ["b"], "token": 1, "token": {}}',
    b'{"__proto__": {"admin": true}, "constructor": {"prototype": {}}}',
    b"[" * 100_000,
]
QUERIES = [
    "%00", "token=%00", "token=%ff", "token=%ed%a0%80", "token=x&token=y", "callbackURL=%00",
    "token[]=x&token[a]=y", "&&&===", "%", "token=%zz", "a=" + "b" * 20_000, "=x",
    "&".join(f"a{number}=x" for number in range(1100)), "disableCookieCache=%00", "error=%ed%a0%80",
]  # fmt: skip


def hostile_bodies(attempt: Attempt, values: list[Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the bodies of an attempt with each field, in turn, of each value."""
    shape = attempt.endpoint.body_shape
    names = set(attempt.body or {}) | (set() if shape is None else set(shape.names_by_wire))
    for name in sorted(names):
        for value in values:
            yield {**(attempt.body or {}), name: value}


@pytest.mark.parametrize("name", WRITING)
def test_no_field_of_a_body_makes_the_server_fail(
    shared_world: World, database: str, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    world = shared_world
    person = world.person()
    attempt = world.attempt(name, person)
    failed = []
    # What is no text reaches no database, as another test shows.
    values = [*TEXTS, *WRONG] if database == "memory" else FOR_DRIVERS
    for body in hostile_bodies(attempt, values):
        if token_of_living(world, person.visitor) is None:
            person = world.person()
        answer = world.send(person.visitor, attempt, json=body)
        if answer.status >= 500:
            failed.append((answer.status, str(body)[:200]))
        assert answer.headers["Content-Type"] == "application/json"
    assert failed == []
    assert errors_in(caplog) == []


def token_of_living(world: World, visitor: Any) -> str | None:
    """Return the token of a visitor whose session is still there."""
    if "better-auth.session_token" not in visitor.cookies:
        return None
    token = token_of(visitor)
    return token if world.auth.context.sessions.find_with_user(token) else None


def errors_in(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what was logged as an error."""
    return [item.getMessage() for item in caplog.records if item.levelno >= logging.ERROR]


@pytest.mark.parametrize("name", ROUTES)
def test_no_raw_body_and_no_query_makes_the_server_fail(
    new_world: NewWorld, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    world = new_world(kept="cached")
    person = world.person()
    attempt = world.attempt(name, person)
    held = dict(person.visitor.cookies)
    answers = []
    for data in RAW:
        person.visitor.cookies = dict(held)
        sent = {"json": None, "data": data, "content_type": "application/json"}
        answers.append(world.send(person.visitor, attempt, **sent))
    for query in QUERIES:
        person.visitor.cookies = dict(held)
        answers.append(world.send(person.visitor, attempt, query=query))
    for parameter in ("%00", "%ff", "%ed%a0%80", "x" * 20_000, "..", "%2e%2e", "x\\y"):
        person.visitor.cookies = dict(held)
        answers.append(world.send(person.visitor, attempt, path=f"{attempt.path}/{parameter}"))
        person.visitor.cookies = dict(held)
        path = f"/reset-password/{parameter}"
        answers.append(person.visitor.get(path, query={"callbackURL": "/x"}))
    assert [answer.text for answer in answers if answer.status >= 500] == []
    assert errors_in(caplog) == []


@pytest.mark.parametrize("name", ["sign_in_email", "get_session", "request_password_reset"])
def test_no_header_makes_the_server_fail(
    shared_world: World, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    world = shared_world
    person = world.person()
    attempt = world.attempt(name, person)
    cookie = person.visitor.cookie_header
    odd = "\xff\x80\xed\xa0\x80"
    for headers in (
        {"User-Agent": odd * 1000},
        {"User-Agent": ""},
        {"Cookie": f"{cookie}; {odd}={odd}; =; ;;; a=%00%ff%zz; better-auth.session_data={odd}"},
        {"Cookie": f"{cookie}; " + "; ".join(f"better-auth.session_data.{n}=x" for n in range(99))},
        {"Cookie": "better-auth.session_token=" + "%ed%a0%80" * 50 + "." + "A" * 43 + "="},
        {"X-Forwarded-For": odd, "Forwarded": 'for="[;;,', "X-Forwarded-Host": odd},
        {"Referer": odd, "Origin": odd},
        {"Origin": "http://[::1"},
        {"Content-Type": odd},
        {"Accept-Language": odd, "Authorization": f"Bearer {odd}"},
        {"Authorization": "Bearer " + "x." * 5000},
    ):
        for sender in (person.visitor, world.visitor()):
            answer = world.send(sender, attempt, headers=headers)
            assert answer.status < 500, headers
    assert errors_in(caplog) == []


UNKEEPABLE = [
    b'{"x": "\\ud800"}',
    b'{"x": ["\\udfff\\ud800"]}',
    b'{"\\udfff": 1}',
    b'{"x": "a\\u0000b"}',
    b'{"a\\u0000": 1}',
    b'{"x": "\x00"}',
    b'{"x": "\xed\xa0\x80"}',
    b'{"x": NaN}',
    b'{"x": [Infinity]}',
    b'{"x": -Infinity}',
    b'{"x": 1e999}',
    b'{"x": 9007199254740993}',
    b'{"x": ' + b"9" * 5000 + b"}",
    b'{"x": ' + b"[" * 65 + b"]" * 65 + b"}",
    b'{"x":' * 65 + b"1" + b"}" * 65,
    b"[" * 100_000 + b"]" * 100_000,
    b'{"x": [' + b"1," * 200_001 + b"1]}",
]


@pytest.mark.parametrize("name", WRITING)
def test_what_no_store_could_keep_is_refused_by_the_reader(new_world: NewWorld, name: str) -> None:
    """Each has one answer, the same on every database: no driver is asked."""
    world = new_world()
    person = world.person()
    attempt = world.attempt(name, person)
    world.adapter.forget()
    for data in UNKEEPABLE:
        sent = {"json": None, "data": data, "content_type": "application/json"}
        answer = world.send(person.visitor, attempt, **sent)
        assert answer.refusal == (400, "BAD_REQUEST"), data[:80]
    for query in ("x=%00", "%00=x", "x=%ed%a0%80", "x=%ff", "x=a&x=%00"):
        answer = world.send(person.visitor, attempt, query=query)
        assert answer.refusal == (400, "BAD_REQUEST"), query
    assert world.adapter.statements == []


# Before any query ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TAKING)
def test_what_should_be_text_and_is_not_is_refused_before_any_query(
    new_world: NewWorld, name: str
) -> None:
    world = new_world(kept="cached")
    person = world.person()
    attempt = world.attempt(name, person)
    shape = attempt.endpoint.body_shape
    assert shape is not None
    before = world.everything()
    for wire, python in shape.names_by_wire.items():
        for value in (True, 0, 1.5, ["x"], {}, {"$ne": ""}, {"like": "%"}):
            if isinstance(value, bool) and shape.expected[python] == "boolean":
                continue
            world.adapter.forget()
            answer = world.send(person.visitor, attempt, json={**(attempt.body or {}), wire: value})
            assert answer.status == 400, (wire, value)
            assert world.adapter.statements == [], (wire, value)
    assert world.everything() == before
    assert world.passwords.work.count("verify") == 1, "the sign-in of the second browser"


# The transport ------------------------------------------------------------------------------------

LIMIT = 10 * 1024 * 1024


@pytest.mark.parametrize("name", WRITING)
def test_a_body_that_cannot_be_read_is_refused_by_its_kind(new_world: NewWorld, name: str) -> None:
    world = new_world(kept="stored")
    person = world.person()
    attempt = world.attempt(name, person)
    before = world.everything()

    def send(data: bytes, content_type: str | None, **more: Any) -> tuple[int, str]:
        answer = world.send(
            person.visitor, attempt, json=None, data=data, content_type=content_type, **more
        )
        return answer.refusal

    whole = codec.dumps(dict(attempt.body or {})).encode()
    assert send(b"{", "application/json") == (400, "BAD_REQUEST")
    assert send(whole + b"}", "application/json") == (400, "BAD_REQUEST")
    assert send(whole, "text/plain") == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert send(whole, None) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert send(whole, "application/jsonp") == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert send(whole, "multipart/form-data; boundary=x") == (415, "UNSUPPORTED_MEDIA_TYPE")
    lying = {"environ": {"CONTENT_LENGTH": str(len(whole) + 10)}}
    assert send(whole, "application/json", **lying) == (400, "BAD_REQUEST")
    huge = {"environ": {"CONTENT_LENGTH": str(LIMIT * 2)}}
    assert send(whole, "application/json", **huge) == (413, "PAYLOAD_TOO_LARGE")
    assert world.everything() == before


@pytest.mark.parametrize("name", ["sign_in_email", "update_user"])
def test_a_body_beyond_the_limit_is_not_read_whole(new_world: NewWorld, name: str) -> None:
    world = new_world()
    person = world.person()
    attempt = world.attempt(name, person)
    data = b'{"name": "' + b"x" * LIMIT + b'"}'
    answer = world.send(
        person.visitor, attempt, json=None, data=data, content_type="application/json"
    )
    assert answer.refusal == (413, "PAYLOAD_TOO_LARGE")


def test_of_duplicate_keys_the_last_counts_everywhere(new_world: NewWorld) -> None:
    """What a filter in front reads and what we read must not be two different things."""
    world = new_world()
    person, victim = world.person(), world.person()
    body = (
        f'{{"email": "{victim.email}", "password": "{PASSWORD}", "email": "{person.email}"}}'
    ).encode()
    answer = world.visitor().post("/sign-in/email", data=body, content_type="application/json")
    assert answer.json["user"]["id"] == person.id


# Fields that are not open -------------------------------------------------------------------------

CLOSED: dict[str, Any] = {
    "id": "chosen", "emailVerified": True, "email_verified": True, "createdAt": "2000-01-01",
    "updatedAt": "2000-01-01", "role": "admin", "userId": "x", "providerId": "x", "accountId": "x",
    "banned": False, "isAdmin": True, "stripeCustomerId": "x", "twoFactorEnabled": True,
}  # fmt: skip


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_sign_up_and_update_write_only_what_is_open(new_world: NewWorld, kind: str) -> None:
    world = new_world(database=kind)
    person = world.person()
    for field, value in CLOSED.items():
        email = f"{field.lower()}@example.com"
        body = {"name": "Eve", "email": email, "password": PASSWORD, field: value}
        answer = world.visitor().post("/sign-up/email", body)
        assert answer.status in {200, 400}
        person.visitor.post("/update-user", {field: value, "name": "Ada"})
    rows = world.everything()["user"].values()
    assert {row["email_verified"] for row in rows} == {False}
    assert {row["created_at"].year for row in rows} == {2026}
    assert "chosen" not in {row["id"] for row in rows}
    known = set(world.auth.context.schema.model("user").fields)
    assert {name for row in rows for name in row} <= known
    accounts = world.everything()["account"].values()
    assert {row["provider_id"] for row in accounts} == {"credential"}


# Identifiers --------------------------------------------------------------------------------------


def variants(text: str) -> list[str]:
    """Return texts that a careless comparison takes for ``text``."""
    found = [
        text.upper(), text.lower(), text.swapcase(), f"{text} ", f" {text}", f"{text}\t",
        text[:-1], text[:-1] + "%", text[:-1] + "_", text.replace("a", "á"), f"{text}\u200b",
    ]  # fmt: skip
    return [item for item in found if item != text]


def test_tokens_are_compared_byte_for_byte(shared_world: World) -> None:
    world = shared_world
    person = world.person()
    deletion = world.attempt("delete_user", person)
    reset = world.attempt("reset_password", person)
    session = token_of(person.other)
    before = world.everything()
    for attempt in (deletion, reset):
        token = (attempt.body or {})["token"]
        for other in variants(token):
            body = {**(attempt.body or {}), "token": other}
            answer = world.send(person.visitor, attempt, json=body)
            assert answer.code == "INVALID_TOKEN", repr(other)
    for other in variants(session):
        person.visitor.post("/revoke-session", {"token": other})
    assert world.everything() == before
    assert world.send(person.visitor, reset).status == 200, "the right one works"


def test_addresses_are_no_patterns(shared_world: World) -> None:
    world = shared_world
    person = world.person()
    like = person.email.replace("p0", "p_").replace("@example", "@example")
    assert like != person.email
    before = world.everything()
    for email in (like, person.email.replace("example", "ex_mple"), "_" * len(person.email)):
        answer = world.sign_in(world.visitor(), email)
        assert answer.status in {400, 401}
        world.visitor().post("/request-password-reset", {"email": email})
    after = world.everything()
    assert after["mails"] == before["mails"]
    assert after["session"] == before["session"]


def test_an_address_is_one_in_every_case_and_no_other(shared_world: World) -> None:
    world = shared_world
    person = world.person()
    assert world.sign_in(world.visitor(), person.email.upper()).status == 200
    body = {"name": "Eve", "email": person.email.upper(), "password": PASSWORD}
    answer = world.visitor().post("/sign-up/email", body)
    assert answer.refusal == (422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL")
    for email in (person.email.replace("e", "é"), person.email.replace("p", "\uff50")):
        assert world.sign_in(world.visitor(), email).refusal == (400, "INVALID_EMAIL")


def test_a_password_is_no_pattern_and_keeps_its_case(shared_world: World) -> None:
    world = shared_world
    person = world.person()
    for password in variants(PASSWORD):
        answer = world.sign_in(world.visitor(), person.email, password)
        assert answer.refusal == (401, "INVALID_EMAIL_OR_PASSWORD"), repr(password)
