"""Changing one's own name, image and additional fields."""

from typing import Any

import pytest

from pyauth import PyAuth
from tests.pyauth.conftest import MakeAuth, NewVisitor
from tests.support.app import FOREIGN, FrozenClock, Visitor, make_auth, rows_of, token_of

FIELDS = {
    "nick_name": {"type": "string", "required": False},
    "age": {"type": "number", "required": False},
    "role": {"type": "string", "required": False, "input": False, "default": "user"},
    "plan": {"type": "string", "required": False, "default": "free"},
    "handle": {"type": "string", "required": False, "unique": True},
}


def user_of(auth: PyAuth) -> dict[str, Any]:
    (row,) = rows_of(auth, "user")
    return row


def test_name_and_image_change_everywhere(
    new_auth: MakeAuth, new_visitor: NewVisitor, clock: FrozenClock
) -> None:
    auth = new_auth()
    visitor, phone = new_visitor(auth), new_visitor(auth)
    visitor.sign_up()
    phone.sign_in()
    clock.advance(minutes=5)
    token = token_of(visitor)

    answer = visitor.call("update_user", {"name": "Countess", "image": "/a.png"})

    assert (answer.status, answer.json) == (200, {"status": True})
    assert answer.cookies != {}, "the browser's cookies follow"
    row = user_of(auth)
    assert (row["name"], row["image"], row["updated_at"]) == ("Countess", "/a.png", clock())
    for browser in (visitor, phone):
        user = browser.get_session()["user"]
        assert (user["name"], user["image"]) == ("Countess", "/a.png")
    assert token_of(visitor) == token


def test_a_null_image_takes_it_away_and_an_absent_one_leaves_it(
    new_auth: MakeAuth, new_visitor: NewVisitor
) -> None:
    auth = new_auth()
    visitor = new_visitor(auth)
    visitor.sign_up(image="/a.png")
    visitor.call("update_user", {"name": "Countess"})
    assert user_of(auth)["image"] == "/a.png"
    assert visitor.call("update_user", {"image": None}).status == 200
    assert user_of(auth)["image"] is None


def test_a_cache_in_a_cookie_shows_the_change(new_auth: MakeAuth) -> None:
    auth = new_auth(session={"cookie_cache": {"enabled": True}})
    visitor = Visitor(auth)
    visitor.sign_up()
    visitor.get_session()
    visitor.call("update_user", {"name": "Countess"})
    assert visitor.get_session()["user"]["name"] == "Countess"


def test_additional_fields_change_and_defaults_stay_away(
    new_auth: MakeAuth, new_visitor: NewVisitor
) -> None:
    auth = new_auth(user={"additional_fields": FIELDS})
    visitor = new_visitor(auth)
    visitor.sign_up(plan="pro")
    visitor.call("update_user", {"nick_name": "Al", "age": 36})
    row = user_of(auth)
    assert (row["nick_name"], row["age"], row["plan"]) == ("Al", 36, "pro")
    visitor.call("update_user", {"nick_name": None})
    assert user_of(auth)["nick_name"] is None


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"role": "admin"}, (400, "FIELD_NOT_ALLOWED")),
        ({"role": "admin", "name": "Eve"}, (400, "FIELD_NOT_ALLOWED")),
        ({"email": "eve@example.com"}, (400, "EMAIL_CAN_NOT_BE_UPDATED")),
        ({"email": "eve@example.com", "name": "Eve"}, (400, "EMAIL_CAN_NOT_BE_UPDATED")),
        ({"email": ["eve@example.com"], "name": "Eve"}, (400, "EMAIL_CAN_NOT_BE_UPDATED")),
        ({"email": ""}, (400, "NO_FIELDS_TO_UPDATE")),
        ({}, (400, "NO_FIELDS_TO_UPDATE")),
        ({"unknown": 1}, (400, "NO_FIELDS_TO_UPDATE")),
        ({"email_verified": True}, (400, "NO_FIELDS_TO_UPDATE")),
        ({"id": "x"}, (400, "NO_FIELDS_TO_UPDATE")),
        ({"created_at": "2020-01-01T00:00:00.000Z"}, (400, "NO_FIELDS_TO_UPDATE")),
        ({"name": 5}, (400, "VALIDATION_ERROR")),
        ({"name": "x" * 20_000}, (400, "VALIDATION_ERROR")),
        ({"image": {}}, (400, "VALIDATION_ERROR")),
        ({"age": "old"}, (400, "VALIDATION_ERROR")),
    ],
    ids=lambda value: str(value)[:50],
)
def test_what_is_refused_changes_nothing(
    new_auth: MakeAuth, new_visitor: NewVisitor, body: dict[str, Any], refusal: tuple[int, str]
) -> None:
    auth = new_auth(user={"additional_fields": FIELDS})
    visitor = new_visitor(auth)
    visitor.sign_up()
    before = user_of(auth)
    answer = visitor.call("update_user", body)
    assert (answer.refusal, answer.set_cookies) == (refusal, [])
    assert user_of(auth) == before


def test_a_protected_field_beside_an_open_one_is_left_alone(
    new_auth: MakeAuth, new_visitor: NewVisitor
) -> None:
    auth = new_auth()
    visitor = new_visitor(auth)
    visitor.sign_up()
    before = user_of(auth)
    body = {"name": "Eve", "email_verified": True, "id": "x", "email": ""}
    assert visitor.call("update_user", body).status == 200
    row = user_of(auth)
    assert (row["name"], row["email_verified"], row["id"]) == ("Eve", False, before["id"])
    assert row["email"] == before["email"]


def test_a_null_name_is_refused() -> None:
    visitor = Visitor(make_auth())
    visitor.sign_up()
    answer = visitor.post("/update-user", {"name": None})
    assert answer.refusal == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize("body", [[], "x", 5, None])
def test_the_body_is_an_object(body: Any) -> None:
    visitor = Visitor(make_auth())
    visitor.sign_up()
    answer = visitor.request("POST", "/update-user", json=body)
    assert answer.refusal == (400, "VALIDATION_ERROR")


def test_a_taken_value_of_a_unique_field_is_a_conflict(
    new_auth: MakeAuth, new_visitor: NewVisitor
) -> None:
    auth = new_auth(user={"additional_fields": FIELDS})
    Visitor(auth).sign_up("eve@example.com", handle="eve")
    visitor = new_visitor(auth)
    visitor.sign_up(handle="ada")
    assert visitor.call("update_user", {"handle": "eve"}).refusal == (409, "CONFLICT")
    assert visitor.get_session()["user"]["handle"] == "ada"


def test_a_change_that_a_hook_stops_is_not_called_a_success(
    new_auth: MakeAuth, new_visitor: NewVisitor
) -> None:
    auth = new_auth(database_hooks={"user": {"update": {"before": lambda event: False}}})
    visitor = new_visitor(auth)
    visitor.sign_up()
    answer = visitor.call("update_user", {"name": "Eve"})
    assert (answer.refusal, answer.set_cookies) == ((400, "FAILED_TO_UPDATE_USER"), [])


def test_a_session_must_be_alive(new_auth: MakeAuth, new_visitor: NewVisitor) -> None:
    auth = new_auth(session={"cookie_cache": {"enabled": True}})
    assert new_visitor(auth).call("update_user", {"name": "Eve"}).refusal == (401, "UNAUTHORIZED")
    visitor = new_visitor(auth)
    visitor.sign_up()
    visitor.get_session()
    auth.context.adapter.delete_many("session", [])
    assert visitor.call("update_user", {"name": "Eve"}).refusal == (401, "UNAUTHORIZED")
    assert user_of(auth)["name"] == "Ada"


def test_another_site_cannot_change_anything() -> None:
    auth = make_auth()
    visitor = Visitor(auth)
    visitor.sign_up()
    visitor.origin = FOREIGN
    assert visitor.call("update_user", {"name": "Eve"}).refusal == (403, "INVALID_ORIGIN")
    assert user_of(auth)["name"] == "Ada"
