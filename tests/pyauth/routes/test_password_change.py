"""Changing, setting and confirming the password of who is signed in."""

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.security import generate_password_hash

from pyauth import PyAuth
from pyauth.db.adapter import Where
from tests.pyauth.conftest import MakeAuth, NewVisitor
from tests.pyauth.routes.conftest import Breaches
from tests.support.app import Answer, FrozenClock, Visitor, make_auth, row_counts, rows_of, token_of
from tests.support.watched import CountingPasswords

NEW = "a brand new password"


def change(visitor: Visitor, **body: Any) -> Answer:
    return visitor.call(
        "change_password", {"new_password": NEW, "current_password": "correct horse", **body}
    )


def verify(visitor: Visitor, password: Any = "correct horse") -> Answer:
    return visitor.call("verify_password", {"password": password})


def set_password(visitor: Visitor, password: Any = NEW) -> Answer:
    in_process = Visitor(visitor.auth, door="api")
    in_process.cookies = dict(visitor.cookies)
    return in_process.call("set_password", {"new_password": password})


def hash_of(auth: PyAuth) -> str | None:
    (row,) = rows_of(auth, "account")
    found: str | None = row["password"]
    return found


@pytest.fixture
def auth(new_auth: MakeAuth) -> PyAuth:
    return new_auth()


@pytest.fixture
def visitor(auth: PyAuth, new_visitor: NewVisitor) -> Visitor:
    made = new_visitor(auth)
    made.sign_up()
    return made


# Changing ----------------------------------------------------------------------------------------


def test_a_change_sets_the_new_password(auth: PyAuth, visitor: Visitor) -> None:
    token = token_of(visitor)
    answer = change(visitor)
    assert answer.status == 200
    assert list(answer.json) == ["token", "user"]
    assert answer.json["token"] is None
    assert answer.json["user"]["email"] == "ada@example.com"
    assert token_of(visitor) == token
    assert Visitor(auth).sign_in().status == 401
    assert Visitor(auth).sign_in(password=NEW).status == 200


def test_other_sessions_stay_unless_asked(auth: PyAuth, visitor: Visitor) -> None:
    phone = Visitor(auth)
    phone.sign_in()
    change(visitor, revoke_other_sessions=False)
    assert phone.get_session() is not None
    assert row_counts(auth)["session"] == 2


def test_other_sessions_end_where_asked(auth: PyAuth, visitor: Visitor) -> None:
    phone, bob = Visitor(auth), Visitor(auth)
    phone.sign_in()
    bob.sign_up("bob@example.com")
    before = token_of(visitor)
    answer = change(visitor, revoke_other_sessions=True)
    assert answer.json["token"] == token_of(visitor) != before
    assert visitor.get_session()["session"]["token"] == answer.json["token"]
    assert phone.get_session() is None
    assert bob.get_session() is not None
    user_id = answer.json["user"]["id"]
    assert len(rows_of(auth, "session", Where("user_id", user_id))) == 1


def test_the_old_cookie_is_worth_nothing(auth: PyAuth, visitor: Visitor) -> None:
    thief = Visitor(auth)
    thief.cookies = dict(visitor.cookies)
    change(visitor, revoke_other_sessions=True)
    assert thief.get_session() is None


def test_a_browser_that_forgets_goes_on_forgetting(auth: PyAuth, clock: FrozenClock) -> None:
    visitor = Visitor(auth)
    visitor.sign_up()
    visitor.sign_in(remember_me=False)
    answer = change(visitor, revoke_other_sessions=True)
    assert all(
        "Max-Age" not in cookie for cookie in answer.set_cookies if "session_token" in cookie
    )
    (row,) = rows_of(auth, "session")
    assert (row["expires_at"] - clock()).days == 1


@pytest.mark.parametrize("current", ["", "wrong horse", "correct horse ", NEW, "x" * 1_000_000])
def test_the_present_password_is_needed(auth: PyAuth, visitor: Visitor, current: str) -> None:
    phone, before = Visitor(auth), hash_of(auth)
    phone.sign_in()
    answer = change(visitor, current_password=current, revoke_other_sessions=True)
    assert answer.refusal == (400, "INVALID_PASSWORD")
    assert hash_of(auth) == before
    assert phone.get_session() is not None


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
@pytest.mark.parametrize("work", [change, set_password])
def test_a_password_outside_the_limits_reaches_no_hash(
    new_visitor: NewVisitor, work: Callable[..., Answer], password: str, code: str
) -> None:
    passwords = CountingPasswords()
    visitor = new_visitor(make_auth(passwords=passwords))
    visitor.sign_up()
    passwords.work.clear()
    answer = (
        set_password(visitor, password)
        if work is set_password
        else change(visitor, new_password=password)
    )
    assert answer.refusal == (400, code)
    assert passwords.work == []


@pytest.mark.parametrize(
    "body",
    [
        {"new_password": None},
        {"new_password": 5},
        {"current_password": ["correct horse"]},
        {"revoke_other_sessions": "yes"},
        {"revoke_other_sessions": 1},
    ],
)
def test_bad_input_changes_nothing(auth: PyAuth, visitor: Visitor, body: dict[str, Any]) -> None:
    before = hash_of(auth)
    assert change(visitor, **body).refusal == (400, "VALIDATION_ERROR")
    assert hash_of(auth) == before


def test_validators_are_asked_with_the_route(new_auth: MakeAuth) -> None:
    breaches = Breaches(NEW)
    auth = new_auth(plugins=[breaches])
    visitor = Visitor(auth)
    visitor.sign_up()
    before = hash_of(auth)
    assert change(visitor).refusal == (400, "PASSWORD_COMPROMISED")
    assert set_password(visitor).refusal == (400, "PASSWORD_COMPROMISED")
    assert hash_of(auth) == before
    assert breaches.asked == [
        ("/sign-up/email", "correct horse"),
        ("/change-password", NEW),
        ("/set-password", NEW),
    ]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda adapter: adapter.update_many("account", [], {"password": None}),
        lambda adapter: adapter.update_many("account", [], {"provider_id": "github"}),
        lambda adapter: adapter.delete_many("account", []),
    ],
)
def test_without_a_password_there_is_none_to_change(
    auth: PyAuth, visitor: Visitor, spoil: Callable[[Any], Any]
) -> None:
    spoil(auth.context.adapter)
    assert change(visitor).refusal == (400, "CREDENTIAL_ACCOUNT_NOT_FOUND")
    assert verify(visitor).refusal == (400, "INVALID_PASSWORD")


@pytest.mark.parametrize("work", [change, verify, set_password])
def test_a_live_session_is_needed(
    auth: PyAuth, visitor: Visitor, work: Callable[[Visitor], Answer]
) -> None:
    before = hash_of(auth)
    assert work(Visitor(auth)).refusal == (401, "UNAUTHORIZED")
    auth.context.adapter.delete_many("session", [])
    assert work(visitor).refusal == (401, "UNAUTHORIZED")
    assert hash_of(auth) == before


def test_a_change_made_meanwhile_wins(auth: PyAuth, visitor: Visitor) -> None:
    accounts = auth.context.accounts
    (row,) = rows_of(auth, "account")
    stale = accounts.find_credential(row["user_id"])
    change(visitor)
    assert stale is not None
    accounts_find = accounts.find_credential
    finds = iter([stale])
    object.__setattr__(
        accounts, "find_credential", lambda user_id: next(finds, None) or accounts_find(user_id)
    )
    assert change(visitor, new_password="a third one").refusal == (400, "INVALID_PASSWORD")
    assert Visitor(auth).sign_in(password=NEW).status == 200


def test_a_hook_that_stops_the_change_is_told_apart(new_auth: MakeAuth) -> None:
    auth = new_auth(database_hooks={"account": {"update": {"before": lambda _: False}}})
    visitor = Visitor(auth)
    visitor.sign_up()
    assert change(visitor).refusal == (400, "FAILED_TO_UPDATE_USER")


def test_a_hook_that_stops_the_new_session_undoes_the_change(
    new_auth: MakeAuth, new_visitor: NewVisitor
) -> None:
    stopping: list[bool] = []
    hooks = {"session": {"create": {"before": lambda _: False if stopping else None}}}
    auth = new_auth(database_hooks=hooks)
    visitor = new_visitor(auth)
    visitor.sign_up()
    before = hash_of(auth)
    stopping.append(True)
    answer = change(visitor, revoke_other_sessions=True)
    assert answer.refusal == (500, "FAILED_TO_GET_SESSION")
    assert hash_of(auth) == before
    assert visitor.get_session() is not None


def test_an_older_hash_is_changed_too(auth: PyAuth, visitor: Visitor) -> None:
    old = generate_password_hash("correct horse", method="pbkdf2:sha256:1000")
    auth.context.adapter.update_many("account", [], {"password": old})
    assert change(visitor).status == 200
    assert Visitor(auth).sign_in(password=NEW).status == 200


def test_no_account_goes_on_with_the_old_password(auth: PyAuth, visitor: Visitor) -> None:
    """Another server may have left several."""
    (row,) = rows_of(auth, "account")
    auth.context.accounts.create({key: item for key, item in row.items() if key != "id"})
    assert change(visitor).status == 200
    first, second = rows_of(auth, "account")
    assert first["password"] == second["password"] != row["password"]


def test_changing_is_limited(clock: FrozenClock) -> None:
    auth = make_auth(clock=clock, rate_limit={"enabled": True})
    visitor = Visitor(auth)
    visitor.sign_up()
    wrong = {"current_password": "wrong horse"}
    assert [change(visitor, **wrong).status for _ in range(4)] == [400, 400, 400, 429]
    clock.advance(seconds=11)
    assert change(visitor).status == 200


# Confirming --------------------------------------------------------------------------------------


def test_a_password_is_confirmed(visitor: Visitor) -> None:
    answer = verify(visitor)
    assert (answer.status, answer.json, answer.set_cookies) == (200, {"status": True}, [])


@pytest.mark.parametrize("password", ["", "wrong horse", "Correct horse", "x" * 1_000_000])
def test_a_wrong_password_is_not(visitor: Visitor, password: str) -> None:
    assert verify(visitor, password).refusal == (400, "INVALID_PASSWORD")


def test_a_huge_password_reaches_no_hash(new_visitor: NewVisitor) -> None:
    passwords = CountingPasswords()
    visitor = new_visitor(make_auth(passwords=passwords))
    visitor.sign_up()
    passwords.work.clear()
    verify(visitor, "x" * 1_000_000)
    change(visitor, current_password="x" * 1_000_000)
    assert passwords.work == ["verify", "verify"]
    assert passwords.longest < 20


def test_confirming_replaces_an_older_hash(auth: PyAuth, visitor: Visitor) -> None:
    old = generate_password_hash("correct horse", method="pbkdf2:sha256:1000")
    auth.context.adapter.update_many("account", [], {"password": old})
    assert verify(visitor).status == 200
    assert ":" in (hash_of(auth) or "")
    assert "pbkdf2" not in (hash_of(auth) or "")


# Setting -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("has_account", [False, True])
def test_a_first_password_is_set(auth: PyAuth, visitor: Visitor, has_account: bool) -> None:
    if has_account:
        auth.context.adapter.update_many("account", [], {"password": None})
    else:
        auth.context.adapter.delete_many("account", [])
    answer = set_password(visitor)
    assert (answer.status, answer.json) == (200, {"status": True})
    assert row_counts(auth)["account"] == 1
    assert Visitor(auth).sign_in(password=NEW).status == 200


def test_a_password_that_is_there_stays(auth: PyAuth, visitor: Visitor) -> None:
    before = hash_of(auth)
    assert set_password(visitor).refusal == (400, "PASSWORD_ALREADY_SET")
    assert hash_of(auth) == before


def test_setting_has_no_route(visitor: Visitor) -> None:
    assert visitor.post("/set-password", {"newPassword": NEW}).status == 404


def test_no_result_or_body_shows_a_password(visitor: Visitor) -> None:
    auth = visitor.auth
    headers = {"cookie": visitor.cookie_header}
    body: dict[str, Any] = {"new_password": NEW, "current_password": "correct horse"}
    result = auth.api.change_password(body={**body, "revoke_other_sessions": True}, headers=headers)
    assert result.token is not None
    assert result.token not in repr(result)
    model = auth.site.registry.operations["change_password"].endpoint.body
    assert model is not None
    assert NEW not in repr(model.model_validate(body))
