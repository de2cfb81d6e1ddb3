"""POST /delete-user and GET /delete-user/callback."""

from tests.parity.people import ADA, BOB, PASSWORD, path_in, sign_in, sign_up, token_in
from tests.parity.play import Play
from tests.parity.scenario import scenario
from tests.parity.sides import Both

_ROUTE = "/delete-user"
_CALLBACK = "/delete-user/callback"
_ON = {
    "emailAndPassword": {"enabled": True},
    "user": {"deleteUser": {"enabled": True}},
    "session": {"disableSessionRefresh": True},
}
_BRIEF = {
    "emailAndPassword": {"enabled": True},
    "user": {"deleteUser": {"enabled": True, "deleteTokenExpiresIn": 60}},
}
_NEVER_STALE = {**_ON, "session": {"freshAge": 0, "disableSessionRefresh": True}}


def _ask(play: Play, **body: object) -> Both:
    play.post(_ROUTE, body)
    return token_in(play.mail()["url"])


@scenario(options=_ON, smoke=True)
def with_a_fresh_session(play: Play) -> None:
    phone = play.browser("phone")
    sign_up(play)
    sign_in(phone)
    play.post(_ROUTE, {})
    play.rows("user", "account", "session", "verification")
    play.get("/get-session")
    phone.get("/get-session")
    sign_in(play)


@scenario(options=_ON)
def a_stale_session_needs_the_password(play: Play) -> None:
    sign_up(play)
    play.travel(days=1)
    play.post(_ROUTE, {}, note="stale")
    play.post(_ROUTE, {"password": ""}, note="empty password")
    play.post(_ROUTE, {"password": "wrong password"}, note="wrong password")
    play.rows("user", "account")
    play.post(_ROUTE, {"password": PASSWORD}, note="password")
    play.rows("user", "account", "session")


@scenario(options=_NEVER_STALE)
def without_staleness(play: Play) -> None:
    sign_up(play)
    play.travel(days=2)
    play.post(_ROUTE, {})
    play.rows("user")


@scenario(options=_ON)
def without_a_password(play: Play) -> None:
    sign_up(play)
    play.delete("account")
    play.post(_ROUTE, {"password": PASSWORD})
    play.post(_ROUTE, {"token": "none"}, note="a token that nobody made")
    play.rows("user")


@scenario(options=_ON, presets=["deleteAccountMail"], smoke=True)
def by_the_mailed_link(play: Play) -> None:
    phone = play.browser("phone")
    sign_up(play)
    sign_in(phone)
    play.post(_ROUTE, {"callbackURL": "/bye?x=1&y=2"})
    play.rows("user", "verification")
    link = path_in(play.mail()["url"])
    play.get(link)
    play.rows("user", "account", "session", "verification")
    play.get("/get-session")
    phone.get("/get-session")
    play.get(link, note="again")
    phone.get(link, note="again")


@scenario(options=_ON, presets=["deleteAccountMail"])
def by_the_token_in_a_body(play: Play) -> None:
    sign_up(play)
    token = _ask(play, password=PASSWORD)
    play.post(_ROUTE, {"token": "wrong"}, note="wrong token")
    play.post(_ROUTE, {"token": token, "password": "wrong password"}, note="wrong password")
    play.rows("user")
    play.post(_ROUTE, {"token": token})
    play.rows("user", "account", "session", "verification")


@scenario(options=_ON, presets=["deleteAccountMail"])
def the_callback_without_a_callback(play: Play) -> None:
    sign_up(play)
    play.get(_CALLBACK, query={"token": _ask(play)})
    play.rows("user")


@scenario(options=_ON, presets=["deleteAccountMail"])
def the_callback_needs_a_session(play: Play) -> None:
    sign_up(play)
    token = _ask(play)
    stranger = play.browser("stranger")
    stranger.get(_CALLBACK, query={"token": token})
    stranger.get(_CALLBACK, query={"token": token, "callbackURL": "/x"})
    play.get(_CALLBACK, query={"token": "wrong"}, note="wrong token")
    play.get(_CALLBACK, query={"token": "wrong", "callbackURL": "/x"}, note="wrong token")
    for target in ("https://evil.example", "//evil.example"):
        play.get(_CALLBACK, query={"token": token, "callbackURL": target}, note=target)
    for query in ("", "?token=a&token=b"):
        play.get(f"{_CALLBACK}{query}")
    play.rows("user", "verification")


@scenario(options=_ON, presets=["deleteAccountMail"])
def a_token_serves_its_own_user(play: Play) -> None:
    bob = play.browser("bob")
    sign_up(play)
    sign_up(bob, BOB)
    token = _ask(play)
    bob.get(_CALLBACK, query={"token": token})
    bob.post(_ROUTE, {"token": token})
    play.rows("user", "verification")
    play.get(_CALLBACK, query={"token": token})
    play.rows("user")


@scenario(options=_BRIEF, presets=["deleteAccountMail"])
def a_token_lives_as_long_as_configured(play: Play) -> None:
    sign_up(play)
    token = _ask(play)
    play.travel(seconds=60)
    play.get(_CALLBACK, query={"token": token})
    play.rows("user")


@scenario(options=_ON, presets=["deleteAccountMail"])
def a_stale_session_is_mailed(play: Play) -> None:
    sign_up(play)
    play.travel(days=2)
    play.get(_CALLBACK, query={"token": _ask(play)})
    play.rows("user")


@scenario(options=_ON, presets=["deletionCallbacks"])
def calls_back_before_and_after(play: Play) -> None:
    sign_up(play)
    play.post(_ROUTE, {})
    play.mail()


@scenario(options=_ON, presets=["deletionCallbacks"])
def the_app_can_refuse(play: Play) -> None:
    sign_up(play, name="Staying")
    play.post(_ROUTE, {})
    play.mail()
    play.rows("user", "account", "session")


@scenario(options=_ON, presets=["deletionCallbacks", "deleteAccountMail"])
def calls_back_by_link(play: Play) -> None:
    sign_up(play)
    play.get(_CALLBACK, query={"token": _ask(play)})
    play.mail()


@scenario()
def disabled(play: Play) -> None:
    play.post(_ROUTE, {}, note="nobody")
    play.get(_CALLBACK, query={"token": "x"}, note="nobody")
    sign_up(play)
    play.post(_ROUTE, {})
    play.get(_CALLBACK, query={"token": "x"})
    play.rows("user")


@scenario(options=_ON)
def who_and_what(play: Play) -> None:
    play.post(_ROUTE, {}, note="nobody")
    sign_up(play)
    bodies: list[object] = [{"password": 5}, {"token": 5}, {"callbackURL": 5}, [], None]
    for body in bodies:
        play.post(_ROUTE, body, note=str(body))
    play.post(_ROUTE, {"callbackURL": "https://evil.example"}, note="evil callback")
    play.post(_ROUTE, {}, origin="https://evil.example", note="elsewhere")
    play.get(_ROUTE)
    play.rows("user")
    play.delete("session")
    play.post(_ROUTE, {}, note="revoked")
    play.rows("user")


@scenario(options=_ON, presets=["databaseHooks"])
def hooks_see_what_goes(play: Play) -> None:
    sign_up(play)
    play.post(_ROUTE, {})
    play.mail()


@scenario(options=_ON)
def leaves_others_alone(play: Play) -> None:
    bob = play.browser("bob")
    sign_up(bob, BOB)
    sign_up(play, ADA)
    play.post(_ROUTE, {})
    play.rows("user", "account", "session")
    bob.get("/get-session")
