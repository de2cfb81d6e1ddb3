"""A new password for who has lost his."""

import logging
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from pyauth import PasswordReset, PyAuth, ResetPasswordEmail
from pyauth.db.adapter import Where
from pyauth.db.memory import MemoryAdapter
from pyauth.outbound import CapturingRunner
from tests.pyauth.conftest import MakeAuth, NewVisitor
from tests.pyauth.routes.conftest import Breaches
from tests.support.app import (
    FOREIGN,
    ORIGIN,
    Answer,
    FrozenClock,
    Outbox,
    Visitor,
    make_auth,
    row_counts,
    rows_of,
)
from tests.support.watched import CountingPasswords, WatchedAdapter

NEW = "a brand new password"
ASKED = {
    "status": True,
    "message": "If this email exists in our system, check your email for the reset link",
}
INVALID = (400, "INVALID_TOKEN")


def settings(outbox: Outbox, **options: Any) -> dict[str, Any]:
    return {"email_and_password": {"enabled": True, "send_reset_password": outbox, **options}}


def ask(visitor: Visitor, email: str = "ada@example.com", **body: Any) -> Answer:
    return visitor.call("request_password_reset", {"email": email, **body})


def reset(visitor: Visitor, token: str, password: str = NEW) -> Answer:
    return visitor.call("reset_password", {"new_password": password, "token": token})


def open_link(auth: PyAuth, token: str, callback: str = "/reset") -> Answer:
    return Visitor(auth).get(f"/reset-password/{token}", query={"callbackURL": callback})


@pytest.fixture
def auth(new_auth: MakeAuth, outbox: Outbox) -> PyAuth:
    made = new_auth(**settings(outbox))
    Visitor(made).sign_up()
    return made


# Asking for the link -----------------------------------------------------------------------------


def test_asking_mails_a_link_that_lives_an_hour(
    auth: PyAuth, new_visitor: NewVisitor, outbox: Outbox, clock: FrozenClock
) -> None:
    answer = ask(new_visitor(auth), "ADA@Example.com", redirect_to="/reset?a=1")
    assert (answer.status, answer.json, answer.set_cookies) == (200, ASKED, [])
    mail: ResetPasswordEmail = outbox.last
    assert len(mail.token) == 24
    assert mail.token.isalnum()
    assert mail.url == (
        f"{ORIGIN}/api/auth/reset-password/{mail.token}?callbackURL=%2Freset%3Fa%3D1"
    )
    assert mail.user.email == "ada@example.com"
    (row,) = rows_of(auth, "verification")
    assert row["identifier"] == f"reset-password:{mail.token}"
    assert row["value"] == mail.user.id
    assert row["expires_at"] == clock() + timedelta(hours=1)


def test_neither_event_shows_its_secrets(auth: PyAuth, outbox: Outbox) -> None:
    ask(Visitor(auth))
    assert outbox.last.token not in repr(outbox.last)
    assert outbox.last.request is not None
    assert outbox.last.request.method == "POST"


def test_without_a_page_the_link_names_none(auth: PyAuth, outbox: Outbox) -> None:
    ask(Visitor(auth))
    assert outbox.last.url.endswith("?callbackURL=")


@pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com"])
def test_an_unknown_address_looks_and_costs_the_same(
    new_visitor: NewVisitor, outbox: Outbox, email: str
) -> None:
    adapter, passwords = WatchedAdapter(MemoryAdapter()), CountingPasswords()
    auth = make_auth(database=adapter, passwords=passwords, **settings(outbox))
    Visitor(auth).sign_up()
    adapter.forget()
    passwords.work.clear()

    answer = ask(new_visitor(auth), email)

    assert (answer.status, answer.json) == (200, ASKED)
    assert {"Content-Type", "Content-Length"} >= set(answer.headers.keys())
    assert adapter.statements == ["find_one user", "create verification"]
    assert passwords.work == []


def test_an_unknown_address_is_not_written_to(
    auth: PyAuth, new_visitor: NewVisitor, outbox: Outbox
) -> None:
    ask(new_visitor(auth), "nobody@example.com")
    assert outbox.sent == []


def test_what_is_stored_for_an_unknown_address_opens_nothing(
    auth: PyAuth, new_visitor: NewVisitor, clock: FrozenClock
) -> None:
    ask(new_visitor(auth), "nobody@example.com")
    (row,) = rows_of(auth, "verification")
    assert row["value"] == ""
    assert row["expires_at"] - clock() == timedelta(seconds=10)
    token = row["identifier"].partition(":")[2]
    assert reset(new_visitor(auth), token).refusal == (400, "USER_NOT_FOUND")
    clock.advance(seconds=10)
    assert reset(new_visitor(auth), token).refusal == INVALID


def test_a_sender_that_fails_changes_nothing(
    new_auth: MakeAuth, new_visitor: NewVisitor, caplog: pytest.LogCaptureFixture
) -> None:
    def send(_: ResetPasswordEmail) -> None:
        raise ConnectionError("the mail server is down")

    auth = new_auth(email_and_password={"enabled": True, "send_reset_password": send})
    Visitor(auth).sign_up()
    with caplog.at_level(logging.ERROR):
        assert ask(new_visitor(auth)).json == ASKED
    (row,) = rows_of(auth, "verification")
    assert row["identifier"].partition(":")[2] not in caplog.text


def test_the_mail_travels_as_plain_data(new_visitor: NewVisitor, outbox: Outbox) -> None:
    runner = CapturingRunner()
    auth = make_auth(runner=lambda _: runner, **settings(outbox))
    Visitor(auth).sign_up()
    ask(new_visitor(auth))
    assert outbox.sent == []
    (delivery,) = runner.of_kind("reset-password-email")
    auth.deliver(delivery)
    assert outbox.last.user.email == "ada@example.com"


def test_without_a_sender_nothing_can_be_reset(
    new_auth: MakeAuth, new_visitor: NewVisitor, caplog: pytest.LogCaptureFixture
) -> None:
    auth = new_auth()
    Visitor(auth).sign_up()
    with caplog.at_level(logging.ERROR):
        answers = [ask(new_visitor(auth), f"{name}@example.com") for name in ("ada", "nobody")]
    assert {answer.refusal for answer in answers} == {(400, "RESET_PASSWORD_DISABLED")}
    assert answers[0].json["message"] == "Reset password isn't enabled"
    assert "send_reset_password" in caplog.text
    assert row_counts(auth)["verification"] == 0


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"email": "ada"}, (400, "VALIDATION_ERROR")),
        ({"email": None}, (400, "VALIDATION_ERROR")),
        ({"email": {"$ne": ""}}, (400, "VALIDATION_ERROR")),
        ({"email": "ada@example.com\x00"}, (400, "BAD_REQUEST")),
        ({"redirect_to": 5}, (400, "VALIDATION_ERROR")),
        ({"redirect_to": FOREIGN}, (403, "INVALID_REDIRECT_URL")),
        ({"redirect_to": "//evil.example"}, (403, "INVALID_REDIRECT_URL")),
        ({"redirect_to": "/\\evil.example"}, (403, "INVALID_REDIRECT_URL")),
        ({"redirect_to": "javascript:alert(1)"}, (403, "INVALID_REDIRECT_URL")),
    ],
)
def test_bad_input_mails_nothing(
    auth: PyAuth,
    new_visitor: NewVisitor,
    outbox: Outbox,
    body: dict[str, Any],
    refusal: tuple[int, str],
) -> None:
    answer = new_visitor(auth).call("request_password_reset", {"email": "ada@example.com", **body})
    if body == {"redirect_to": 5} and answer.code == "BAD_REQUEST":
        refusal = (400, "BAD_REQUEST")  # over HTTP a target that is no text is refused earlier
    assert answer.refusal == refusal
    assert outbox.sent == []
    assert row_counts(auth)["verification"] == 0


def test_a_hook_may_stop_the_link(new_auth: MakeAuth, outbox: Outbox) -> None:
    hooks = {"verification": {"create": {"before": lambda _: False}}}
    auth = new_auth(database_hooks=hooks, **settings(outbox))
    Visitor(auth).sign_up()
    assert ask(Visitor(auth)).json == ASKED
    assert outbox.sent == []


def test_asking_is_limited_to_three_a_minute(clock: FrozenClock, outbox: Outbox) -> None:
    auth = make_auth(clock=clock, rate_limit={"enabled": True}, **settings(outbox))
    visitor = Visitor(auth)
    assert [ask(visitor).status for _ in range(4)] == [200, 200, 200, 429]
    assert Visitor(auth, address="203.0.113.8").call("get_session").status == 200
    clock.advance(seconds=61)
    assert ask(visitor).status == 200


# Opening the link --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("callback", "location"),
    [
        ("/reset", f"{ORIGIN}/reset?token="),
        ("/reset?a=1&b=", f"{ORIGIN}/reset?a=1&b=&token="),
        (f"{ORIGIN}/reset", f"{ORIGIN}/reset?token="),
        (ORIGIN, f"{ORIGIN}/?token="),
    ],
)
def test_the_link_leads_to_the_page_with_the_token(
    auth: PyAuth, outbox: Outbox, callback: str, location: str
) -> None:
    ask(Visitor(auth))
    token = outbox.last.token
    for _ in range(2):
        answer = open_link(auth, token, callback)
        assert (answer.status, answer.location) == (302, location + token)
    assert reset(Visitor(auth), token).status == 200, "opening it redeems nothing"


def test_the_links_own_token_replaces_another(auth: PyAuth, outbox: Outbox) -> None:
    ask(Visitor(auth))
    token = outbox.last.token
    page = f"{ORIGIN}/reset?token=planted&x=1&token=again#part"
    location = open_link(auth, token, page).location
    assert location == f"{ORIGIN}/reset?token={token}&x=1#part"


def test_the_link_can_be_opened_in_process(auth: PyAuth, outbox: Outbox) -> None:
    ask(Visitor(auth))
    token = outbox.last.token
    opened: Any = auth.api.request_password_reset_callback(
        params={"token": token}, query={"callback_url": "/reset"}
    )
    assert opened.location == f"{ORIGIN}/reset?token={token}"


@pytest.mark.parametrize("token", ["unknown", "x" * 500, "%ff", "a%2Fb", "..%2f", "ü"])
def test_a_dead_link_says_so_at_the_page(auth: PyAuth, token: str) -> None:
    answer = open_link(auth, token, "/reset?x=1")
    if answer.status == 404:
        return  # a path of another shape
    assert answer.location == f"{ORIGIN}/reset?x=1&error=INVALID_TOKEN"


def test_an_expired_link_says_so_at_the_page(
    auth: PyAuth, outbox: Outbox, clock: FrozenClock
) -> None:
    ask(Visitor(auth))
    clock.advance(hours=1, seconds=1)
    answer = open_link(auth, outbox.last.token)
    assert answer.location == f"{ORIGIN}/reset?error=INVALID_TOKEN"


def test_a_link_without_a_page_leads_to_the_error_page(auth: PyAuth, outbox: Outbox) -> None:
    ask(Visitor(auth))
    answer = open_link(auth, outbox.last.token, "")
    assert answer.location == f"{ORIGIN}/api/auth/error?error=INVALID_TOKEN"
    assert Visitor(auth).get(f"/reset-password/{outbox.last.token}").refusal == (
        400,
        "VALIDATION_ERROR",
    )


@pytest.mark.parametrize("target", [FOREIGN, "//evil.example", "/\\evil.example", "javascript:x"])
def test_a_foreign_page_is_refused_before_anything(target: str, outbox: Outbox) -> None:
    adapter = WatchedAdapter(MemoryAdapter())
    auth = make_auth(database=adapter, **settings(outbox))
    Visitor(auth).sign_up()
    ask(Visitor(auth))
    adapter.forget()
    answer = open_link(auth, outbox.last.token, target)
    assert answer.refusal == (403, "INVALID_CALLBACK_URL")
    assert adapter.statements == []
    assert reset(Visitor(auth), outbox.last.token).status == 200


def test_the_token_leaves_no_trace_in_headers_of_a_refusal(auth: PyAuth, outbox: Outbox) -> None:
    ask(Visitor(auth))
    answer = open_link(auth, outbox.last.token, FOREIGN)
    assert outbox.last.token not in f"{answer.headers}{answer.text}"
    assert parse_qs(urlsplit(answer.headers.get("Location", "")).query) == {}


# Redeeming the token -----------------------------------------------------------------------------


def test_a_reset_sets_the_new_password(
    auth: PyAuth, new_visitor: NewVisitor, outbox: Outbox
) -> None:
    ask(Visitor(auth))
    before = row_counts(auth)
    answer = reset(new_visitor(auth), outbox.last.token)
    assert (answer.status, answer.json, answer.set_cookies) == (200, {"status": True}, [])
    assert Visitor(auth).sign_in().status == 401
    assert Visitor(auth).sign_in(password=NEW).status == 200
    assert row_counts(auth) == {**before, "verification": 0, "session": before["session"] + 1}
    assert rows_of(auth, "user")[0]["email_verified"] is False


def test_a_token_works_once(auth: PyAuth, new_visitor: NewVisitor, outbox: Outbox) -> None:
    ask(Visitor(auth))
    token = outbox.last.token
    reset(new_visitor(auth), token)
    assert reset(new_visitor(auth), token, "yet another password").refusal == INVALID
    assert open_link(auth, token).location.endswith("error=INVALID_TOKEN")
    assert Visitor(auth).sign_in(password=NEW).status == 200


def test_a_token_expires(
    auth: PyAuth, new_visitor: NewVisitor, outbox: Outbox, clock: FrozenClock
) -> None:
    ask(Visitor(auth))
    clock.advance(hours=1, milliseconds=1)
    assert reset(new_visitor(auth), outbox.last.token).refusal == INVALID
    assert Visitor(auth).sign_in().status == 200


def test_a_token_lives_as_long_as_configured(
    new_auth: MakeAuth, outbox: Outbox, clock: FrozenClock
) -> None:
    life = timedelta(minutes=5)
    auth = new_auth(**settings(outbox, reset_password_token_expires_in=life))
    Visitor(auth).sign_up()
    ask(Visitor(auth))
    assert rows_of(auth, "verification")[0]["expires_at"] == clock() + life


@pytest.mark.parametrize("token", ["", "unknown", "x" * 500, "reset-password:x", "%", "../.."])
def test_what_is_no_token_is_refused_without_work(
    new_visitor: NewVisitor, outbox: Outbox, token: str
) -> None:
    passwords = CountingPasswords()
    auth = make_auth(passwords=passwords, **settings(outbox))
    Visitor(auth).sign_up()
    passwords.work.clear()
    assert reset(new_visitor(auth), token).refusal == INVALID
    assert passwords.work == []


def test_the_token_may_be_in_the_query(auth: PyAuth, door: Any, outbox: Outbox) -> None:
    visitor = Visitor(auth, door=door)
    ask(visitor)
    token = outbox.last.token
    body = {"new_password": NEW}
    assert visitor.call("reset_password", body).refusal == INVALID
    assert visitor.call("reset_password", body, query={"token": token}).status == 200


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("", "PASSWORD_TOO_SHORT"),
        ("1234567", "PASSWORD_TOO_SHORT"),
        ("x" * 129, "PASSWORD_TOO_LONG"),
        ("\U0001f511" * 65, "PASSWORD_TOO_LONG"),
        ("x" * 1_000_000, "PASSWORD_TOO_LONG"),
    ],
)
def test_a_refused_password_reaches_no_hash_and_leaves_the_token(
    new_visitor: NewVisitor, outbox: Outbox, password: str, code: str
) -> None:
    passwords = CountingPasswords()
    auth = make_auth(passwords=passwords, **settings(outbox))
    Visitor(auth).sign_up()
    ask(Visitor(auth))
    passwords.work.clear()
    assert reset(new_visitor(auth), outbox.last.token, password).refusal == (400, code)
    assert passwords.work == []
    assert reset(new_visitor(auth), outbox.last.token).status == 200


def test_a_validator_refuses_and_leaves_the_token(
    new_auth: MakeAuth, new_visitor: NewVisitor, outbox: Outbox
) -> None:
    breaches = Breaches(NEW)
    auth = new_auth(plugins=[breaches], **settings(outbox))
    Visitor(auth).sign_up()
    ask(Visitor(auth))
    token = outbox.last.token
    assert reset(new_visitor(auth), token).refusal == (400, "PASSWORD_COMPROMISED")
    assert breaches.asked[-1] == ("/reset-password", NEW)
    assert reset(new_visitor(auth), token, "a better one").status == 200


def test_who_has_no_password_gets_one(
    auth: PyAuth, new_visitor: NewVisitor, outbox: Outbox
) -> None:
    adapter = auth.context.adapter
    adapter.update_many("account", [], {"provider_id": "github", "password": None})
    ask(Visitor(auth))
    assert reset(new_visitor(auth), outbox.last.token).status == 200
    made = rows_of(auth, "account", Where("provider_id", "credential"))
    assert [row["account_id"] for row in made] == [outbox.last.user.id]
    assert row_counts(auth)["account"] == 2
    assert Visitor(auth).sign_in(password=NEW).status == 200


def test_a_vanished_user_gets_nothing(
    auth: PyAuth, new_visitor: NewVisitor, outbox: Outbox
) -> None:
    ask(Visitor(auth))
    auth.context.adapter.delete_many("user", [])
    assert reset(new_visitor(auth), outbox.last.token).refusal == (400, "USER_NOT_FOUND")
    assert row_counts(auth)["account"] == 0


@pytest.mark.parametrize("revokes", [False, True])
def test_sessions_end_where_configured(
    new_auth: MakeAuth, new_visitor: NewVisitor, outbox: Outbox, revokes: bool
) -> None:
    auth = new_auth(**settings(outbox, revoke_sessions_on_password_reset=revokes))
    phone, bob = Visitor(auth), Visitor(auth)
    phone.sign_up()
    bob.sign_up("bob@example.com")
    ask(Visitor(auth))
    reset(new_visitor(auth), outbox.last.token)
    assert (phone.get_session() is None) is revokes
    assert bob.get_session() is not None


def test_the_app_is_told_once(new_auth: MakeAuth, new_visitor: NewVisitor, outbox: Outbox) -> None:
    told = Outbox()
    auth = new_auth(**settings(outbox, on_password_reset=told))
    Visitor(auth).sign_up()
    ask(Visitor(auth))
    reset(new_visitor(auth), outbox.last.token, "short")
    reset(new_visitor(auth), outbox.last.token)
    reset(new_visitor(auth), outbox.last.token)
    (event,) = told.sent
    assert isinstance(event, PasswordReset)
    assert event.user.email == "ada@example.com"


def test_an_app_that_fails_when_told_undoes_nothing(
    new_auth: MakeAuth,
    new_visitor: NewVisitor,
    outbox: Outbox,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def tell(_: PasswordReset) -> None:
        raise RuntimeError("no")

    auth = new_auth(**settings(outbox, on_password_reset=tell))
    Visitor(auth).sign_up()
    ask(Visitor(auth))
    with caplog.at_level(logging.ERROR):
        assert reset(new_visitor(auth), outbox.last.token).status == 200
    assert caplog.records
    assert Visitor(auth).sign_in(password=NEW).status == 200


@pytest.mark.parametrize("action", ["create", "update"])
def test_a_hook_that_stops_the_write_leaves_the_token(
    new_auth: MakeAuth, outbox: Outbox, action: str
) -> None:
    stopping: list[bool] = []
    hooks = {"account": {action: {"before": lambda _: False if stopping else None}}}
    auth = new_auth(database_hooks=hooks, **settings(outbox))
    Visitor(auth).sign_up()
    if action == "create":
        auth.context.adapter.delete_many("account", [])
    ask(Visitor(auth))
    stopping.append(True)
    assert reset(Visitor(auth), outbox.last.token).refusal == (400, "FAILED_TO_UPDATE_USER")
    stopping.clear()
    assert reset(Visitor(auth), outbox.last.token).status == 200


def test_in_production_links_need_an_address_of_their_own() -> None:
    with pytest.raises(Exception, match="base_url is missing"):
        make_auth(
            mode="production",
            base_url=None,
            database="sqlite://",
            **settings(Outbox()),
        )
