"""A flow that fails at any statement leaves all of its rows or none, and later succeeds."""

from collections.abc import Callable
from typing import Any

import pytest

from pyauth import PyAuth, StoreUnavailable
from pyauth.crypto.tokens import sign_token
from pyauth.db.sqlalchemy import SQLAlchemyAdapter
from tests.pyauth.routes.conftest import ERRORS
from tests.support.app import SECRET, Outbox, Visitor, make_auth, row_counts, rows_of
from tests.support.watched import WatchedAdapter

NOTHING = {"user": 0, "account": 0, "session": 0, "verification": 0}


def build(adapter: WatchedAdapter, **options: Any) -> PyAuth:
    auth = make_auth(database=adapter, **options)
    if isinstance(adapter.inner, SQLAlchemyAdapter):
        adapter.inner.migrate()
    return auth


def statements_of(adapter: WatchedAdapter, work: Callable[[], Any]) -> int:
    adapter.forget()
    work()
    return len(adapter.statements)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_a_sign_up_that_fails_anywhere_leaves_nothing_and_later_succeeds(
    adapter: WatchedAdapter, error: Exception, outbox: Outbox
) -> None:
    auth = build(adapter, verification=outbox, email_verification={"send_on_sign_up": True})
    total = statements_of(adapter, Visitor(auth).sign_up)
    assert adapter.statements == [
        "find_one user",
        "create user",
        "create account",
        "create session",
        "commit",
    ]
    adapter.error = error
    for position in range(1, total + 1):
        email = f"u{position}@example.com"
        before, mails = row_counts(auth), len(outbox.sent)
        adapter.forget()
        adapter.fail_at = position

        answer = Visitor(auth).sign_up(email)

        adapter.fail_at = None
        assert answer.status == (503 if isinstance(error, StoreUnavailable) else 500), position
        assert "sEcReT" not in answer.text
        assert answer.set_cookies == [], "a session that was rolled back is handed to nobody"
        assert row_counts(auth) == before
        assert len(outbox.sent) == mails, "nor is anybody written to"
        assert Visitor(auth).sign_up(email).status == 200
        assert len(outbox.sent) == mails + 1


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_a_verification_that_fails_anywhere_changes_nothing_and_later_succeeds(
    adapter: WatchedAdapter, error: Exception
) -> None:
    events = Outbox()
    auth = build(
        adapter,
        email_verification={
            "auto_sign_in_after_verification": True,
            "after_email_verification": events,
        },
        email_and_password={"enabled": True, "require_email_verification": True},
    )

    def open_link(number: int) -> Any:
        claims = {"email": f"u{number}@example.com"}
        lifetime = auth.context.options.email_verification.expires_in
        token = sign_token(claims, SECRET, now=auth.context.clock(), expires_in=lifetime)
        return Visitor(auth).get("/verify-email", query={"token": token})

    Visitor(auth).sign_up("u0@example.com")
    total = statements_of(adapter, lambda: open_link(0))
    adapter.error = error
    for position in range(1, total + 1):
        Visitor(auth).sign_up(f"u{position}@example.com")
        before = {model: rows_of(auth, model) for model in ("user", "session")}
        told = len(events.sent)
        adapter.forget()
        adapter.fail_at = position
        answer = open_link(position)
        adapter.fail_at = None
        assert answer.status in {500, 503}, position
        assert answer.set_cookies == []
        assert {model: rows_of(auth, model) for model in before} == before, adapter.statements
        assert len(events.sent) == told
        assert "better-auth.session_token" in open_link(position).cookies
        assert len(events.sent) == told + 1


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("sign_in_email", {"email": "ada@example.com", "password": "correct horse"}),
        ("sign_out", None),
        ("get_session", None),
        ("list_sessions", None),
        ("revoke_session", {"token": "x"}),
        ("revoke_sessions", None),
        ("revoke_other_sessions", None),
        ("update_session", {"theme": "dark"}),
    ],
)
@pytest.mark.parametrize("door", ["http", "api"])
def test_an_unavailable_store_is_a_clean_503(
    adapter: WatchedAdapter, name: str, body: dict[str, Any] | None, door: Any
) -> None:
    theme = {"additional_fields": {"theme": {"type": "string", "required": False}}}
    auth = build(adapter, session=theme)
    visitor = Visitor(auth, door=door)
    visitor.sign_up()
    cookies = dict(visitor.cookies)
    total = statements_of(adapter, lambda: visitor.call(name, body))
    adapter.error = StoreUnavailable("sEcReT")
    for position in range(1, total + 1):
        Visitor(auth).sign_in()
        visitor.sign_in()
        cookies = dict(visitor.cookies)
        sessions = rows_of(auth, "session")
        adapter.forget()
        adapter.fail_at = position
        answer = visitor.call(name, body)
        adapter.fail_at = None
        assert answer.refusal == (503, "SERVICE_UNAVAILABLE")
        assert answer.json["message"] == "Service Unavailable"
        assert rows_of(auth, "session") == sessions
        assert visitor.cookies == cookies
        assert visitor.call(name, body).status == 200
