"""Rows of one identifier: how many statements they take, when they go, and who is asked."""

from contextlib import suppress
from datetime import timedelta

import pytest

from pyauth import DatabaseEvent, PyAuth
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


# Older rows go with the newest ---------------------------------------------------------------


class Deletions:
    """The hooks of deletions: whom they were asked about and told of, and what they keep."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.told: list[str] = []
        self.keeps: set[str] = set()

    def before(self, event: DatabaseEvent) -> bool:
        assert event.record is not None
        self.asked.append(event.record["value"])
        return event.record["value"] not in self.keeps

    def after(self, event: DatabaseEvent) -> None:
        assert event.record is not None
        self.told.append(event.record["value"])


@pytest.fixture
def deletions() -> Deletions:
    return Deletions()


@pytest.fixture
def hooked(adapter: WatchedAdapter, clock: FrozenClock, deletions: Deletions) -> PyAuth:
    """An instance with such hooks, and three values of one identifier."""
    hooks = {"verification": {"delete": {"before": deletions.before, "after": deletions.after}}}
    auth = open_auth({}, database=adapter, clock=clock, database_hooks=hooks)
    for value in ("first", "second", "third"):
        keep(auth, value)
        clock.advance(milliseconds=1)
    return auth


def test_hooks_are_asked_about_each_and_told_of_each(hooked: PyAuth, deletions: Deletions) -> None:
    assert hooked.context.verifications.consume("i") is not None
    assert deletions.asked[0] == "third"
    assert sorted(deletions.asked) == sorted(deletions.told) == ["first", "second", "third"]
    assert rows_of(hooked, "verification") == []


def test_a_hook_that_keeps_the_newest_keeps_all(hooked: PyAuth, deletions: Deletions) -> None:
    deletions.keeps = {"third"}
    assert hooked.context.verifications.consume("i") is None
    assert (deletions.asked, deletions.told) == (["third"], [])
    assert len(rows_of(hooked, "verification")) == 3


def test_a_hook_keeps_an_older_one(hooked: PyAuth, deletions: Deletions) -> None:
    deletions.keeps = {"first"}
    redeemed = hooked.context.verifications.consume("i")
    assert (redeemed and redeemed.value, sorted(deletions.told)) == ("third", ["second", "third"])
    assert [row["value"] for row in rows_of(hooked, "verification")] == ["first"]
    assert hooked.context.verifications.consume("i") is None, "it cannot be redeemed either"


@pytest.mark.parametrize("fail_at", range(1, 7))
def test_all_go_or_none(
    hooked: PyAuth, adapter: WatchedAdapter, deletions: Deletions, fail_at: int
) -> None:
    hooked.context.verifications.find_latest("other")  # sweeps, as one reading a minute does
    adapter.forget()
    adapter.fail_at = fail_at + 1
    with suppress(RuntimeError):
        hooked.context.verifications.consume("i")
    assert len(adapter.statements) == fail_at + 1, adapter.statements
    assert (len(rows_of(hooked, "verification")), deletions.told) == (3, [])
