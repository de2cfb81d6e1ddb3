"""POST /send-verification-email."""

from tests.parity.people import ADA, BOB, path_in, sign_up
from tests.parity.play import Play
from tests.parity.scenario import scenario

_ROUTE = "/send-verification-email"
_QUIET = {"emailAndPassword": {"enabled": True, "autoSignIn": True}}
_SIGNED_OUT = {"emailAndPassword": {"enabled": True}}


@scenario(options=_QUIET, presets=["verificationMail"], smoke=True)
def mails_the_signed_in_user(play: Play) -> None:
    sign_up(play)
    play.post(_ROUTE, {"email": ADA["email"], "callbackURL": "/done?x=1&y=a b"})
    play.get(path_in(play.mail()["url"]))
    play.rows("user", "verification")


@scenario(options=_SIGNED_OUT, presets=["verificationMail"], smoke=True)
def answers_strangers_alike(play: Play) -> None:
    sign_up(play)
    play.drop_cookies()
    play.post(_ROUTE, {"email": ADA["email"]}, note="unverified")
    play.post(_ROUTE, {"email": "ADA@Example.COM"}, note="in capitals")
    play.mail()
    play.update("user", {}, emailVerified=True)
    play.post(_ROUTE, {"email": ADA["email"]}, note="verified")
    play.post(_ROUTE, {"email": "nobody@example.com"}, note="unknown")
    play.mail()


@scenario(options=_QUIET, presets=["verificationMail"])
def the_session_must_fit(play: Play) -> None:
    sign_up(play, BOB)
    play.drop_cookies()
    sign_up(play)
    play.post(_ROUTE, {"email": BOB["email"]}, note="somebody else")
    play.post(_ROUTE, {"email": "nobody@example.com"}, note="nobody")
    play.update("user", {"email": ADA["email"]}, emailVerified=True)
    play.post(_ROUTE, {"email": ADA["email"]}, note="verified")
    play.mail()


@scenario(options=_QUIET, presets=["verificationMail"])
def the_case_of_letters(play: Play) -> None:
    sign_up(play)
    play.post(_ROUTE, {"email": "ADA@example.com"})


@scenario(options=_QUIET)
def needs_a_sender(play: Play) -> None:
    play.post(_ROUTE, {"email": ADA["email"]})
    sign_up(play)
    play.post(_ROUTE, {"email": ADA["email"]}, note="signed in")


@scenario(options=_QUIET, presets=["verificationMail"])
def its_body(play: Play) -> None:
    bodies: list[object] = [
        {},
        {"email": "ada"},
        {"email": 5},
        {"email": ADA["email"], "callbackURL": 5},
        [],
    ]
    for body in bodies:
        play.post(_ROUTE, body, note=str(body))
    for target in (None, "", "https://evil.example", "//evil.example", "/fine"):
        play.post(_ROUTE, {"email": ADA["email"], "callbackURL": target}, note=repr(target))
    play.post(_ROUTE)
    play.get(_ROUTE)
    play.post(_ROUTE, {"email": ADA["email"]}, origin="https://evil.example", note="elsewhere")


@scenario(options=_QUIET, presets=["failingVerificationMail"])
def a_failing_sender(play: Play) -> None:
    sign_up(play)
    play.drop_cookies()
    play.post(_ROUTE, {"email": "nobody@example.com"}, note="unknown")
