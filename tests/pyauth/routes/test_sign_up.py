"""Sign-up with an e-mail address and a password, by HTTP and in process, on each database."""

from typing import Any

import pytest

from pyauth import PyAuth
from pyauth.events import VerificationEmail
from tests.pyauth.conftest import MakeAuth, NewVisitor
from tests.support.app import (
    ADDRESS,
    FrozenClock,
    Outbox,
    Visitor,
    make_auth,
    row_counts,
    rows_of,
    token_of,
)
from tests.support.watched import CountingPasswords

NOW = "2026-01-02T03:04:05.678Z"
NOTHING = {"user": 0, "account": 0, "session": 0, "verification": 0}
HIDING = {"enabled": True, "require_email_verification": True}


def test_a_sign_up_makes_a_user_with_a_password_and_a_session(
    new_auth: MakeAuth, new_visitor: NewVisitor
) -> None:
    auth = new_auth()
    visitor = new_visitor(auth)

    answer = visitor.sign_up("Ada@Example.com", image="https://a.example/ada.png")

    (user,), (account,), (session,) = (
        rows_of(auth, model) for model in ("user", "account", "session")
    )
    assert answer.status == 200
    assert answer.json == {
        "token": session["token"],
        "user": {
            "id": user["id"],
            "name": "Ada",
            "email": "ada@example.com",
            "emailVerified": False,
            "image": "https://a.example/ada.png",
            "createdAt": NOW,
            "updatedAt": NOW,
        },
    }
    assert (user["email"], user["email_verified"]) == ("ada@example.com", False)
    assert (account["provider_id"], account["account_id"], account["user_id"]) == (
        "credential",
        user["id"],
        user["id"],
    )
    assert account["password"] not in answer.text
    assert (session["user_id"], token_of(visitor)) == (user["id"], session["token"])
    assert len(session["token"]) == 32
    assert session["expires_at"] == auth.context.clock() + auth.context.options.session.expires_in


def test_address_and_browser_are_kept_with_the_session(new_auth: MakeAuth) -> None:
    auth = new_auth()
    body = {"name": "Ada", "email": "ada@example.com", "password": "correct horse"}
    Visitor(auth).post("/sign-up/email", body, headers={"User-Agent": "Gecko"})
    (session,) = rows_of(auth, "session")
    assert (session["ip_address"], session["user_agent"]) == (ADDRESS, "Gecko")


def test_addresses_are_not_kept_when_that_is_turned_off(new_auth: MakeAuth) -> None:
    auth = new_auth(advanced={"ip_address": {"disable_ip_tracking": True}})
    Visitor(auth).sign_up()
    assert rows_of(auth, "session")[0]["ip_address"] == ""


REFUSED: list[tuple[dict[str, Any], int, str]] = [
    ({"email": "ada"}, 400, "VALIDATION_ERROR"),
    ({"email": "ada@example.com\n"}, 400, "VALIDATION_ERROR"),
    ({"email": ["ada@example.com"]}, 400, "VALIDATION_ERROR"),
    ({"name": None}, 400, "VALIDATION_ERROR"),
    ({"name": 5}, 400, "VALIDATION_ERROR"),
    ({"password": 12345678}, 400, "VALIDATION_ERROR"),
    ({"password": {"$ne": ""}}, 400, "VALIDATION_ERROR"),
    ({"password": ""}, 400, "VALIDATION_ERROR"),
    ({"password": "seven77"}, 400, "PASSWORD_TOO_SHORT"),
    ({"password": "x" * 129}, 400, "PASSWORD_TOO_LONG"),
    ({"password": "\N{GRINNING FACE}" * 65}, 400, "PASSWORD_TOO_LONG"),
    ({"remember_me": "yes"}, 400, "VALIDATION_ERROR"),
    ({"callback_url": "https://evil.example"}, 403, "INVALID_CALLBACK_URL"),
    ({"callback_url": "//evil.example"}, 403, "INVALID_CALLBACK_URL"),
    ({"name": "A\x00da"}, 400, "BAD_REQUEST"),
    ({"password": "correct\x00horse"}, 400, "BAD_REQUEST"),
    ({"unknown": {"deep": ["\x00"]}}, 400, "BAD_REQUEST"),
]


@pytest.mark.parametrize(("body", "status", "code"), REFUSED)
def test_bad_input_makes_nothing(
    new_auth: MakeAuth, new_visitor: NewVisitor, body: dict[str, Any], status: int, code: str
) -> None:
    auth = new_auth()
    answer = new_visitor(auth).sign_up(**body)
    assert answer.refusal == (status, code)
    assert answer.set_cookies == []
    assert row_counts(auth) == NOTHING


def test_lone_surrogates_are_refused_in_process_as_over_http() -> None:
    auth = make_auth()
    answer = Visitor(auth, door="api").sign_up(name="\ud800")
    over_http = Visitor(auth).post(
        "/sign-up/email", None, data=b'{"name": "\\ud800"}', content_type="application/json"
    )
    assert answer.refusal == over_http.refusal == (400, "BAD_REQUEST")


@pytest.mark.parametrize("length", [8, 128])
def test_lengths_count_utf_16_units_and_include_the_bounds(
    new_auth: MakeAuth, new_visitor: NewVisitor, length: int
) -> None:
    visitor = new_visitor(new_auth())
    password = "\N{GRINNING FACE}" * (length // 2)
    assert visitor.sign_up(password=password).status == 200
    assert visitor.sign_in(password=password).status == 200


def test_a_password_is_the_same_in_every_unicode_form() -> None:
    auth = make_auth()
    Visitor(auth).sign_up(password="caf\u00e9-\ufb01ne-1")
    assert Visitor(auth).sign_in(password="cafe\u0301-fine-1").status == 200


def test_a_megabyte_of_password_reaches_no_hash() -> None:
    passwords = CountingPasswords()
    auth = make_auth(passwords=passwords)
    visitor = Visitor(auth)
    assert visitor.sign_up(password="x" * 1_000_000).refusal == (400, "PASSWORD_TOO_LONG")
    assert passwords.work == []
    visitor.sign_up()
    assert visitor.sign_in(password="x" * 1_000_000).refusal == (401, "INVALID_EMAIL_OR_PASSWORD")
    assert passwords.longest < 100


@pytest.mark.parametrize(
    "options", [{"enabled": False}, {"enabled": True, "disable_sign_up": True}]
)
def test_a_closed_sign_up_makes_nothing(
    new_auth: MakeAuth, new_visitor: NewVisitor, options: dict[str, Any]
) -> None:
    auth = new_auth(email_and_password=options)
    assert new_visitor(auth).sign_up().refusal == (400, "EMAIL_PASSWORD_SIGN_UP_DISABLED")
    assert row_counts(auth) == NOTHING


@pytest.mark.parametrize("email", ["ada@example.com", "ADA@example.COM"])
def test_a_taken_address_is_refused_whatever_its_case(
    new_auth: MakeAuth, new_visitor: NewVisitor, email: str
) -> None:
    auth = new_auth()
    visitor = new_visitor(auth)
    visitor.sign_up()
    before = row_counts(auth)
    answer = new_visitor(auth).sign_up(email)
    assert answer.refusal == (422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL")
    assert answer.set_cookies == []
    assert row_counts(auth) == before


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "MISSING_FIELD"),
        ({"plan": None}, 400, "VALIDATION_ERROR"),
        ({"plan": 5}, 400, "VALIDATION_ERROR"),
        ({"plan": "gold"}, 400, "VALIDATION_ERROR"),
        ({"plan": "pro", "role": "admin"}, 400, "FIELD_NOT_ALLOWED"),
        ({"plan": "pro", "score": "7"}, 400, "VALIDATION_ERROR"),
        ({"plan": "pro", "score": True}, 400, "VALIDATION_ERROR"),
        ({"plan": "pro", "score": 1.5}, 400, "VALIDATION_ERROR"),
        ({"plan": "pro", "settings": None}, 400, "VALIDATION_ERROR"),
        ({"plan": "pro", "born": "soon"}, 400, "VALIDATION_ERROR"),
        ({"plan": "pro", "born": "0001-01-01T00:00:00+23:59"}, 400, "VALIDATION_ERROR"),
        ({"plan": "pro", "tags": "a"}, 400, "VALIDATION_ERROR"),
        ({"plan": "pro", "tags": ["a", 1]}, 400, "VALIDATION_ERROR"),
        ({"plan": "pro", "even": 3}, 400, "VALIDATION_ERROR"),
    ],
)
def test_additional_fields_are_held_to_their_description(
    new_auth: MakeAuth, new_visitor: NewVisitor, body: dict[str, Any], status: int, code: str
) -> None:
    auth = new_auth(user={"additional_fields": FIELDS})
    answer = new_visitor(auth).sign_up(**{"settings": {}, **body})
    assert answer.refusal == (status, code), answer.text
    assert row_counts(auth) == NOTHING


def _even(value: int) -> int:
    if value % 2:
        raise ValueError("must be even")
    return value


FIELDS: dict[str, Any] = {
    "plan": {"type": ["free", "pro"]},
    "role": {"type": "string", "required": False, "input": False},
    "score": {"type": "number", "required": False},
    "settings": {"type": "json"},
    "born": {"type": "date", "required": False},
    "tags": {"type": "string[]", "required": False},
    "even": {"type": "number", "required": False, "validator": _even},
    "trial_ends": {"type": "boolean", "default": True},
}


def test_additional_fields_are_stored_and_shown_under_their_wire_names(
    new_auth: MakeAuth, new_visitor: NewVisitor
) -> None:
    auth = new_auth(user={"additional_fields": FIELDS})
    answer = new_visitor(auth).sign_up(
        plan="pro",
        score=7,
        settings={"dark_mode": {"at_night": True}},
        born="1815-12-10T12:00:00+01:00",
        tags=["a", "b"],
        even=2,
    )
    assert answer.status == 200, answer.text
    shown = {
        "plan": "pro",
        "role": None,
        "score": 7,
        "settings": {"dark_mode": {"at_night": True}},
        "born": "1815-12-10T11:00:00.000Z",
        "tags": ["a", "b"],
        "even": 2,
        "trialEnds": True,
    }
    assert {name: answer.json["user"][name] for name in shown} == shown
    (row,) = rows_of(auth, "user")
    assert (row["trial_ends"], row["settings"]) == (True, {"dark_mode": {"at_night": True}})


def test_a_client_cannot_choose_what_the_server_decides(new_auth: MakeAuth) -> None:
    auth = new_auth()
    body = {
        "name": "Ada",
        "email": "ada@example.com",
        "password": "correct horse",
        "id": "chosen",
        "emailVerified": True,
        "email_verified": True,
        "createdAt": "2000-01-01T00:00:00Z",
        "role": "admin",
        "__proto__": {"admin": True},
    }
    answer = Visitor(auth).post("/sign-up/email", body)
    (user,) = rows_of(auth, "user")
    assert answer.status == 200
    assert user["id"] != "chosen"
    assert (user["email_verified"], user["created_at"]) == (False, auth.context.clock())


def test_form_bodies_are_read(new_auth: MakeAuth) -> None:
    auth = new_auth()
    form = {"name": "Ada L", "email": "ada@example.com", "password": "correct horse",
            "rememberMe": "false"}  # fmt: skip
    answer = Visitor(auth).request("POST", "/sign-up/email", form=form)
    assert answer.status == 200
    assert "better-auth.dont_remember" in answer.cookies
    assert rows_of(auth, "user")[0]["name"] == "Ada L"


def test_a_session_that_is_not_remembered_ends_with_the_browser(
    new_auth: MakeAuth, new_visitor: NewVisitor, clock: FrozenClock
) -> None:
    auth = new_auth()
    answer = new_visitor(auth).sign_up(remember_me=False)
    assert all("Max-Age" not in text for text in answer.set_cookies)
    assert {text.partition("=")[0] for text in answer.set_cookies} == {
        "better-auth.session_token",
        "better-auth.dont_remember",
    }
    assert (rows_of(auth, "session")[0]["expires_at"] - clock()).days == 1


def test_the_verification_mail_goes_out_after_the_commit(
    new_auth: MakeAuth, new_visitor: NewVisitor
) -> None:
    seen: list[tuple[Any, dict[str, int]]] = []
    auth: PyAuth

    def send(event: Any) -> None:
        seen.append((event, row_counts(auth)))

    auth = new_auth(verification=send, email_and_password=HIDING)
    answer = new_visitor(auth).sign_up(callback_url="/welcome?x=1")

    ((event, counts),) = seen
    assert isinstance(event, VerificationEmail)
    assert counts == {"user": 1, "account": 1, "session": 0, "verification": 0}
    assert event.user.email == "ada@example.com"
    assert event.url == (
        f"http://localhost:3000/api/auth/verify-email?token={event.token}"
        "&callbackURL=%2Fwelcome%3Fx%3D1"
    )
    assert event.token not in answer.text


@pytest.mark.parametrize(
    ("settings", "mails"),
    [
        ({"send_on_sign_up": True}, 1),
        ({"send_on_sign_up": False}, 0),
        ({}, 0),
    ],
)
def test_whether_a_mail_goes_out_can_be_chosen(settings: dict[str, Any], mails: int) -> None:
    outbox = Outbox()
    Visitor(make_auth(verification=outbox, email_verification=settings)).sign_up()
    assert len(outbox.sent) == mails


def test_a_mail_knows_who_asked_and_no_credential(outbox: Outbox) -> None:
    auth = make_auth(verification=outbox, email_verification={"send_on_sign_up": True})
    visitor = Visitor(auth)
    visitor.cookies["other"] = "sEcReT"
    body = {"name": "Ada", "email": "ada@example.com", "password": "sEcReT12"}
    visitor.post("/sign-up/email", body, headers={"Authorization": "sEcReT", "X-Lang": "de"})
    info = outbox.last.request
    assert (info.method, info.ip, info.headers["x-lang"]) == ("POST", ADDRESS, "de")
    assert info.url == "http://localhost:3000/api/auth/sign-up/email"
    assert "sEcReT" not in str(info.to_data())


def test_no_repr_or_log_holds_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    auth = make_auth()
    result = auth.api.sign_up_email(
        body={"name": "Ada", "email": "ada@example.com", "password": "sEcReT-passw0rd"}
    )
    assert result.token is not None
    (account,) = rows_of(auth, "account")
    texts = f"{result!r} {auth!r} {auth.context!r} {auth.site!r} {caplog.text}"
    for secret in (result.token, "sEcReT-passw0rd", account["password"], auth.context.keys.current):
        assert secret not in texts


def test_a_taken_unique_field_other_than_the_address_is_refused(
    new_auth: MakeAuth, new_visitor: NewVisitor
) -> None:
    auth = new_auth(
        user={"additional_fields": {"handle": {"type": "string", "unique": True}}},
    )
    new_visitor(auth).sign_up("a@example.com", handle="ada")
    before = row_counts(auth)
    answer = new_visitor(auth).sign_up("b@example.com", handle="ada")
    assert answer.refusal == (422, "FAILED_TO_CREATE_USER")
    assert row_counts(auth) == before


def test_someone_faster_with_the_same_address_is_answered_as_taken(new_auth: MakeAuth) -> None:
    passwords = CountingPasswords()
    auth = new_auth(passwords=passwords)

    def race() -> None:
        passwords.before_hash = None
        assert Visitor(auth).sign_up().status == 200

    passwords.before_hash = race
    answer = Visitor(auth).sign_up(name="Eve")
    assert answer.refusal == (422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL")
    assert [row["name"] for row in rows_of(auth, "user")] == ["Ada"]
    assert row_counts(auth) == {"user": 1, "account": 1, "session": 1, "verification": 0}


def test_a_browser_that_calls_itself_odd_things_signs_up(new_auth: MakeAuth) -> None:
    auth = new_auth()
    agent = "odd\x00\ud800" + "x" * 5000

    answer = auth.api.sign_up_email(
        body={"name": "Ada", "email": "ada@example.com", "password": "correct horse"},
        headers={"User-Agent": agent},
    )

    assert answer.token
    (session,) = rows_of(auth, "session")
    assert session["user_agent"].startswith("odd?x")
    assert len(session["user_agent"]) <= 1024
