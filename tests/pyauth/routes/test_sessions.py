"""Reading, changing and ending sessions."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from pyauth import ConfigurationError
from pyauth.cookies import sign_value
from pyauth.db.memory import MemoryAdapter
from tests.pyauth.conftest import MakeAuth, NewVisitor
from tests.support.app import (
    ADDRESS,
    SECRET,
    FrozenClock,
    Visitor,
    make_auth,
    row_counts,
    rows_of,
    token_of,
)
from tests.support.watched import WatchedAdapter

COOKIE = "better-auth.session_token"
NEED_SESSION = [
    ("list_sessions", None),
    ("revoke_session", {"token": "x"}),
    ("revoke_sessions", None),
    ("revoke_other_sessions", None),
    ("update_session", {"theme": "dark"}),
]
THEME = {"additional_fields": {"theme": {"type": "string", "required": False}}}


def test_get_session_tells_who_is_signed_in(new_auth: MakeAuth) -> None:
    auth = new_auth()
    visitor = Visitor(auth)
    user = visitor.sign_up().json["user"]
    answer = visitor.get("/get-session")
    (session,) = rows_of(auth, "session")
    assert answer.status == 200
    assert answer.json == {
        "session": {
            "id": session["id"],
            "token": session["token"],
            "userId": user["id"],
            "expiresAt": "2026-01-09T03:04:05.678Z",
            "createdAt": "2026-01-02T03:04:05.678Z",
            "updatedAt": "2026-01-02T03:04:05.678Z",
            "ipAddress": ADDRESS,
            "userAgent": "",
        },
        "user": user,
    }
    assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == ("no-store", "no-cache")
    assert answer.set_cookies == []


def test_nobody_is_null_without_a_query(new_visitor: NewVisitor) -> None:
    adapter = WatchedAdapter(MemoryAdapter())
    visitor = new_visitor(make_auth(database=adapter))
    answer = visitor.call("get_session")
    assert (answer.status, answer.text, answer.set_cookies) == (200, "null", [])
    assert answer.headers["Cache-Control"] == "no-store"
    assert adapter.statements == []


def test_a_signed_in_request_costs_one_query(new_visitor: NewVisitor) -> None:
    adapter = WatchedAdapter(MemoryAdapter())
    visitor = new_visitor(make_auth(database=adapter))
    visitor.sign_up()
    adapter.forget()
    assert visitor.get_session() is not None
    assert adapter.statements == ["find_joined session"]


def _flip(text: str) -> str:
    return text[:3] + ("A" if text[3] != "A" else "B") + text[4:]


FORGERIES: dict[str, Callable[[str], str]] = {
    "no signature": lambda cookie: cookie.partition(".")[0],
    "an empty signature": lambda cookie: cookie.partition(".")[0] + ".",
    "a changed token": _flip,
    "a changed signature": lambda cookie: cookie.partition(".")[0] + "." + _flip(
        cookie.partition(".")[2]
    ),
    "another secret": lambda cookie: sign_value(cookie.partition(".")[0], "x" * 32),
    "a signature of nothing": lambda _: sign_value("", SECRET),
    "an unknown token": lambda _: sign_value("A" * 32, SECRET),
    "broken escapes": lambda cookie: cookie + "%zz",
    "text": lambda _: "x",
    "quotes": lambda _: '"',
    "nothing": lambda _: "",
    "latin letters": lambda _: "\u00e4.\u00e4",
    "a NUL": lambda _: sign_value("\x00", SECRET),
}  # fmt: skip


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_cookie_that_is_not_ours_is_as_good_as_absent(
    new_auth: MakeAuth, new_visitor: NewVisitor, forgery: str
) -> None:
    auth = new_auth(session=THEME)
    visitor = new_visitor(auth)
    visitor.sign_up()
    forged = FORGERIES[forgery](visitor.session_cookie)
    rows = rows_of(auth, "session")

    visitor.cookies[COOKIE] = forged
    assert visitor.get_session() is None
    for name, body in NEED_SESSION:
        visitor.cookies[COOKIE] = forged
        assert visitor.call(name, body).refusal == (401, "UNAUTHORIZED"), name
    assert rows_of(auth, "session") == rows


@pytest.mark.parametrize(("name", "body"), NEED_SESSION)
def test_without_a_session_there_is_no_answer(
    new_auth: MakeAuth, new_visitor: NewVisitor, name: str, body: dict[str, Any] | None
) -> None:
    assert new_visitor(new_auth(session=THEME)).call(name, body).refusal == (401, "UNAUTHORIZED")


@pytest.mark.parametrize(("name", "body"), NEED_SESSION)
def test_a_revoked_session_authorises_nothing_at_once(
    new_auth: MakeAuth, new_visitor: NewVisitor, name: str, body: dict[str, Any] | None
) -> None:
    auth = new_auth(session=THEME)
    visitor = new_visitor(auth)
    visitor.sign_up()
    auth.context.sessions.delete(token_of(visitor))
    assert visitor.call(name, body).refusal == (401, "UNAUTHORIZED")


def test_of_two_cookies_with_one_name_the_first_counts(new_auth: MakeAuth) -> None:
    auth = new_auth()
    ada, eve = Visitor(auth), Visitor(auth)
    ada.sign_up("ada@example.com")
    eve.sign_up("eve@example.com")
    header = f"{COOKIE}={ada.session_cookie}; {COOKIE}={eve.session_cookie}"
    answer = Visitor(auth).get("/get-session", headers={"Cookie": header})
    assert answer.json["user"]["email"] == "ada@example.com"
    nameless = f"={COOKIE}={eve.session_cookie}; {COOKIE}={ada.session_cookie}"
    answer = Visitor(auth).get("/get-session", headers={"Cookie": nameless})
    assert answer.json["user"]["email"] == "ada@example.com"


def test_a_raw_cookie_is_read_like_an_encoded_one(new_auth: MakeAuth) -> None:
    auth = new_auth()
    visitor = Visitor(auth)
    visitor.sign_up()
    raw = visitor.session_cookie.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=")
    visitor.cookies[COOKIE] = raw
    assert visitor.get_session() is not None


# Expiry and extension -----------------------------------------------------------------------------


def test_an_expired_session_is_nobodys_and_its_row_goes(
    new_auth: MakeAuth, new_visitor: NewVisitor, clock: FrozenClock
) -> None:
    auth = new_auth()
    visitor = new_visitor(auth)
    visitor.sign_up()
    clock.advance(days=7, milliseconds=1)
    answer = visitor.call("get_session")
    assert (answer.text, answer.cookies[COOKIE]) == ("null", "")
    assert row_counts(auth)["session"] == 0


def test_a_session_is_extended_once_a_day(
    new_auth: MakeAuth, new_visitor: NewVisitor, clock: FrozenClock
) -> None:
    auth = new_auth()
    visitor = new_visitor(auth)
    visitor.sign_up()
    (before,) = rows_of(auth, "session")

    clock.advance(hours=23, minutes=59)
    assert visitor.call("get_session").set_cookies == []
    assert rows_of(auth, "session") == [before]

    clock.advance(minutes=1)
    answer = visitor.call("get_session")
    (after,) = rows_of(auth, "session")
    assert after["expires_at"] == clock() + timedelta(days=7)
    assert after["updated_at"] == clock()
    assert (after["token"], after["created_at"]) == (before["token"], before["created_at"])
    assert answer.json["session"]["expiresAt"] == "2026-01-10T03:04:05.678Z"
    (cookie,) = answer.set_cookies
    assert cookie.startswith(f"{COOKIE}=")
    assert "Max-Age=604800" in cookie


@pytest.mark.parametrize(
    ("session", "query"),
    [({"disable_session_refresh": True}, {}), ({}, {"disable_refresh": "true"})],
)
def test_extension_can_be_turned_off(
    new_auth: MakeAuth,
    new_visitor: NewVisitor,
    clock: FrozenClock,
    session: dict[str, Any],
    query: dict[str, Any],
) -> None:
    auth = new_auth(session=session)
    visitor = new_visitor(auth)
    visitor.sign_up()
    (before,) = rows_of(auth, "session")
    clock.advance(days=3)
    assert visitor.get_session(**query) is not None
    assert rows_of(auth, "session") == [before]


def test_a_session_that_is_not_remembered_is_never_extended(
    new_auth: MakeAuth, new_visitor: NewVisitor, clock: FrozenClock
) -> None:
    auth = new_auth(session={"update_age": 0})
    visitor = new_visitor(auth)
    visitor.sign_up(remember_me=False)
    clock.advance(hours=20)
    assert visitor.call("get_session").set_cookies == []
    clock.advance(hours=5)
    assert visitor.get_session() is None


def test_a_session_that_vanishes_while_it_is_extended_is_not_made_anew(
    new_visitor: NewVisitor, clock: FrozenClock
) -> None:
    adapter = WatchedAdapter(MemoryAdapter())
    auth = make_auth(database=adapter, clock=clock)
    visitor = new_visitor(auth)
    visitor.sign_up()
    clock.advance(days=2)

    def revoke(statement: str) -> None:
        if statement == "update_one session":
            adapter.inner.delete_many("session", [])

    adapter.on_statement = revoke
    answer = visitor.call("get_session")
    assert answer.refusal == (401, "FAILED_TO_GET_SESSION")
    assert answer.cookies[COOKIE] == ""
    assert row_counts(auth)["session"] == 0


def test_an_old_secret_still_verifies_and_the_cookie_is_signed_anew(
    new_auth: MakeAuth, new_visitor: NewVisitor
) -> None:
    adapter = MemoryAdapter()
    old, new = "1:the-first-secret-0123456789-ABCDEF", "2:the-second-secret-0123456789-ABCDE"
    first = make_auth(secret=None, secrets=old, database=adapter)
    visitor = new_visitor(first)
    visitor.sign_up()
    token, cookie = token_of(visitor), visitor.session_cookie

    rotated = make_auth(secret=None, secrets=f"{new},{old}", database=_Kept(adapter))
    visitor.auth = rotated
    later = Visitor(rotated, door=visitor.door)
    later.cookies = dict(visitor.cookies)
    assert later.get_session() is not None
    assert later.session_cookie != cookie
    assert token_of(later) == token
    assert later.call("get_session").set_cookies == []

    retired = make_auth(secret=None, secrets=new, database=_Kept(adapter))
    stale = Visitor(retired, door=visitor.door)
    stale.cookies = dict(visitor.cookies)
    assert stale.get_session() is None


class _Kept(WatchedAdapter):
    """Keeps the rows of an adapter that another instance has already bound."""

    def bind(self, *_: Any, **__: Any) -> None:
        pass


# Listing and revoking -----------------------------------------------------------------------------


def test_listing_shows_the_users_own_live_sessions(
    new_auth: MakeAuth, new_visitor: NewVisitor, clock: FrozenClock
) -> None:
    auth = new_auth(session={"fresh_age": 0})
    Visitor(auth).sign_up(remember_me=False)
    Visitor(auth).sign_up("eve@example.com")
    clock.advance(days=2)
    visitor = new_visitor(auth)
    visitor.sign_in()
    other = new_visitor(auth)
    other.sign_in()
    listed = visitor.call("list_sessions")
    assert listed.status == 200
    assert {item["token"] for item in listed.json} == {token_of(visitor), token_of(other)}
    assert set(listed.json[0]) == {
        "id", "token", "userId", "expiresAt", "createdAt", "updatedAt", "ipAddress", "userAgent",
    }  # fmt: skip


def test_listing_needs_a_fresh_session(
    new_auth: MakeAuth, new_visitor: NewVisitor, clock: FrozenClock
) -> None:
    auth = new_auth()
    visitor = new_visitor(auth)
    visitor.sign_up()
    clock.advance(hours=23, minutes=59)
    assert visitor.call("list_sessions").status == 200
    clock.advance(minutes=1)
    assert visitor.call("list_sessions").refusal == (403, "SESSION_NOT_FRESH")
    visitor.sign_in()
    assert visitor.call("list_sessions").status == 200


def test_an_extension_does_not_make_a_session_fresh(new_auth: MakeAuth, clock: FrozenClock) -> None:
    visitor = Visitor(new_auth())
    visitor.sign_up()
    clock.advance(days=2)
    assert visitor.call("get_session").set_cookies != []
    assert visitor.call("list_sessions").refusal == (403, "SESSION_NOT_FRESH")


def test_a_session_of_ones_own_can_be_revoked(new_auth: MakeAuth, new_visitor: NewVisitor) -> None:
    auth = new_auth()
    visitor, other = new_visitor(auth), new_visitor(auth)
    visitor.sign_up()
    other.sign_in()
    answer = visitor.call("revoke_session", {"token": token_of(other)})
    assert (answer.status, answer.json) == (200, {"status": True})
    assert other.get_session() is None
    assert visitor.get_session() is not None


def test_anothers_session_cannot_be_revoked_nor_told_from_none(
    new_auth: MakeAuth, new_visitor: NewVisitor
) -> None:
    auth = new_auth()
    ada, eve = new_visitor(auth), new_visitor(auth)
    ada.sign_up("ada@example.com")
    eve.sign_up("eve@example.com")
    theirs = eve.call("revoke_session", {"token": token_of(ada)})
    nobodys = eve.call("revoke_session", {"token": "A" * 32})
    assert (theirs.status, theirs.text) == (nobodys.status, nobodys.text)
    assert ada.get_session() is not None


@pytest.mark.parametrize("token", [None, 5, ["x"], {"$ne": ""}])
def test_a_token_is_a_text(new_auth: MakeAuth, new_visitor: NewVisitor, token: Any) -> None:
    auth = new_auth()
    visitor = new_visitor(auth)
    visitor.sign_up()
    assert visitor.call("revoke_session", {"token": token}).refusal == (400, "VALIDATION_ERROR")
    assert row_counts(auth)["session"] == 1


def test_all_sessions_end_together(new_auth: MakeAuth, new_visitor: NewVisitor) -> None:
    auth = new_auth()
    ada, again, eve = new_visitor(auth), new_visitor(auth), new_visitor(auth)
    ada.sign_up("ada@example.com")
    again.sign_in("ada@example.com")
    eve.sign_up("eve@example.com")
    answer = ada.call("revoke_sessions")
    assert (answer.status, answer.json) == (200, {"status": True})
    assert [row["token"] for row in rows_of(auth, "session")] == [token_of(eve)]
    assert ada.get_session() is again.get_session() is None


def test_the_other_sessions_end_and_this_one_stays(
    new_auth: MakeAuth, new_visitor: NewVisitor
) -> None:
    auth = new_auth()
    ada, again, eve = new_visitor(auth), new_visitor(auth), new_visitor(auth)
    ada.sign_up("ada@example.com")
    again.sign_in("ada@example.com")
    eve.sign_up("eve@example.com")
    assert ada.call("revoke_other_sessions").json == {"status": True}
    assert {row["token"] for row in rows_of(auth, "session")} == {token_of(ada), token_of(eve)}


def test_more_sessions_than_a_listing_shows_end_too(new_auth: MakeAuth) -> None:
    auth = new_auth(advanced={"database": {"default_find_many_limit": 3}})
    visitor = Visitor(auth)
    visitor.sign_up()
    for _ in range(5):
        Visitor(auth).sign_in()
    visitor.call("revoke_other_sessions")
    assert row_counts(auth)["session"] == 1


# Updating -----------------------------------------------------------------------------------------

FIELDS: dict[str, Any] = {
    "additional_fields": {
        "theme": {"type": "string", "required": False},
        "font_size": {"type": "number", "required": False, "default": 12},
        "active_organization_id": {"type": "string", "required": False, "input": False},
    }
}


def test_additional_fields_of_the_session_can_be_changed(
    new_auth: MakeAuth, new_visitor: NewVisitor
) -> None:
    auth = new_auth(session=FIELDS)
    visitor = new_visitor(auth)
    visitor.sign_up()
    assert rows_of(auth, "session")[0]["font_size"] == 12
    answer = visitor.call("update_session", {"theme": "dark", "font_size": 14})
    assert answer.status == 200
    shown = answer.json["session"]
    assert (shown["theme"], shown["fontSize"]) == ("dark", 14)
    assert visitor.get_session()["session"] == shown
    assert COOKIE in answer.cookies


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "NO_FIELDS_TO_UPDATE"),
        ({"unknown": 1}, 400, "NO_FIELDS_TO_UPDATE"),
        ({"active_organization_id": "o1"}, 400, "FIELD_NOT_ALLOWED"),
        ({"theme": "dark", "active_organization_id": "o1"}, 400, "FIELD_NOT_ALLOWED"),
        ({"token": "A" * 32}, 400, "NO_FIELDS_TO_UPDATE"),
        ({"user_id": "u2"}, 400, "NO_FIELDS_TO_UPDATE"),
        ({"expires_at": "2099-01-01T00:00:00Z"}, 400, "NO_FIELDS_TO_UPDATE"),
        ({"theme": 5}, 400, "VALIDATION_ERROR"),
        ({"font_size": "big"}, 400, "VALIDATION_ERROR"),
    ],
)
def test_nothing_else_of_the_session_can_be_changed(
    new_auth: MakeAuth, new_visitor: NewVisitor, body: dict[str, Any], status: int, code: str
) -> None:
    auth = new_auth(session=FIELDS)
    visitor = new_visitor(auth)
    visitor.sign_up()
    before = rows_of(auth, "session")
    assert visitor.call("update_session", body).refusal == (status, code)
    assert rows_of(auth, "session") == before


def test_a_session_that_vanishes_while_it_is_changed_is_not_made_anew(
    new_visitor: NewVisitor,
) -> None:
    adapter = WatchedAdapter(MemoryAdapter())
    auth = make_auth(database=adapter, session=FIELDS)
    visitor = new_visitor(auth)
    visitor.sign_up()

    def revoke(statement: str) -> None:
        if statement == "update_one session":
            adapter.inner.delete_many("session", [])

    adapter.on_statement = revoke
    answer = visitor.call("update_session", {"theme": "dark"})
    assert answer.refusal == (401, "FAILED_TO_GET_SESSION")
    assert (answer.cookies[COOKIE], row_counts(auth)["session"]) == ("", 0)


def test_reading_by_post_is_for_deferred_extension_only(new_auth: MakeAuth) -> None:
    visitor = Visitor(new_auth())
    assert visitor.post("/get-session").refusal == (
        405,
        "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED",
    )


# The cookies --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "name", "attributes"),
    [
        ({}, "better-auth.session_token", "Max-Age=604800; Path=/; HttpOnly; SameSite=Lax"),
        (
            {"base_url": "https://app.example.com"},
            "__Secure-better-auth.session_token",
            "Max-Age=604800; Path=/; HttpOnly; Secure; SameSite=Lax",
        ),
        (
            {"advanced": {"use_secure_cookies": True, "cookie_prefix": "acme"}},
            "__Secure-acme.session_token",
            "Max-Age=604800; Path=/; HttpOnly; Secure; SameSite=Lax",
        ),
        (
            {
                "base_url": "https://app.example.com",
                "advanced": {"cross_sub_domain_cookies": {"enabled": True}},
            },
            "__Secure-better-auth.session_token",
            "Max-Age=604800; Domain=app.example.com; Path=/; HttpOnly; Secure; SameSite=Lax",
        ),
        (
            {"session": {"expires_in": 3600}, "advanced": {"cookies": {"session_token": {
                "name": "sid", "attributes": {"same_site": "strict"}}}}},
            "sid",
            "Max-Age=3600; Path=/; HttpOnly; SameSite=Strict",
        ),
    ],
)  # fmt: skip
def test_the_session_cookie_has_its_attributes(
    new_visitor: NewVisitor, options: dict[str, Any], name: str, attributes: str
) -> None:
    visitor = new_visitor(make_auth(**options))
    visitor.origin = options.get("base_url", visitor.origin)
    (cookie,) = visitor.sign_up().set_cookies
    assert cookie.partition("=")[0] == name
    assert cookie.partition("; ")[2] == attributes
    assert visitor.get_session() is not None


def test_a_taken_value_of_a_session_field_is_a_conflict(new_auth: MakeAuth) -> None:
    slot = {"slot": {"type": "string", "required": False, "unique": True}}
    auth = new_auth(session={"additional_fields": slot})
    ada, bob = Visitor(auth), Visitor(auth)
    ada.sign_up("ada@example.com")
    bob.sign_up("bob@example.com")
    assert ada.post("/update-session", {"slot": "s"}).status == 200

    assert bob.post("/update-session", {"slot": "s"}).refusal == (409, "CONFLICT")


def test_a_session_field_that_nothing_fills_stops_the_start() -> None:
    with pytest.raises(ConfigurationError, match=r"'theme' of model 'session'.* has no default"):
        make_auth(session={"additional_fields": {"theme": {"type": "string"}}})
