"""POST /sign-out."""

from typing import Any

from tests.parity.people import SESSION_COOKIE, sign_in, sign_up
from tests.parity.play import Play
from tests.parity.scenario import scenario


@scenario(smoke=True)
def ends_the_session(play: Play) -> None:
    sign_up(play)
    old = play.cookie(SESSION_COOKIE)
    play.post("/sign-out")
    play.rows("session")
    play.get("/get-session")
    play.put_cookie(SESSION_COOKIE, old)
    play.get("/get-session")


@scenario()
def succeeds_without_a_session(play: Play) -> None:
    play.post("/sign-out")
    play.post("/sign-out", {})
    play.put_cookie(SESSION_COOKIE, "forged.signature")
    play.post("/sign-out")


@scenario()
def takes_any_json_body(play: Play) -> None:
    body: Any
    for body in ({}, [], "text", 1, None, {"callbackURL": "/x"}):
        sign_in(play)
        play.post("/sign-out", body)


@scenario()
def clears_the_dont_remember_cookie(play: Play) -> None:
    sign_up(play, rememberMe=False)
    play.post("/sign-out")
    sign_in(play)
    play.get("/get-session")


@scenario()
def ends_only_its_own_session(play: Play) -> None:
    phone = play.browser("phone")
    sign_up(play)
    sign_in(phone)
    play.post("/sign-out")
    phone.get("/get-session")
    play.rows("session")


@scenario(
    options={
        "emailAndPassword": {"enabled": True},
        "advanced": {
            "cookiePrefix": "shop",
            "useSecureCookies": True,
            "defaultCookieAttributes": {"sameSite": "none", "partitioned": True},
        },
    }
)
def expires_cookies_with_their_own_attributes(play: Play) -> None:
    sign_up(play)
    play.post("/sign-out")
