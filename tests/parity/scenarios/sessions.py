"""GET /list-sessions, POST /revoke-session, /revoke-sessions, /revoke-other-sessions."""

from typing import Any

from tests.parity.people import BOB, SESSION_COOKIE, sign_in, sign_up
from tests.parity.play import Play
from tests.parity.scenario import scenario

_EMAIL = {"emailAndPassword": {"enabled": True}}


@scenario(smoke=True)
def lists_the_living_sessions_of_the_user(play: Play) -> None:
    phone, bob = play.browser("phone"), play.browser("bob")
    sign_up(play)
    sign_in(phone, rememberMe=False)
    sign_up(bob, BOB)
    play.get("/list-sessions")
    bob.get("/list-sessions")


@scenario()
def lists_no_expired_session(play: Play) -> None:
    phone = play.browser("phone")
    sign_up(play)
    first = sign_in(phone)["token"]
    play.update("session", {"token": first}, expiresAt="2026-01-15T11:00:00.000Z")
    play.get("/list-sessions")
    play.rows("session")


@scenario()
def every_route_needs_a_session(play: Play) -> None:
    play.get("/list-sessions")
    for path in ("/revoke-sessions", "/revoke-other-sessions", "/update-session"):
        play.post(path, {})
        play.post(path)
    play.post("/revoke-session", {"token": "x"})
    play.post("/revoke-session", {})
    play.post("/revoke-session")


@scenario()
def an_expired_session_authorises_nothing(play: Play) -> None:
    sign_up(play)
    token = play.cookie(SESSION_COOKIE)
    play.travel(days=8)
    for method, path, body in (
        ("GET", "/list-sessions", None),
        ("POST", "/revoke-session", {"token": "x"}),
        ("POST", "/revoke-sessions", {}),
        ("POST", "/revoke-other-sessions", {}),
        ("POST", "/update-session", {"a": 1}),
    ):
        play.put_cookie(SESSION_COOKIE, token)
        if body is None:
            play.request(method, path)
        else:
            play.request(method, path, body=body)
    play.rows("session")


@scenario(smoke=True)
def revokes_one_session(play: Play) -> None:
    phone = play.browser("phone")
    sign_up(play)
    token = sign_in(phone)["token"]
    play.post("/revoke-session", {"token": token})
    phone.get("/get-session")
    play.get("/get-session")
    play.rows("session")


@scenario()
def revokes_its_own_session(play: Play) -> None:
    token = sign_up(play)["token"]
    play.post("/revoke-session", {"token": token})
    play.get("/get-session")
    play.rows("session")


@scenario()
def does_not_revoke_what_is_not_there_or_not_ones_own(play: Play) -> None:
    bob = play.browser("bob")
    sign_up(play)
    token = sign_up(bob, BOB)["token"]
    play.post("/revoke-session", {"token": token})
    play.post("/revoke-session", {"token": "A" * 32})
    play.post("/revoke-session", {"token": ""})
    bob.get("/get-session")
    play.rows("session")


@scenario()
def revoke_session_wants_a_token(play: Play) -> None:
    sign_up(play)
    body: Any
    for body in ({}, {"token": 1}, {"token": None}, {"token": ["x"]}, [], "x", None, {"id": "x"}):
        play.post("/revoke-session", body)
    play.post("/revoke-session")


@scenario(smoke=True)
def revokes_all_sessions(play: Play) -> None:
    phone, bob = play.browser("phone"), play.browser("bob")
    sign_up(play)
    sign_in(phone)
    sign_up(bob, BOB)
    play.post("/revoke-sessions", {})
    for browser in (play, phone, bob):
        browser.get("/get-session")
    play.rows("session")


@scenario(smoke=True)
def revokes_the_other_sessions(play: Play) -> None:
    phone, tv, bob = play.browser("phone"), play.browser("tv"), play.browser("bob")
    sign_up(play)
    sign_in(phone)
    sign_in(tv)
    sign_up(bob, BOB)
    phone.post("/revoke-other-sessions", {})
    for browser in (play, phone, tv, bob):
        browser.get("/get-session")
    play.rows("session")


@scenario()
def revoking_takes_any_body(play: Play) -> None:
    sign_up(play)
    for path in ("/revoke-other-sessions", "/revoke-sessions"):
        body: Any
        for body in ([], "text", 5, None):
            play.post(path, body)
            sign_in(play)
        play.post(path)
        sign_in(play)


@scenario()
def a_stale_session_may_still_revoke(play: Play) -> None:
    phone = play.browser("phone")
    sign_up(play)
    token = sign_in(phone)["token"]
    play.travel(days=2)
    play.post("/revoke-session", {"token": token})
    sign_in(phone)
    play.post("/revoke-other-sessions", {})
    play.post("/revoke-sessions", {})
    play.rows("session")


@scenario()
def listing_needs_a_fresh_session(play: Play) -> None:
    sign_up(play)
    play.travel(hours=23)
    play.get("/list-sessions", note="fresh")
    play.travel(hours=2)
    play.get("/list-sessions", note="stale")


@scenario(options={**_EMAIL, "session": {"freshAge": 0}})
def fresh_age_zero_turns_the_check_off(play: Play) -> None:
    sign_up(play)
    play.travel(days=3)
    play.get("/list-sessions")


@scenario()
def the_session_is_extended_by_use_of_any_route(play: Play) -> None:
    sign_up(play)
    play.travel(days=2)
    play.post("/revoke-other-sessions", {})
    play.rows("session")
    play.travel(days=2)
    play.post("/revoke-session", {"token": "none"})
    play.rows("session")
