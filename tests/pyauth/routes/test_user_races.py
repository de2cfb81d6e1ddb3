"""Many at once: one address, one link, one deletion has one winner."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import Engine

from pyauth import PyAuth
from tests.support.app import Answer, Outbox, Visitor, make_auth, row_counts, rows_of
from tests.support.races import RACED_ROWS, raced_database
from tests.support.threads import THREADS, in_threads

TARGET = "target@example.com"
NewStored = Callable[..., PyAuth]


@pytest.fixture(params=RACED_ROWS)
def new_stored(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewStored]:
    """Make an instance on each real database."""
    made: list[PyAuth] = []
    with ExitStack() as stack:

        def make(**options: object) -> PyAuth:
            database = stack.enter_context(raced_database(request.param, tmp_path))
            made.append(make_auth(database=database, **options))
            if isinstance(database, Engine):
                made[-1].migrate()
            return made[-1]

        yield make
        for auth in made:
            auth.close()


def outcomes(answers: list[Answer]) -> Counter[tuple[int, str]]:
    return Counter(
        (answer.status, "" if answer.status == 200 else answer.code) for answer in answers
    )


def people(auth: PyAuth, count: int) -> list[Visitor]:
    visitors = [Visitor(auth) for _ in range(count)]
    for number, visitor in enumerate(visitors):
        visitor.sign_up(f"u{number}@example.com")
    return visitors


@pytest.mark.parametrize("signed_in", [True, False])
def test_many_links_to_one_address_move_one_user(
    new_stored: NewStored, outbox: Outbox, *, signed_in: bool
) -> None:
    auth = new_stored(verification=outbox, user={"change_email": {"enabled": True}})
    visitors = people(auth, THREADS)
    for visitor in visitors:
        visitor.call("change_email", {"new_email": TARGET})
    tokens = [mail.token for mail in outbox.sent]
    sessions = row_counts(auth)["session"]

    def open_link(number: int) -> Answer:
        visitor = visitors[number] if signed_in else Visitor(auth)
        return visitor.call("verify_email", query={"token": tokens[number]})

    answers = in_threads(open_link)

    assert outcomes(answers) == {(200, ""): 1, (401, "INVALID_TOKEN"): THREADS - 1}
    assert sum(row["email"] == TARGET for row in rows_of(auth, "user")) == 1
    assert sum(bool(answer.set_cookies) for answer in answers) == 1
    assert row_counts(auth)["session"] == sessions + (0 if signed_in else 1)


def test_many_moves_at_once_to_one_address_move_one_user(new_stored: NewStored) -> None:
    options = {"enabled": True, "update_email_without_verification": True}
    auth = new_stored(user={"change_email": options})
    visitors = people(auth, THREADS)
    answers = in_threads(
        lambda number: visitors[number].call("change_email", {"new_email": TARGET})
    )
    assert outcomes(answers) == {(200, ""): THREADS}
    assert {answer.text for answer in answers} == {'{"status":true}'}
    assert sum(row["email"] == TARGET for row in rows_of(auth, "user")) == 1


def test_a_change_link_opened_many_times_at_once_gives_one_session(
    new_stored: NewStored, outbox: Outbox
) -> None:
    auth = new_stored(verification=outbox, user={"change_email": {"enabled": True}})
    (visitor,) = people(auth, 1)
    visitor.call("change_email", {"new_email": TARGET})
    token = outbox.last.token

    answers = in_threads(lambda _: Visitor(auth).call("verify_email", query={"token": token}))

    assert outcomes(answers) == {(200, ""): 1, (401, "USER_NOT_FOUND"): THREADS - 1}
    assert row_counts(auth) == {"user": 1, "account": 1, "session": 2, "verification": 0}


def test_a_deletion_link_opened_many_times_at_once_deletes_once(
    new_stored: NewStored, outbox: Outbox
) -> None:
    after = Outbox()
    leaving = {
        "enabled": True,
        "send_delete_account_verification": outbox,
        "after_delete": after,
    }
    auth = new_stored(user={"delete_user": leaving})
    (visitor,) = people(auth, 1)
    visitor.call("delete_user", {})
    query = {"token": outbox.last.token}

    def open_link(_: int) -> Answer:
        tab = Visitor(auth)
        tab.cookies = dict(visitor.cookies)
        return tab.call("delete_user_callback", query=query)

    found = outcomes(in_threads(open_link))

    assert found[200, ""] == 1
    assert set(found) <= {(200, ""), (404, "INVALID_TOKEN"), (404, "FAILED_TO_GET_USER_INFO")}
    assert len(after.sent) == 1
    assert row_counts(auth) == {"user": 0, "account": 0, "session": 0, "verification": 0}


def test_many_deletions_at_once_delete_once(new_stored: NewStored) -> None:
    after = Outbox()
    auth = new_stored(user={"delete_user": {"enabled": True, "after_delete": after}})
    (visitor,) = people(auth, 1)

    def leave(_: int) -> Answer:
        tab = Visitor(auth)
        tab.cookies = dict(visitor.cookies)
        return tab.call("delete_user", {})

    found = outcomes(in_threads(leave))

    assert found == {(200, ""): 1, (401, "UNAUTHORIZED"): THREADS - 1}
    assert len(after.sent) == 1


def test_nobody_signs_in_to_a_user_who_is_being_deleted(new_stored: NewStored) -> None:
    auth = new_stored(user={"delete_user": {"enabled": True}})
    (visitor,) = people(auth, 1)

    def work(number: int) -> Answer:
        if number == 0:
            return visitor.call("delete_user", {})
        return Visitor(auth).sign_in("u0@example.com")

    answers = in_threads(work)

    assert answers[0].status == 200
    refused = {answer.refusal for answer in answers[1:] if answer.status != 200}
    assert refused <= {(401, "INVALID_EMAIL_OR_PASSWORD"), (401, "FAILED_TO_CREATE_SESSION")}
    assert row_counts(auth) == {"user": 0, "account": 0, "session": 0, "verification": 0}
