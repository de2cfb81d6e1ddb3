"""Additional fields of every kind, by every door, on every database, however sessions are kept."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pyauth import Contributions, Field, Plugin, PyAuth
from pyauth.crypto.passwords import PasswordHasher
from pyauth.db.adapter import Where
from pyauth.db.memory import MemoryAdapter
from pyauth.db.schema import ModelSchema
from pyauth.storage import MemoryStorage
from tests.support.app import (
    CHEAP_COST,
    ORIGIN,
    SECRET,
    Door,
    Visitor,
    make_auth,
    rows_of,
    token_of,
)
from tests.support.databases import fresh_database
from tests.support.storage import SESSION_MODES

KINDS: dict[str, Any] = {
    "text": "string",
    "whole": "number",
    "truth": "boolean",
    "moment": "date",
    "anything": "json",
    "words": "string[]",
    "numbers": "number[]",
    "size": ["small", "large"],
}
SENT: dict[str, tuple[Any, Any]] = {
    "text": ("first é", ""),
    "whole": (36, -(2**53 - 1)),
    "truth": (True, False),
    "moment": ("1815-12-10T00:00:00.123Z", "2026-01-02T03:04:05.000Z"),
    "anything": ({"a": [1, None, {"b": "c"}]}, [0]),
    "words": (["a", "é"], []),
    "numbers": ([1, -2], []),
    "size": ("small", "large"),
}
"""What is written first and then, as JSON has it."""

FIELDS: dict[str, Any] = {
    **{name: {"type": kind, "required": False} for name, kind in KINDS.items()},
    "renamed": {"type": "string", "required": False, "field_name": "other_column"},
    "hidden": {"type": "string", "required": False, "returned": False},
    "closed": {"type": "string", "required": False, "input": False},
    "plan": {"type": "string", "required": False, "default": "free", "input": False},
    "serial": {"type": "string", "required": False, "default": lambda: "made"},
    "touched": {"type": "string", "required": False, "on_update": lambda: "touched"},
    "shout": {
        "type": "string",
        "required": False,
        "transform_input": str.lower,
        "transform_output": str.upper,
    },
    "split": {
        "type": "string",
        "required": False,
        "transform_output": lambda text: text.split(","),
    },
}
MODELS = ("user", "session", "account", "verification")
SERVERS = ("sqlite", "postgresql", "mysql")
"""Databases of their own; the other places keep rows in memory."""


@pytest.fixture(scope="module", params=["memory", *SERVERS, *SESSION_MODES, "stateless"])
def auth(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PyAuth]:
    """One instance per place, with every field on every model of the core."""
    options: dict[str, Any] = {model: {"additional_fields": FIELDS} for model in MODELS}
    place: str = request.param
    with ExitStack() as stack:
        if place in SERVERS:
            folder: Path = tmp_path_factory.mktemp("fields")
            url = stack.enter_context(fresh_database(place, folder))
            options["database"] = url.render_as_string(hide_password=False)
        elif place in SESSION_MODES:
            options["secondary_storage"] = MemoryStorage()
            options["session"] |= SESSION_MODES[place]
        elif place == "stateless":
            options["database"] = None
        made = PyAuth(
            secret=SECRET,
            base_url=ORIGIN,
            mode="test",
            passwords=PasswordHasher(cost=CHEAP_COST),
            email_and_password={"enabled": True},
            **{"database": MemoryAdapter(), **options},
        )
        if place in SERVERS:
            made.migrate()
        stack.callback(made.close)
        yield made


@pytest.fixture
def visitor(auth: PyAuth, door: Door, request: pytest.FixtureRequest) -> Visitor:
    """Somebody who has not signed up yet, on an empty database."""
    for model in ("session", "account", "verification", "user"):
        auth.context.adapter.delete_many(model, ())
    return Visitor(auth, door=door)


@pytest.mark.parametrize("field", KINDS)
def test_a_user_has_them_at_sign_up_and_changes_them(visitor: Visitor, field: str) -> None:
    first, second = SENT[field]
    answer = visitor.sign_up(**{field: first})
    assert answer.json["user"][field] == first
    assert visitor.sign_in().json["user"][field] == first
    assert visitor.call("update_user", {field: second}).status == 200
    assert visitor.get_session()["user"][field] == second
    assert visitor.call("update_user", {field: None}).status == 200
    assert visitor.get_session()["user"][field] is None


@pytest.mark.parametrize("field", KINDS)
def test_a_session_has_them_changed_and_listed(visitor: Visitor, field: str) -> None:
    visitor.sign_up()
    assert visitor.get_session()["session"][field] is None
    for value in SENT[field]:
        answer = visitor.call("update_session", {field: value})
        assert answer.json["session"][field] == value
        assert visitor.get_session()["session"][field] == value
        (listed,) = visitor.call("list_sessions").json
        assert listed[field] == value


@pytest.mark.parametrize("model", ["account", "verification"])
@pytest.mark.parametrize("field", KINDS)
def test_what_the_server_makes_has_them_too(
    auth: PyAuth, visitor: Visitor, model: str, field: str
) -> None:
    adapter, now = auth.context.adapter, datetime(2026, 1, 2, tzinfo=UTC)
    visitor.sign_up()
    adapter.create("verification", {"identifier": "i", "value": "v", "expires_at": now})
    for value in SENT[field]:
        stored = datetime.fromisoformat(value) if KINDS[field] == "date" else value
        (row,) = rows_of(auth, model)
        changed = adapter.update_one(model, [Where("id", row["id"])], {field: stored})
        assert changed is not None
        assert rows_of(auth, model)[0][field] == stored
        if model == "account":
            (account,) = visitor.call("list_user_accounts").json
            assert account[field] == value


def test_each_field_keeps_its_rules_on_a_user(auth: PyAuth, visitor: Visitor) -> None:
    user = visitor.sign_up(renamed="r", hidden="h", shout="Hello").json["user"]
    expected = {"renamed": "r", "plan": "free", "serial": "made", "shout": "HELLO", "closed": None}
    assert {name: user[name] for name in expected} == expected
    assert "hidden" not in user
    (row,) = rows_of(auth, "user")
    assert (row["hidden"], row["shout"], row["touched"]) == ("h", "hello", None)
    assert visitor.call("update_user", {"hidden": "other"}).status == 200
    assert rows_of(auth, "user")[0]["hidden"] == "other"
    shown = visitor.get_session()["user"]
    assert (shown["touched"], shown["serial"], "hidden" in shown) == ("touched", "made", False)


def test_each_field_keeps_its_rules_on_a_session(auth: PyAuth, visitor: Visitor) -> None:
    visitor.sign_up()
    session = visitor.get_session()["session"]
    assert (session["plan"], session["serial"], "hidden" in session) == ("free", "made", False)
    changed = visitor.call("update_session", {"shout": "Hey", "hidden": "h"}).json["session"]
    assert (changed["shout"], changed["touched"], "hidden" in changed) == ("HEY", "touched", False)
    (kept,) = auth.context.sessions.list_of_user(session["userId"])
    assert (kept["shout"], kept["hidden"], kept.token) == ("HEY", "h", token_of(visitor))
    for row in rows_of(auth, "session"):
        assert (row["shout"], row["hidden"], row["token"]) == ("hey", "h", token_of(visitor))


def test_an_output_of_another_kind_than_its_field_is_shown_everywhere(
    auth: PyAuth, visitor: Visitor
) -> None:
    """And once: what is kept as it is shown is not changed again."""
    assert visitor.sign_up(split="a,b").json["user"]["split"] == ["a", "b"]
    assert visitor.call("update_session", {"split": "c,d"}).json["session"]["split"] == ["c", "d"]
    for _ in range(2):
        found = visitor.get_session()
        assert (found["user"]["split"], found["session"]["split"]) == (["a", "b"], ["c", "d"])
        assert visitor.call("update_user", {"name": "Augusta"}).status == 200
    assert visitor.call("update_user", {"split": "e"}).status == 200
    assert visitor.get_session()["user"]["split"] == ["e"]
    (listed,) = visitor.call("list_sessions").json
    assert listed["split"] == ["c", "d"]
    assert [row["split"] for row in rows_of(auth, "user")] == ["e"]


@pytest.mark.parametrize("route", ["update_user", "update_session"])
@pytest.mark.parametrize("field", ["closed", "plan"])
def test_what_is_closed_to_input_cannot_be_changed(
    auth: PyAuth, visitor: Visitor, route: str, field: str
) -> None:
    visitor.sign_up()
    before = {model: rows_of(auth, model) for model in ("user", "session")}
    answer = visitor.call(route, {field: "x", "text": "y"})
    assert answer.refusal == (400, "FIELD_NOT_ALLOWED")
    assert answer.json["message"] == f"{field} is not allowed to be set"
    assert {model: rows_of(auth, model) for model in ("user", "session")} == before


def test_a_sign_up_cannot_fill_what_is_closed_to_input(auth: PyAuth, visitor: Visitor) -> None:
    assert visitor.sign_up(closed="x").refusal == (400, "FIELD_NOT_ALLOWED")
    assert visitor.sign_up(plan="gold").json["user"]["plan"] == "free"
    assert len(rows_of(auth, "user")) == 1


@pytest.mark.parametrize("route", ["update_session", "update_user"])
def test_no_route_but_its_own_sets_what_a_plugin_owns(door: Door, route: str) -> None:
    """As upstream since 1.6.16 (5e49c56a9e)."""
    owned = {"active_team_id": Field(type="string", required=False, input=False)}

    class Teams(Plugin):
        id = "teams"

        def contribute(self) -> Contributions:
            return Contributions(schema=[ModelSchema("session", owned), ModelSchema("user", owned)])

    auth = make_auth(plugins=[Teams()])
    visitor = Visitor(auth, door=door)
    visitor.sign_up()
    answer = visitor.call(route, {"active_team_id": "team", "name": "x"})
    assert answer.refusal == (400, "FIELD_NOT_ALLOWED")
    assert answer.json["message"] == "activeTeamId is not allowed to be set"
    assert visitor.sign_up("b@example.com", active_team_id="team").status == 400
    model = "session" if route == "update_session" else "user"
    assert [row["active_team_id"] for row in rows_of(auth, model)] == [None]
