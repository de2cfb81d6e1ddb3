"""Additional fields that point at another record."""

from tests.parity.people import BOB, PASSWORD, sign_up
from tests.parity.play import Play
from tests.parity.scenario import scenario

_NOBODY = "N0body" * 5 + "xX"


def _invited(**reference: str) -> dict[str, object]:
    target = {"model": "user", "field": "id", **reference}
    inviter = {"type": "string", "required": False, "references": target}
    return {
        "emailAndPassword": {"enabled": True},
        "user": {"deleteUser": {"enabled": True}, "additionalFields": {"inviter": inviter}},
    }


_EACH = {
    "default": _invited(),
    "cascade": _invited(onDelete="cascade"),
    "set null": _invited(onDelete="set null"),
}
_FORBIDDING = {way: _invited(onDelete=way) for way in ("restrict", "no action")}


@scenario(options=_invited(onDelete="set null"))
def are_stored_and_shown(play: Play) -> None:
    ada = sign_up(play)["user"]["id"]
    sign_up(play, BOB, inviter=ada)
    play.get("/get-session")
    play.post("/update-user", {"inviter": None}, note="nobody any more")
    play.rows("user")


@scenario(options=_invited(onDelete="set null"))
def must_lead_somewhere(play: Play) -> None:
    sign_up(play, inviter=_NOBODY)
    sign_up(play)
    play.post("/update-user", {"inviter": _NOBODY})
    play.rows("user")


@scenario(variants=_EACH)
def when_their_target_goes(play: Play) -> None:
    other = play.browser("other")
    ada = sign_up(play)["user"]["id"]
    sign_up(other, BOB, inviter=ada)
    play.post("/delete-user", {"password": PASSWORD}, note="the inviter")
    other.get("/get-session")
    play.rows("user", "account", "session")


@scenario(variants=_FORBIDDING)
def that_forbid_a_deletion(play: Play) -> None:
    ada = sign_up(play)["user"]["id"]
    sign_up(play.browser("other"), BOB, inviter=ada)
    play.post("/delete-user", {"password": PASSWORD})
    play.rows("user")
