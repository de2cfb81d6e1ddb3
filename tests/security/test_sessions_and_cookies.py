"""Cookies that sign nobody in, sessions that are over at once, and what cookies look like."""

import re
from collections.abc import Callable
from typing import Any

import jwt
import pytest

from pyauth.cookies import sign_value
from pyauth.storage import RedisStorage
from tests.security.conftest import NewWorld
from tests.security.world import (
    ENDPOINTS,
    NEW_PASSWORD,
    PASSWORD,
    ROUTES,
    Attempt,
    Person,
    World,
)
from tests.support.app import SECRET, Answer, Visitor, token_of

TOKEN, CACHE = "better-auth.session_token", "better-auth.session_data"
READS = {"get_session", "list_user_accounts"}
"""What docs/sessions.md lets a cache answer."""
GUARDED = [item.name for item in ENDPOINTS if item.path is not None and item.guards]


# Sessions that are over ---------------------------------------------------------------------------


def _revoked(world: World, person: Person) -> None:
    assert person.other.post("/revoke-other-sessions").status == 200


def _all_revoked(world: World, person: Person) -> None:
    assert person.other.post("/revoke-sessions").status == 200


def _revoked_by_token(world: World, person: Person) -> None:
    assert person.other.post("/revoke-session", {"token": token_of(person.visitor)}).status == 200


def _signed_out_by_a_copy(world: World, person: Person) -> None:
    copy = world.visitor()
    copy.cookies = {TOKEN: person.visitor.cookies[TOKEN]}
    assert copy.post("/sign-out").status == 200


def _password_changed(world: World, person: Person) -> None:
    body = {
        "currentPassword": PASSWORD,
        "newPassword": NEW_PASSWORD,
        "revokeOtherSessions": True,
    }
    assert person.other.post("/change-password", body).status == 200


def _password_reset(world: World, person: Person) -> None:
    stranger = world.visitor()
    stranger.post("/request-password-reset", {"email": person.email})
    body = {"token": world.mailed_token(), "newPassword": NEW_PASSWORD}
    assert stranger.post("/reset-password", body).status == 200


def _deleted(world: World, person: Person) -> None:
    person.other.post("/delete-user", {})
    assert person.other.post("/delete-user", {"token": world.mailed_token()}).status == 200


def _expired_in_the_store(world: World, person: Person) -> None:
    past = world.clock().replace(year=2000)
    world.auth.context.sessions.update(token_of(person.visitor), {"expires_at": past})


ENDS: dict[str, Callable[[World, Person], None]] = {
    "revoked": _revoked,
    "all revoked": _all_revoked,
    "revoked by its token": _revoked_by_token,
    "signed out by a copy": _signed_out_by_a_copy,
    "password changed": _password_changed,
    "password reset": _password_reset,
    "user deleted": _deleted,
    "expired in the store": _expired_in_the_store,
}


def forget(world: World, answer: Answer) -> None:
    """Fail where an answer hands out a session."""
    for text in answer.set_cookies:
        name, _, value = text.partition(";")[0].partition("=")
        assert value == "" or not name.startswith((TOKEN, CACHE)), text
    assert "set-auth-token" not in answer.headers


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize(
    ("kept", "database"),
    [
        ("rows", "memory"),
        ("cached", "sqlite"),
        ("jwt", "memory"),
        ("jwe", "memory"),
        ("stored", "memory"),
        ("stored-cached", "memory"),
        ("mirrored", "memory"),
        ("preserved", "memory"),
        ("stored-cached", "redis"),
    ],
)
def test_a_session_that_is_over_authorises_nothing_though_it_is_cached(
    new_world: NewWorld, end: str, kept: str, database: str
) -> None:
    place = {"redis": True} if database == "redis" else {"database": database}
    world = new_world(kept=kept, **place)
    person = world.person()
    names = [*GUARDED, "delete_user_callback"]
    attempts = {name: world.attempt(name, person) for name in names}
    held = dict(person.visitor.cookies)
    ENDS[end](world, person)
    before = changeable(world, end)
    refusals = {}
    for name in names:
        visitor = world.visitor()
        visitor.cookies = dict(held)
        answer = world.send(visitor, attempts[name])
        refusals[name] = answer.status
        forget(world, answer)
        if name in READS and CACHE in held:
            assert answer.status in {200, 401}, "a cache may be late in reading, and only there"
            del refusals[name]
    expected = {**dict.fromkeys(refusals, 401), "delete_user_callback": 404}
    assert refusals == expected
    assert changeable(world, end) == before


def changeable(world: World, end: str) -> dict[str, Any]:
    """Return what a session that is over must not change; its own row may be swept."""
    found = world.everything()
    if end == "expired in the store":
        del found["session"], found["storage"]
    return found


@pytest.mark.parametrize("end", ["revoked", "user deleted"])
@pytest.mark.parametrize("kept", ["cached", "mirrored"])
def test_a_session_that_is_over_opens_no_door_in_process(
    new_world: NewWorld, end: str, kept: str
) -> None:
    world = new_world(kept=kept)
    person = world.person()
    ENDS[end](world, person)
    before = world.everything()
    for endpoint in ENDPOINTS:
        if not endpoint.guards or endpoint.name in READS:
            continue
        visitor = Visitor(world.auth, door="api")
        visitor.cookies = dict(person.visitor.cookies)
        body = {
            "new_password": NEW_PASSWORD,
            "current_password": PASSWORD,
            "password": PASSWORD,
            "token": "x",
            "provider_id": "credential",
            "new_email": "x@example.com",
            "name": "Renamed",
        }
        answer = visitor.call(endpoint.name, body if endpoint.body is not None else None)
        assert answer.status == 401, endpoint.name
    assert world.everything() == before


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("name", ["send_verification_email", "verify_email", "sign_out"])
def test_where_a_session_is_optional_one_that_is_over_is_none(
    new_world: NewWorld, end: str, name: str
) -> None:
    world = new_world(kept="cached")
    person = world.person()
    attempt = world.attempt(name, person)
    held = dict(person.visitor.cookies)
    ENDS[end](world, person)
    visitor = world.visitor()
    visitor.cookies = dict(held)
    answer = world.send(visitor, attempt)
    forget(world, answer)
    if name == "send_verification_email":
        visitor.cookies = dict(held)
        other = visitor.post("/send-verification-email", {"email": "other@example.com"})
        assert other.status == 200, "nobody is told that it is not his address"


@pytest.mark.parametrize("kept", ["rows", "cached", "stored", "mirrored"])
@pytest.mark.parametrize(
    "end", ["revoked", "all revoked", "password changed", "password reset", "user deleted"]
)
def test_what_ends_sessions_leaves_nothing_of_them_anywhere(
    new_world: NewWorld, kept: str, end: str
) -> None:
    world = new_world(kept=kept)
    person, bystander = world.person(), world.person()
    tokens = [token_of(person.visitor)]
    if end != "revoked":
        tokens.append(token_of(person.other))
    ENDS[end](world, person)
    found = str(world.everything())
    assert [token for token in tokens if token in found] == []
    assert token_of(bystander.visitor) in found
    assert bystander.visitor.get_session() is not None


@pytest.mark.parametrize("end", ["revoked", "password changed", "password reset", "user deleted"])
def test_what_ends_sessions_leaves_nothing_of_them_in_redis(new_world: NewWorld, end: str) -> None:
    world = new_world(kept="stored", redis=True)
    person = world.person()
    token = token_of(person.visitor)
    storage = world.auth.context.secondary_storage
    assert isinstance(storage, RedisStorage)
    assert storage.get(token) is not None
    ENDS[end](world, person)
    assert storage.get(token) is None
    assert token not in (storage.get(f"active-sessions-{person.id}") or "")


@pytest.mark.parametrize("kept", ["cached", "stored-cached"])
def test_an_old_session_does_nothing_that_needs_a_fresh_one(new_world: NewWorld, kept: str) -> None:
    """Whatever extends the session: freshness counts from the sign-in."""
    world = new_world(kept=kept)
    person = world.person()
    unlink = world.attempt("unlink_account", person)
    world.clock.advance(days=2)
    assert person.visitor.get_session(disableCookieCache="true") is not None
    before = world.everything()
    assert person.visitor.get("/list-sessions").refusal == (403, "SESSION_NOT_FRESH")
    assert world.send(person.visitor, unlink).refusal == (403, "SESSION_NOT_FRESH")
    assert world.everything() == before


@pytest.mark.parametrize("kept", ["cached", "stored-cached"])
def test_an_old_session_deletes_nobody_without_his_password(new_world: NewWorld, kept: str) -> None:
    world = new_world(kept=kept, user={"delete_user": {"enabled": True}})
    person = world.person()
    world.clock.advance(days=2)
    person.visitor.get_session(disableCookieCache="true")
    before = world.everything()
    assert person.visitor.post("/delete-user", {}).refusal == (400, "SESSION_EXPIRED")
    answer = person.visitor.post("/delete-user", {"password": "wrong horse battery"})
    assert answer.refusal == (400, "INVALID_PASSWORD")
    assert world.everything() == before


# Cookies that are not ours ------------------------------------------------------------------------


def forgeries(world: World, person: Person) -> dict[str, dict[str, str]]:
    """Return cookies that somebody could make up who knows everything but our secret."""
    token, foreign = token_of(person.visitor), "f" * 40
    signed = person.visitor.cookies[TOKEN]
    signature = signed.rpartition(".")[2]
    cache = {key: value for key, value in person.visitor.cookies.items() if key != TOKEN}
    claims = {"session": {"token": token, "userId": person.id}, "user": {"id": person.id}}
    unsigned = jwt.encode(claims, "", algorithm="none")
    forged = jwt.encode(claims, foreign, algorithm="HS256")
    mark = sign_value("true", SECRET)
    return {
        "a bare token": {TOKEN: token},
        "a token and a dot": {TOKEN: f"{token}."},
        "another secret": {TOKEN: sign_value(token, foreign)},
        "an empty secret": {TOKEN: sign_value(token, "")},
        "a signature of something else": {TOKEN: f"{token}.{mark.rpartition('.')[2]}"},
        "another letter in the token": {TOKEN: f"{_changed(token)}.{signature}"},
        "another letter in the signature": {TOKEN: f"{token}.{_changed(signature)}"},
        "a cut signature": {TOKEN: signed[:-4]},
        "a signature without its padding": {TOKEN: signed.removesuffix("%3D")},
        "an id": {TOKEN: person.id},
        "what we signed for another cookie": {TOKEN: mark},
        "a longer value": {TOKEN: f"{token}.x.{signature}"},
        "another name": {"session_token": signed, "better-auth-session_token": signed},
        "another prefix": {f"__Secure-{TOKEN}": signed, f"__Host-{TOKEN}": signed},
        "a name in capitals": {TOKEN.upper(): signed},
        "no name": {"": f"{TOKEN}={signed}"},
        "the cache alone": cache,
        "the cache with a bare token": {TOKEN: token, **cache},
        "an unsigned cache": {TOKEN: token, CACHE: unsigned},
        "a cache of another secret": {TOKEN: sign_value(token, foreign), CACHE: forged},
    }


def _changed(text: str) -> str:
    return ("B" if text[0] == "A" else "A") + text[1:]


@pytest.mark.parametrize("kept", ["rows", "cached", "jwt", "jwe", "stored-cached"])
def test_no_forged_cookie_is_anybody(new_world: NewWorld, kept: str) -> None:
    world = new_world(kept=kept)
    person = world.person()
    attempts = {name: world.attempt(name, person) for name in [*GUARDED, "delete_user_callback"]}
    cookies = forgeries(world, person)
    before = world.everything()
    passed = []
    for kind, forged in cookies.items():
        visitor = world.visitor()
        for name, attempt in attempts.items():
            visitor.cookies = dict(forged)
            answer = world.send(visitor, attempt)
            if answer.status not in {401, 404}:
                passed.append((kind, name, answer.status))
        visitor.cookies = dict(forged)
        if visitor.get("/get-session").text != "null":
            passed.append((kind, "get_session", 200))
    assert passed == []
    assert world.everything() == before


@pytest.mark.parametrize("kept", ["cached", "jwt", "jwe"])
def test_the_cache_of_somebody_else_is_not_ones_own(new_world: NewWorld, kept: str) -> None:
    world = new_world(kept=kept)
    person, victim = world.person(), world.person()
    caches = {key: value for key, value in victim.visitor.cookies.items() if CACHE in key}
    assert caches
    visitor = person.visitor
    visitor.cookies = {TOKEN: visitor.cookies[TOKEN], **caches}
    assert visitor.get_session()["user"]["id"] == person.id
    visitor.cookies = {TOKEN: visitor.cookies[TOKEN], **caches}
    assert visitor.post("/update-user", {"name": "Taken over"}).status == 200
    found = world.auth.context.users.find(victim.id)
    assert found is not None
    assert found.name == "Ada"


@pytest.mark.parametrize("kept", ["rows", "stored"])
def test_a_forged_cookie_ends_nobodys_session(new_world: NewWorld, kept: str) -> None:
    world = new_world(kept=kept)
    person = world.person()
    before = world.everything()
    for forged in forgeries(world, person).values():
        visitor = world.visitor()
        visitor.cookies = dict(forged)
        if not visitor.cookies:
            continue
        assert visitor.post("/sign-out").status == 200
    assert world.everything() == before


def test_of_two_cookies_with_one_name_the_first_counts_on_every_route(new_world: NewWorld) -> None:
    """So that a cookie set by a sibling host, which a browser sends later, changes nothing."""
    world = new_world()
    person, attacker = world.person(), world.person()
    header = f"{TOKEN}={person.visitor.cookies[TOKEN]}; {TOKEN}={attacker.visitor.cookies[TOKEN]}"
    nameless = f"={TOKEN}={attacker.visitor.cookies[TOKEN]}; {header}"
    for text in (header, nameless):
        sent = {"Cookie": text}
        found = world.visitor().get("/get-session", headers=sent)
        assert found.json["user"]["id"] == person.id
        answer = world.visitor().post("/update-user", {"name": "Mine"}, headers=sent)
        assert answer.status == 200
    names = {row["id"]: row["name"] for row in world.everything()["user"].values()}
    assert names == {person.id: "Mine", attacker.id: "Ada"}


# Fixation -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kept", ["rows", "cached", "stored"])
@pytest.mark.parametrize(
    "name", ["sign_up_email", "sign_in_email", "verify_email", "change_email", "change_password"]
)
def test_whoever_signs_in_gets_a_new_session_whatever_cookie_came(
    new_world: NewWorld, name: str, kept: str
) -> None:
    """An attacker who plants his own cookie, or one of his choice, must not share the session."""
    for plants_his_own in (True, False):
        world = new_world(kept=kept, links_sign_in=True)
        attacker, victim = world.person(), world.person()
        browser = world.visitor()
        attempt = opening(world, name, victim)
        planted = dict(attacker.visitor.cookies) if plants_his_own else {TOKEN: "chosen.x"}
        if name == "change_password":
            planted = dict(victim.visitor.cookies)
        if name == "change_email" and plants_his_own:
            continue  # such a link is refused in the browser of somebody else
        browser.cookies = dict(planted)
        answer = world.send(browser, attempt)
        assert answer.status == 200, answer.text
        assert answer.cookies[TOKEN] not in {"", *planted.values()}
        user = browser.get_session()["user"]
        assert user["id"] != attacker.id
        assert attacker.visitor.get_session()["user"]["id"] == attacker.id


def opening(world: World, name: str, victim: Person) -> Attempt:
    """Return the request that opens a session for the victim."""
    if name != "change_email":
        return world.attempt(name, victim)
    victim.visitor.post("/change-email", {"newEmail": "moved@example.com"})
    token = world.mailed_token()
    return Attempt(world.endpoints["verify_email"], "/verify-email", None, {"token": token})


# What cookies look like ---------------------------------------------------------------------------

_VALUE = r"better-auth\.[a-z_]+(\.\d+)?=[^;]*(; Max-Age=\d+)?; Path=/"
_PLAIN = re.compile(f"{_VALUE}; HttpOnly; SameSite=Lax")
_SECURE = re.compile(f"__Secure-{_VALUE}; HttpOnly; Secure; SameSite=Lax")


@pytest.mark.parametrize("kept", ["cached", "jwe"])
@pytest.mark.parametrize("name", ROUTES)
def test_every_cookie_of_every_route_is_kept_from_scripts_and_other_sites(
    new_world: NewWorld, name: str, kept: str
) -> None:
    world = new_world(kept=kept, links_sign_in=True)
    person = world.person()
    attempt = world.attempt(name, person)
    for answer in (world.send(person.visitor, attempt), world.send(world.visitor(), attempt)):
        for text in answer.set_cookies:
            assert _PLAIN.fullmatch(text), text


@pytest.mark.parametrize("name", ROUTES)
def test_under_https_every_cookie_is_secure_by_attribute_and_name(
    new_world: NewWorld, name: str
) -> None:
    site = "https://app.example.com"
    world = new_world(kept="cached", links_sign_in=True, base_url=site)
    person = world.person()
    attempt = world.attempt(name, person)
    for answer in (world.send(person.visitor, attempt), world.send(world.visitor(), attempt)):
        for text in answer.set_cookies:
            assert _SECURE.fullmatch(text), text


# Caches between us and the browser ----------------------------------------------------------------


@pytest.mark.parametrize("kept", ["rows", "cached", "stored"])
def test_no_answer_that_tells_who_is_signed_in_may_be_stored(
    new_world: NewWorld, kept: str
) -> None:
    world = new_world(kept=kept, session={"defer_session_refresh": True})
    person = world.person()
    gone = dict(person.visitor.cookies)
    answers = [
        world.visitor().get("/get-session"),
        person.visitor.get("/get-session"),
        person.visitor.get("/get-session", query="disableCookieCache=true"),
        person.visitor.get("/get-session", query="disableRefresh=true"),
        person.visitor.post("/get-session"),
    ]
    world.clock.advance(days=2)
    answers.append(person.visitor.get("/get-session"))
    answers.append(person.visitor.post("/get-session"))
    _all_revoked(world, person)
    stale = world.visitor()
    stale.cookies = {TOKEN: gone[TOKEN]}
    answers.append(stale.get("/get-session"))
    assert {answer.headers.get("Cache-Control") for answer in answers} == {"no-store"}
    assert {answer.headers.get("Pragma") for answer in answers} == {"no-cache"}
    assert {answer.status for answer in answers} == {200}


def test_a_session_that_vanishes_while_it_is_read_is_not_stored_either(
    new_world: NewWorld,
) -> None:
    world = new_world()
    person = world.person()
    world.clock.advance(days=2)

    def vanish(statement: str) -> None:
        if statement == "update_one session":
            world.adapter.on_statement = None
            world.adapter.inner.delete_many("session", [])

    world.adapter.on_statement = vanish
    answer = person.visitor.get("/get-session")
    assert answer.refusal == (401, "FAILED_TO_GET_SESSION")
    assert answer.headers["Cache-Control"] == "no-store"
    assert person.visitor.cookies == {}


# What a session may not be given ------------------------------------------------------------------


@pytest.mark.parametrize("kept", ["cached", "stored"])
@pytest.mark.parametrize(
    "field",
    [
        "activeOrganizationId", "activeTeamId", "impersonatedBy", "active_organization_id",
        "impersonated_by", "userId", "user_id", "token", "id", "expiresAt", "expires_at",
        "createdAt", "updatedAt", "ipAddress", "userAgent", "user", "role", "__proto__",
    ],
)  # fmt: skip
def test_update_session_sets_nothing_that_is_not_open(
    new_world: NewWorld, field: str, kept: str
) -> None:
    world = new_world(kept=kept)
    person, victim = world.person(), world.person()
    session = person.visitor.get_session()["session"]
    before = world.everything()
    value = "2099-01-01T00:00:00.000Z" if field.endswith(("At", "_at")) else victim.id
    answer = person.visitor.post("/update-session", {field: value})
    assert answer.status == 400
    assert world.everything() == before
    beside = person.visitor.post("/update-session", {field: value, "theme": "dark"})
    assert beside.status in {200, 400}
    after = person.visitor.get_session(disableCookieCache="true")["session"]
    changed = {key for key in after.keys() | session.keys() if after.get(key) != session.get(key)}
    assert changed <= {"theme", "updatedAt"}
