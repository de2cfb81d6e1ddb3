"""Database hooks: what may stop or change a write, and when the others learn of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pyauth import (
    APIError,
    Contributions,
    DatabaseEvent,
    Plugin,
    PyAuth,
    Record,
    Session,
    UniqueViolation,
    User,
)
from pyauth.db.adapter import Where
from pyauth.db.hooks import as_record
from pyauth.error_codes import ErrorCode
from pyauth.plugin import DatabaseHook
from tests.pyauth.conftest import MakeAuth
from tests.support.app import Outbox, Visitor, make_auth, row_counts, rows_of, token_of
from tests.support.threads import in_threads

BODY = {"name": "Ada", "email": "ada@example.com", "password": "correct horse"}
NOTHING = {"user": 0, "account": 0, "session": 0, "verification": 0}


def hooks(model: str, action: str, **pair: Any) -> dict[str, Any]:
    return {"database_hooks": {model: {action: pair}}}


def refuse(event: DatabaseEvent) -> bool:
    return False


@pytest.mark.parametrize(
    ("model", "status", "code"),
    [
        ("user", 400, "FAILED_TO_CREATE_USER"),
        ("account", 400, "FAILED_TO_CREATE_USER"),
        ("session", 400, "FAILED_TO_CREATE_SESSION"),
    ],
)
def test_a_veto_undoes_the_whole_sign_up(
    new_auth: MakeAuth, outbox: Outbox, model: str, status: int, code: str
) -> None:
    auth = new_auth(
        verification=outbox,
        email_verification={"send_on_sign_up": True},
        **hooks(model, "create", before=refuse),
    )
    answer = Visitor(auth).sign_up()
    assert answer.refusal == (status, code)
    assert (answer.set_cookies, outbox.sent) == ([], [])
    assert row_counts(auth) == NOTHING


def test_a_veto_of_the_session_refuses_the_sign_in(new_auth: MakeAuth) -> None:
    allow = [True]
    auth = new_auth(**hooks("session", "create", before=lambda event: allow[0]))
    Visitor(auth).sign_up()
    allow[0] = False
    answer = Visitor(auth).sign_in()
    assert answer.refusal == (401, "FAILED_TO_CREATE_SESSION")
    assert answer.set_cookies == []


def test_a_veto_keeps_a_session_that_would_end(new_auth: MakeAuth) -> None:
    auth = new_auth(**hooks("session", "delete", before=refuse))
    visitor = Visitor(auth)
    visitor.sign_up()
    assert visitor.call("revoke_sessions").status == 200
    assert visitor.get_session() is not None


def test_an_error_in_a_hook_is_the_answer(new_auth: MakeAuth) -> None:
    def refuse_aloud(event: DatabaseEvent) -> None:
        raise APIError(ErrorCode("CLOSED", "We are closed", 403))

    auth = new_auth(**hooks("account", "create", before=refuse_aloud))
    assert Visitor(auth).sign_up().refusal == (403, "CLOSED")
    assert row_counts(auth) == NOTHING


def test_hooks_change_what_is_written_in_order_the_apps_first(new_auth: MakeAuth) -> None:
    class Suffix(Plugin):
        id = "suffix"

        def contribute(self) -> Contributions:
            return Contributions(database_hooks=[DatabaseHook("user", "create", before=add("!"))])

    def add(text: str) -> Callable[[DatabaseEvent], dict[str, Any]]:
        return lambda event: {"name": event.data["name"] + text}

    auth = new_auth(plugins=[Suffix()], **hooks("user", "create", before=add("?")))
    assert Visitor(auth).sign_up().json["user"]["name"] == "Ada?!"
    assert rows_of(auth, "user")[0]["name"] == "Ada?!"


def test_a_hook_cannot_change_the_values_behind_the_others_backs() -> None:
    def tamper(event: DatabaseEvent) -> None:
        event.data["name"] = "Eve"  # type: ignore[index]

    auth = make_auth(**hooks("user", "create", before=tamper))
    assert Visitor(auth).sign_up().json["user"]["name"] == "Ada"


def test_the_others_learn_of_it_after_the_outermost_commit(new_auth: MakeAuth) -> None:
    seen: list[tuple[str, str, dict[str, int]]] = []
    auth: PyAuth

    def note(event: DatabaseEvent) -> None:
        seen.append((event.model, event.action, row_counts(auth)))

    groups = {model: {"create": {"after": note}} for model in ("user", "account", "session")}
    auth = new_auth(database_hooks=groups)
    Visitor(auth).sign_up()
    complete = {"user": 1, "account": 1, "session": 1, "verification": 0}
    assert seen == [
        ("user", "create", complete),
        ("account", "create", complete),
        ("session", "create", complete),
    ]


def test_what_is_rolled_back_is_told_to_nobody(new_auth: MakeAuth) -> None:
    told = Outbox()
    group = {"user": {"create": {"after": told}}, "session": {"create": {"before": refuse}}}
    auth = new_auth(database_hooks=group)
    Visitor(auth).sign_up()
    assert told.sent == []


def test_an_after_hook_that_fails_changes_nothing(
    new_auth: MakeAuth, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(event: DatabaseEvent) -> None:
        raise ValueError("sEcReT")

    auth = new_auth(**hooks("user", "create", after=fail))
    answer = Visitor(auth).sign_up()
    assert answer.status == 200
    assert row_counts(auth)["user"] == 1
    assert any(record.levelname == "ERROR" for record in caplog.records)


def test_an_event_says_what_was_written_and_by_which_call(new_auth: MakeAuth) -> None:
    before, after = Outbox(), Outbox()
    auth = new_auth(**hooks("user", "create", before=before, after=after))
    Visitor(auth).post("/sign-up/email", BODY, headers={"X-Lang": "de"})
    (first,), (second,) = before.sent, after.sent
    assert (first.model, first.action, first.record) == ("user", "create", None)
    assert first.data["email"] == "ada@example.com"
    assert isinstance(second.record, User)
    assert second.record.id == rows_of(auth, "user")[0]["id"]
    for event in (first, second):
        assert event.call is not None
        assert (event.call.path, event.call.headers.get("x-lang")) == ("/sign-up/email", "de")


def test_writes_outside_of_a_call_know_of_none(new_auth: MakeAuth) -> None:
    seen = Outbox()
    auth = new_auth(**hooks("user", "update", after=seen))
    Visitor(auth).sign_up()
    (row,) = rows_of(auth, "user")
    auth.context.users.update(row["id"], {"name": "Augusta"})
    (event,) = seen.sent
    assert (event.call, event.record.name, event.data["name"]) == (None, "Augusta", "Augusta")


def test_a_deletion_shows_what_goes(new_auth: MakeAuth) -> None:
    before, after = Outbox(), Outbox()
    auth = new_auth(**hooks("session", "delete", before=before, after=after))
    visitor = Visitor(auth)
    visitor.sign_up()
    token = token_of(visitor)
    visitor.call("sign_out")
    for (event,) in (before.sent, after.sent):
        assert isinstance(event.record, Session)
        assert event.record.token == token


def test_a_deletion_of_more_rows_than_a_listing_shows_reaches_all(new_auth: MakeAuth) -> None:
    seen = Outbox()
    auth = new_auth(
        advanced={"database": {"default_find_many_limit": 2}},
        **hooks("session", "delete", after=seen),
    )
    visitor = Visitor(auth)
    visitor.sign_up()
    for _ in range(4):
        Visitor(auth).sign_in()
    visitor.call("revoke_sessions")
    assert (len(seen.sent), row_counts(auth)["session"]) == (5, 0)


def test_an_update_that_found_no_row_tells_nobody(new_auth: MakeAuth) -> None:
    seen = Outbox()
    auth = new_auth(**hooks("user", "update", after=seen))
    assert auth.context.users.update("nobody", {"name": "x"}) is None
    assert seen.sent == []


def test_a_record_of_a_plugins_model_is_a_plain_one() -> None:
    assert type(as_record("widget", {"id": "w"})) is Record
    assert type(as_record("session", {"id": "s"})) is Session


# What a hook may return ---------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [None, True, {}])
def test_a_hook_that_says_nothing_lets_the_write_be(new_auth: MakeAuth, answer: Any) -> None:
    auth = new_auth(**hooks("user", "create", before=lambda event: answer))
    assert Visitor(auth).sign_up().json["user"]["name"] == "Ada"


@pytest.mark.parametrize("answer", ["no", 1.5, [("name", "Eve")]])
def test_a_hook_that_returns_something_else_is_a_fault_that_is_named(
    new_auth: MakeAuth, caplog: pytest.LogCaptureFixture, answer: Any
) -> None:
    auth = new_auth(**hooks("user", "create", before=lambda event: answer))
    assert Visitor(auth).sign_up().refusal == (500, "INTERNAL_SERVER_ERROR")
    assert row_counts(auth) == NOTHING
    assert "a before-hook of create of 'user' returned" in caplog.text
    assert "None, True, False or a mapping of changes" in caplog.text


def test_a_hook_cannot_write_a_field_that_is_not_there(
    new_auth: MakeAuth, caplog: pytest.LogCaptureFixture
) -> None:
    auth = new_auth(**hooks("user", "create", before=lambda event: {"data": {"name": "Eve"}}))
    assert Visitor(auth).sign_up().status == 500
    assert "model 'user' has no field 'data'" in caplog.text


def test_a_veto_ends_the_asking(new_auth: MakeAuth) -> None:
    asked: list[str] = []

    class Late(Plugin):
        id = "late"

        def contribute(self) -> Contributions:
            return Contributions(
                database_hooks=[
                    DatabaseHook("user", "create", before=lambda event: asked.append("late"))
                ]
            )

    def first(event: DatabaseEvent) -> bool:
        asked.append("first")
        return False

    Visitor(new_auth(plugins=[Late()], **hooks("user", "create", before=first))).sign_up()
    assert asked == ["first"]


# Every kind of write, on every model --------------------------------------------------------------

MODELS = ("user", "session", "account", "verification")


def _row(auth: PyAuth, model: str) -> str:
    """Make a row of a model, and what it refers to; return its id."""
    writer, moment = auth.context.writer, auth.context.clock()
    given: dict[str, dict[str, Any]] = {
        "user": {"name": "A", "email": f"{auth.context.make_id('user')}@example.com"},
        "verification": {"identifier": "i", "value": "v", "expires_at": moment},
    }
    if model in {"session", "account"}:
        owner = _row(auth, "user")
        given["session"] = {
            "user_id": owner,
            "token": auth.context.make_id("session"),
            "expires_at": moment,
            "ip_address": "",
        }
        given["account"] = {"user_id": owner, "account_id": owner, "provider_id": "p"}
    row = writer.create(model, given[model])
    assert row is not None
    row_id: str = row["id"]
    return row_id


CHANGES: dict[str, dict[str, Any]] = {
    "user": {"name": "B"},
    "session": {"ip_address": "B"},
    "account": {"scope": "B"},
    "verification": {"value": "B"},
}


@pytest.mark.parametrize("model", MODELS)
def test_every_write_to_a_model_of_the_core_has_its_hooks(new_auth: MakeAuth, model: str) -> None:
    seen: list[tuple[str, str]] = []

    def pair(action: str) -> dict[str, Any]:
        return {
            "before": lambda event: seen.append(("before", event.action)),
            "after": lambda event: seen.append(("after", event.action)),
        }

    actions = ("create", "update", "delete")
    auth = new_auth(database_hooks={model: {action: pair(action) for action in actions}})
    writer = auth.context.writer
    where = [Where("id", _row(auth, model))]
    assert seen == [("before", "create"), ("after", "create")]
    seen.clear()
    assert writer.update_one(model, where, CHANGES[model]) is not None
    assert writer.update_many(model, where, CHANGES[model]) == 1
    assert seen == [("before", "update"), ("after", "update")] * 2
    seen.clear()
    assert writer.delete_many(model, where) == 1
    assert writer.consume_one(model, [Where("id", _row(auth, model))]) is not None
    assert [phase for phase in seen if phase[1] == "delete"] == [
        ("before", "delete"),
        ("after", "delete"),
    ] * 2


@pytest.mark.parametrize("model", MODELS)
def test_a_veto_stops_every_write_to_a_model_of_the_core(new_auth: MakeAuth, model: str) -> None:
    closed = [False]
    veto = {"before": lambda event: not closed[0]}
    auth = new_auth(database_hooks={model: {"create": veto, "update": veto, "delete": veto}})
    writer = auth.context.writer
    where = [Where("id", _row(auth, model))]
    rows = rows_of(auth, model)
    closed[0] = True
    assert writer.create(model, {}) is None
    assert writer.update_one(model, where, CHANGES[model]) is None
    assert writer.update_many(model, where, CHANGES[model]) == 0
    assert writer.delete_many(model, where) == 0
    assert writer.consume_one(model, where) is None
    assert rows_of(auth, model) == rows


def test_an_update_of_many_is_asked_of_once_and_told_of_by_record(new_auth: MakeAuth) -> None:
    before, after = Outbox(), Outbox()

    def shout(event: DatabaseEvent) -> dict[str, Any]:
        before(event)
        return {"name": event.data["name"].upper()}

    auth = new_auth(**hooks("user", "update", before=shout, after=after))
    for name in ("a", "b", "c"):
        Visitor(auth).sign_up(f"{name}@example.com")
    where = [Where("email", "c@example.com", "ne")]
    assert auth.context.writer.update_many("user", where, {"name": "x"}) == 2
    assert [event.record for event in before.sent] == [None]
    assert sorted(event.record.email for event in after.sent) == ["a@example.com", "b@example.com"]
    assert sorted(row["name"] for row in rows_of(auth, "user")) == ["Ada", "X", "X"]


def test_an_update_of_many_is_told_of_once_it_is_committed(new_auth: MakeAuth) -> None:
    told = Outbox()
    auth = new_auth(**hooks("user", "update", after=told))
    Visitor(auth).sign_up()

    def rename_and_fail() -> None:
        with auth.context.adapter.transaction():
            auth.context.writer.update_many("user", [], {"name": "x"})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        rename_and_fail()
    assert (told.sent, rows_of(auth, "user")[0]["name"]) == ([], "Ada")


def test_a_hook_keeps_one_row_of_a_deletion_and_the_others_go(new_auth: MakeAuth) -> None:
    def keep_the_first(event: DatabaseEvent) -> bool:
        assert event.record is not None
        return bool(event.record["user_agent"] != "kept")

    auth = new_auth(**hooks("session", "delete", before=keep_the_first))
    visitor = Visitor(auth)
    visitor.sign_up()
    visitor.call("sign_in_email", BODY, headers={"User-Agent": "kept"})
    visitor.sign_in()
    visitor.call("revoke_sessions")
    assert [row["user_agent"] for row in rows_of(auth, "session")] == ["kept"]


def test_of_those_who_redeem_a_value_one_wins_and_its_hooks_are_told_once(tmp_path: Path) -> None:
    told = Outbox()
    auth = make_auth(
        database=f"sqlite:///{tmp_path}/race.sqlite3",
        database_hooks={"verification": {"delete": {"before": lambda event: None, "after": told}}},
    )
    where = [Where("id", _row(auth, "verification"))]
    outcomes = in_threads(lambda _: auth.context.writer.consume_one("verification", where))
    auth.close()
    assert (sum(row is not None for row in outcomes), len(told.sent)) == (1, 1)


def test_hooks_see_values_as_everybody_else_does(new_auth: MakeAuth) -> None:
    seen = Outbox()
    group = {action: {"before": seen, "after": seen} for action in ("create", "update", "delete")}
    field = {"type": "string", "required": False, "transform_output": lambda text: text.upper()}
    auth = new_auth(database_hooks={"user": group}, user={"additional_fields": {"tag": field}})
    Visitor(auth).sign_up(tag="abc")
    (row,) = rows_of(auth, "user")
    auth.context.users.update(row["id"], {"name": "B"})
    auth.context.writer.delete_many("user", [Where("id", row["id"])])
    shown = [event.record["tag"] for event in seen.sent if event.record is not None]
    assert shown == ["ABC"] * 4
    assert row["tag"] == "abc"


def test_an_update_of_many_is_all_or_nothing_with_hooks_too(new_auth: MakeAuth) -> None:
    told = Outbox()
    auth = new_auth(**hooks("user", "update", after=told))
    for name in ("a", "b"):
        Visitor(auth).sign_up(f"{name}@example.com")
    with pytest.raises(UniqueViolation):
        auth.context.writer.update_many("user", [], {"email": "same@example.com"})
    emails = sorted(row["email"] for row in rows_of(auth, "user"))
    assert (emails, told.sent) == (["a@example.com", "b@example.com"], [])
