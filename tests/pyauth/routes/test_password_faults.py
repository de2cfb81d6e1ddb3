"""A change of a password or an account that fails at any statement changes nothing."""

from collections.abc import Callable
from operator import itemgetter
from typing import Any

import pytest

from pyauth import PyAuth, StoreUnavailable
from pyauth.db.sqlalchemy import SQLAlchemyAdapter
from tests.pyauth.routes.conftest import ERRORS
from tests.support.app import Answer, FrozenClock, Outbox, Visitor, make_auth, rows_of
from tests.support.watched import WatchedAdapter

MODELS = ("user", "account", "session", "verification")
NEW = "a brand new password"


def build(adapter: WatchedAdapter, mails: Outbox, told: Outbox | None = None) -> PyAuth:
    auth = make_auth(
        database=adapter,
        clock=FrozenClock(),
        email_and_password={
            "enabled": True,
            "send_reset_password": mails,
            "on_password_reset": told,
            "revoke_sessions_on_password_reset": True,
        },
    )
    if isinstance(adapter.inner, SQLAlchemyAdapter):
        adapter.inner.migrate()
    # Expired values are swept once a minute, which is over now.
    auth.context.verifications.find_latest("anything")
    return auth


def rows(auth: PyAuth) -> dict[str, Any]:
    return {model: sorted(rows_of(auth, model), key=itemgetter("id")) for model in MODELS}


def fail_everywhere(
    auth: PyAuth, adapter: WatchedAdapter, statements: list[str], work: Callable[[], Answer]
) -> None:
    """Fail at each statement in turn: nothing is changed, and the same request later succeeds."""
    for position in range(1, len(statements) + 1):
        before = rows(auth)
        adapter.forget()
        adapter.fail_at = position
        answer = work()
        adapter.fail_at = None
        assert adapter.statements == statements[:position]
        unavailable = isinstance(adapter.error, StoreUnavailable)
        assert answer.status == (503 if unavailable else 500), statements[position - 1]
        assert "sEcReT" not in answer.text
        assert answer.set_cookies == []
        assert rows(auth) == before, statements[position - 1]
    adapter.forget()
    assert work().status == 200
    assert adapter.statements == statements


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("has_password", [True, False])
def test_a_reset(
    adapter: WatchedAdapter, outbox: Outbox, error: Exception, has_password: bool
) -> None:
    told = Outbox()
    auth = build(adapter, outbox, told)
    Visitor(auth).sign_up()
    if not has_password:
        adapter.delete_many("account", [])
    Visitor(auth).call("request_password_reset", {"email": "ada@example.com"})
    adapter.error = error
    statements = [
        "find_many verification",
        "lock_one user",
        "count account",
        "update_many account" if has_password else "create account",
        "delete_many session",
        "find_many verification",
        "consume_one verification",
        "commit",
    ]

    def reset() -> Answer:
        assert told.sent == []
        body = {"new_password": NEW, "token": outbox.last.token}
        return Visitor(auth).call("reset_password", body)

    fail_everywhere(auth, adapter, statements, reset)
    assert len(told.sent) == 1
    assert Visitor(auth).sign_in(password=NEW).status == 200


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_a_change_with_a_new_session(
    adapter: WatchedAdapter, outbox: Outbox, error: Exception
) -> None:
    auth = build(adapter, outbox)
    visitor = Visitor(auth)
    visitor.sign_up()
    Visitor(auth).sign_in()
    adapter.error = error
    statements = [
        "find_joined session",
        "find_one account",
        "lock_one user",
        "find_one account",
        "update_many account",
        "delete_many session",
        "create session",
        "commit",
    ]
    body = {"new_password": NEW, "current_password": "correct horse"}
    fail_everywhere(
        auth,
        adapter,
        statements,
        lambda: visitor.call("change_password", {**body, "revoke_other_sessions": True}),
    )
    assert visitor.get_session() is not None
    assert len(rows_of(auth, "session")) == 1


def test_a_first_password(adapter: WatchedAdapter, outbox: Outbox) -> None:
    auth = build(adapter, outbox)
    visitor = Visitor(auth)
    visitor.sign_up()
    in_process = Visitor(auth, door="api")
    in_process.cookies = dict(visitor.cookies)
    adapter.delete_many("account", [])
    statements = [
        "find_joined session",
        "lock_one user",
        "find_one account",
        "count account",
        "create account",
        "commit",
    ]
    adapter.error = StoreUnavailable("sEcReT")  # in process anything else is raised as it is
    fail_everywhere(
        auth,
        adapter,
        statements,
        lambda: in_process.call("set_password", {"new_password": NEW}),
    )


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_a_removal(adapter: WatchedAdapter, outbox: Outbox, error: Exception) -> None:
    auth = build(adapter, outbox)
    visitor = Visitor(auth)
    user_id = visitor.sign_up().json["user"]["id"]
    auth.context.accounts.create(
        {"user_id": user_id, "provider_id": "github", "account_id": "gh-1"}
    )
    adapter.error = error
    statements = [
        "find_joined session",
        "lock_one user",
        "find_many account",
        "delete_many account",
        "commit",
    ]
    fail_everywhere(
        auth,
        adapter,
        statements,
        lambda: visitor.call("unlink_account", {"provider_id": "github"}),
    )


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_asking_for_a_link(adapter: WatchedAdapter, outbox: Outbox, error: Exception) -> None:
    auth = build(adapter, outbox)
    Visitor(auth).sign_up()
    adapter.error = error
    fail_everywhere(
        auth,
        adapter,
        ["find_one user", "create verification"],
        lambda: Visitor(auth).call("request_password_reset", {"email": "ada@example.com"}),
    )
    assert len(outbox.sent) == 1, "a link that is not kept is not mailed"
