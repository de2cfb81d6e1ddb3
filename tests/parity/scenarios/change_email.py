"""POST /change-email, and the links of its mails."""

from tests.parity.people import ADA, BOB, path_in, sign_in, sign_up, token_in
from tests.parity.play import Play
from tests.parity.scenario import scenario
from tests.parity.tokens import make_token

_ROUTE = "/change-email"
_NEW = "new@example.com"
_ON = {"emailAndPassword": {"enabled": True}, "user": {"changeEmail": {"enabled": True}}}
_AT_ONCE = {
    "emailAndPassword": {"enabled": True},
    "user": {"changeEmail": {"enabled": True, "updateEmailWithoutVerification": True}},
}
_MAILS = ["verificationMail", "changeEmailConfirmation"]


def _verified(play: Play) -> None:
    sign_up(play)
    play.update("user", {"email": ADA["email"]}, emailVerified=True)


@scenario(options=_ON, presets=_MAILS, smoke=True)
def two_steps_for_a_verified_address(play: Play) -> None:
    _verified(play)
    play.post(_ROUTE, {"newEmail": "New@Example.com"})
    confirmation = play.mail()["url"].text(_path)
    play.rows("user")
    play.get(confirmation, note="confirm")
    play.rows("user", "session")
    verification = play.mail()["url"].text(_path)
    play.get(verification, note="verify")
    play.rows("user", "session")
    play.get("/get-session")
    play.get(verification, note="verify again")
    play.get(confirmation, note="confirm again")
    play.mail()
    play.drop_cookies()
    sign_in(play)
    sign_in(play, {**ADA, "email": _NEW})


def _path(url: str) -> str:
    return url.partition("/api/auth")[2]


@scenario(options=_ON, presets=_MAILS)
def two_steps_without_callbacks(play: Play) -> None:
    _verified(play)
    play.post(_ROUTE, {"newEmail": _NEW})
    play.get("/verify-email", query={"token": token_in(play.mail()["url"])}, note="confirm")
    play.get("/verify-email", query={"token": token_in(play.mail()["url"])}, note="verify")
    play.get("/get-session")


@scenario(options=_ON, presets=["verificationMail"])
def one_step_for_an_unverified_address(play: Play) -> None:
    sign_up(play)
    play.post(_ROUTE, {"newEmail": _NEW, "callbackURL": "/moved"})
    play.get(path_in(play.mail()["url"]))
    play.rows("user", "session")
    play.get("/get-session")


@scenario(options=_ON, presets=["verificationMail", "verificationCallbacks"])
def a_verified_address_without_confirmation(play: Play) -> None:
    _verified(play)
    play.post(_ROUTE, {"newEmail": _NEW})
    play.get("/verify-email", query={"token": token_in(play.mail()["url"])})
    play.mail()
    play.rows("user")


@scenario(options=_ON, presets=["verificationMail"], smoke=True)
def who_is_signed_out_is_signed_in_by_the_link(play: Play) -> None:
    sign_up(play)
    play.post(_ROUTE, {"newEmail": _NEW})
    token = token_in(play.mail()["url"])
    play.drop_cookies()
    play.get("/verify-email", query={"token": token})
    play.get("/get-session")
    play.rows("session")
    play.drop_cookies()
    play.get("/verify-email", query={"token": token}, note="again")
    play.get("/verify-email", query={"token": token, "callbackURL": "/x?y=1"}, note="again")
    play.rows("session")


@scenario(options=_ON, presets=_MAILS)
def links_belong_to_the_signed_in_user(play: Play) -> None:
    _verified(play)
    play.post(_ROUTE, {"newEmail": _NEW})
    token = token_in(play.mail()["url"])
    bob = play.browser("bob")
    sign_up(bob, BOB)
    bob.get("/verify-email", query={"token": token})
    bob.get("/verify-email", query={"token": token, "callbackURL": "/x"})
    play.mail()
    play.rows("user")


@scenario(options=_AT_ONCE, presets=["verificationMail"], smoke=True)
def an_unverified_address_at_once(play: Play) -> None:
    phone = play.browser("phone")
    sign_up(play)
    sign_in(phone)
    play.post(_ROUTE, {"newEmail": _NEW})
    play.get("/get-session")
    phone.get("/get-session")
    play.rows("user", "session", "account")
    play.get("/verify-email", query={"token": token_in(play.mail()["url"])})
    play.rows("user")


@scenario(options=_AT_ONCE)
def at_once_without_a_sender(play: Play) -> None:
    sign_up(play, rememberMe=False)
    play.post(_ROUTE, {"newEmail": _NEW})
    play.get("/get-session")
    play.update("user", {}, emailVerified=True)
    play.post(_ROUTE, {"newEmail": "third@example.com"}, note="verified")
    play.rows("user")


@scenario(options=_ON, presets=_MAILS)
def a_taken_address_answers_alike(play: Play) -> None:
    sign_up(play, BOB)
    play.drop_cookies()
    _verified(play)
    play.post(_ROUTE, {"newEmail": BOB["email"]})
    play.update("user", {}, emailVerified=False)
    play.post(_ROUTE, {"newEmail": "BOB@example.com"}, note="unverified")
    play.mail()
    play.rows("user")


@scenario(options=_AT_ONCE)
def a_taken_address_at_once(play: Play) -> None:
    sign_up(play, BOB)
    play.drop_cookies()
    sign_up(play)
    play.post(_ROUTE, {"newEmail": BOB["email"]})
    play.rows("user")


@scenario(options=_ON, presets=["verificationMail"])
def the_address_was_taken_meanwhile(play: Play) -> None:
    sign_up(play)
    play.post(_ROUTE, {"newEmail": BOB["email"]})
    token = token_in(play.mail()["url"])
    sign_up(play.browser("bob"), BOB)
    play.get("/verify-email", query={"token": token})
    play.rows("user")


@scenario(options=_ON, presets=["verificationMail"])
def the_same_address(play: Play) -> None:
    sign_up(play)
    play.post(_ROUTE, {"newEmail": ADA["email"]})
    play.post(_ROUTE, {"newEmail": "ADA@example.COM"}, note="in capitals")


@scenario(
    variants={
        "off": {"emailAndPassword": {"enabled": True}},
        "on": _ON,
        "at once": _AT_ONCE,
    }
)
def without_any_sender(play: Play) -> None:
    _verified(play)
    sign_up(play.browser("bob"), BOB)
    play.post(_ROUTE, {"newEmail": _NEW})
    play.post(_ROUTE, {"newEmail": BOB["email"]}, note="taken")
    play.post(_ROUTE, {"newEmail": ADA["email"]}, note="the same")


@scenario(options=_ON, presets=["changeEmailConfirmation"])
def a_confirmation_that_leads_nowhere(play: Play) -> None:
    _verified(play)
    play.post(_ROUTE, {"newEmail": _NEW})


@scenario(options=_ON, presets=["verificationMail"])
def who_and_what(play: Play) -> None:
    play.post(_ROUTE, {"newEmail": _NEW}, note="nobody")
    sign_up(play)
    for body in ({}, {"newEmail": "new"}, {"newEmail": 5}, {"newEmail": _NEW, "callbackURL": 5}):
        play.post(_ROUTE, body, note=str(body))
    for target in ("https://evil.example", "//evil.example", "/fine?x=1&y=2"):
        play.post(_ROUTE, {"newEmail": _NEW, "callbackURL": target}, note=target)
    play.post(_ROUTE, {"newEmail": _NEW}, origin="https://evil.example", note="elsewhere")
    play.delete("session")
    play.post(_ROUTE, {"newEmail": _NEW}, note="revoked")


@scenario(options=_ON, presets=_MAILS)
def links_by_hand(play: Play) -> None:
    """The links that older releases made, and such as nobody makes."""
    _verified(play)
    now = int(play.now.timestamp())
    good = {"email": ADA["email"], "updateTo": _NEW, "iat": now, "exp": now + 3600}
    for note, claims in {
        "requestType is no text": {**good, "requestType": 5},
        "updateTo is no text": {**good, "updateTo": 5},
        "nobody": {**good, "email": "nobody@example.com"},
        "expired": {**good, "exp": now - 1},
    }.items():
        play.get("/verify-email", query={"token": make_token(claims)}, note=note)
    play.get("/verify-email", query={"token": make_token(good)}, note="of old")
    play.mail()
    play.get("/get-session")
    play.rows("user", "session")
    play.get("/verify-email", query={"token": token_in(play.mail()["url"])}, note="its mail")
    play.rows("user")


@scenario(options=_ON, presets=_MAILS)
def an_unknown_kind_of_link(play: Play) -> None:
    _verified(play)
    now = int(play.now.timestamp())
    claims = {"email": ADA["email"], "updateTo": _NEW, "iat": now, "exp": now + 3600}
    play.get("/verify-email", query={"token": make_token({**claims, "requestType": "odd"})})
