"""Database hooks: what may stop or change a write, and when the others learn of it."""

from collections.abc import Callable
from typing import Any

import pytest

from pyauth import APIError, Contributions, DatabaseEvent, Plugin, PyAuth, Record, Session, User
from pyauth.db.hooks import as_record
from pyauth.error_codes import ErrorCode
from pyauth.plugin import DatabaseHook
from tests.pyauth.conftest import MakeAuth
from tests.support.app import Outbox, Visitor, make_auth, row_counts, rows_of, token_of

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
