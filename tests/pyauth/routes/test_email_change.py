"""Moving a user to another address."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from pyauth import PyAuth, UniqueViolation
from pyauth.crypto.tokens import sign_token
from pyauth.db.memory import MemoryAdapter
from tests.pyauth.conftest import MakeAuth
from tests.pyauth.routes.test_email_verification import count_tokens
from tests.support.app import (
    FOREIGN,
    SECRET,
    Answer,
    FrozenClock,
    Outbox,
    Visitor,
    make_auth,
    row_counts,
    rows_of,
    token_of,
)
from tests.support.watched import WatchedAdapter

NewVisitor = Callable[[PyAuth], Visitor]

OLD, NEW = "ada@example.com", "new@example.com"


@pytest.fixture
def confirmations() -> Outbox:
    return Outbox()


@pytest.fixture
def new_changing(new_auth: MakeAuth, outbox: Outbox, confirmations: Outbox) -> MakeAuth:
    """Make instances on which addresses change; arguments are options of ``change_email``."""

    def make(*, database: Any = None, options: Any = (), **changes: Any) -> PyAuth:
        chosen = {"enabled": True, "send_change_email_confirmation": confirmations, **changes}
        given = {"verification": outbox, **dict(options)}
        if database is not None:
            given["database"] = database
        return new_auth(user={"change_email": chosen}, **given)

    return make


def addresses(auth: PyAuth) -> dict[str, bool]:
    """Return every address, and whether it is verified."""
    return {row["email"]: row["email_verified"] for row in rows_of(auth, "user")}


def sign_up_verified(visitor: Visitor, email: str = OLD) -> None:
    visitor.sign_up(email)
    adapter = visitor.auth.context.adapter
    user_id = visitor.get_session()["user"]["id"]
    for row in rows_of(visitor.auth, "user"):
        if row["id"] == user_id:
            adapter.update_many("user", [], {"email_verified": True})


def change(visitor: Visitor, new_email: str = NEW, **body: Any) -> Answer:
    return visitor.call("change_email", {"new_email": new_email, **body})


def open_link(visitor: Visitor, token: str, **query: Any) -> Answer:
    return visitor.call("verify_email", query={"token": token, **query})


def make_link(auth: PyAuth, *, secret: str = SECRET, **claims: Any) -> str:
    given = {"email": OLD, "updateTo": NEW, **claims}
    return sign_token(given, secret, now=auth.context.clock(), expires_in=timedelta(hours=1))


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
