"""Additional user fields at sign-up."""

from typing import Any

from tests.parity.people import ADA, BOB, sign_in, sign_up
from tests.parity.play import Play
from tests.parity.scenario import scenario

_EMAIL = {"emailAndPassword": {"enabled": True}}


def _fields(**fields: dict[str, Any]) -> dict[str, object]:
    return {**_EMAIL, "user": {"additionalFields": fields}}


@scenario(
    options=_fields(
        nickname={"type": "string", "required": False},
        age={"type": "number", "required": False},
        newsletter={"type": "boolean", "required": False},
        birthDay={"type": "date", "required": False},
    ),
    smoke=True,
)
def optional_fields(play: Play) -> None:
    sign_up(play, nickname="Countess", age=36, newsletter=True)
    sign_in(play)
    play.get("/get-session")
    sign_up(play, BOB)
    play.rows("user")


@scenario(options=_fields(birthDay={"type": "date", "required": False}))
def date_fields(play: Play) -> None:
    sign_up(play, birthDay="1815-12-10T00:00:00.000Z")
    play.get("/get-session")
    play.rows("user")


@scenario(options=_fields(age={"type": "number", "required": False}))
def number_fields(play: Play) -> None:
    for number, age in enumerate((36, 0, -1, 2**31, 2**53 - 1)):
        sign_up(play, email=f"n{number}@example.com", age=age)
    play.rows("user")


@scenario(options=_fields(age={"type": "number", "required": False}))
def numbers_with_fractions(play: Play) -> None:
    sign_up(play, age=1.5)


@scenario(options=_fields(nickname={"type": "string", "required": True}))
def required_fields(play: Play) -> None:
    sign_up(play)
    sign_up(play, nickname="A")
    sign_up(play, BOB, nickname="")
    sign_up(play, {**BOB, "email": "c@example.com"}, nickname=None)
    play.rows("user")


@scenario(options=_fields(nickname={"type": "string"}))
def required_is_the_default(play: Play) -> None:
    sign_up(play)
    sign_up(play, nickname="A")


@scenario(
    options=_fields(
        plan={"type": "string", "required": False, "defaultValue": "free"},
        seats={"type": "number", "required": True, "defaultValue": 1},
        beta={"type": "boolean", "required": False, "defaultValue": False},
        empty={"type": "string", "required": False, "defaultValue": ""},
    )
)
def defaults(play: Play) -> None:
    sign_up(play)
    sign_up(play, BOB, plan="pro", seats=5, beta=True, empty="x")
    sign_up(play, {**BOB, "email": "c@example.com"}, plan=None, beta=None)
    play.rows("user")


@scenario(options=_EMAIL, presets=["computedDefault"])
def computed_defaults(play: Play) -> None:
    sign_up(play)
    sign_up(play, BOB, plan="own")
    play.rows("user")


@scenario(options=_EMAIL, presets=["upperCaseInput"])
def transforms_of_input(play: Play) -> None:
    sign_up(play, shout="hello")
    sign_up(play, BOB)
    play.rows("user")


@scenario(
    options=_fields(
        role={"type": "string", "required": False, "input": False},
        plan={"type": "string", "required": False, "input": False, "defaultValue": "free"},
        must={"type": "string", "required": True, "input": False, "defaultValue": "set"},
    )
)
def fields_closed_to_input(play: Play) -> None:
    sign_up(play, role="admin")
    sign_up(play, plan="pro")
    sign_up(play, {**ADA, "email": "b@example.com"}, role="")
    sign_up(play, {**ADA, "email": "c@example.com"}, role=None, plan=None)
    sign_up(play, {**ADA, "email": "d@example.com"}, role=False)
    sign_up(play, {**ADA, "email": "e@example.com"})
    play.rows("user")


@scenario(options=_fields(must={"type": "string", "required": True, "input": False}))
def a_required_field_closed_to_input(play: Play) -> None:
    sign_up(play)
    sign_up(play, must="x")
    sign_up(play, must="")


@scenario(
    options=_fields(
        note={"type": "string", "required": False, "returned": False},
        shown={"type": "string", "required": False, "returned": True},
    )
)
def fields_that_are_not_returned(play: Play) -> None:
    sign_up(play, note="hidden", shown="seen")
    sign_in(play)
    play.get("/get-session")
    play.rows("user")


@scenario(options=_fields(nickname={"type": "string", "required": False}))
def unknown_fields_are_ignored(play: Play) -> None:
    sign_up(play, nickname="A", other="x", constructor="y", hasOwnProperty=1, nick_name="z")
    play.rows("user")


@scenario(
    options=_fields(
        text={"type": "string", "required": False},
        number={"type": "number", "required": False},
        truth={"type": "boolean", "required": False},
        moment={"type": "date", "required": False},
    )
)
def values_of_another_type(play: Play) -> None:
    for field, value in (
        ("text", 5),
        ("text", True),
        ("text", ["a"]),
        ("text", {"a": 1}),
        ("number", "5"),
        ("number", True),
        ("truth", "true"),
        ("truth", 1),
        ("moment", "not a date"),
        ("moment", 5),
        ("moment", "2026-01-01"),
    ):
        email = f"{field}{len(str(value))}{str(value)[:1].lower()}x@example.com"
        email = "".join(letter for letter in email if letter.isalnum() or letter in "@.")
        sign_up(play, email=email, **{field: value})


@scenario(
    options=_fields(
        firstName={"type": "string", "required": False},
        homePageURL={"type": "string", "required": False},
        x2y={"type": "string", "required": False},
    )
)
def names_keep_their_spelling(play: Play) -> None:
    sign_up(play, firstName="Ada", homePageURL="https://example.com", x2y="z")
    play.get("/get-session")
    play.rows("user")


@scenario(
    options={
        **_EMAIL,
        "user": {
            "modelName": "people",
            "fields": {"email": "mail_address", "name": "full_name"},
            "additionalFields": {
                "nick": {"type": "string", "required": False, "fieldName": "nick_column"}
            },
        },
        "session": {"modelName": "visits", "fields": {"userId": "person"}},
        "account": {"modelName": "logins"},
    }
)
def renamed_tables_and_columns(play: Play) -> None:
    sign_up(play, nick="A")
    sign_in(play)
    play.get("/get-session")
    play.get("/list-sessions")
    play.rows()


@scenario(options=_fields(tags={"type": "string[]", "required": False}))
def lists_of_text(play: Play) -> None:
    sign_up(play, tags=["a", "b"])
    play.get("/get-session")
    sign_up(play, BOB, tags=[])
    play.rows("user")


@scenario(options=_fields(size={"type": ["small", "large"], "required": False}))
def fields_with_fixed_choices(play: Play) -> None:
    sign_up(play, size="small")
    play.get("/get-session")
    play.rows("user")


@scenario(options=_fields(phone={"type": "string", "required": False, "unique": True}))
def unique_fields(play: Play) -> None:
    sign_up(play, phone="1")
    sign_up(play, BOB, phone="2")
    sign_up(play, {**BOB, "email": "c@example.com"})
    sign_up(play, {**BOB, "email": "d@example.com"})
    play.rows("user")


@scenario(
    options={
        **_EMAIL,
        "user": {"additionalFields": {"nickname": {"type": "string", "required": False}}},
        "account": {"additionalFields": {"label": {"type": "string", "required": False}}},
    }
)
def forms_fill_additional_fields(play: Play) -> None:
    play.post("/sign-up/email", form={**ADA, "nickname": "A", "label": "L"})
    play.rows("user", "account")


_EVERY_RULE = {
    "label": {"type": "string", "required": False},
    "plan": {"type": "string", "required": False, "defaultValue": "free"},
    "owned": {"type": "string", "required": False, "input": False},
    "fixed": {"type": "string", "required": False, "input": False, "defaultValue": "set"},
    "note": {"type": "string", "required": False, "returned": False},
    "longName": {"type": "string", "required": False, "fieldName": "other_column"},
}


@scenario(options={**_EMAIL, "session": {"additionalFields": _EVERY_RULE}})
def fields_of_the_session(play: Play) -> None:
    sign_up(play, label="not the session's")
    play.get("/get-session")
    play.post("/update-session", {"label": "A", "longName": "B", "note": "C", "other": "D"})
    play.get("/get-session")
    play.get("/list-sessions")
    for field in ("owned", "fixed"):
        play.post("/update-session", {field: "X", "label": "changed"})
        play.post("/update-session", {field: ""}, note="falsy")
    play.rows("session")


@scenario(options={**_EMAIL, "account": {"additionalFields": _EVERY_RULE}})
def fields_of_the_account(play: Play) -> None:
    sign_up(play)
    play.get("/list-accounts")
    play.rows("account")


@scenario(
    options={
        **_EMAIL,
        "user": {
            "deleteUser": {"enabled": True},
            "additionalFields": {"plan": {"type": "string", "defaultValue": "free"}},
        },
        "verification": {
            "additionalFields": {
                "label": {"type": "string", "required": False},
                "plan": {"type": "string", "required": False, "defaultValue": "free"},
            }
        },
    },
    presets=["deleteAccountMail"],
)
def fields_of_the_verification(play: Play) -> None:
    sign_up(play)
    play.post("/delete-user", {})
    play.rows("verification")


@scenario(options=_fields(**_EVERY_RULE))
def fields_of_the_user_change(play: Play) -> None:
    sign_up(play)
    play.post("/update-user", {"label": "A", "longName": "B", "note": "C", "plan": "pro"})
    play.get("/get-session")
    for field in ("owned", "fixed"):
        play.post("/update-user", {field: "X", "label": "changed"})
        play.post("/update-user", {field: "", "label": field})
    play.rows("user")
