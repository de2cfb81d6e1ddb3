"""POST /update-user."""

from tests.parity.people import ADA, BOB, sign_in, sign_up
from tests.parity.play import Play
from tests.parity.scenario import scenario

_ROUTE = "/update-user"
_FIELDS = {
    "emailAndPassword": {"enabled": True},
    "user": {
        "additionalFields": {
            "nickName": {"type": "string", "required": False},
            "age": {"type": "number", "required": False},
            "role": {"type": "string", "required": False, "input": False, "defaultValue": "user"},
            "plan": {"type": "string", "required": False, "defaultValue": "free"},
            "hidden": {"type": "string", "required": False, "returned": False},
        }
    },
}


@scenario(smoke=True)
def changes_name_and_image(play: Play) -> None:
    phone = play.browser("phone")
    sign_up(play)
    sign_in(phone)
    play.post(_ROUTE, {"name": "Countess", "image": "https://img.example/a.png"})
    play.get("/get-session")
    phone.get("/get-session")
    play.rows("user", "session")
    play.post(_ROUTE, {"image": None}, note="no image")
    play.post(_ROUTE, {"name": ""}, note="empty name")
    play.get("/get-session")
    play.rows("user")


@scenario(options=_FIELDS)
def additional_fields(play: Play) -> None:
    sign_up(play)
    for body in (
        {"nickName": "Al", "age": 36},
        {"plan": "pro", "hidden": "x"},
        {"nickName": None},
        {"name": "Countess", "unknown": 1},
        {"role": ""},
        {"role": "admin"},
        {"role": "admin", "name": "Eve"},
    ):
        play.post(_ROUTE, body, note=str(body))
        play.rows("user")
    play.get("/get-session")


@scenario()
def what_is_closed(play: Play) -> None:
    sign_up(play)
    play.rows("user")
    for body in (
        {"email": "new@example.com"},
        {"email": "new@example.com", "name": "Eve"},
        {"email": "", "name": "Eve"},
        {"email": None},
        {"emailVerified": True},
        {"emailVerified": True, "name": "Eve"},
        {"id": "x", "name": "Eve"},
        {"createdAt": "2020-01-01T00:00:00.000Z"},
        {"updatedAt": "2020-01-01T00:00:00.000Z", "name": "Eve"},
        {"password": "another password"},
    ):
        play.post(_ROUTE, body, note=str(body))
        play.rows("user")


@scenario()
def nothing_to_change(play: Play) -> None:
    play.post(_ROUTE, {"name": "Eve"}, note="nobody")
    play.post(_ROUTE, {}, note="nobody, nothing")
    sign_up(play)
    bodies: list[object] = [{}, {"unknown": 1}, [], [1], "x", None, 5]
    for body in bodies:
        play.post(_ROUTE, body, note=str(body))
    play.post(_ROUTE)
    play.post(_ROUTE, {"name": "Eve"}, origin="https://evil.example", note="elsewhere")
    play.delete("session")
    play.post(_ROUTE, {"name": "Eve"}, note="revoked")


@scenario()
def values_of_another_type(play: Play) -> None:
    sign_up(play)
    bodies: list[object] = [
        {"name": 5},
        {"name": None},
        {"name": ["x"]},
        {"image": 5},
        {"image": {}},
    ]
    for body in bodies:
        play.post(_ROUTE, body, note=str(body))


@scenario(presets=["databaseHooks"])
def hooks_see_the_change(play: Play) -> None:
    sign_up(play)
    play.post(_ROUTE, {"name": "Countess"})
    play.mail()


@scenario()
def keeps_dont_remember(play: Play) -> None:
    sign_up(play, rememberMe=False)
    play.post(_ROUTE, {"name": "Countess"})
    play.close_browser()
    play.get("/get-session")


@scenario(
    options={
        "emailAndPassword": {"enabled": True},
        "user": {
            "additionalFields": {"handle": {"type": "string", "required": False, "unique": True}}
        },
    }
)
def a_unique_field(play: Play) -> None:
    sign_up(play, BOB, handle="bob")
    play.drop_cookies()
    sign_up(play, ADA, handle="ada")
    play.post(_ROUTE, {"handle": "ada2"})
    play.post(_ROUTE, {"handle": "bob"}, note="taken")
    play.rows("user")
