"""Values that prove something once: their names, and where they are kept."""

from typing import Any

from tests.parity.people import ADA, sign_in, sign_up
from tests.parity.play import Play
from tests.parity.scenario import scenario

_NEW = "a brand new password"


def _options(**verification: Any) -> dict[str, Any]:
    return {"emailAndPassword": {"enabled": True}, "verification": verification}


_NAMES = {
    "plain": _options(storeIdentifier="plain"),
    "hashed": _options(storeIdentifier="hashed"),
    "overridden": _options(
        storeIdentifier={"default": "hashed", "overrides": {"reset-password": "plain"}}
    ),
    "overriding": _options(
        storeIdentifier={"default": "plain", "overrides": {"reset-password": "hashed"}}
    ),
}


def _reset(play: Play, token: object) -> None:
    play.post("/reset-password", {"newPassword": _NEW, "token": token})


def _ask(play: Play) -> object:
    play.post("/request-password-reset", {"email": ADA["email"], "redirectTo": "/reset"})
    return play.mail()["token"]


@scenario(variants=_NAMES, presets=["resetMail"], smoke=True)
def stores_identifiers_as_configured(play: Play) -> None:
    sign_up(play)
    token = _ask(play)
    play.rows("verification")
    _reset(play, token)
    play.rows("verification")
    _reset(play, token)
    sign_in(play, password=_NEW)


@scenario(variants={"on": _options(), "off": _options(disableCleanup=True)}, presets=["resetMail"])
def removes_expired_values_by_reading(play: Play) -> None:
    sign_up(play)
    token = _ask(play)
    play.travel(hours=2)
    _reset(play, token)
    play.rows("verification")


_PLACES = {
    "storage": _options(),
    "both": _options(storeInDatabase=True),
    "hashed in storage": _options(storeIdentifier="hashed"),
    "hashed in both": _options(storeIdentifier="hashed", storeInDatabase=True),
}


@scenario(variants=_PLACES, presets=["resetMail", "secondaryStorage"])
def keeps_values_in_the_secondary_storage(play: Play) -> None:
    sign_up(play)
    token = _ask(play)
    play.storage("asked")
    _reset(play, token)
    play.storage("redeemed")
    _reset(play, token)
    sign_in(play, password=_NEW)


@scenario(
    variants={name: _PLACES[name] for name in ("both", "hashed in both")},
    presets=["resetMail", "secondaryStorage"],
)
def keeps_values_in_the_database_too(play: Play) -> None:
    sign_up(play)
    token = _ask(play)
    play.rows("verification")
    _reset(play, token)
    play.rows("verification")


@scenario(variants=_PLACES, presets=["resetMail", "secondaryStorage"])
def knows_nothing_of_an_expired_value(play: Play) -> None:
    sign_up(play)
    token = _ask(play)
    play.travel(hours=2)
    _reset(play, token)
    play.storage()
