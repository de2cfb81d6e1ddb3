"""The people who play in the scenarios, and what they all do."""

from collections.abc import Mapping
from typing import Final

from tests.parity.play import Play, Reply
from tests.parity.sides import Both

PASSWORD: Final = "correct horse battery"
ADA: Final[Mapping[str, object]] = {
    "name": "Ada Lovelace",
    "email": "ada@example.com",
    "password": PASSWORD,
}
BOB: Final[Mapping[str, object]] = {
    "name": "Bob",
    "email": "bob@example.com",
    "password": "another fine password",
}
SESSION_COOKIE: Final = "better-auth.session_token"


def sign_up(play: Play, person: Mapping[str, object] = ADA, /, **changes: object) -> Reply:
    """Sign somebody up."""
    return play.post("/sign-up/email", {**person, **changes})


def sign_in(play: Play, person: Mapping[str, object] = ADA, /, **changes: object) -> Reply:
    """Sign somebody in."""
    body = {"email": person["email"], "password": person["password"], **changes}
    return play.post("/sign-in/email", body)


def token_in(url: Both) -> Both:
    """Return the token of a mailed link."""
    return url.text(lambda text: text.partition("token=")[2].partition("&")[0])


def path_in(url: Both) -> Both:
    """Return a mailed link relative to the base path."""
    return url.text(lambda text: text.partition("/api/auth")[2])
