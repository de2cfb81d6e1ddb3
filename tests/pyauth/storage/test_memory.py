"""What is particular to the storage in memory."""

from datetime import timedelta

from pyauth.storage import MemoryStorage
from tests.support.app import FrozenClock

MINUTE = timedelta(minutes=1)


def kept(storage: MemoryStorage) -> int:
    return int(repr(storage).partition("(")[2].split()[0])


def test_it_lives_by_its_clock() -> None:
    clock = FrozenClock()
    storage = MemoryStorage(clock)
    storage.set("k", "v", MINUTE)
    clock.advance(seconds=59, milliseconds=999)
    assert storage.get("k") == "v"
    clock.advance(milliseconds=1)
    assert storage.get("k") is None


def test_what_has_expired_does_not_stay_in_memory() -> None:
    clock = FrozenClock()
    storage = MemoryStorage(clock)
    for number in range(100):
        storage.set(f"k{number}", "v", MINUTE)
        storage.consume(f"k{number}", max_requests=1, window=MINUTE)
    storage.set("stays", "v")
    clock.advance(minutes=2)
    storage.get("other")
    assert kept(storage) == 1
    assert not storage._counts


def test_a_sweep_looks_at_a_bounded_number_of_values_at_a_time() -> None:
    clock = FrozenClock()
    storage = MemoryStorage(clock)
    for number in range(25_000):
        storage.set(str(number), "v", MINUTE)
    clock.advance(minutes=2)
    left = []
    for _ in range(3):
        storage.get("other")
        left.append(kept(storage))
    assert left == [15_000, 5_000, 0]


def test_repr_shows_no_value() -> None:
    storage = MemoryStorage()
    storage.set("secret-key", "secret-value")
    assert repr(storage) == "MemoryStorage(1 values)"
