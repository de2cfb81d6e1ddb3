"""What a secondary storage keeps of values that an app's fields change on their way out."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from pyauth import PyAuth
from pyauth.clock import utc_now
from pyauth.db.core_schema import core_models
from pyauth.db.schema import ModelSchema, build_schema
from pyauth.models import User
from pyauth.options import Field
from pyauth.storage import MemoryStorage
from pyauth.stores.stored_json import RecordFormat, Unreadable, Unwritable
from tests.support.app import FrozenClock, Visitor, make_auth, rows_of, token_of
from tests.support.storage import SESSION_MODES

MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)


def format_of(kind: Any, *, changes: bool = True) -> RecordFormat[User]:
    """Return the format of users with one field, ``it``, which has a ``transform_output``."""
    transform = (lambda value: value) if changes else None
    field = Field(type=kind, required=False, transform_output=transform)
    return RecordFormat(
        User, build_schema(core_models(utc_now), [ModelSchema("user", {"it": field})])
    )


def data_of(**values: Any) -> dict[str, Any]:
    return {
        "id": "1",
        "name": "Ada",
        "email": "ada@example.com",
        "emailVerified": False,
        "createdAt": "2026-01-02T03:04:05.678Z",
        "updatedAt": "2026-01-02T03:04:05.678Z",
        **values,
    }


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("string", ["a", "b"]),
        ("string", 5),
        ("number", "five"),
        ("number", 1.5),
        ("boolean", "yes"),
        ("json", "x"),
        ("string[]", "a,b"),
        ("date", 1767323045678),
        ("date", "2026-01-02"),
        ("date", "2026-01-02T03:04:05.678000+00:00"),
        ("date", {"year": 2026}),
    ],
)
def test_what_an_output_function_made_is_read_as_json_has_it(kind: Any, value: Any) -> None:
    assert format_of(kind).read(data_of(it=value))["it"] == value
    if kind in {"string", "number", "boolean"}:
        with pytest.raises(Unreadable):
            format_of(kind, changes=False).read(data_of(it=value))


def test_a_moment_of_an_output_function_is_a_moment_again() -> None:
    users = format_of("date")
    assert users.write({"it": MOMENT}) == {"it": MOMENT}
    assert users.read(data_of(it="2026-01-02T03:04:05.678Z"))["it"] == MOMENT


@pytest.mark.parametrize(
    "value", [frozenset("ab"), object(), float("nan"), {"a": {1}}, 2**60, "\x00", b"x"]
)
def test_what_json_has_not_is_refused_and_the_field_named(value: Any) -> None:
    with pytest.raises(Unwritable, match=r"field 'it' of model 'user'.*return what JSON has"):
        format_of("string").write({"it": value})


# In an instance ----------------------------------------------------------------------------------


def auth_with(output: Any, mode: str, clock: FrozenClock, **facts: Any) -> PyAuth:
    field = {"type": "string", "required": False, "transform_output": output, **facts}
    return make_auth(
        secondary_storage=MemoryStorage(clock),
        clock=clock,
        user={"additional_fields": {"tags": field}},
        session=SESSION_MODES[mode],
    )


@pytest.mark.parametrize("mode", SESSION_MODES)
def test_what_another_server_has_changed_already_is_not_changed_again(
    clock: FrozenClock, mode: str
) -> None:
    """Better Auth stores a user as its adapter returned him, and shows what it finds as it is."""
    auth = auth_with(lambda value: f"<{value}>", mode, clock)
    visitor = Visitor(auth)
    assert visitor.sign_up(tags="x").json["user"]["tags"] == "<x>"
    storage = auth.context.secondary_storage
    assert storage is not None
    text = storage.get(token_of(visitor))
    assert text is not None
    assert json.loads(text)["user"]["tags"] == "<x>"
    assert visitor.get_session()["user"]["tags"] == "<x>"
    assert visitor.call("update_user", {"name": "Augusta"}).status == 200
    assert visitor.get_session()["user"]["tags"] == "<x>"


@pytest.mark.parametrize("mode", SESSION_MODES)
def test_an_output_that_no_storage_keeps_signs_nobody_up_and_says_which_field(
    clock: FrozenClock, mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    auth = auth_with(lambda value: frozenset(value.split(",")), mode, clock, returned=False)
    visitor = Visitor(auth)
    answer = visitor.sign_up(tags="sEcReT,b")
    assert (answer.status, answer.set_cookies) == (500, [])
    assert [rows_of(auth, model) for model in ("user", "account", "session")] == [[], [], []]
    assert "field 'tags' of model 'user'" in caplog.text
    assert "sEcReT" not in caplog.text
    assert visitor.sign_up().status == 200, "who has no such value is not concerned"


def test_a_change_to_an_output_that_no_storage_keeps_is_no_success(clock: FrozenClock) -> None:
    """Sessions go on showing the user as he was, so nobody may think that they follow."""
    auth = auth_with(frozenset, "stored", clock, returned=False)
    visitor = Visitor(auth)
    visitor.sign_up()
    assert visitor.call("update_user", {"tags": "ab"}).refusal == (503, "SERVICE_UNAVAILABLE")
    assert visitor.get_session()["user"]["name"] == "Ada"
