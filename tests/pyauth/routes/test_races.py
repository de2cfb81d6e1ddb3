"""Many at once, on every database: single use means one winner."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from pyauth import PyAuth
from pyauth.crypto.tokens import sign_token
from tests.support.app import SECRET, Answer, Visitor, make_auth, row_counts, rows_of
from tests.support.races import RACED, raced_database
from tests.support.threads import THREADS, in_threads

Make = Callable[..., PyAuth]


@pytest.fixture(params=RACED)
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Make]:
    """Make an instance on one database; arguments are options."""
    with ExitStack() as stack:
        database = stack.enter_context(raced_database(request.param, tmp_path))

        def made(**options: object) -> PyAuth:
            auth = make_auth(database=database, **options)
            stack.callback(auth.close)
            if isinstance(database, Engine):
                auth.migrate()
            return auth

        yield made


@pytest.fixture
def auth(make: Make) -> PyAuth:
    return make(email_verification={"auto_sign_in_after_verification": True})


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


def test_a_single_use_value_goes_to_one(auth: PyAuth) -> None:
    values = auth.context.verifications
    until = auth.context.clock() + timedelta(minutes=5)
    for number in range(4):
        values.create(identifier=f"i{number}", value=f"v{number}", expires_at=until)
    found = in_threads(lambda number: values.consume(f"i{number % 4}"))
    assert sorted(item.value for item in found if item) == ["v0", "v1", "v2", "v3"]
    assert row_counts(auth)["verification"] == 0


def test_a_limit_admits_as_many_as_it_says(make: Make) -> None:
    limit = {"enabled": True, "storage": "database", "window": 60, "max": 5}
    auth = make(rate_limit=limit)
    answers = in_threads(lambda _: Visitor(auth).get("/get-session"))
    assert Counter(answer.status for answer in answers) == {200: 5, 429: THREADS - 5}
    (row,) = rows_of(auth, "rate_limit")
    assert row["count"] == 5


def test_counted_ids_are_each_given_once(make: Make) -> None:
    auth = make(advanced={"database": {"generate_id": "serial"}})
    answers = in_threads(lambda number: Visitor(auth).sign_up(f"u{number}@example.com"))
    assert {answer.status for answer in answers} == {200}
    ids = {answer.json["user"]["id"]: answer.json["user"]["email"] for answer in answers}
    assert len(ids) == THREADS
    assert {row["id"]: row["email"] for row in rows_of(auth, "user")} == ids
    assert len({row["id"] for row in rows_of(auth, "session")}) == THREADS
    assert Counter(row["user_id"] for row in rows_of(auth, "account")) == dict.fromkeys(ids, 1)
