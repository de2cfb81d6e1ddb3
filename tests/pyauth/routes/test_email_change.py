"""Moving a user to another address."""

from typing import Any

import pytest

from pyauth import UniqueViolation
from pyauth.db.memory import MemoryAdapter
from tests.pyauth.conftest import MakeAuth, NewVisitor
from tests.pyauth.routes.test_email_verification import count_tokens
from tests.support.app import (
    FOREIGN,
    Outbox,
    Visitor,
    make_auth,
    row_counts,
    token_of,
)
from tests.support.email_change import (
    NEW,
    OLD,
    addresses,
    change,
    open_link,
    sign_up_verified,
)
from tests.support.watched import WatchedAdapter

# The two steps --------------------------------------------------------------------------------


def test_a_verified_address_changes_in_two_steps(
    new_changing: MakeAuth, new_visitor: NewVisitor, outbox: Outbox, confirmations: Outbox
) -> None:
    auth = new_changing()
    visitor = new_visitor(auth)
    sign_up_verified(visitor)

    answer = change(visitor, "New@Example.com")

    assert (answer.status, answer.json, answer.set_cookies) == (200, {"status": True}, [])
    asked = confirmations.last
    assert (asked.user.email, asked.new_email) == (OLD, NEW)
    assert (addresses(auth), outbox.sent) == ({OLD: True}, [])

    confirmed = open_link(visitor, asked.token)

    assert (confirmed.status, confirmed.json) == (200, {"status": True})
    assert (addresses(auth), confirmed.set_cookies) == ({OLD: True}, [])
    assert outbox.last.user.email == NEW

    token = token_of(visitor)
    moved = open_link(visitor, outbox.last.token)

    assert (moved.status, moved.json["status"], moved.json["user"]["email"]) == (200, True, NEW)
    assert addresses(auth) == {NEW: True}
    assert visitor.get_session()["user"]["email"] == NEW
    assert (token_of(visitor), row_counts(auth)["session"]) == (token, 1)
    assert moved.cookies != {}, "the browser's cookies follow"


def test_a_reset_link_that_went_to_the_former_address_is_dead(
    new_auth: MakeAuth, new_visitor: NewVisitor, outbox: Outbox, confirmations: Outbox
) -> None:
    resets = Outbox()
    options = {"enabled": True, "send_change_email_confirmation": confirmations}
    auth = new_auth(
        verification=outbox,
        email_and_password={"enabled": True, "send_reset_password": resets},
        user={"change_email": options},
    )
    visitor = new_visitor(auth)
    sign_up_verified(visitor)
    visitor.call("request_password_reset", {"email": OLD})
    change(visitor, NEW)
    open_link(visitor, confirmations.last.token)
    open_link(visitor, outbox.last.token)

    answer = visitor.call(
        "reset_password", {"token": resets.last.token, "new_password": "another horse"}
    )

    assert addresses(auth) == {NEW: True}
    assert answer.refusal == (400, "INVALID_TOKEN")


def test_the_confirmation_alone_moves_nothing_however_often_it_is_opened(
    new_changing: MakeAuth, new_visitor: NewVisitor, outbox: Outbox, confirmations: Outbox
) -> None:
    auth = new_changing()
    visitor = new_visitor(auth)
    sign_up_verified(visitor)
    change(visitor)
    for _ in range(3):
        stranger = new_visitor(auth)
        answer = open_link(stranger, confirmations.last.token, callback_url="/next?x=1")
        assert (answer.status, answer.location, answer.set_cookies) == (302, "/next?x=1", [])
    assert addresses(auth) == {OLD: True}
    assert row_counts(auth)["session"] == 1
    assert outbox.last.url.endswith("&callbackURL=%2Fnext%3Fx%3D1")


def test_the_callback_arrives_as_it_was_given(
    new_changing: MakeAuth, confirmations: Outbox
) -> None:
    auth = new_changing()
    visitor = Visitor(auth)
    sign_up_verified(visitor)
    change(visitor, callback_url="/settings?tab=mail&from=x")
    _, _, target = confirmations.last.url.partition("?")
    answer = visitor.get("/verify-email", query=target)
    assert answer.location == "/settings?tab=mail&from=x"


def test_the_confirmation_says_what_caused_it(
    new_changing: MakeAuth, confirmations: Outbox
) -> None:
    auth = new_changing()
    visitor = Visitor(auth)
    sign_up_verified(visitor)
    change(visitor)
    event = confirmations.last
    assert event.request.method == "POST"
    assert event.url.startswith("http://localhost:3000/api/auth/verify-email?token=" + event.token)
    assert event.token not in repr(event)
    assert "change-email-confirmation" in auth.context.delivery_kinds


def test_without_a_confirmation_the_new_address_is_asked_at_once(
    new_changing: MakeAuth, new_visitor: NewVisitor, outbox: Outbox
) -> None:
    auth = new_changing(send_change_email_confirmation=None)
    visitor = new_visitor(auth)
    sign_up_verified(visitor)
    change(visitor)
    assert (outbox.last.user.email, addresses(auth)) == (NEW, {OLD: True})
    open_link(visitor, outbox.last.token)
    assert addresses(auth) == {NEW: True}


def test_an_unverified_address_needs_no_confirmation(
    new_changing: MakeAuth, new_visitor: NewVisitor, outbox: Outbox, confirmations: Outbox
) -> None:
    auth = new_changing()
    visitor = new_visitor(auth)
    visitor.sign_up()
    change(visitor)
    assert (len(outbox.sent), confirmations.sent) == (1, [])
    open_link(visitor, outbox.last.token)
    assert addresses(auth) == {NEW: True}


def test_the_app_is_told_of_the_verified_address(
    new_auth: MakeAuth, new_visitor: NewVisitor, outbox: Outbox
) -> None:
    before, after = Outbox(), Outbox()
    auth = new_auth(
        verification=outbox,
        user={"change_email": {"enabled": True}},
        email_verification={
            "before_email_verification": before,
            "after_email_verification": after,
        },
    )
    visitor = new_visitor(auth)
    visitor.sign_up()
    change(visitor)
    open_link(visitor, outbox.last.token)
    assert (after.last.user.email, after.last.user.email_verified) == (NEW, True)
    assert (before.sent, len(after.sent)) == ([], 1)


# At once --------------------------------------------------------------------------------------


def test_an_unverified_address_may_change_at_once(
    new_changing: MakeAuth, new_visitor: NewVisitor, outbox: Outbox
) -> None:
    auth = new_changing(update_email_without_verification=True)
    visitor, phone = new_visitor(auth), new_visitor(auth)
    visitor.sign_up()
    phone.sign_in()
    answer = change(visitor, callback_url="/done")
    assert (answer.json, addresses(auth)) == ({"status": True}, {NEW: False})
    assert answer.cookies != {}
    assert visitor.get_session()["user"]["email"] == NEW
    assert phone.get_session()["user"]["email"] == NEW
    assert outbox.last.user.email == NEW
    assert open_link(new_visitor(auth), outbox.last.token).json == {"status": True, "user": None}
    assert addresses(auth) == {NEW: True}


def test_a_verified_address_never_changes_at_once(
    new_changing: MakeAuth, new_visitor: NewVisitor, confirmations: Outbox
) -> None:
    auth = new_changing(update_email_without_verification=True)
    visitor = new_visitor(auth)
    sign_up_verified(visitor)
    change(visitor)
    assert (addresses(auth), len(confirmations.sent)) == ({OLD: True}, 1)


def test_at_once_needs_no_sender(new_auth: MakeAuth, new_visitor: NewVisitor) -> None:
    options = {"enabled": True, "update_email_without_verification": True}
    auth = new_auth(user={"change_email": options})
    visitor = new_visitor(auth)
    visitor.sign_up(remember_me=False)
    answer = change(visitor)
    assert (answer.status, addresses(auth)) == (200, {NEW: False})
    assert "Max-Age" not in answer.set_cookies[0], "the session still ends with the browser"


def test_an_address_taken_in_the_last_moment_answers_as_a_free_one(
    new_changing: MakeAuth, new_visitor: NewVisitor, outbox: Outbox
) -> None:
    adapter = WatchedAdapter(MemoryAdapter())
    auth = new_changing(database=adapter, update_email_without_verification=True)
    visitor = new_visitor(auth)
    visitor.sign_up()

    def take(statement: str) -> None:
        if statement == "update_one user":
            raise UniqueViolation("user", ("email",))

    adapter.on_statement = take
    answer = change(visitor)
    assert (answer.json, answer.set_cookies, outbox.sent) == ({"status": True}, [], [])
    assert addresses(auth) == {OLD: False}


def test_a_change_that_a_hook_stops_is_not_called_a_success(
    new_changing: MakeAuth, new_visitor: NewVisitor
) -> None:
    hooks = {"user": {"update": {"before": lambda event: False}}}
    auth = new_changing(update_email_without_verification=True, options={"database_hooks": hooks})
    visitor = new_visitor(auth)
    visitor.sign_up()
    assert change(visitor).refusal == (400, "FAILED_TO_UPDATE_USER")


# Taken addresses ------------------------------------------------------------------------------


@pytest.mark.parametrize("verified", [True, False])
def test_a_taken_address_answers_as_a_free_one_and_costs_the_same(
    new_changing: MakeAuth,
    new_visitor: NewVisitor,
    outbox: Outbox,
    confirmations: Outbox,
    *,
    monkeypatch: pytest.MonkeyPatch,
    verified: bool,
) -> None:
    adapter = WatchedAdapter(MemoryAdapter())
    auth = new_changing(database=adapter)
    signed = count_tokens(monkeypatch)
    Visitor(auth).sign_up("eve@example.com")
    visitor = new_visitor(auth)
    visitor.sign_up()
    adapter.inner.update_many("user", [], {"email_verified": verified})

    adapter.forget()
    free = change(visitor)
    statements = list(adapter.statements)
    mails = len(outbox.sent) + len(confirmations.sent)
    adapter.forget()
    taken = change(visitor, "EVE@example.com")

    assert (taken.status, taken.text, taken.set_cookies) == (free.status, free.text, [])
    assert [*taken.headers] == [*free.headers]
    assert (adapter.statements, len(signed)) == (statements, 2)
    assert (mails, len(outbox.sent) + len(confirmations.sent)) == (1, 1)
    assert addresses(auth) == {OLD: verified, "eve@example.com": verified}


def test_a_taken_address_does_nothing_at_once(
    new_changing: MakeAuth, new_visitor: NewVisitor, outbox: Outbox
) -> None:
    auth = new_changing(update_email_without_verification=True)
    Visitor(auth).sign_up("eve@example.com")
    visitor = new_visitor(auth)
    visitor.sign_up()
    assert change(visitor, "eve@example.com").json == {"status": True}
    assert (set(addresses(auth)), outbox.sent) == ({OLD, "eve@example.com"}, [])


# Who may ask ----------------------------------------------------------------------------------


def test_it_is_off_by_default(new_auth: MakeAuth, new_visitor: NewVisitor, outbox: Outbox) -> None:
    auth = new_auth(verification=outbox)
    visitor = new_visitor(auth)
    visitor.sign_up()
    answer = change(visitor)
    assert answer.refusal == (400, "CHANGE_EMAIL_DISABLED")
    assert answer.json["message"] == "Change email is disabled"
    assert outbox.sent == []


@pytest.mark.parametrize("email", [OLD, "ADA@Example.Com"])
def test_the_same_address_is_no_change(
    new_changing: MakeAuth, new_visitor: NewVisitor, email: str
) -> None:
    auth = new_changing()
    visitor = new_visitor(auth)
    visitor.sign_up()
    assert change(visitor, email).refusal == (400, "EMAIL_IS_SAME")


@pytest.mark.parametrize("email", [NEW, "eve@example.com"])
@pytest.mark.parametrize("confirms", [True, False])
def test_without_a_sender_every_address_is_refused_alike(
    new_auth: MakeAuth, new_visitor: NewVisitor, email: str, *, confirms: bool
) -> None:
    sender = Outbox()
    options = {"enabled": True, "send_change_email_confirmation": sender if confirms else None}
    auth = new_auth(user={"change_email": options})
    Visitor(auth).sign_up("eve@example.com")
    visitor = new_visitor(auth)
    sign_up_verified(visitor)
    assert change(visitor, email).refusal == (400, "VERIFICATION_EMAIL_NOT_ENABLED")
    assert sender.sent == []


def test_nobody_changes_an_address_without_a_live_session(
    new_changing: MakeAuth, new_visitor: NewVisitor, outbox: Outbox
) -> None:
    auth = new_changing(options={"session": {"cookie_cache": {"enabled": True}}})
    assert change(new_visitor(auth)).refusal == (401, "UNAUTHORIZED")
    visitor = new_visitor(auth)
    visitor.sign_up()
    visitor.get_session()
    auth.context.adapter.delete_many("session", [])
    assert change(visitor).refusal == (401, "UNAUTHORIZED")
    assert outbox.sent == []


@pytest.mark.parametrize("target", [FOREIGN, "//evil.example", "/\\evil.example"])
def test_a_foreign_callback_is_refused_before_anything_is_sent(
    new_changing: MakeAuth, new_visitor: NewVisitor, outbox: Outbox, target: str
) -> None:
    auth = new_changing()
    visitor = new_visitor(auth)
    visitor.sign_up()
    answer = change(visitor, callback_url=target)
    assert (answer.refusal, outbox.sent) == ((403, "INVALID_CALLBACK_URL"), [])


def test_another_site_cannot_change_it(new_changing: MakeAuth, outbox: Outbox) -> None:
    auth = new_changing()
    visitor = Visitor(auth)
    visitor.sign_up()
    visitor.origin = FOREIGN
    assert change(visitor).refusal == (403, "INVALID_ORIGIN")
    assert outbox.sent == []


def test_a_sender_that_fails_changes_no_answer(new_visitor: NewVisitor) -> None:
    def fail(event: Any) -> None:
        raise ConnectionError("down")

    auth = make_auth(verification=fail, user={"change_email": {"enabled": True}})
    visitor = new_visitor(auth)
    visitor.sign_up()
    assert change(visitor).json == {"status": True}
