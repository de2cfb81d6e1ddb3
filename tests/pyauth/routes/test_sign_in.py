"""Sign-in with an e-mail address and a password, and sign-out."""

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.security import generate_password_hash

from pyauth import PyAuth
from pyauth.crypto.passwords import Verified
from pyauth.db.adapter import Where
from pyauth.db.memory import MemoryAdapter
from pyauth.testing import cheap_passwords
from tests.pyauth.conftest import MakeAuth, NewVisitor
from tests.support.app import FrozenClock, Outbox, Visitor, make_auth, row_counts, rows_of, token_of
from tests.support.watched import CountingPasswords, WatchedAdapter


def remove_password(auth: PyAuth) -> None:
    auth.context.adapter.update_many("account", [], {"password": None})


def remove_account(auth: PyAuth) -> None:
    auth.context.adapter.delete_many("account", [])


def spoil_hash(auth: PyAuth) -> None:
    auth.context.adapter.update_many("account", [], {"password": "no hash at all"})


def test_a_sign_in_opens_a_session(new_auth: MakeAuth, new_visitor: NewVisitor) -> None:
    auth = new_auth()
    Visitor(auth).sign_up()
    visitor = new_visitor(auth)
    answer = visitor.sign_in("ADA@example.com")
    assert answer.status == 200
    assert list(answer.json) == ["redirect", "token", "user"]
    assert (answer.json["redirect"], answer.json["token"]) == (False, token_of(visitor))
    assert answer.json["user"]["email"] == "ada@example.com"
    assert row_counts(auth)["session"] == 2
    assert visitor.get_session()["session"]["token"] == answer.json["token"]


def test_a_callback_is_named_for_the_client_to_follow(
    new_auth: MakeAuth, new_visitor: NewVisitor
) -> None:
    auth = new_auth()
    Visitor(auth).sign_up()
    answer = new_visitor(auth).sign_in(callback_url="/home?x=1")
    assert (answer.json["redirect"], answer.json["url"], answer.status) == (True, "/home?x=1", 200)
    assert answer.location == "/home?x=1"


def test_every_sign_in_makes_a_new_token_whatever_cookie_came(
    new_auth: MakeAuth, new_visitor: NewVisitor
) -> None:
    auth = new_auth()
    visitor = new_visitor(auth)
    tokens = {visitor.sign_up().json["token"]}
    tokens |= {visitor.sign_in().json["token"] for _ in range(3)}
    assert len(tokens) == 4

    planted = new_visitor(auth)
    planted.cookies["better-auth.session_token"] = "planted.by-somebody-else"
    planted.sign_in()
    assert "planted" not in planted.session_cookie


@pytest.mark.parametrize("spoil", [None, remove_password, remove_account, spoil_hash])
@pytest.mark.parametrize("email", ["nobody@example.com", "ada@example.com"])
def test_every_refusal_looks_and_costs_the_same(
    new_visitor: NewVisitor, spoil: Callable[[PyAuth], None] | None, email: str
) -> None:
    adapter, passwords = WatchedAdapter(MemoryAdapter()), CountingPasswords()
    auth = make_auth(database=adapter, passwords=passwords)
    Visitor(auth).sign_up()
    if spoil is not None:
        spoil(auth)
    adapter.forget()
    passwords.work.clear()

    answer = new_visitor(auth).sign_in(email, password="wrong horse")

    assert (answer.status, answer.json) == (
        401,
        {"code": "INVALID_EMAIL_OR_PASSWORD", "message": "Invalid email or password"},
    )
    assert {"Content-Type", "Content-Length"} >= set(answer.headers.keys())
    assert adapter.statements == ["find_one user", "find_one account"]
    assert passwords.work == ["verify"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"email": "ada"}, 400, "INVALID_EMAIL"),
        ({"email": "ada@example.com\x00"}, 400, "BAD_REQUEST"),
        ({"email": None}, 400, "VALIDATION_ERROR"),
        ({"email": {"$gt": ""}}, 400, "VALIDATION_ERROR"),
        ({"email": ["ada@example.com"]}, 400, "VALIDATION_ERROR"),
        ({"password": 5}, 400, "VALIDATION_ERROR"),
        ({"password": None}, 400, "VALIDATION_ERROR"),
        ({"password": ""}, 401, "INVALID_EMAIL_OR_PASSWORD"),
        ({"password": "correct horse "}, 401, "INVALID_EMAIL_OR_PASSWORD"),
        ({"password": "Correct horse"}, 401, "INVALID_EMAIL_OR_PASSWORD"),
        ({"email": "ada%@example.com"}, 400, "INVALID_EMAIL"),
        ({"email": "ad_@example.com"}, 401, "INVALID_EMAIL_OR_PASSWORD"),
        ({"email": "\u0430da@example.com"}, 400, "INVALID_EMAIL"),
        ({"email": "ada@example.com' OR '1'='1"}, 400, "INVALID_EMAIL"),
        ({"remember_me": "false"}, 400, "VALIDATION_ERROR"),
        ({"callback_url": "https://evil.example"}, 403, "INVALID_CALLBACK_URL"),
        ({"callback_url": "/\\evil.example"}, 403, "INVALID_CALLBACK_URL"),
    ],
)
def test_bad_input_opens_nothing(
    new_auth: MakeAuth, new_visitor: NewVisitor, body: dict[str, Any], status: int, code: str
) -> None:
    auth = new_auth()
    Visitor(auth).sign_up()
    answer = new_visitor(auth).sign_in(**{"email": "ada@example.com", **body})
    assert answer.refusal == (status, code)
    assert answer.set_cookies == []
    assert row_counts(auth)["session"] == 1


def test_it_can_be_turned_off(new_auth: MakeAuth, new_visitor: NewVisitor) -> None:
    auth = new_auth(email_and_password={"enabled": False})
    assert new_visitor(auth).sign_in().refusal == (400, "EMAIL_PASSWORD_DISABLED")


def test_an_unverified_address_gets_no_session_and_is_told_only_with_the_password(
    new_auth: MakeAuth, new_visitor: NewVisitor, outbox: Outbox
) -> None:
    auth = new_auth(
        email_and_password={"enabled": True, "require_email_verification": True},
        email_verification={"send_on_sign_up": False, "send_on_sign_in": True},
        verification=outbox,
    )
    visitor = new_visitor(auth)
    visitor.sign_up()
    assert visitor.sign_in(password="wrong horse").refusal == (401, "INVALID_EMAIL_OR_PASSWORD")
    assert outbox.sent == []
    answer = visitor.sign_in(callback_url="/home")
    assert answer.refusal == (403, "EMAIL_NOT_VERIFIED")
    assert "callbackURL=%2Fhome" in outbox.last.url
    assert (visitor.cookies, row_counts(auth)["session"]) == ({}, 0)


def test_an_old_scheme_is_replaced_at_the_next_sign_in(new_auth: MakeAuth) -> None:
    auth = new_auth()
    Visitor(auth).sign_up()
    old = generate_password_hash("correct horse", "pbkdf2:sha256:1")
    auth.context.adapter.update_many("account", [], {"password": old})
    assert Visitor(auth).sign_in(password="wrong horse").status == 401
    assert rows_of(auth, "account")[0]["password"] == old
    assert Visitor(auth).sign_in().status == 200
    assert rows_of(auth, "account")[0]["password"] != old
    assert Visitor(auth).sign_in().status == 200


class _Meanwhile:
    """Password hashes during whose verification something else happens, once."""

    def __init__(self) -> None:
        self.then: Callable[[], object] = bool
        self._real = cheap_passwords()

    def hash(self, password: str) -> str:
        return self._real.hash(password)

    def verify(self, password: str, hash: str) -> Verified:
        verified = self._real.verify(password, hash)
        then, self.then = self.then, bool
        then()
        return verified

    def dummy(self, password: str) -> None:
        self._real.dummy(password)


def test_a_password_that_is_changed_meanwhile_opens_no_session(new_auth: MakeAuth) -> None:
    passwords, outbox = _Meanwhile(), Outbox()
    options = {"send_reset_password": outbox, "revoke_sessions_on_password_reset": True}
    auth = new_auth(passwords=passwords, email_and_password={"enabled": True, **options})
    visitor, thief = Visitor(auth), Visitor(auth)
    visitor.sign_up()
    visitor.post("/request-password-reset", {"email": "ada@example.com"})
    change = {"token": outbox.last.token, "newPassword": "battery staple"}
    passwords.then = lambda: visitor.post("/reset-password", change)

    answer = thief.sign_in()

    assert answer.refusal == (401, "INVALID_EMAIL_OR_PASSWORD")
    assert row_counts(auth)["session"] == 0
    assert thief.sign_in(password="battery staple").status == 200


def test_custom_functions_can_stand_in_for_the_hashing() -> None:
    auth = make_auth(
        passwords=None,
        email_and_password={
            "enabled": True,
            "password": {
                "hash": lambda password: f"plain:{password}",
                "verify": lambda stored, password: stored == f"plain:{password}",
            },
        },
    )
    Visitor(auth).sign_up()
    assert rows_of(auth, "account")[0]["password"] == "plain:correct horse"
    assert Visitor(auth).sign_in().status == 200
    assert Visitor(auth).sign_in(password="wrong horse").status == 401


def test_signing_out_ends_the_session_and_expires_every_cookie(
    new_auth: MakeAuth, new_visitor: NewVisitor
) -> None:
    auth = new_auth()
    visitor, other = new_visitor(auth), new_visitor(auth)
    visitor.sign_up()
    other.sign_in()
    kept = dict(visitor.cookies)

    answer = visitor.call("sign_out")

    assert (answer.status, answer.json) == (200, {"success": True})
    assert answer.cookies == {
        "better-auth.session_token": "",
        "better-auth.session_data": "",
        "better-auth.dont_remember": "",
    }
    assert [row["token"] for row in rows_of(auth, "session")] == [token_of(other)]
    visitor.cookies = kept
    assert visitor.get_session() is None


@pytest.mark.parametrize("forge", [lambda text: text[:-6], lambda text: "x" + text, lambda _: "x"])
def test_a_cookie_that_we_did_not_sign_ends_nobodys_session(
    new_auth: MakeAuth, new_visitor: NewVisitor, forge: Callable[[str], str]
) -> None:
    auth = new_auth()
    visitor = new_visitor(auth)
    visitor.sign_up()
    visitor.cookies["better-auth.session_token"] = forge(visitor.session_cookie)
    assert visitor.call("sign_out").status == 200
    assert row_counts(auth)["session"] == 1


def test_tokens_compare_byte_for_byte(new_auth: MakeAuth, clock: FrozenClock) -> None:
    auth = new_auth()
    visitor = Visitor(auth)
    visitor.sign_up()
    token = token_of(visitor)
    for other in (token.swapcase(), f"{token} ", token[:-1], f"{token}\u0301"):
        assert auth.context.sessions.find_with_user(other) is None
    assert auth.context.adapter.find_one("user", [Where("email", "ADA@example.com")]) is None
