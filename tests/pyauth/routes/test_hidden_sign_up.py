"""Sign-up where taken addresses are hidden: nothing tells them from free ones."""

from collections.abc import Mapping
from typing import Any, Literal

import pytest

from pyauth import APIError, Contributions, DatabaseEvent, Field, Plugin
from pyauth.error_codes import ErrorCode
from pyauth.events import ExistingUserSignUp, SyntheticUser
from pyauth.plugin import ModelSchema
from tests.pyauth.conftest import MakeAuth, NewVisitor
from tests.support.app import (
    FrozenClock,
    Outbox,
    Visitor,
    make_auth,
    row_counts,
)
from tests.support.watched import CountingPasswords

HIDING = {"enabled": True, "require_email_verification": True}


@pytest.mark.parametrize(
    "settings",
    [
        {"enabled": True, "require_email_verification": True},
        {"enabled": True, "auto_sign_in": False},
    ],
)
def test_a_taken_address_cannot_be_told_from_a_free_one_where_that_is_hidden(
    new_auth: MakeAuth, new_visitor: NewVisitor, settings: dict[str, Any], clock: FrozenClock
) -> None:
    auth = new_auth(
        email_and_password=settings,
        user={
            "additional_fields": {
                "nickname": {"type": "string", "required": False},
                "plan": {"type": "string", "default": "free", "input": False},
                "inner": {"type": "string", "required": False, "returned": False},
                "shout": {
                    "type": "string",
                    "required": False,
                    "transform_input": str.lower,
                    "transform_output": str.upper,
                },
                "score": {"type": "number", "required": False},
                "born": {"type": "date", "required": False},
            }
        },
    )
    extras = {
        "nickname": "ada",
        "inner": "x",
        "shout": "Hello",
        "score": 7.0,
        "born": "1815-12-10T00:00:00.123456Z",
    }
    new_visitor(auth).sign_up("taken@example.com")
    before = row_counts(auth)
    clock.advance(days=1)
    hidden = new_visitor(auth).sign_up("Taken@example.com", **extras)
    assert row_counts(auth) == before

    free = new_visitor(auth).sign_up("free@example.com", **extras)

    assert (hidden.status, hidden.json["token"]) == (free.status, free.json["token"]) == (200, None)
    assert list(hidden.headers.keys()) == list(free.headers.keys())
    assert list(hidden.json["user"]) == list(free.json["user"])
    assert len(hidden.json["user"]["id"]) == len(free.json["user"]["id"])
    own = {"id", "email"}
    assert {key: value for key, value in hidden.json["user"].items() if key not in own} == {
        key: value for key, value in free.json["user"].items() if key not in own
    }
    assert hidden.json["user"]["email"] == "taken@example.com"


def test_the_work_for_a_taken_address_hashes_as_often_as_for_a_free_one() -> None:
    passwords = CountingPasswords()
    auth = make_auth(passwords=passwords, email_and_password=HIDING)
    for email in ("ada@example.com", "ada@example.com"):
        passwords.work.clear()
        Visitor(auth).sign_up(email)
        assert passwords.work == ["hash"]


def test_the_app_learns_of_a_hidden_sign_up(new_visitor: NewVisitor) -> None:
    told = Outbox()
    auth = make_auth(email_and_password={**HIDING, "on_existing_user_sign_up": told})
    new_visitor(auth).sign_up()
    assert told.sent == []
    new_visitor(auth).sign_up(name="Eve")
    (event,) = told.sent
    assert isinstance(event, ExistingUserSignUp)
    assert (event.user.name, event.user.email) == ("Ada", "ada@example.com")


def _forbid(event: DatabaseEvent) -> None:
    if event.data["email"].endswith("@blocked.example"):
        raise APIError(ErrorCode("BLOCKED", "Not from there", 403))


def _veto(event: DatabaseEvent) -> Literal[False] | None:
    return False if event.data["email"].endswith("@blocked.example") else None


@pytest.mark.parametrize("hides", [True, False])
@pytest.mark.parametrize(
    ("forbid", "refusal"),
    [(_forbid, (403, "BLOCKED")), (_veto, (400, "FAILED_TO_CREATE_USER"))],
)
def test_an_address_that_a_hook_forbids_is_hidden_where_taken_ones_are(
    new_auth: MakeAuth,
    new_visitor: NewVisitor,
    forbid: Any,
    refusal: tuple[int, str],
    hides: bool,
) -> None:
    auth = new_auth(
        database_hooks={"user": {"create": {"before": forbid}}},
        email_and_password={"enabled": True, "auto_sign_in": not hides},
    )
    answer = new_visitor(auth).sign_up("ada@blocked.example")
    assert row_counts(auth)["user"] == 0
    if not hides:
        assert answer.refusal == refusal
        return
    new_visitor(auth).sign_up("ada@example.com")
    taken = new_visitor(auth).sign_up("ada@example.com")
    assert (answer.status, answer.json["token"]) == (200, None)
    assert list(answer.json["user"]) == list(taken.json["user"])


def test_the_app_can_shape_the_made_up_user() -> None:
    def shape(parts: SyntheticUser) -> Mapping[str, Any]:
        return {**parts.core_fields, **parts.additional_fields, "id": f"x{parts.id}"}

    auth = make_auth(email_and_password={**HIDING, "custom_synthetic_user": shape})
    Visitor(auth).sign_up()
    user = Visitor(auth).sign_up().json["user"]
    assert user["id"].startswith("x")
    assert set(user) == {
        "id", "name", "email", "emailVerified", "image", "createdAt", "updatedAt",
    }  # fmt: skip


class Naming(Plugin):
    """Adds fields to the user."""

    id = "naming"

    def contribute(self) -> Contributions:
        handle = Field(type="string", required=False)
        return Contributions(schema=[ModelSchema("user", {"handle": handle})])


def test_a_shaping_function_is_told_of_the_apps_own_fields_alone() -> None:
    seen: list[Mapping[str, Any]] = []

    def shape(parts: SyntheticUser) -> Mapping[str, Any]:
        seen.append(parts.additional_fields)
        return {**parts.core_fields, **parts.additional_fields, "id": parts.id}

    auth = make_auth(
        email_and_password={**HIDING, "custom_synthetic_user": shape},
        user={"additional_fields": {"nick": {"type": "string", "required": False}}},
        plugins=[Naming()],
    )
    real = Visitor(auth).sign_up(nick="A", handle="ada").json["user"]
    made_up = Visitor(auth).sign_up(nick="A", handle="ada").json["user"]
    assert seen == [{"nick": "A"}]
    assert {name: made_up[name] for name in ("nick", "handle")} == {"nick": "A", "handle": "ada"}
    assert set(made_up) == set(real)


TAKEN_HANDLE = {"handle": {"type": "string", "required": False, "unique": True}}


@pytest.mark.parametrize("email", ["ada@example.com", "free@example.com"])
def test_a_taken_value_of_another_field_does_not_tell_taken_addresses(
    new_auth: MakeAuth, email: str
) -> None:
    auth = new_auth(email_and_password=HIDING, user={"additional_fields": TAKEN_HANDLE})
    Visitor(auth).sign_up("ada@example.com", handle="ada")

    answer = Visitor(auth).sign_up(email, handle="ada")

    assert answer.refusal == (422, "FAILED_TO_CREATE_USER")
    assert row_counts(auth)["user"] == 1


@pytest.mark.parametrize("email", ["ada@example.com", "free@example.com"])
def test_a_reference_that_leads_nowhere_does_not_tell_taken_addresses(
    new_auth: MakeAuth, email: str
) -> None:
    inviter = {"type": "string", "required": False, "references": {"model": "user"}}
    auth = new_auth(email_and_password=HIDING, user={"additional_fields": {"inviter": inviter}})
    Visitor(auth).sign_up("ada@example.com")

    answer = Visitor(auth).sign_up(email, inviter="x" * 32)

    assert answer.refusal == (422, "FAILED_TO_CREATE_USER")
    assert row_counts(auth)["user"] == 1


@pytest.mark.parametrize("email", ["ada@example.com", "free@example.com"])
@pytest.mark.parametrize(
    "body", [{"name": "n" * 16_001}, {"image": "i" * 16_001}, {"handle": "h" * 256}]
)
def test_a_text_no_column_holds_does_not_tell_taken_addresses(
    new_auth: MakeAuth, email: str, body: Mapping[str, str]
) -> None:
    auth = new_auth(email_and_password=HIDING, user={"additional_fields": TAKEN_HANDLE})
    Visitor(auth).sign_up("ada@example.com")

    answer = Visitor(auth).sign_up(email, **body)

    assert answer.refusal == (400, "VALIDATION_ERROR")
    assert "Too big: expected string to have <=" in answer.json["message"]


@pytest.mark.parametrize("email", ["ada@example.com", "free@example.com"])
@pytest.mark.parametrize(("levels", "status"), [(31, 200), (32, 400)])
def test_json_that_no_column_holds_does_not_tell_taken_addresses(
    new_auth: MakeAuth, email: str, levels: int, status: int
) -> None:
    fields = {"settings": {"type": "json", "required": False}}
    auth = new_auth(email_and_password=HIDING, user={"additional_fields": fields})
    Visitor(auth).sign_up("ada@example.com")
    settings: Any = 1
    for level in range(levels):
        settings = [settings] if level % 2 else {"a": settings}

    assert Visitor(auth).sign_up(email, settings=settings).status == status


def test_counted_ids_beside_hidden_addresses_are_warned_of(
    caplog: pytest.LogCaptureFixture,
) -> None:
    make_auth(email_and_password=HIDING, advanced={"database": {"generate_id": "serial"}})
    assert "counted ids show it" in caplog.text
