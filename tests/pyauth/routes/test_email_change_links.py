"""The mailed links that move a user to another address: whom they serve, and when they end."""

from typing import Any

import pytest

from pyauth.db.memory import MemoryAdapter
from tests.pyauth.conftest import MakeAuth, NewVisitor
from tests.support.app import (
    FrozenClock,
    Outbox,
    Visitor,
    row_counts,
    rows_of,
    token_of,
)
from tests.support.email_change import (
    NEW,
    OLD,
    addresses,
    change,
    make_link,
    open_link,
    sign_up_verified,
)
from tests.support.watched import WatchedAdapter

# Whom a link serves ---------------------------------------------------------------------------


def test_whoever_is_signed_out_is_signed_in_by_the_link_once(
    new_changing: MakeAuth, new_visitor: NewVisitor, outbox: Outbox
) -> None:
    auth = new_changing()
    owner = new_visitor(auth)
    owner.sign_up()
    change(owner)
    visitor = new_visitor(auth)
    open_link(visitor, outbox.last.token)
    assert visitor.get_session()["user"]["email"] == NEW
    before = row_counts(auth)
    again = open_link(new_visitor(auth), outbox.last.token)
    assert (again.refusal, again.set_cookies) == ((401, "USER_NOT_FOUND"), [])
    assert row_counts(auth) == before


def test_a_link_is_refused_in_the_browser_of_somebody_else(
    new_changing: MakeAuth, new_visitor: NewVisitor, outbox: Outbox, confirmations: Outbox
) -> None:
    auth = new_changing()
    visitor, eve = new_visitor(auth), new_visitor(auth)
    visitor.sign_up()
    change(visitor)
    eve.sign_up("eve@example.com")
    for token in (outbox.last.token, make_link(auth, requestType="change-email-confirmation")):
        assert open_link(eve, token).refusal == (401, "INVALID_USER")
        assert open_link(eve, token, callback_url="/x").location == "/x?error=INVALID_USER"
    assert set(addresses(auth)) == {OLD, "eve@example.com"}
    assert (len(outbox.sent), confirmations.sent) == (1, [])


def test_a_link_dies_with_its_user(
    new_changing: MakeAuth, new_visitor: NewVisitor, outbox: Outbox
) -> None:
    """Otherwise whoever squats on an address could take over the user who has it next."""
    auth = new_changing()
    squatter = new_visitor(auth)
    squatter.sign_up()
    change(squatter, "squatter@example.com")
    for model in ("session", "account", "user"):
        auth.context.adapter.delete_many(model, [])
    Visitor(auth).sign_up()

    answer = open_link(new_visitor(auth), outbox.last.token)

    assert (answer.refusal, answer.set_cookies) == ((401, "USER_NOT_FOUND"), [])
    assert set(addresses(auth)) == {OLD}


def test_a_link_never_moves_whoever_took_over_its_address(
    new_changing: MakeAuth, new_visitor: NewVisitor, outbox: Outbox
) -> None:
    auth = new_changing(update_email_without_verification=False)
    squatter = new_visitor(auth)
    squatter.sign_up()
    change(squatter, "squatter@example.com")
    auth.context.adapter.update_many("user", [], {"email": "elsewhere@example.com"})
    Visitor(auth).sign_up()
    answer = open_link(new_visitor(auth), outbox.last.token)
    assert answer.refusal == (401, "USER_NOT_FOUND")
    assert set(addresses(auth)) == {"elsewhere@example.com", OLD}


def test_a_link_is_of_no_use_once_the_address_has_changed(
    new_changing: MakeAuth, new_visitor: NewVisitor, outbox: Outbox
) -> None:
    auth = new_changing()
    visitor = new_visitor(auth)
    visitor.sign_up()
    change(visitor, "first@example.com")
    change(visitor, "second@example.com")
    first, second = outbox.sent
    open_link(visitor, first.token)
    assert open_link(visitor, second.token).refusal == (401, "USER_NOT_FOUND")
    assert addresses(auth) == {"first@example.com": True}


def test_an_address_that_changed_in_the_last_moment_stays(
    new_changing: MakeAuth, new_visitor: NewVisitor, outbox: Outbox
) -> None:
    adapter = WatchedAdapter(MemoryAdapter())
    auth = new_changing(database=adapter)
    visitor = new_visitor(auth)
    visitor.sign_up()
    change(visitor)

    def move(statement: str) -> None:
        if statement == "update_one user":
            adapter.inner.update_many("user", [], {"email": "third@example.com"})

    adapter.on_statement = move
    assert open_link(visitor, outbox.last.token).refusal == (401, "USER_NOT_FOUND")
    assert set(addresses(auth)) == {"third@example.com"}


def test_a_session_that_was_revoked_is_not_renewed_by_a_link(
    new_changing: MakeAuth, outbox: Outbox
) -> None:
    auth = new_changing(options={"session": {"cookie_cache": {"enabled": True}}})
    visitor = Visitor(auth)
    visitor.sign_up()
    visitor.get_session()
    change(visitor)
    revoked = token_of(visitor)
    auth.context.sessions.delete(revoked)
    open_link(visitor, outbox.last.token)
    assert revoked not in {row["token"] for row in rows_of(auth, "session")}
    assert token_of(visitor) != revoked, "the link of his own mailbox opened a new one"


# Taken addresses ------------------------------------------------------------------------------


@pytest.mark.parametrize("signed_in", [True, False])
def test_a_link_to_an_address_that_was_taken_meanwhile_is_refused(
    new_changing: MakeAuth, new_visitor: NewVisitor, outbox: Outbox, *, signed_in: bool
) -> None:
    auth = new_changing()
    visitor = new_visitor(auth)
    visitor.sign_up()
    change(visitor)
    Visitor(auth).sign_up(NEW)
    before = row_counts(auth)
    opener = visitor if signed_in else new_visitor(auth)
    answer = open_link(opener, outbox.last.token)
    assert (answer.refusal, answer.set_cookies) == ((401, "INVALID_TOKEN"), [])
    sent = open_link(opener, outbox.last.token, callback_url="/x")
    assert sent.location == "/x?error=INVALID_TOKEN"
    assert (set(addresses(auth)), row_counts(auth)) == ({OLD, NEW}, before)


def test_a_confirmed_address_that_was_taken_meanwhile_is_not_written_to(
    new_changing: MakeAuth, new_visitor: NewVisitor, outbox: Outbox, confirmations: Outbox
) -> None:
    auth = new_changing()
    visitor = new_visitor(auth)
    sign_up_verified(visitor)
    change(visitor)
    Visitor(auth).sign_up(NEW)
    assert open_link(visitor, confirmations.last.token).json == {"status": True}
    assert outbox.sent == []


# Links by hand --------------------------------------------------------------------------------


def test_a_link_of_old_moves_at_once_and_has_the_new_address_verified(
    new_changing: MakeAuth, new_visitor: NewVisitor, outbox: Outbox
) -> None:
    auth = new_changing()
    visitor = new_visitor(auth)
    sign_up_verified(visitor)
    answer = open_link(visitor, make_link(auth, updateTo="New@example.com"))
    assert (answer.status, answer.json["user"]["email"]) == (200, NEW)
    assert addresses(auth) == {NEW: False}
    assert visitor.get_session()["user"]["email"] == NEW
    open_link(new_visitor(auth), outbox.last.token)
    assert addresses(auth) == {NEW: True}


@pytest.mark.parametrize(
    "claims",
    [
        {"requestType": "odd"},
        {"requestType": 5},
        {"updateTo": "new"},
        {"updateTo": ""},
        {"updateTo": [NEW]},
        {"sub": 5},
        {"email": "ada"},
    ],
    ids=str,
)
def test_an_odd_link_is_refused(
    new_changing: MakeAuth, new_visitor: NewVisitor, claims: dict[str, Any]
) -> None:
    auth = new_changing()
    Visitor(auth).sign_up()
    before = row_counts(auth)
    answer = open_link(new_visitor(auth), make_link(auth, **claims))
    assert answer.refusal == (401, "INVALID_TOKEN")
    assert (addresses(auth), row_counts(auth)) == ({OLD: False}, before)


def test_a_link_ends_and_needs_our_secret(
    new_changing: MakeAuth, new_visitor: NewVisitor, outbox: Outbox, clock: FrozenClock
) -> None:
    auth = new_changing()
    visitor = new_visitor(auth)
    visitor.sign_up()
    change(visitor)
    forged = make_link(auth, secret="x" * 40, requestType="change-email-verification")
    assert open_link(visitor, forged).refusal == (401, "INVALID_TOKEN")
    clock.advance(hours=1)
    assert open_link(visitor, outbox.last.token).refusal == (401, "TOKEN_EXPIRED")
    assert set(addresses(auth)) == {OLD}
