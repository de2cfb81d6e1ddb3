"""A session that could not be extended: get-session says so, to all others nobody is signed in."""

from collections.abc import Callable
from typing import Any

import pytest

from pyauth import APIError, DatabaseEvent, ErrorCode, PyAuth
from pyauth.db.memory import MemoryAdapter
from pyauth.http.call import Call
from tests.pyauth.conftest import NewVisitor
from tests.support.app import FrozenClock, Outbox, Visitor, make_auth, row_counts, rows_of
from tests.support.watched import WatchedAdapter

COOKIE = "better-auth.session_token"
CLOSED = ErrorCode("CLOSED", "We are closed", 403)
EMAIL = {"email": "ada@example.com"}
GUARDED: list[tuple[str, dict[str, Any] | None]] = [
    ("list_user_accounts", None),
    ("list_sessions", None),
    ("update_user", {"name": "Augusta"}),
    ("revoke_sessions", None),
    ("change_password", {"current_password": "correct horse", "new_password": "battery staple"}),
]


def vetoing(clock: FrozenClock, **options: Any) -> PyAuth:
    """A database hook forbids every extension."""
    hooks = {"session": {"update": {"before": lambda event: False}}}
    return make_auth(clock=clock, database_hooks=hooks, **options)


def vanishing(clock: FrozenClock, **options: Any) -> PyAuth:
    """Somebody ends the session between its being found and its being extended."""
    adapter = WatchedAdapter(MemoryAdapter())

    def revoke(statement: str) -> None:
        if statement == "update_one session":
            adapter.inner.delete_many("session", [])

    adapter.on_statement = revoke
    return make_auth(clock=clock, database=adapter, **options)


def refusing(clock: FrozenClock, **options: Any) -> PyAuth:
    """A database hook answers an extension with a refusal of its own."""

    def refuse(event: DatabaseEvent) -> bool:
        raise APIError(CLOSED)

    hooks = {"session": {"update": {"before": refuse}}}
    return make_auth(clock=clock, database_hooks=hooks, **options)


@pytest.fixture(params=[vetoing, vanishing], ids=["vetoed", "vanished"])
def losing(request: pytest.FixtureRequest) -> Callable[..., PyAuth]:
    chosen: Callable[..., PyAuth] = request.param
    return chosen


def test_get_session_says_that_the_session_is_lost(
    losing: Callable[..., PyAuth], new_visitor: NewVisitor, clock: FrozenClock
) -> None:
    visitor = signed_in(losing(clock), new_visitor)
    clock.advance(days=2)
    answer = visitor.call("get_session")
    assert answer.refusal == (401, "FAILED_TO_GET_SESSION")
    assert answer.cookies[COOKIE] == ""


def test_get_session_says_so_even_where_a_hook_has_asked_before(clock: FrozenClock) -> None:
    seen: list[object] = []

    def look(call: Call) -> None:
        if call.path == "/get-session":
            seen.append(call.find_session())

    visitor = signed_in(vetoing(clock, hooks={"before": look}), Visitor)
    clock.advance(days=2)
    assert visitor.get("/get-session").refusal == (401, "FAILED_TO_GET_SESSION")
    assert seen == [None]


@pytest.mark.parametrize(("name", "body"), GUARDED, ids=[name for name, _ in GUARDED])
def test_guards_find_nobody_signed_in(
    name: str,
    body: dict[str, Any] | None,
    losing: Callable[..., PyAuth],
    new_visitor: NewVisitor,
    clock: FrozenClock,
) -> None:
    auth = losing(clock)
    visitor = signed_in(auth, new_visitor)
    clock.advance(days=2)
    answer = visitor.call(name, body)
    assert answer.refusal == (401, "UNAUTHORIZED")
    assert answer.cookies[COOKIE] == ""
    assert rows_of(auth, "user")[0]["name"] == "Ada"


def test_what_needs_nobody_signed_in_goes_on(
    losing: Callable[..., PyAuth], new_visitor: NewVisitor, clock: FrozenClock
) -> None:
    outbox = Outbox()
    visitor = signed_in(losing(clock, verification=outbox), new_visitor)
    clock.advance(days=2)
    answer = visitor.call("send_verification_email", EMAIL)
    assert (answer.status, answer.json) == (200, {"status": True})
    assert answer.cookies[COOKIE] == ""
    assert outbox.last.user.email == "ada@example.com"


def test_an_opened_link_signs_in_anew(losing: Callable[..., PyAuth], clock: FrozenClock) -> None:
    outbox = Outbox()
    settings = {"send_on_sign_up": True, "auto_sign_in_after_verification": True}
    auth = losing(clock, verification=outbox, email_verification={**settings, "expires_in": 999999})
    visitor = signed_in(auth, Visitor)
    clock.advance(days=2)
    answer = visitor.get("/verify-email", query={"token": outbox.last.token})
    assert answer.status == 200
    assert answer.cookies[COOKIE] != ""
    assert rows_of(auth, "user")[0]["email_verified"] is True


def test_a_hooks_own_refusal_is_what_get_session_answers(
    new_visitor: NewVisitor, clock: FrozenClock
) -> None:
    auth = refusing(clock)
    visitor = signed_in(auth, new_visitor)
    clock.advance(days=2)
    for name, refusal in (
        ("get_session", (403, "CLOSED")),
        ("list_user_accounts", (401, "UNAUTHORIZED")),
    ):
        answer = visitor.call(name)
        assert answer.refusal == refusal
        assert COOKIE not in answer.cookies
    assert row_counts(auth)["session"] == 1


def signed_in(auth: PyAuth, new_visitor: NewVisitor) -> Visitor:
    visitor = new_visitor(auth)
    visitor.sign_up()
    return visitor
