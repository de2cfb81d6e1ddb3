"""Many at once at passwords and accounts, on every database: single use means one winner."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from pyauth import PyAuth
from pyauth.db.adapter import Where
from tests.support.app import Answer, Outbox, Visitor, make_auth, row_counts, rows_of
from tests.support.races import RACED, raced_database
from tests.support.threads import THREADS, in_threads

DISABLED = (400, "FAILED_TO_UNLINK_LAST_ACCOUNT")


@pytest.fixture
def mails() -> Outbox:
    return Outbox()


@pytest.fixture(params=RACED)
def auth(request: pytest.FixtureRequest, tmp_path: Path, mails: Outbox) -> Iterator[PyAuth]:
    settings = {"email_and_password": {"enabled": True, "send_reset_password": mails}}
    with raced_database(request.param, tmp_path) as database:
        made = make_auth(database=database, **settings)
        if isinstance(database, Engine):
            made.migrate()
        yield made
        made.close()


def outcomes(answers: list[Answer]) -> Counter[tuple[int, str]]:
    return Counter((200, "") if answer.status == 200 else answer.refusal for answer in answers)


def ask(auth: PyAuth, mails: Outbox) -> str:
    Visitor(auth).call("request_password_reset", {"email": "ada@example.com"})
    token: str = mails.last.token
    return token


def test_of_many_with_one_token_one_sets_the_password(auth: PyAuth, mails: Outbox) -> None:
    Visitor(auth).sign_up()
    token = ask(auth, mails)

    def reset(number: int) -> Answer:
        body = {"new_password": f"password {number}", "token": token}
        return Visitor(auth).call("reset_password", body)

    answers = in_threads(reset)

    assert outcomes(answers) == {(200, ""): 1, (400, "INVALID_TOKEN"): THREADS - 1}
    (winner,) = [number for number, answer in enumerate(answers) if answer.status == 200]
    assert Visitor(auth).sign_in(password=f"password {winner}").status == 200
    assert row_counts(auth)["verification"] == 0
    assert row_counts(auth)["account"] == 1


def test_many_tokens_at_once_make_one_account(auth: PyAuth, mails: Outbox) -> None:
    Visitor(auth).sign_up()
    auth.context.adapter.delete_many("account", [])
    tokens = [ask(auth, mails) for _ in range(THREADS)]

    def reset(number: int) -> Answer:
        body = {"new_password": f"password {number}", "token": tokens[number]}
        return Visitor(auth).call("reset_password", body)

    answers = in_threads(reset)

    assert outcomes(answers) == {(200, ""): THREADS}
    assert row_counts(auth)["account"] == 1


def test_of_many_changes_at_once_one_is_made(auth: PyAuth) -> None:
    visitor = Visitor(auth)
    visitor.sign_up()

    def change(number: int) -> Answer:
        browser = Visitor(auth)
        browser.cookies = dict(visitor.cookies)
        body = {"new_password": f"password {number}", "current_password": "correct horse"}
        return browser.call("change_password", body)

    answers = in_threads(change)

    assert outcomes(answers) == {(200, ""): 1, (400, "INVALID_PASSWORD"): THREADS - 1}
    (winner,) = [number for number, answer in enumerate(answers) if answer.status == 200]
    assert Visitor(auth).sign_in(password=f"password {winner}").status == 200


def test_of_many_first_passwords_one_is_set(auth: PyAuth) -> None:
    visitor = Visitor(auth)
    visitor.sign_up()
    auth.context.adapter.delete_many("account", [])

    def set_password(number: int) -> Answer:
        browser = Visitor(auth, door="api")
        browser.cookies = dict(visitor.cookies)
        return browser.call("set_password", {"new_password": f"password {number}"})

    answers = in_threads(set_password)

    assert outcomes(answers) == {(200, ""): 1, (400, "PASSWORD_ALREADY_SET"): THREADS - 1}
    assert row_counts(auth)["account"] == 1


def test_many_removals_at_once_leave_one_account(auth: PyAuth) -> None:
    visitor = Visitor(auth)
    user_id = visitor.sign_up().json["user"]["id"]
    for number in range(7):
        auth.context.accounts.create(
            {"user_id": user_id, "provider_id": "github", "account_id": f"gh-{number}"}
        )
    bob = Visitor(auth)
    bob.sign_up("bob@example.com")

    def unlink(number: int) -> Answer:
        browser = Visitor(auth)
        browser.cookies = dict(visitor.cookies)
        account = {"provider_id": "github", "account_id": f"gh-{number % 8}"}
        if number % 8 == 7:
            account = {"provider_id": "credential"}
        return browser.call("unlink_account", account)

    answers = in_threads(unlink)

    assert outcomes(answers)[200, ""] == 7
    assert set(outcomes(answers)) <= {(200, ""), DISABLED, (400, "ACCOUNT_NOT_FOUND")}
    assert len(rows_of(auth, "account", Where("user_id", user_id))) == 1
    assert row_counts(auth)["account"] == 2
