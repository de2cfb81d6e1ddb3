"""What every secondary storage does, over memory and a real Redis."""

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from pyauth.storage import MemoryStorage, SecondaryStorage
from tests.support.redis import shared_redis
from tests.support.threads import in_threads

HOUR = timedelta(hours=1)
SHORT = timedelta(milliseconds=80)
NOTHING = timedelta(0)


@pytest.fixture(params=["memory", "redis"])
def storage(request: pytest.FixtureRequest) -> Iterator[SecondaryStorage]:
    if request.param == "memory":
        yield MemoryStorage()
        return
    with shared_redis() as opened:
        yield opened


def wait_out(duration: timedelta) -> None:
    time.sleep(duration.total_seconds() * 1.5)


def test_it_fits_the_protocol(storage: SecondaryStorage) -> None:
    assert isinstance(storage, SecondaryStorage)


def test_a_value_is_there_until_it_is_deleted(storage: SecondaryStorage) -> None:
    assert storage.get("k") is None
    storage.set("k", "v")
    storage.set("k", "ä \n€ 🎉")
    assert storage.get("k") == "ä \n€ 🎉"
    storage.delete("k")
    storage.delete("k")
    assert storage.get("k") is None


def test_an_empty_text_is_a_value(storage: SecondaryStorage) -> None:
    storage.set("k", "")
    assert storage.get("k") == ""
    assert storage.compare_and_set("k", "", "v")
    assert not storage.set_if_not_exists("k", "w")


def test_a_value_lives_as_long_as_it_should(storage: SecondaryStorage) -> None:
    storage.set("short", "v", SHORT)
    storage.set("long", "v", HOUR)
    wait_out(SHORT)
    assert (storage.get("short"), storage.get("long")) == (None, "v")
    assert storage.take("short") is None
    assert not storage.delete_if_value("short", "v")
    assert storage.set_if_not_exists("short", "w")


def test_setting_again_without_a_lifetime_lets_it_live_on(storage: SecondaryStorage) -> None:
    storage.set("k", "v", SHORT)
    storage.set("k", "w")
    wait_out(SHORT)
    assert storage.get("k") == "w"


@pytest.mark.parametrize("ttl", [NOTHING, timedelta(seconds=-1), timedelta(microseconds=999)])
def test_no_time_to_live_deletes(storage: SecondaryStorage, ttl: timedelta) -> None:
    for key in "abcd":
        storage.set(key, "1")
    storage.set("a", "v", ttl)
    assert storage.compare_and_set("b", "1", "v", ttl)
    assert not storage.set_if_not_exists("c", "v", ttl)
    assert storage.set_if_not_exists("new", "v", ttl)
    assert storage.increment("counter", ttl=ttl) == 1
    assert [storage.get(key) for key in ("a", "b", "c", "new", "counter")] == [
        None,
        None,
        "1",
        None,
        None,
    ]


def test_setting_only_what_is_absent(storage: SecondaryStorage) -> None:
    assert storage.set_if_not_exists("k", "v", HOUR)
    assert not storage.set_if_not_exists("k", "w", HOUR)
    assert storage.get("k") == "v"


def test_taking_leaves_nothing(storage: SecondaryStorage) -> None:
    storage.set("k", "v")
    assert storage.take("k") == "v"
    assert storage.take("k") is None


def test_setting_only_what_is_as_expected(storage: SecondaryStorage) -> None:
    assert not storage.compare_and_set("k", "v", "w")
    assert storage.compare_and_set("k", None, "v")
    assert not storage.compare_and_set("k", None, "w")
    assert not storage.compare_and_set("k", "V", "w")
    assert storage.compare_and_set("k", "v", "w", SHORT)
    assert storage.get("k") == "w"
    wait_out(SHORT)
    assert storage.compare_and_set("k", None, "again")


def test_deleting_only_what_is_as_expected(storage: SecondaryStorage) -> None:
    assert not storage.delete_if_value("k", "v")
    storage.set("k", "v")
    assert not storage.delete_if_value("k", "w")
    assert storage.delete_if_value("k", "v")
    assert storage.get("k") is None


def test_counting(storage: SecondaryStorage) -> None:
    assert [storage.increment("n"), storage.increment("n", 5), storage.increment("n", -8)] == [
        1,
        6,
        -2,
    ]
    assert storage.get("n") == "-2"


def test_a_count_keeps_the_lifetime_of_its_beginning(storage: SecondaryStorage) -> None:
    storage.increment("n", ttl=SHORT)
    storage.increment("n", ttl=HOUR)
    storage.increment("n")
    wait_out(SHORT)
    assert storage.increment("n") == 1


@pytest.mark.parametrize(
    "text",
    [
        "many",
        "",
        "1.5",
        "- 1",
        "007",
        "00",
        "-0",
        "-07",
        "+5",
        " 5",
        "5\n",
        "1e3",
        "0x1",
        "\u0663",
        "9" * 19,
        "9" * 30,
        str(2**63),
        str(-(2**63) - 1),
    ],
    ids=ascii,
)
def test_what_is_no_number_is_counted_anew(storage: SecondaryStorage, text: str) -> None:
    storage.set("n", text)
    assert storage.increment("n", 2) == 2
    assert storage.get("n") == "2"


@pytest.mark.parametrize(
    ("text", "by", "total"),
    [
        ("0", 2, 2),
        ("-5", 2, -3),
        ("1000000000000000000", 1, 10**18 + 1),
        (str(2**53), 1, 2**53 + 1),
        (str(2**63 - 3), 2, 2**63 - 1),
        (str(2**63 - 1), -1, 2**63 - 2),
        (str(2**63 - 1), 1, 1),
        (str(-(2**63)), -1, -1),
        (str(-(2**63)), 2**63 - 1, -1),
        ("-1", 2**63, 2**63),
    ],
)
def test_a_number_is_exact_and_begins_anew_where_64_bits_end(
    storage: SecondaryStorage, text: str, by: int, total: int
) -> None:
    storage.set("n", text)
    assert storage.increment("n", by) == total
    assert storage.get("n") == str(total)


def test_a_count_that_begins_anew_has_a_lifetime_of_its_own(storage: SecondaryStorage) -> None:
    storage.set("n", "many")
    assert storage.increment("n", ttl=SHORT) == 1
    wait_out(SHORT)
    assert storage.get("n") is None


def test_requests_are_counted_from_the_last_admitted_one(storage: SecondaryStorage) -> None:
    window = timedelta(milliseconds=300)

    def ask() -> timedelta | None:
        return storage.consume("k", max_requests=2, window=window)

    assert (ask(), ask()) == (None, None)
    refused = ask()
    assert refused is not None
    assert timedelta(0) < refused <= window
    time.sleep(0.35)
    assert ask() is None


def test_counts_of_requests_are_apart_from_values(storage: SecondaryStorage) -> None:
    storage.set("k", "v")
    assert storage.consume("k", max_requests=1, window=HOUR) is None
    assert storage.get("k") == "v"
    storage.delete("k")
    assert storage.consume("k", max_requests=1, window=HOUR) is not None


def test_of_32_takers_one_gets_it(storage: SecondaryStorage) -> None:
    storage.set("k", "v")
    assert sorted(filter(None, in_threads(lambda _: storage.take("k")))) == ["v"]


def test_of_32_setters_of_an_absent_value_one_sets_it(storage: SecondaryStorage) -> None:
    outcomes = in_threads(lambda number: storage.set_if_not_exists("k", str(number), HOUR))
    assert outcomes.count(True) == 1
    assert storage.get("k") == str(outcomes.index(True))


def test_of_32_changers_of_one_value_one_changes_it(storage: SecondaryStorage) -> None:
    storage.set("k", "v")
    outcomes = in_threads(lambda number: storage.compare_and_set("k", "v", str(number), HOUR))
    assert outcomes.count(True) == 1
    assert storage.get("k") == str(outcomes.index(True))


def test_of_32_removers_of_one_value_one_removes_it(storage: SecondaryStorage) -> None:
    storage.set("k", "v")
    assert in_threads(lambda _: storage.delete_if_value("k", "v")).count(True) == 1


def test_32_counters_lose_nothing(storage: SecondaryStorage) -> None:
    assert sorted(in_threads(lambda _: storage.increment("n", ttl=HOUR))) == list(range(1, 33))


def test_of_32_requests_as_many_pass_as_may(storage: SecondaryStorage) -> None:
    outcomes = in_threads(lambda _: storage.consume("k", max_requests=10, window=HOUR))
    assert outcomes.count(None) == 10
