"""Deleting one's own account."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from pyauth import APIError, ErrorCode, PyAuth
from pyauth.db.adapter import Where
from tests.pyauth.conftest import MakeAuth, NewVisitor
from tests.support.app import (
    FOREIGN,
    Answer,
    FrozenClock,
    Outbox,
    Visitor,
    make_auth,
    row_counts,
    rows_of,
)

NOTHING = {"user": 0, "account": 0, "session": 0, "verification": 0}
DELETED = {"success": True, "message": "User deleted"}
PASSWORD = "correct horse"


@pytest.fixture
def new_leaving(new_auth: MakeAuth) -> MakeAuth:
    """Make instances whose users may leave; arguments are options of ``delete_user``."""

    def make(*, options: Any = (), **leaving: Any) -> PyAuth:
        return new_auth(user={"delete_user": {"enabled": True, **leaving}}, **dict(options))

    return make


def leave(visitor: Visitor, **body: Any) -> Answer:
    return visitor.call("delete_user", body)


def open_link(visitor: Visitor, token: str, **query: Any) -> Answer:
    return visitor.call("delete_user_callback", query={"token": token, **query})


def rows(auth: PyAuth) -> dict[str, list[dict[str, Any]]]:
    return {model: rows_of(auth, model) for model in NOTHING}


# With a fresh session or the password ---------------------------------------------------------


def test_a_fresh_session_is_enough(new_leaving: MakeAuth, new_visitor: NewVisitor) -> None:
    auth = new_leaving()
    visitor, phone = new_visitor(auth), new_visitor(auth)
    visitor.sign_up()
    phone.sign_in()
    answer = leave(visitor)
    assert (answer.status, answer.json) == (200, DELETED)
    assert set(answer.cookies.values()) == {""}
    assert row_counts(auth) == NOTHING
    assert (visitor.get_session(), phone.get_session()) == (None, None)
    assert visitor.sign_in().refusal == (401, "INVALID_EMAIL_OR_PASSWORD")


def test_others_are_left_alone(new_leaving: MakeAuth, new_visitor: NewVisitor) -> None:
    auth = new_leaving()
    other, visitor = new_visitor(auth), new_visitor(auth)
    other.sign_up("eve@example.com")
    before = rows(auth)
    visitor.sign_up()
    leave(visitor)
    assert rows(auth) == before
    assert other.get_session()["user"]["email"] == "eve@example.com"


def test_a_stale_session_needs_the_password(
    new_leaving: MakeAuth, new_visitor: NewVisitor, clock: FrozenClock
) -> None:
    auth = new_leaving()
    visitor = new_visitor(auth)
    visitor.sign_up()
    clock.advance(days=1)
    visitor.get_session()
    before = rows(auth)
    for body in ({}, {"password": ""}):
        refused = leave(visitor, **body)
        assert refused.refusal == (400, "SESSION_EXPIRED")
        assert refused.set_cookies == []
    for password in ("wrong password", "x" * 1_000_000):
        assert leave(visitor, password=password).refusal == (400, "INVALID_PASSWORD")
    assert rows(auth) == before
    assert leave(visitor, password=PASSWORD).json == DELETED
    assert row_counts(auth) == NOTHING


def test_a_fresh_session_does_not_excuse_a_wrong_password(
    new_leaving: MakeAuth, new_visitor: NewVisitor
) -> None:
    auth = new_leaving()
    visitor = new_visitor(auth)
    visitor.sign_up()
    before = rows(auth)
    assert leave(visitor, password="wrong password").refusal == (400, "INVALID_PASSWORD")
    assert rows(auth) == before


def test_sessions_need_not_be_fresh_where_none_is(
    new_leaving: MakeAuth, new_visitor: NewVisitor, clock: FrozenClock
) -> None:
    auth = new_leaving(options={"session": {"fresh_age": 0}})
    visitor = new_visitor(auth)
    visitor.sign_up()
    clock.advance(days=3)
    assert leave(visitor).json == DELETED


def test_a_user_without_a_password_cannot_give_one(
    new_leaving: MakeAuth, new_visitor: NewVisitor
) -> None:
    auth = new_leaving()
    visitor = new_visitor(auth)
    visitor.sign_up()
    auth.context.adapter.delete_many("account", [])
    answer = leave(visitor, password=PASSWORD)
    assert answer.refusal == (400, "CREDENTIAL_ACCOUNT_NOT_FOUND")
    assert row_counts(auth)["user"] == 1


# By the mailed link ---------------------------------------------------------------------------


def test_the_mailed_link_deletes(
    new_leaving: MakeAuth, new_visitor: NewVisitor, outbox: Outbox, clock: FrozenClock
) -> None:
    auth = new_leaving(send_delete_account_verification=outbox)
    visitor, phone = new_visitor(auth), new_visitor(auth)
    visitor.sign_up()
    phone.sign_in()

    answer = leave(visitor, callback_url="/bye?x=1&y=2")

    assert answer.json == {"success": True, "message": "Verification email sent"}
    assert answer.set_cookies == []
    token = outbox.last.token
    assert (len(token), token.isalnum(), token.islower()) == (32, True, True)
    assert outbox.last.url == (
        "http://localhost:3000/api/auth/delete-user/callback"
        f"?token={token}&callbackURL=%2Fbye%3Fx%3D1%26y%3D2"
    )
    (kept,) = rows_of(auth, "verification")
    assert kept["identifier"] == f"delete-account-{token}"
    assert kept["value"] == rows_of(auth, "user")[0]["id"]
    assert kept["expires_at"] == clock() + timedelta(days=1)

    opened = open_link(visitor, token, callback_url="/bye")

    assert (opened.status, opened.location) == (302, "/bye")
    assert set(opened.cookies.values()) == {""}
    assert row_counts(auth) == NOTHING
    assert (visitor.get_session(), phone.get_session()) == (None, None)


def test_the_mail_says_whose_it_is_and_hides_its_token(
    new_leaving: MakeAuth, outbox: Outbox
) -> None:
    auth = new_leaving(send_delete_account_verification=outbox)
    visitor = Visitor(auth)
    visitor.sign_up()
    leave(visitor)
    event = outbox.last
    assert (event.user.email, event.request.method) == ("ada@example.com", "POST")
    assert event.token not in repr(event)
    assert "delete-account-verification" in auth.context.delivery_kinds


def test_without_a_callback_the_link_answers_json(
    new_leaving: MakeAuth, new_visitor: NewVisitor, outbox: Outbox
) -> None:
    auth = new_leaving(send_delete_account_verification=outbox)
    visitor = new_visitor(auth)
    visitor.sign_up()
    leave(visitor)
    answer = open_link(visitor, outbox.last.token)
    assert (answer.status, answer.json) == (200, DELETED)


def test_the_token_works_in_a_body(
    new_leaving: MakeAuth, new_visitor: NewVisitor, outbox: Outbox
) -> None:
    auth = new_leaving(send_delete_account_verification=outbox)
    visitor = new_visitor(auth)
    visitor.sign_up()
    leave(visitor, password=PASSWORD)
    token = outbox.last.token
    before = rows(auth)
    assert leave(visitor, token="x" * 32).refusal == (404, "INVALID_TOKEN")
    wrong = leave(visitor, token=token, password="wrong password")
    assert wrong.refusal == (400, "INVALID_PASSWORD")
    assert rows(auth) == before
    answer = leave(visitor, token=token)
    assert (answer.json, row_counts(auth)) == (DELETED, NOTHING)
    assert set(answer.cookies.values()) == {""}


def test_a_link_needs_its_own_user_and_survives_everybody_else(
    new_leaving: MakeAuth, new_visitor: NewVisitor, outbox: Outbox
) -> None:
    auth = new_leaving(send_delete_account_verification=outbox)
    visitor, eve = new_visitor(auth), new_visitor(auth)
    visitor.sign_up()
    eve.sign_up("eve@example.com")
    leave(visitor)
    token = outbox.last.token
    before = rows(auth)
    stranger = open_link(new_visitor(auth), token, callback_url="/x")
    assert stranger.refusal == (404, "FAILED_TO_GET_USER_INFO")
    assert open_link(eve, token, callback_url="/x").refusal == (404, "INVALID_TOKEN")
    assert leave(eve, token=token).refusal == (404, "INVALID_TOKEN")
    assert rows(auth) == before
    assert open_link(visitor, token).json == DELETED
    assert [row["email"] for row in rows_of(auth, "user")] == ["eve@example.com"]


def test_a_link_ends(
    new_leaving: MakeAuth, new_visitor: NewVisitor, outbox: Outbox, clock: FrozenClock
) -> None:
    auth = new_leaving(
        send_delete_account_verification=outbox, delete_token_expires_in=timedelta(minutes=1)
    )
    visitor = new_visitor(auth)
    visitor.sign_up()
    leave(visitor)
    clock.advance(minutes=1)
    assert open_link(visitor, outbox.last.token).refusal == (404, "INVALID_TOKEN")
    assert row_counts(auth)["user"] == 1


def test_a_link_needs_a_session_that_the_store_knows(
    new_leaving: MakeAuth, new_visitor: NewVisitor, outbox: Outbox
) -> None:
    auth = new_leaving(
        send_delete_account_verification=outbox,
        options={"session": {"cookie_cache": {"enabled": True}}},
    )
    visitor = new_visitor(auth)
    visitor.sign_up()
    visitor.get_session()
    leave(visitor)
    auth.context.adapter.delete_many("session", [])
    answer = open_link(visitor, outbox.last.token)
    assert answer.refusal == (404, "FAILED_TO_GET_USER_INFO")
    assert row_counts(auth)["user"] == 1


@pytest.mark.parametrize("target", [FOREIGN, "//evil.example", "/\\evil.example"])
def test_a_foreign_target_costs_the_token_nothing(
    new_leaving: MakeAuth, new_visitor: NewVisitor, outbox: Outbox, target: str
) -> None:
    auth = new_leaving(send_delete_account_verification=outbox)
    visitor = new_visitor(auth)
    visitor.sign_up()
    assert leave(visitor, callback_url=target).refusal == (403, "INVALID_CALLBACK_URL")
    assert outbox.sent == []
    leave(visitor)
    before = rows(auth)
    answer = open_link(visitor, outbox.last.token, callback_url=target)
    assert answer.refusal == (403, "INVALID_CALLBACK_URL")
    assert rows(auth) == before


def test_a_mail_that_a_hook_stops_is_not_called_sent(
    new_leaving: MakeAuth, new_visitor: NewVisitor, outbox: Outbox
) -> None:
    hooks = {"verification": {"create": {"before": lambda event: False}}}
    auth = new_leaving(send_delete_account_verification=outbox, options={"database_hooks": hooks})
    visitor = new_visitor(auth)
    visitor.sign_up()
    assert leave(visitor).refusal == (400, "FAILED_TO_CREATE_VERIFICATION")
    assert outbox.sent == []


# What goes with a user ------------------------------------------------------------------------


def test_every_value_that_lets_its_holder_act_as_the_user_goes(
    new_leaving: MakeAuth, new_visitor: NewVisitor, outbox: Outbox
) -> None:
    auth = new_leaving(send_delete_account_verification=outbox)
    eve, visitor = new_visitor(auth), new_visitor(auth)
    eve.sign_up("eve@example.com")
    visitor.sign_up()
    ids = {row["email"]: row["id"] for row in rows_of(auth, "user")}
    later = auth.context.clock() + timedelta(hours=1)
    for owner in ids.values():
        auth.context.verifications.create(
            identifier=f"reset-password:{owner[:8]}", value=owner, expires_at=later
        )
    leave(visitor)
    leave(visitor)
    open_link(visitor, outbox.last.token)
    (left,) = rows_of(auth, "verification")
    assert left["value"] == ids["eve@example.com"]


def test_a_second_browser_with_a_cache_does_nothing_more(
    new_leaving: MakeAuth, new_visitor: NewVisitor
) -> None:
    cached = {
        "cookie_cache": {"enabled": True},
        "additional_fields": {"theme": {"required": False, "type": "string"}},
    }
    auth = new_leaving(options={"session": cached})
    visitor, phone = new_visitor(auth), new_visitor(auth)
    visitor.sign_up()
    phone.sign_in()
    phone.get_session()
    leave(visitor)
    for name, body in (
        ("update_user", {"name": "Ghost"}),
        ("update_session", {"theme": "dark"}),
        ("revoke_sessions", None),
        ("delete_user", {}),
        ("list_sessions", None),
    ):
        assert phone.call(name, body).refusal == (401, "UNAUTHORIZED"), name
    assert row_counts(auth) == NOTHING


# The app's callbacks --------------------------------------------------------------------------


def test_the_app_acts_before_and_after(new_leaving: MakeAuth, new_visitor: NewVisitor) -> None:
    seen: list[tuple[str, str, int]] = []
    auth: PyAuth

    def note(when: str) -> Callable[[Any], None]:
        return lambda event: seen.append((when, event.user.email, row_counts(auth)["user"]))

    auth = new_leaving(before_delete=note("before"), after_delete=note("after"))
    visitor = new_visitor(auth)
    visitor.sign_up()
    leave(visitor)
    assert seen == [("before", "ada@example.com", 1), ("after", "ada@example.com", 0)]


@pytest.mark.parametrize("by_link", [True, False])
def test_the_app_can_refuse_and_the_link_still_works(
    new_leaving: MakeAuth, new_visitor: NewVisitor, outbox: Outbox, *, by_link: bool
) -> None:
    stays = True

    def refuse(event: Any) -> None:
        if stays:
            raise APIError(ErrorCode("NOT_NOW", "Not now", 409))

    after = Outbox()
    sender = outbox if by_link else None
    auth = new_leaving(
        before_delete=refuse, after_delete=after, send_delete_account_verification=sender
    )
    visitor = new_visitor(auth)
    visitor.sign_up()
    if by_link:
        leave(visitor)
    body = {"token": outbox.last.token} if by_link else {}
    before = rows(auth)
    refused = leave(visitor, **body)
    assert (refused.refusal, refused.set_cookies) == ((409, "NOT_NOW"), [])
    assert (rows(auth), after.sent) == (before, [])
    stays = False
    assert leave(visitor, **body).json == DELETED
    assert len(after.sent) == 1


def test_a_bad_token_never_reaches_the_app(new_leaving: MakeAuth, new_visitor: NewVisitor) -> None:
    before = Outbox()
    auth = new_leaving(before_delete=before)
    visitor = new_visitor(auth)
    visitor.sign_up()
    assert leave(visitor, token="x").refusal == (404, "INVALID_TOKEN")
    assert before.sent == []


def test_a_callback_that_fails_afterwards_is_logged_and_the_user_is_gone(
    new_visitor: NewVisitor, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(event: Any) -> None:
        raise RuntimeError("no")

    auth = make_auth(user={"delete_user": {"enabled": True, "after_delete": fail}})
    visitor = new_visitor(auth)
    visitor.sign_up()
    with caplog.at_level(logging.ERROR):
        answer = leave(visitor)
    assert (answer.json, row_counts(auth)) == (DELETED, NOTHING)
    assert set(answer.cookies.values()) == {""}
    assert caplog.records


def test_a_user_whom_a_hook_keeps_keeps_everything(
    new_leaving: MakeAuth, new_visitor: NewVisitor
) -> None:
    hooks = {"user": {"delete": {"before": lambda event: False}}}
    auth = new_leaving(options={"database_hooks": hooks})
    visitor = new_visitor(auth)
    visitor.sign_up()
    before = rows(auth)
    answer = leave(visitor)
    assert (answer.refusal, answer.set_cookies) == ((400, "BAD_REQUEST"), [])
    assert rows(auth) == before


def test_database_hooks_see_what_goes(new_leaving: MakeAuth, new_visitor: NewVisitor) -> None:
    gone: list[str] = []
    after = {"delete": {"after": lambda event: gone.append(event.model)}}
    auth = new_leaving(
        options={"database_hooks": {"user": after, "session": after, "account": after}}
    )
    visitor = new_visitor(auth)
    visitor.sign_up()
    leave(visitor)
    assert sorted(gone) == ["account", "session", "user"]


# Who may ask ----------------------------------------------------------------------------------


def test_it_is_off_by_default(new_auth: MakeAuth, new_visitor: NewVisitor) -> None:
    auth = new_auth()
    visitor = new_visitor(auth)
    visitor.sign_up()
    assert leave(visitor).refusal == (404, "NOT_FOUND")
    assert open_link(visitor, "x").refusal == (404, "NOT_FOUND")
    assert row_counts(auth)["user"] == 1


def test_nobody_leaves_without_a_live_session(
    new_leaving: MakeAuth, new_visitor: NewVisitor
) -> None:
    auth = new_leaving(options={"session": {"cookie_cache": {"enabled": True}}})
    assert leave(new_visitor(auth)).refusal == (401, "UNAUTHORIZED")
    visitor = new_visitor(auth)
    visitor.sign_up()
    visitor.get_session()
    auth.context.adapter.delete_many("session", [])
    assert leave(visitor, password=PASSWORD).refusal == (401, "UNAUTHORIZED")
    assert row_counts(auth)["user"] == 1


def test_another_site_cannot_delete_anybody(new_leaving: MakeAuth) -> None:
    auth = new_leaving()
    visitor = Visitor(auth)
    visitor.sign_up()
    visitor.origin = FOREIGN
    assert leave(visitor).refusal == (403, "INVALID_ORIGIN")
    assert row_counts(auth)["user"] == 1


def test_a_user_who_is_gone_in_the_last_moment_is_unauthorized(
    new_leaving: MakeAuth, new_visitor: NewVisitor
) -> None:
    auth: PyAuth

    def vanish(event: Any) -> None:
        for model in ("session", "account", "user"):
            auth.context.adapter.delete_many(model, [])

    after = Outbox()
    auth = new_leaving(before_delete=vanish, after_delete=after)
    visitor = new_visitor(auth)
    visitor.sign_up()
    assert leave(visitor).refusal == (401, "UNAUTHORIZED")
    assert after.sent == []


def test_a_verification_of_another_kind_is_no_token(
    new_leaving: MakeAuth, new_visitor: NewVisitor
) -> None:
    auth = new_leaving()
    visitor = new_visitor(auth)
    visitor.sign_up()
    user_id = rows_of(auth, "user")[0]["id"]
    later = auth.context.clock() + timedelta(hours=1)
    auth.context.verifications.create(identifier="other-x", value=user_id, expires_at=later)
    for token in ("x", "other-x", "../other-x", ""):
        assert open_link(visitor, token).refusal == (404, "INVALID_TOKEN")
    kept = auth.context.adapter.find_many("verification", [Where("identifier", "other-x")])
    assert len(kept) == 1
