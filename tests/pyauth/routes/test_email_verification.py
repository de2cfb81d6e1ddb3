"""Verifying an address: asking for the mail, and opening its link."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from pyauth import APIError, PyAuth, User
from pyauth.crypto.tokens import sign_token
from pyauth.db.adapter import Where
from pyauth.db.memory import MemoryAdapter
from pyauth.error_codes import ErrorCode
from pyauth.outbound import CapturingRunner
from pyauth.routes import verification_links
from tests.pyauth.conftest import MakeAuth, NewVisitor
from tests.support.app import (
    FOREIGN,
    SECRET,
    FrozenClock,
    Outbox,
    Visitor,
    make_auth,
    row_counts,
    rows_of,
    token_of,
)
from tests.support.watched import WatchedAdapter

HOUR = timedelta(hours=1)


def make_token(auth: PyAuth, *, secret: str = SECRET, **claims: Any) -> str:
    given = {"email": "ada@example.com", **claims}
    return sign_token(given, secret, now=auth.context.clock(), expires_in=HOUR)


def is_verified(auth: PyAuth) -> bool:
    found: bool = rows_of(auth, "user")[0]["email_verified"]
    return found


def unsigned_token() -> str:
    def encode(part: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()

    return f"{encode({'alg': 'none'})}.{encode({'email': 'ada@example.com', 'exp': 2**40})}."


def test_the_mailed_link_verifies_the_address(
    new_auth: MakeAuth, outbox: Outbox, clock: FrozenClock
) -> None:
    auth = new_auth(verification=outbox, email_verification={"send_on_sign_up": True})
    visitor = Visitor(auth)
    visitor.sign_up(callback_url="/welcome")
    clock.advance(minutes=5)
    path = outbox.last.url.removeprefix("http://localhost:3000/api/auth")

    answer = Visitor(auth).get(path.partition("?")[0], query=path.partition("?")[2])

    assert (answer.status, answer.location, answer.text) == (302, "/welcome", "")
    assert answer.set_cookies == []
    (user,) = rows_of(auth, "user")
    assert (user["email_verified"], user["updated_at"]) == (True, clock())


def test_without_a_callback_the_answer_is_json(new_auth: MakeAuth, new_visitor: NewVisitor) -> None:
    auth = new_auth()
    Visitor(auth).sign_up()
    answer = new_visitor(auth).call("verify_email", query={"token": make_token(auth)})
    assert (answer.status, answer.json) == (200, {"status": True, "user": None})
    assert is_verified(auth)


def test_opening_it_again_is_harmless_and_gives_no_session(
    new_auth: MakeAuth, new_visitor: NewVisitor
) -> None:
    auth = new_auth(email_verification={"auto_sign_in_after_verification": True})
    Visitor(auth).sign_up()
    query = {"token": make_token(auth)}
    visitor = new_visitor(auth)
    assert visitor.call("verify_email", query=query).cookies != {}
    before = row_counts(auth)
    again = new_visitor(auth).call("verify_email", query=query)
    assert (again.status, again.set_cookies) == (200, [])
    assert row_counts(auth) == before


def test_the_link_can_sign_its_owner_in(new_auth: MakeAuth, new_visitor: NewVisitor) -> None:
    auth = new_auth(email_verification={"auto_sign_in_after_verification": True})
    Visitor(auth).sign_up()
    visitor = new_visitor(auth)
    visitor.call("verify_email", query={"token": make_token(auth)})
    user = visitor.get_session()["user"]
    assert (user["email"], user["emailVerified"]) == ("ada@example.com", True)


def test_a_visitor_who_is_signed_in_keeps_his_session(
    new_auth: MakeAuth, new_visitor: NewVisitor
) -> None:
    auth = new_auth(email_verification={"auto_sign_in_after_verification": True})
    visitor = new_visitor(auth)
    visitor.sign_up()
    token = token_of(visitor)
    visitor.call("verify_email", query={"token": make_token(auth)})
    assert (token_of(visitor), row_counts(auth)["session"]) == (token, 1)


def test_a_visitor_signed_in_as_another_becomes_the_owner(
    new_auth: MakeAuth, new_visitor: NewVisitor
) -> None:
    auth = new_auth(email_verification={"auto_sign_in_after_verification": True})
    Visitor(auth).sign_up()
    visitor = new_visitor(auth)
    visitor.sign_up("eve@example.com")
    visitor.call("verify_email", query={"token": make_token(auth)})
    assert visitor.get_session()["user"]["email"] == "ada@example.com"


BAD_TOKENS: dict[str, Callable[[PyAuth], str]] = {
    "nothing": lambda auth: "",
    "text": lambda auth: "x",
    "three parts": lambda auth: "a.b.c",
    "another secret": lambda auth: make_token(auth, secret="x" * 40),
    "no algorithm": lambda auth: unsigned_token(),
    "no address": lambda auth: make_token(auth, email=None),
    "an odd address": lambda auth: make_token(auth, email=["ada@example.com"]),
    "an address of no form": lambda auth: make_token(auth, email="ada"),
    "an odd change of address": lambda auth: make_token(auth, updateTo="eve"),
    "a changed letter": lambda auth: make_token(auth)[:-2] + "AA",
    "more": lambda auth: make_token(auth) + ".x",
}


@pytest.mark.parametrize("kind", BAD_TOKENS)
def test_only_our_own_tokens_verify(new_auth: MakeAuth, new_visitor: NewVisitor, kind: str) -> None:
    auth = new_auth()
    Visitor(auth).sign_up()
    token = BAD_TOKENS[kind](auth)
    visitor = new_visitor(auth)
    assert visitor.call("verify_email", query={"token": token}).refusal == (401, "INVALID_TOKEN")
    sent = visitor.call("verify_email", query={"token": token, "callback_url": "/x?y=1"})
    assert (sent.status, sent.location) == (302, "/x?y=1&error=INVALID_TOKEN")
    assert not is_verified(auth)


def test_a_link_works_for_an_hour(
    new_auth: MakeAuth, new_visitor: NewVisitor, clock: FrozenClock
) -> None:
    auth = new_auth()
    Visitor(auth).sign_up()
    query = {"token": make_token(auth)}
    clock.advance(hours=1)
    visitor = new_visitor(auth)
    assert visitor.call("verify_email", query=query).refusal == (401, "TOKEN_EXPIRED")
    sent = visitor.call("verify_email", query={**query, "callback_url": "/x"})
    assert sent.location == "/x?error=TOKEN_EXPIRED"
    assert not is_verified(auth)


def test_an_older_secret_does_not_verify(new_auth: MakeAuth) -> None:
    old = "the-first-secret-0123456789-ABCDEF"
    auth = new_auth(secret=None, secrets=f"2:the-second-secret-0123456789-ABCD,1:{old}")
    Visitor(auth).sign_up()
    answer = Visitor(auth).get("/verify-email", query={"token": make_token(auth, secret=old)})
    assert answer.refusal == (401, "INVALID_TOKEN")


def test_a_link_of_somebody_who_is_gone(new_auth: MakeAuth, new_visitor: NewVisitor) -> None:
    auth = new_auth()
    visitor = new_visitor(auth)
    query = {"token": make_token(auth)}
    assert visitor.call("verify_email", query=query).refusal == (401, "USER_NOT_FOUND")
    sent = visitor.call("verify_email", query={**query, "callback_url": "/x"})
    assert sent.location == "/x?error=USER_NOT_FOUND"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "http://localhost:3000@evil.example",
        "http://localhost:3000.evil.example",
        "/a\r\nSet-Cookie: x=y",
    ],
)
@pytest.mark.parametrize("token", [make_token, lambda auth: "x"])
def test_a_foreign_target_is_refused_and_the_token_still_works(
    new_visitor: NewVisitor, token: Callable[[PyAuth], str], target: str
) -> None:
    auth = make_auth(email_verification={"auto_sign_in_after_verification": True})
    Visitor(auth).sign_up()
    visitor = new_visitor(auth)
    answer = visitor.call("verify_email", query={"token": token(auth), "callback_url": target})
    assert answer.refusal == (403, "INVALID_CALLBACK_URL")
    assert "Location" not in answer.headers
    assert (answer.set_cookies, is_verified(auth)) == ([], False)


@pytest.mark.parametrize(
    "query", ["", "token=a&token=b", "token=x&callbackURL=/a&callbackURL=/b", "Token=x"]
)
def test_an_odd_query_is_400(query: str) -> None:
    assert Visitor(make_auth()).get("/verify-email", query=query).refusal == (
        400,
        "VALIDATION_ERROR",
    )


def test_a_trusted_target_beyond_ascii_is_escaped() -> None:
    auth = make_auth()
    Visitor(auth).sign_up()
    query = {
        "token": make_token(auth),
        "callbackURL": "http://localhost:3000/\u65e5\u672c?a=\u00e4",
    }
    answer = Visitor(auth).get("/verify-email", query=query)
    assert answer.location == "http://localhost:3000/%E6%97%A5%E6%9C%AC?a=%C3%A4"


def test_the_app_can_act_before_and_after(new_auth: MakeAuth, new_visitor: NewVisitor) -> None:
    seen: list[tuple[str, bool, bool]] = []
    auth: PyAuth

    def note(when: str) -> Callable[[Any], None]:
        return lambda event: seen.append((when, event.user.email_verified, is_verified(auth)))

    auth = new_auth(
        email_verification={
            "before_email_verification": note("before"),
            "after_email_verification": note("after"),
        }
    )
    Visitor(auth).sign_up()
    query = {"token": make_token(auth)}
    new_visitor(auth).call("verify_email", query=query)
    assert seen == [("before", False, False), ("after", True, True)]
    new_visitor(auth).call("verify_email", query=query)
    assert len(seen) == 2, "opening the link again is no verification"


def test_the_app_can_refuse_beforehand(new_auth: MakeAuth, new_visitor: NewVisitor) -> None:
    def refuse(event: Any) -> None:
        assert isinstance(event.user, User)
        raise APIError(ErrorCode("NOT_NOW", "Not now", 409))

    auth = new_auth(email_verification={"before_email_verification": refuse})
    Visitor(auth).sign_up()
    answer = new_visitor(auth).call("verify_email", query={"token": make_token(auth)})
    assert (answer.refusal, is_verified(auth)) == ((409, "NOT_NOW"), False)


def test_an_app_that_fails_afterwards_changes_no_answer(
    new_auth: MakeAuth, new_visitor: NewVisitor, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(event: Any) -> None:
        raise RuntimeError("the newsletter is down")

    auth = new_auth(
        email_verification={
            "after_email_verification": fail,
            "auto_sign_in_after_verification": True,
        }
    )
    Visitor(auth).sign_up()
    visitor = new_visitor(auth)
    answer = visitor.call("verify_email", query={"token": make_token(auth)})
    assert (answer.status, is_verified(auth)) == (200, True)
    assert visitor.get_session() is not None
    assert len(caplog.records) == 1


def test_an_address_that_changed_meanwhile_is_not_verified(new_visitor: NewVisitor) -> None:
    adapter = WatchedAdapter(MemoryAdapter())
    auth = make_auth(database=adapter)
    Visitor(auth).sign_up()
    query = {"token": make_token(auth)}

    def change(statement: str) -> None:
        if statement == "update_one user":
            adapter.inner.update_many("user", [], {"email": "new@example.com"})

    adapter.on_statement = change
    new_visitor(auth).call("verify_email", query=query)
    assert not is_verified(auth)


# Asking for the mail --------------------------------------------------------------------------


def count_tokens(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return a list that grows with every token of a link."""
    signed: list[Any] = []

    def sign(claims: Any, *given: Any, **named: Any) -> str:
        signed.append(claims)
        return sign_token(claims, *given, **named)

    monkeypatch.setattr(verification_links, "sign_token", sign)
    return signed


def ask(visitor: Visitor, email: str = "ada@example.com", **body: Any) -> Any:
    return visitor.call("send_verification_email", {"email": email, **body})


def test_the_signed_in_user_can_ask_for_the_mail(
    new_auth: MakeAuth, new_visitor: NewVisitor, outbox: Outbox
) -> None:
    auth = new_auth(verification=outbox)
    visitor = new_visitor(auth)
    visitor.sign_up()
    answer = ask(visitor, callback_url="/done?x=1&y=2")
    assert (answer.status, answer.json) == (200, {"status": True})
    assert outbox.last.user.email == "ada@example.com"
    assert outbox.last.url.endswith("&callbackURL=%2Fdone%3Fx%3D1%26y%3D2")
    visitor.call("verify_email", query={"token": outbox.last.token})
    assert is_verified(auth)


def test_strangers_learn_nothing_and_only_the_unverified_are_written_to(
    new_visitor: NewVisitor, outbox: Outbox
) -> None:
    adapter = WatchedAdapter(MemoryAdapter())
    auth = make_auth(database=adapter, verification=outbox)
    Visitor(auth).sign_up()
    Visitor(auth).sign_up("bob@example.com")
    adapter.inner.update_many("user", [Where("email", "bob@example.com")], {"email_verified": True})
    seen = []
    for email in ("ada@example.com", "ADA@Example.com", "bob@example.com", "eve@example.com"):
        adapter.forget()
        answer = ask(new_visitor(auth), email)
        seen.append((answer.status, answer.text, [*answer.headers], list(adapter.statements)))
    assert seen[0][:2] == (200, '{"status":true}')
    assert all(one == seen[0] for one in seen), seen
    assert [mail.user.email for mail in outbox.sent] == ["ada@example.com"] * 2


@pytest.mark.parametrize("email", ["ada@example.com", "bob@example.com", "eve@example.com"])
def test_a_token_is_signed_for_every_address(
    new_auth: MakeAuth, new_visitor: NewVisitor, monkeypatch: pytest.MonkeyPatch, email: str
) -> None:
    auth = new_auth(verification=Outbox())
    Visitor(auth).sign_up()
    Visitor(auth).sign_up("bob@example.com")
    auth.context.adapter.update_many(
        "user", [Where("email", "bob@example.com")], {"email_verified": True}
    )
    signed = count_tokens(monkeypatch)
    ask(new_visitor(auth), email)
    assert len(signed) == 1


def test_the_mail_is_not_waited_for(new_visitor: NewVisitor) -> None:
    runner = CapturingRunner()
    auth = make_auth(verification=Outbox(), runner=lambda deliver: runner)
    Visitor(auth).sign_up()
    assert ask(new_visitor(auth)).json == {"status": True}
    assert [delivery.kind for delivery in runner.deliveries] == ["verification-email"]


@pytest.mark.parametrize(
    ("email", "code"),
    [
        ("bob@example.com", "EMAIL_MISMATCH"),
        ("nobody@example.com", "EMAIL_MISMATCH"),
        ("ada@example.com", "EMAIL_ALREADY_VERIFIED"),
        ("ADA@example.com", "EMAIL_ALREADY_VERIFIED"),
    ],
)
def test_the_signed_in_user_is_told_why_not(
    new_auth: MakeAuth, new_visitor: NewVisitor, outbox: Outbox, email: str, code: str
) -> None:
    auth = new_auth(verification=outbox)
    Visitor(auth).sign_up("bob@example.com")
    visitor = new_visitor(auth)
    visitor.sign_up()
    auth.context.adapter.update_many("user", [], {"email_verified": True})
    assert ask(visitor, email).refusal == (400, code)
    assert outbox.sent == []


def test_the_case_of_letters_does_not_matter(
    new_auth: MakeAuth, new_visitor: NewVisitor, outbox: Outbox
) -> None:
    visitor = new_visitor(new_auth(verification=outbox))
    visitor.sign_up()
    assert ask(visitor, "ADA@Example.COM").status == 200
    assert len(outbox.sent) == 1


@pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com"])
def test_without_a_sender_everybody_is_told_so(
    new_auth: MakeAuth, new_visitor: NewVisitor, email: str
) -> None:
    auth = new_auth()
    visitor = new_visitor(auth)
    visitor.sign_up()
    for browser in (visitor, new_visitor(auth)):
        assert ask(browser, email).refusal == (400, "VERIFICATION_EMAIL_NOT_ENABLED")


@pytest.mark.parametrize("target", [FOREIGN, "//evil.example", "/\\evil.example"])
def test_a_foreign_callback_is_refused_before_anything_is_mailed(
    new_auth: MakeAuth, new_visitor: NewVisitor, outbox: Outbox, target: str
) -> None:
    auth = new_auth(verification=outbox)
    Visitor(auth).sign_up()
    answer = ask(new_visitor(auth), callback_url=target)
    assert (answer.refusal, outbox.sent) == ((403, "INVALID_CALLBACK_URL"), [])


@pytest.mark.parametrize("email", ["ada", "", "a" * 300 + "@example.com"])
def test_it_takes_an_address(new_auth: MakeAuth, new_visitor: NewVisitor, email: str) -> None:
    auth = new_auth(verification=Outbox())
    assert ask(new_visitor(auth), email).refusal == (400, "VALIDATION_ERROR")


def test_a_session_that_was_revoked_is_not_renewed_by_a_link() -> None:
    auth = make_auth(
        session={"cookie_cache": {"enabled": True}},
        email_verification={"auto_sign_in_after_verification": True},
    )
    visitor = Visitor(auth)
    visitor.sign_up()
    visitor.get_session()
    revoked = token_of(visitor)
    auth.context.sessions.delete(revoked)
    visitor.call("verify_email", query={"token": make_token(auth)})
    assert revoked not in {row["token"] for row in rows_of(auth, "session")}
    assert token_of(visitor) != revoked
