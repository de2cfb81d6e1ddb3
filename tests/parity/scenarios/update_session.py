"""POST /update-session."""

from typing import Any

from tests.parity.people import sign_in, sign_up
from tests.parity.play import Play
from tests.parity.scenario import scenario

_EMAIL = {"emailAndPassword": {"enabled": True}}
_FIELDS = {
    **_EMAIL,
    "session": {
        "additionalFields": {
            "theme": {"type": "string", "required": False, "defaultValue": "light"},
            "fontSize": {"type": "number", "required": False},
            "compact": {"type": "boolean", "required": False},
            "remindAt": {"type": "date", "required": False},
            "role": {"type": "string", "required": False, "input": False},
            "tier": {"type": "string", "required": False, "input": False, "defaultValue": "free"},
            "hidden": {"type": "string", "required": False, "returned": False},
        }
    },
}


@scenario(options=_FIELDS, smoke=True)
def sets_additional_fields(play: Play) -> None:
    sign_up(play)
    play.post("/update-session", {"theme": "dark", "fontSize": 14, "compact": True})
    play.rows("session")
    play.get("/get-session")
    play.post("/update-session", {"hidden": "kept back"})
    play.post("/update-session", {"theme": None})
    play.rows("session")


@scenario(options=_FIELDS)
def sets_dates(play: Play) -> None:
    sign_up(play)
    play.post("/update-session", {"remindAt": "2026-02-01T08:00:00.000Z"})
    play.get("/get-session")


@scenario(options=_FIELDS)
def ignores_core_and_unknown_fields(play: Play) -> None:
    sign_up(play)
    play.post(
        "/update-session",
        {
            "theme": "dark",
            "id": "x",
            "token": "stolen",
            "userId": "other",
            "expiresAt": "2030-01-01T00:00:00.000Z",
            "ipAddress": "1.1.1.1",
            "userAgent": "x",
            "createdAt": "2000-01-01T00:00:00.000Z",
            "unknown": 1,
        },
    )
    play.rows("session")
    play.post("/update-session", {"token": "stolen"})
    play.post("/update-session", {"unknown": 1})


@scenario(options=_FIELDS)
def refuses_closed_fields(play: Play) -> None:
    sign_up(play)
    play.post("/update-session", {"role": "admin"})
    play.post("/update-session", {"tier": "gold"})
    play.post("/update-session", {"theme": "dark", "role": "admin"})
    for empty in ("", None, False, 0):
        play.post("/update-session", {"role": empty})
    play.rows("session")


@scenario(options=_FIELDS)
def refuses_an_empty_change(play: Play) -> None:
    sign_up(play)
    body: Any
    for body in ({}, [], ["theme"], "theme", 1, True, None):
        play.post("/update-session", body)
    play.post("/update-session")


@scenario(options=_EMAIL)
def has_nothing_to_set_without_additional_fields(play: Play) -> None:
    sign_up(play)
    play.post("/update-session", {"theme": "dark"})
    play.post("/update-session", {"activeOrganizationId": "x"})


@scenario(options=_FIELDS)
def checks_types(play: Play) -> None:
    sign_up(play)
    for body in (
        {"theme": 5},
        {"theme": ["a"]},
        {"theme": {"a": 1}},
        {"theme": True},
        {"fontSize": "14"},
        {"fontSize": True},
        {"fontSize": 14.5},
        {"compact": "yes"},
        {"compact": 1},
        {"remindAt": "tomorrow"},
        {"remindAt": 12},
    ):
        play.post("/update-session", body)


@scenario(options=_FIELDS)
def keeps_the_dont_remember_cookie(play: Play) -> None:
    sign_up(play, rememberMe=False)
    play.post("/update-session", {"theme": "dark"})
    play.get("/get-session")


@scenario(options=_FIELDS)
def changes_only_its_own_session(play: Play) -> None:
    phone = play.browser("phone")
    sign_up(play)
    sign_in(phone)
    phone.post("/update-session", {"theme": "dark"})
    play.rows("session")
