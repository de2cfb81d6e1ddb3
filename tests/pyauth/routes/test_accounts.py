"""The ways of a user to sign in: listing them, and removing one."""

from datetime import timedelta
from typing import Any

import pytest

from pyauth import PyAuth
from pyauth.db.adapter import Where
from tests.pyauth.conftest import MakeAuth, NewVisitor
from tests.support.app import START, Answer, FrozenClock, Visitor, rows_of

SECRETS = {
    "access_token": "sEcReT-access",
    "refresh_token": "sEcReT-refresh",
    "id_token": "sEcReT-id",
    "access_token_expires_at": START,
    "refresh_token_expires_at": START,
}


def link(auth: PyAuth, user_id: str, number: int = 1, **values: Any) -> None:
    row = {"user_id": user_id, "provider_id": "github", "account_id": f"gh-{number}", **SECRETS}
    auth.context.accounts.create({**row, **values})


def unlink(visitor: Visitor, provider_id: Any = "github", **body: Any) -> Answer:
    return visitor.call("unlink_account", {"provider_id": provider_id, **body})


def left(auth: PyAuth) -> list[str]:
    return sorted(
        row["account_id"] if row["provider_id"] == "github" else row["provider_id"]
        for row in rows_of(auth, "account")
    )


@pytest.fixture
def auth(new_auth: MakeAuth) -> PyAuth:
    return new_auth()


@pytest.fixture
def visitor(auth: PyAuth, new_visitor: NewVisitor) -> Visitor:
    made = new_visitor(auth)
    made.sign_up()
    return made


@pytest.fixture
def user_id(visitor: Visitor) -> str:
    found: str = visitor.get_session()["user"]["id"]
    return found


# Listing -----------------------------------------------------------------------------------------


def test_the_list_shows_these_fields_and_no_secret(
    auth: PyAuth, visitor: Visitor, user_id: str
) -> None:
    link(auth, user_id, scope="read:user,user:email")
    answer = visitor.call("list_user_accounts")
    assert answer.status == 200
    password, github = answer.json
    fields = {"id", "providerId", "accountId", "userId", "scopes", "createdAt", "updatedAt"}
    assert set(password) == set(github) == fields
    assert (password["providerId"], password["accountId"]) == ("credential", user_id)
    assert password["scopes"] == []
    assert github["scopes"] == ["read:user", "user:email"]
    assert "sEcReT" not in answer.text


@pytest.mark.parametrize(
    ("scope", "scopes"),
    [
        (None, []),
        ("", []),
        ("a", ["a"]),
        ("a,b", ["a", "b"]),
        ("a, b,,", ["a", "b"]),
        ("a b", ["a b"]),
    ],
)
def test_scopes_are_a_list(
    auth: PyAuth, visitor: Visitor, user_id: str, scope: str | None, scopes: list[str]
) -> None:
    link(auth, user_id, scope=scope)
    assert visitor.call("list_user_accounts").json[1]["scopes"] == scopes


def test_additional_fields_are_shown_unless_hidden(
    new_auth: MakeAuth, new_visitor: NewVisitor
) -> None:
    optional = {"type": "string", "required": False}
    fields = {"label": optional, "note": {**optional, "returned": False}}
    auth = new_auth(account={"additional_fields": fields})
    visitor = new_visitor(auth)
    visitor.sign_up()
    link(auth, visitor.get_session()["user"]["id"], label="work", note="sEcReT")
    answer = visitor.call("list_user_accounts")
    assert answer.json[1]["label"] == "work"
    assert "sEcReT" not in answer.text


def test_in_process_the_list_is_typed(auth: PyAuth, visitor: Visitor, user_id: str) -> None:
    link(auth, user_id, scope="a,b")
    accounts = auth.api.list_user_accounts(headers={"cookie": visitor.cookie_header})
    assert [account.provider_id for account in accounts] == ["credential", "github"]
    assert accounts[1].scopes == ["a", "b"]
    assert "password" not in accounts[0]


def test_nobody_sees_what_is_anothers(auth: PyAuth, visitor: Visitor, user_id: str) -> None:
    bob = Visitor(auth)
    bob.sign_up("bob@example.com")
    link(auth, user_id)
    assert [row["providerId"] for row in bob.call("list_user_accounts").json] == ["credential"]
    assert Visitor(auth).call("list_user_accounts").refusal == (401, "UNAUTHORIZED")


# Removing ----------------------------------------------------------------------------------------


def test_an_account_is_removed(auth: PyAuth, visitor: Visitor, user_id: str) -> None:
    link(auth, user_id)
    answer = unlink(visitor)
    assert (answer.status, answer.json) == (200, {"status": True})
    assert left(auth) == ["credential"]
    assert visitor.get_session() is not None


def test_the_password_is_removed(auth: PyAuth, visitor: Visitor, user_id: str) -> None:
    link(auth, user_id)
    assert unlink(visitor, "credential").status == 200
    assert left(auth) == ["gh-1"]
    assert Visitor(auth).sign_in().status == 401


def test_one_of_several_is_chosen_by_the_providers_id(
    auth: PyAuth, visitor: Visitor, user_id: str
) -> None:
    for number in (1, 2, 3):
        link(auth, user_id, number)
    assert unlink(visitor, account_id="gh-2").status == 200
    assert left(auth) == ["credential", "gh-1", "gh-3"]
    for body in ({"account_id": "gh-2"}, {"provider_id": "google", "account_id": "gh-1"}):
        assert unlink(visitor, **body).refusal == (400, "ACCOUNT_NOT_FOUND")
    assert unlink(visitor, account_id="").status == 200
    assert len(left(auth)) == 2


def test_the_last_one_stays(auth: PyAuth, visitor: Visitor) -> None:
    for provider_id in ("credential", "unknown"):
        refusal = unlink(visitor, provider_id).refusal
        assert refusal == (400, "FAILED_TO_UNLINK_LAST_ACCOUNT")
    assert left(auth) == ["credential"]


def test_the_last_one_goes_where_configured(new_auth: MakeAuth, new_visitor: NewVisitor) -> None:
    auth = new_auth(account={"account_linking": {"allow_unlinking_all": True}})
    visitor = new_visitor(auth)
    visitor.sign_up()
    assert unlink(visitor, "credential").status == 200
    assert left(auth) == []
    assert unlink(visitor, "credential").refusal == (400, "ACCOUNT_NOT_FOUND")


def test_what_is_anothers_does_not_exist(auth: PyAuth, visitor: Visitor, user_id: str) -> None:
    bob = Visitor(auth)
    bob.sign_up("bob@example.com")
    link(auth, bob.get_session()["user"]["id"], 7)
    link(auth, user_id, 1, provider_id="google")
    assert unlink(visitor).refusal == (400, "ACCOUNT_NOT_FOUND")
    assert unlink(visitor, account_id="gh-7").refusal == (400, "ACCOUNT_NOT_FOUND")
    assert "gh-7" in left(auth)


def test_an_old_session_removes_nothing(
    auth: PyAuth, visitor: Visitor, user_id: str, clock: FrozenClock
) -> None:
    link(auth, user_id)
    clock.advance(days=1, seconds=1)
    assert unlink(visitor).refusal == (403, "SESSION_NOT_FRESH")
    assert left(auth) == ["credential", "gh-1"]
    visitor.sign_in()
    assert unlink(visitor).status == 200


def test_freshness_is_as_configured(new_auth: MakeAuth, clock: FrozenClock) -> None:
    auth = new_auth(session={"fresh_age": timedelta(minutes=5)})
    visitor = Visitor(auth)
    visitor.sign_up()
    clock.advance(minutes=6)
    assert unlink(visitor).refusal == (403, "SESSION_NOT_FRESH")


def test_a_dead_session_removes_nothing(auth: PyAuth, visitor: Visitor, user_id: str) -> None:
    link(auth, user_id)
    auth.context.adapter.delete_many("session", [])
    assert unlink(visitor).refusal == (401, "UNAUTHORIZED")
    assert left(auth) == ["credential", "gh-1"]


@pytest.mark.parametrize(
    "body",
    [{"provider_id": None}, {"provider_id": 5}, {"provider_id": ["github"]}, {"account_id": 5}],
)
def test_bad_input_removes_nothing(
    auth: PyAuth, visitor: Visitor, user_id: str, body: dict[str, Any]
) -> None:
    link(auth, user_id)
    assert unlink(visitor, **body).refusal == (400, "VALIDATION_ERROR")
    assert left(auth) == ["credential", "gh-1"]


def test_a_hook_keeps_an_account(new_auth: MakeAuth, new_visitor: NewVisitor) -> None:
    auth = new_auth(database_hooks={"account": {"delete": {"before": lambda _: False}}})
    visitor = new_visitor(auth)
    visitor.sign_up()
    link(auth, visitor.get_session()["user"]["id"])
    assert unlink(visitor).refusal == (400, "BAD_REQUEST")
    assert rows_of(auth, "account", Where("provider_id", "github"))
