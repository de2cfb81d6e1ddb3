"""Many at once: single use means one winner."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pyauth import PyAuth
from pyauth.crypto.tokens import sign_token
from pyauth.db.memory import MemoryAdapter
from tests.support.app import SECRET, Answer, Visitor, make_auth, row_counts, rows_of
from tests.support.threads import THREADS, in_threads


@pytest.fixture(params=["memory", "sqlite"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> object:
    if request.param == "memory":
        return MemoryAdapter()
    return f"sqlite:///{tmp_path}/auth.sqlite3"


@pytest.fixture
def auth(database: object) -> Iterator[PyAuth]:
    made = make_auth(
        database=database, email_verification={"auto_sign_in_after_verification": True}
    )
    yield made
    made.close()


def test_many_sign_ups_with_one_address_make_one_user(auth: PyAuth) -> None:
    answers = in_threads(lambda number: Visitor(auth).sign_up(name=f"Ada {number}"))
    winners = [answer for answer in answers if answer.status == 200]
    losers = [answer for answer in answers if answer.status != 200]
    assert len(winners) == 1
    assert {answer.refusal for answer in losers} == {(422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL")}
    assert row_counts(auth) == {"user": 1, "account": 1, "session": 1, "verification": 0}
    assert rows_of(auth, "user")[0]["name"] == winners[0].json["user"]["name"]
    assert all(answer.set_cookies == [] for answer in losers)


def test_a_link_opened_many_times_at_once_gives_one_session(auth: PyAuth) -> None:
    auth.api.sign_up_email(
        body={"name": "Ada", "email": "ada@example.com", "password": "correct horse"}
    )
    auth.context.adapter.delete_many("session", [])
    claims = {"email": "ada@example.com"}
    lifetime = auth.context.options.email_verification.expires_in
    token = sign_token(claims, SECRET, now=auth.context.clock(), expires_in=lifetime)

    answers = in_threads(lambda _: Visitor(auth).get("/verify-email", query={"token": token}))

    assert {answer.status for answer in answers} == {200}
    assert sum(bool(answer.set_cookies) for answer in answers) == 1
    assert row_counts(auth)["session"] == 1


def test_sign_ins_and_outs_do_not_disturb_one_another(auth: PyAuth) -> None:
    people = [f"u{number}@example.com" for number in range(4)]
    for email in people:
        Visitor(auth).sign_up(email)
    auth.context.adapter.delete_many("session", [])

    def come_and_go(number: int) -> Answer:
        visitor, email = Visitor(auth), people[number % len(people)]
        for _ in range(3):
            assert visitor.sign_in(email).status == 200
            assert visitor.get_session()["user"]["email"] == email
            assert visitor.call("sign_out").status == 200
            assert visitor.get_session() is None
        return visitor.sign_in(email)

    answers = in_threads(come_and_go)
    assert {answer.status for answer in answers} == {200}
    assert len({answer.json["token"] for answer in answers}) == THREADS
    assert row_counts(auth)["session"] == THREADS
