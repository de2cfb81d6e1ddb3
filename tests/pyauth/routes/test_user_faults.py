"""Changes and deletions that fail at any statement leave all of their rows or none."""

from collections.abc import Callable
from typing import Any

import pytest

from pyauth import PyAuth, StoreUnavailable
from pyauth.db.sqlalchemy import SQLAlchemyAdapter
from tests.pyauth.routes.conftest import ERRORS
from tests.support.app import Answer, FrozenClock, Outbox, Visitor, make_auth, rows_of
from tests.support.watched import WatchedAdapter

MODELS = ("user", "account", "session", "verification")

Act = Callable[[Visitor], Answer]


@pytest.fixture(params=ERRORS, ids=lambda error: type(error).__name__)
def error(request: pytest.FixtureRequest) -> Exception:
    chosen: Exception = request.param
    return chosen


def build(adapter: WatchedAdapter, **options: Any) -> PyAuth:
    auth = make_auth(database=adapter, clock=FrozenClock(), **options)
    if isinstance(adapter.inner, SQLAlchemyAdapter):
        adapter.inner.migrate()
    # The next sweep of expired values, which may fail without consequences, is a minute away.
    auth.context.verifications.find_latest("")
    return auth


def rows(auth: PyAuth) -> dict[str, Any]:
    return {model: rows_of(auth, model) for model in MODELS}


def check(
    adapter: WatchedAdapter,
    error: Exception,
    prepare: Callable[[int], Visitor],
    act: Act,
    sent: Callable[[], int] = lambda: 0,
) -> None:
    """Let the act fail at each of its statements in turn, and then succeed.

    Args:
        adapter: under the instance.
        error: what a statement raises.
        prepare: brings the person of a number to where the act begins.
        act: what is done.
        sent: counts what the app was told.
    """
    visitor = prepare(0)
    adapter.forget()
    assert act(visitor).status == 200
    total = len(adapter.statements)
    assert adapter.statements.count("commit") >= 1
    adapter.error = error
    for position in range(1, total + 1):
        visitor = prepare(position)
        before, told, cookies = rows(visitor.auth), sent(), dict(visitor.cookies)
        adapter.forget()
        adapter.fail_at = position
        answer = act(visitor)
        adapter.fail_at = None
        where = adapter.statements
        assert answer.status == (503 if isinstance(error, StoreUnavailable) else 500), where
        assert "sEcReT" not in answer.text
        assert (answer.set_cookies, visitor.cookies) == ([], cookies), where
        assert rows(visitor.auth) == before, where
        assert sent() == told, where
        assert act(visitor).status == 200, where


def email_of(number: int) -> str:
    return f"u{number}@example.com"


@pytest.mark.parametrize("signed_in", [True, False])
def test_a_change_by_link(adapter: WatchedAdapter, error: Exception, *, signed_in: bool) -> None:
    mails, told = Outbox(), Outbox()
    auth = build(
        adapter,
        verification=mails,
        email_verification={"after_email_verification": told},
        user={"change_email": {"enabled": True}},
    )

    def prepare(number: int) -> Visitor:
        visitor = Visitor(auth)
        visitor.sign_up(email_of(number))
        visitor.call("change_email", {"new_email": f"new{number}@example.com"})
        return visitor if signed_in else Visitor(auth)

    def open_link(visitor: Visitor) -> Answer:
        return visitor.call("verify_email", query={"token": mails.last.token})

    check(adapter, error, prepare, open_link, lambda: len(told.sent))


def test_a_change_at_once(adapter: WatchedAdapter, error: Exception) -> None:
    mails = Outbox()
    options = {"enabled": True, "update_email_without_verification": True}
    auth = build(adapter, verification=mails, user={"change_email": options})
    wanted: list[str] = []

    def prepare(number: int) -> Visitor:
        visitor = Visitor(auth)
        visitor.sign_up(email_of(number))
        wanted.append(f"new{number}@example.com")
        return visitor

    def change(visitor: Visitor) -> Answer:
        return visitor.call("change_email", {"new_email": wanted[-1]})

    check(adapter, error, prepare, change, lambda: len(mails.sent))


@pytest.mark.parametrize("body", [{}, {"password": "correct horse"}], ids=["fresh", "password"])
def test_a_deletion(adapter: WatchedAdapter, error: Exception, body: dict[str, str]) -> None:
    told = Outbox()
    auth = build(adapter, user={"delete_user": {"enabled": True, "after_delete": told}})

    def prepare(number: int) -> Visitor:
        visitor = Visitor(auth)
        visitor.sign_up(email_of(number))
        return visitor

    check(
        adapter,
        error,
        prepare,
        lambda visitor: visitor.call("delete_user", body),
        lambda: len(told.sent),
    )
    assert all(not table for table in rows(auth).values())


@pytest.mark.parametrize("door", ["http", "api"])
def test_a_deletion_by_link(adapter: WatchedAdapter, error: Exception, door: Any) -> None:
    mails, told = Outbox(), Outbox()
    leaving = {
        "enabled": True,
        "send_delete_account_verification": mails,
        "after_delete": told,
    }
    auth = build(adapter, user={"delete_user": leaving})

    def prepare(number: int) -> Visitor:
        visitor = Visitor(auth)
        visitor.sign_up(email_of(number))
        visitor.call("delete_user", {})
        if isinstance(error, StoreUnavailable):  # in process, other errors are raised as they are
            visitor.door = door
        return visitor

    def open_link(visitor: Visitor) -> Answer:
        return visitor.call("delete_user_callback", query={"token": mails.last.token})

    check(adapter, error, prepare, open_link, lambda: len(told.sent))
    assert all(not table for table in rows(auth).values())


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("update_user", {"name": "Countess"}),
        ("send_verification_email", {"email": "ada@example.com"}),
        ("change_email", {"new_email": "new@example.com"}),
        ("delete_user", {}),
    ],
)
@pytest.mark.parametrize("door", ["http", "api"])
def test_an_unavailable_store_is_a_clean_503(
    adapter: WatchedAdapter, name: str, body: dict[str, Any], door: Any
) -> None:
    mails = Outbox()
    leaving = {"enabled": True, "send_delete_account_verification": mails}
    auth = build(
        adapter,
        verification=mails,
        user={"change_email": {"enabled": True}, "delete_user": leaving},
    )
    visitor = Visitor(auth, door=door)
    visitor.sign_up()
    adapter.forget()
    assert visitor.call(name, body).status == 200
    total = len(adapter.statements)
    adapter.error = StoreUnavailable("sEcReT")
    for position in range(1, total + 1):
        before, told = rows(auth), len(mails.sent)
        adapter.forget()
        adapter.fail_at = position
        answer = visitor.call(name, body)
        adapter.fail_at = None
        assert answer.refusal == (503, "SERVICE_UNAVAILABLE")
        assert (rows(auth), len(mails.sent)) == (before, told)
        assert visitor.call(name, body).status == 200
