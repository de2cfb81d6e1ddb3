"""Records in a cookie come back as the store would return them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pyauth import Session, User
from pyauth.sessions.cached_record import CachedRecord
from tests.support.app import FrozenClock, make_auth

FIELDS: dict[str, Any] = {
    "born": {"type": "date", "required": False},
    "profile": {"type": "json", "required": False},
    "tags": {"type": "string[]", "required": False},
    "scores": {"type": "number[]", "required": False},
    "score": {"type": "number", "required": False},
    "member": {"type": "boolean", "required": False},
    "color": {"type": ["red", "blue"], "required": False},
    "secretNote": {"type": "string", "required": False, "returned": False},
    "plan": {"type": "string", "default": "free"},
}
VALUES: dict[str, Any] = {
    "born": datetime(2001, 2, 3, 4, 5, 6, 789000, UTC),
    "profile": {"b": [1, None, {"ž": True}], "1": "x"},
    "tags": ["a", "b"],
    "scores": [1, 2],
    "score": 12,
    "member": True,
    "color": "red",
    "secret_note": "hidden",
}


def make(fields: dict[str, Any] = FIELDS, **values: Any) -> tuple[CachedRecord[User], User]:
    auth = make_auth(user={"additional_fields": fields}, clock=FrozenClock())
    user = auth.context.users.create({"name": "Ada", "email": "ada@example.com", **values})
    assert user is not None
    return CachedRecord(User, auth.context.schema.model("user")), user


def test_every_type_comes_back_as_it_was() -> None:
    form, user = make(**VALUES)
    again = form.read(form.write(user))
    assert again is not None
    shown = {name: value for name, value in user.items() if name != "secret_note"}
    assert dict(again) == shown
    assert {name: type(value) for name, value in again.items()} == {
        name: type(value) for name, value in shown.items()
    }
    assert again.created_at.tzinfo is UTC


def test_none_comes_back_as_none() -> None:
    form, user = make()
    again = form.read(form.write(user))
    assert again is not None
    assert again["born"] is again["profile"] is again.image is None


def test_hidden_fields_stay_at_home() -> None:
    form, user = make(**VALUES)
    assert "hidden" not in str(form.write(user))
    again = form.read({**form.write(user), "secretNote": "smuggled"})
    assert again is not None
    assert "secret_note" not in again


def test_a_field_that_came_up_later_has_its_default_or_none() -> None:
    form, user = make(**VALUES)
    values = form.write(user)
    del values["plan"], values["score"]
    again = form.read(values)
    assert again is not None
    assert (again["plan"], again["score"]) == ("free", None)


def test_a_field_that_is_gone_is_left_out() -> None:
    form, user = make()
    again = form.read({**form.write(user), "retired": 1})
    assert again is not None
    assert "retired" not in again


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("email", None),
        ("email", 5),
        ("emailVerified", "true"),
        ("emailVerified", 1),
        ("createdAt", "yesterday"),
        ("createdAt", 1700000000000),
        ("createdAt", "0001-01-01T00:00:00+14:00"),
        ("score", 1.5),
        ("score", True),
        ("score", 2**54),
        ("id", None),
    ],
)
def test_data_that_does_not_fit_is_no_record(name: str, value: Any) -> None:
    form, user = make()
    assert form.read({**form.write(user), name: value}) is None


@pytest.mark.parametrize("name", ["email", "id", "name"])
def test_data_that_lacks_what_every_record_has_is_no_record(name: str) -> None:
    form, user = make()
    values = form.write(user)
    del values[name]
    assert form.read(values) is None


def test_sessions_are_written_under_their_wire_names() -> None:
    auth = make_auth(clock=FrozenClock())
    user = auth.context.users.create({"name": "Ada", "email": "ada@example.com"})
    assert user is not None
    issued = auth.context.session_manager.issue(user)
    assert issued is not None
    form = CachedRecord(Session, auth.context.schema.model("session"))
    assert set(form.write(issued.session)) == {
        "id", "token", "userId", "expiresAt", "createdAt", "updatedAt", "ipAddress", "userAgent",
    }  # fmt: skip
    assert form.read(form.write(issued.session)) == issued.session


@pytest.mark.parametrize("made", [("a", "b"), datetime(2026, 1, 1, tzinfo=UTC), {1}, 5, 1.5])
def test_what_a_cookie_would_change_is_not_written(made: Any) -> None:
    fields = {
        "odd": {"type": "json", "required": False, "transform_output": lambda _: made},
        "text": {"type": "string", "required": False},
    }
    form, user = make(fields, odd="x")
    if isinstance(made, int | float):
        assert form.read(form.write(user)) == user, "plain values survive"
        return
    with pytest.raises((TypeError, ValueError)):
        form.write(user)


def test_numbers_that_are_not_exact_in_json_are_not_written() -> None:
    form, user = make({"big": {"type": "number", "bigint": True}}, big=2**60)
    with pytest.raises(ValueError, match="exact"):
        form.write(user)
