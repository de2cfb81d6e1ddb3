"""How many statements reading and redeeming take, and when expired rows go."""

from datetime import timedelta

import pytest

from pyauth import PyAuth
from pyauth.db.memory import MemoryAdapter
from tests.pyauth.stores.test_verifications import keep, open_auth
from tests.support.app import FrozenClock, rows_of
from tests.support.watched import WatchedAdapter


@pytest.fixture
def adapter() -> WatchedAdapter:
    return WatchedAdapter(MemoryAdapter())


@pytest.fixture
def auth(adapter: WatchedAdapter, clock: FrozenClock) -> PyAuth:
    return open_auth({}, database=adapter, clock=clock)


def test_redeeming_takes_two_statements(auth: PyAuth, adapter: WatchedAdapter) -> None:
    keep(auth)
    auth.context.verifications.find_latest("other")
    adapter.forget()
    auth.context.verifications.consume("i")
    auth.context.verifications.consume("i")
    assert adapter.statements == [
        "find_many verification",
        "consume_one verification",
        "find_many verification",
    ]


def test_expired_rows_go_with_a_reading_once_a_minute(
    auth: PyAuth, adapter: WatchedAdapter, clock: FrozenClock
) -> None:
    keep(auth, minutes=1)
    keep(auth, identifier="j")
    clock.advance(minutes=2)
    for _ in range(3):
        auth.context.verifications.find_latest("other")
    assert adapter.statements.count("delete_many verification") == 1
    assert [row["identifier"] for row in rows_of(auth, "verification")] == ["j"]
    clock.advance(minutes=60)
    auth.context.verifications.consume("other")
    assert rows_of(auth, "verification") == []


def test_expired_rows_stay_where_something_else_removes_them(clock: FrozenClock) -> None:
    auth = open_auth({"disable_cleanup": True}, database=MemoryAdapter(), clock=clock)
    keep(auth, minutes=1)
    clock.advance(minutes=2)
    assert auth.context.verifications.find_latest("i") is None
    assert auth.context.verifications.consume("i") is None
    assert len(rows_of(auth, "verification")) == 1
    assert auth.context.verifications.delete_expired() == 1


def test_a_clean_up_that_fails_fails_nothing_else(
    auth: PyAuth, adapter: WatchedAdapter, clock: FrozenClock
) -> None:
    keep(auth, minutes=1)
    keep(auth, identifier="j")
    clock.advance(minutes=2)
    adapter.forget()
    adapter.fail_at = 2
    found = auth.context.verifications.consume("j")
    assert adapter.statements[1] == "delete_many verification"
    assert found is not None


def test_the_clean_up_waits_for_the_end_of_a_transaction(
    auth: PyAuth, adapter: WatchedAdapter
) -> None:
    with adapter.transaction():
        auth.context.verifications.find_latest("i")
    assert adapter.statements == ["find_many verification", "commit", "delete_many verification"]


def test_a_value_that_expires_while_it_is_redeemed_is_not_redeemed(
    auth: PyAuth, adapter: WatchedAdapter, clock: FrozenClock
) -> None:
    keep(auth, minutes=1)

    def wait(statement: str) -> None:
        if statement == "find_many verification":
            clock.advance(minutes=2)

    adapter.on_statement = wait
    assert auth.context.verifications.consume("i") is None


def test_a_value_asked_for_anew_survives_the_redeeming_of_the_older_one(
    auth: PyAuth, adapter: WatchedAdapter, clock: FrozenClock
) -> None:
    for value in ("first", "second"):
        keep(auth, value)
        clock.advance(milliseconds=1)

    def ask_anew(statement: str) -> None:
        if statement == "find_many verification":
            return
        adapter.on_statement = None
        clock.now += timedelta(seconds=1)
        keep(auth, "third")

    adapter.on_statement = ask_anew
    redeemed = auth.context.verifications.consume("i")
    adapter.on_statement = None
    latest = auth.context.verifications.find_latest("i")
    assert (redeemed and redeemed.value, latest and latest.value) == ("second", "third")
