"""What every store of the rate limit does, over each of them."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from threading import get_ident
from typing import Any

import pytest

from pyauth.db.adapter import Row, Where
from pyauth.db.core_schema import core_models
from pyauth.db.memory import MemoryAdapter
from pyauth.db.schema import Schema, build_schema
from pyauth.db.sqlalchemy import SQLAlchemyAdapter, engine
from pyauth.errors import ServiceUnavailable, StoreError, StoreUnavailable
from pyauth.http.rate_limit import (
    DatabaseRateLimitStore,
    GuardedRateLimitStore,
    HybridRateLimitStore,
    MemoryRateLimitStore,
    RateLimitStore,
    SecondaryRateLimitStore,
    memory,
    rate_limit_model,
)
from pyauth.storage import MemoryStorage
from tests.support.app import FrozenClock
from tests.support.databases import fresh_database
from tests.support.redis import shared_redis
from tests.support.threads import in_threads

LOGGER = logging.getLogger("tests")
TEN_SECONDS = timedelta(seconds=10)
DATABASES = ["sqlite", "postgresql", "mysql", "mysql-without-returning"]


def consume(
    store: RateLimitStore, key: str = "k", *, limit: int = 3, window: timedelta = TEN_SECONDS
) -> timedelta | None:
    return store.consume(key, max_requests=limit, window=window)


OpenAdapter = Callable[[str, FrozenClock], Any]


@pytest.fixture(scope="module")
def open_adapter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenAdapter]:
    """Open an adapter without counts; each database is made once for all tests."""
    made: dict[str, SQLAlchemyAdapter] = {}
    with ExitStack() as stack:

        def make(kind: str, schema: Schema, clock: FrozenClock) -> SQLAlchemyAdapter:
            folder = tmp_path_factory.mktemp("database")
            url = stack.enter_context(fresh_database(kind.partition("-")[0], folder))
            adapter = SQLAlchemyAdapter(url, returning=not kind.endswith("without-returning"))
            stack.callback(adapter.close)
            adapter.bind(schema)
            adapter.migrate()
            return adapter

        def opened(kind: str, clock: FrozenClock) -> Any:
            schema = build_schema([*core_models(clock), rate_limit_model(clock)])
            if kind == "adapter-memory":
                in_memory = MemoryAdapter()
                in_memory.bind(schema)
                return in_memory
            if kind not in made:
                made[kind] = make(kind, schema, clock)
            made[kind].bind(schema)
            made[kind].delete_many("rate_limit", ())
            return made[kind]

        yield opened


def database_store(adapter: Any, clock: FrozenClock) -> DatabaseRateLimitStore:
    return DatabaseRateLimitStore(adapter, clock=clock, logger=LOGGER)


def open_store(
    kind: str, open_adapter: OpenAdapter, clock: FrozenClock
) -> Iterator[RateLimitStore]:
    local = MemoryRateLimitStore(clock=clock)
    if kind == "memory":
        yield local
    elif kind == "secondary":
        yield SecondaryRateLimitStore(MemoryStorage(clock=clock))
    elif kind == "hybrid":
        shared = MemoryRateLimitStore(clock=clock)
        yield HybridRateLimitStore(local=local, shared=shared, multiplier=2)
    elif kind == "guarded":
        yield GuardedRateLimitStore(local, on_failure="deny", clock=clock, logger=LOGGER)
    elif kind == "redis":
        with shared_redis() as storage:
            yield SecondaryRateLimitStore(storage)
    else:
        yield database_store(open_adapter(kind, clock), clock)


@pytest.fixture(
    params=["memory", "secondary", "hybrid", "guarded", "adapter-memory", *DATABASES],
)
def store(
    request: pytest.FixtureRequest, open_adapter: OpenAdapter, clock: FrozenClock
) -> Iterator[RateLimitStore]:
    yield from open_store(request.param, open_adapter, clock)


@pytest.fixture(params=["memory", "secondary", "redis", "hybrid", "adapter-memory", *DATABASES])
def racing_store(
    request: pytest.FixtureRequest, open_adapter: OpenAdapter, clock: FrozenClock
) -> Iterator[RateLimitStore]:
    """Also the one that has a clock of its own."""
    yield from open_store(request.param, open_adapter, clock)


@pytest.fixture(params=["adapter-memory", *DATABASES])
def adapter(request: pytest.FixtureRequest, open_adapter: OpenAdapter, clock: FrozenClock) -> Any:
    return open_adapter(request.param, clock)


@pytest.fixture(params=["postgresql", "mysql"])
def server_adapter(
    request: pytest.FixtureRequest, open_adapter: OpenAdapter, clock: FrozenClock
) -> Any:
    return open_adapter(request.param, clock)


def rows(adapter: Any) -> list[Row]:
    found: list[Row] = adapter.find_many("rate_limit")
    return found


# Every store --------------------------------------------------------------------------------------


def test_so_many_requests_pass_in_a_window(store: RateLimitStore) -> None:
    assert [consume(store) for _ in range(3)] == [None, None, None]
    assert consume(store) == TEN_SECONDS


def test_the_window_is_over_after_a_pause_of_its_length(
    store: RateLimitStore, clock: FrozenClock
) -> None:
    for _ in range(3):
        consume(store)
    clock.advance(seconds=10)
    assert consume(store) == timedelta(0)
    clock.advance(milliseconds=1)
    assert [consume(store) for _ in range(3)] == [None, None, None]
    assert consume(store) == TEN_SECONDS


def test_a_count_below_the_limit_is_forgotten_with_its_window(
    store: RateLimitStore, clock: FrozenClock
) -> None:
    for _ in range(2):
        consume(store)
    clock.advance(seconds=10, milliseconds=1)
    assert [consume(store) for _ in range(3)] == [None, None, None]
    assert consume(store) == TEN_SECONDS


def test_the_window_runs_from_the_last_admitted_request(
    store: RateLimitStore, clock: FrozenClock
) -> None:
    for _ in range(3):
        assert consume(store) is None
        clock.advance(seconds=6)
    assert consume(store) == timedelta(seconds=4)


def test_a_refused_request_does_not_lengthen_the_wait(
    store: RateLimitStore, clock: FrozenClock
) -> None:
    for _ in range(3):
        consume(store)
    for seconds in (10, 9, 8, 7, 6, 5, 4, 3, 2, 1):
        assert consume(store) == timedelta(seconds=seconds)
        clock.advance(seconds=1)
    clock.advance(milliseconds=1)
    assert consume(store) is None


def test_keys_are_counted_apart(store: RateLimitStore) -> None:
    for _ in range(4):
        consume(store, "a")
    assert consume(store, "A") is None
    assert consume(store, "b") is None


def test_a_lower_limit_counts_what_was_admitted_before(store: RateLimitStore) -> None:
    for _ in range(3):
        consume(store)
    assert consume(store, limit=2) == TEN_SECONDS


@pytest.mark.parametrize("round_", ["new key", "window over"])
def test_a_burst_passes_no_more_than_the_limit(
    racing_store: RateLimitStore, clock: FrozenClock, round_: str
) -> None:
    window = timedelta(hours=1)
    if round_ == "window over":
        # Redis has a clock of its own, which waits for nobody.
        window = timedelta(seconds=30)
        consume(racing_store, limit=1)
        clock.advance(minutes=1)
    delays = in_threads(lambda _: consume(racing_store, "burst", limit=5, window=window))
    assert delays.count(None) == 5
    assert all(delay is None or timedelta(0) < delay <= window for delay in delays)


def test_a_burst_after_the_window_passes_no_more_than_the_limit(
    store: RateLimitStore, clock: FrozenClock
) -> None:
    for _ in range(3):
        consume(store)
    clock.advance(minutes=1)
    assert in_threads(lambda _: consume(store)).count(None) == 3


# Memory -------------------------------------------------------------------------------------------


def test_the_memory_counts_exactly_whichever_thread_is_interrupted(
    clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow_count(*values: int) -> memory._Count:
        time.sleep(0.01)
        return make_count(*values)

    make_count = memory._Count
    monkeypatch.setattr(memory, "_Count", slow_count)
    store = MemoryRateLimitStore(clock=clock)
    assert in_threads(lambda _: consume(store)).count(None) == 3


def test_a_clock_that_was_set_back_locks_nobody_out_of_the_memory(clock: FrozenClock) -> None:
    store = MemoryRateLimitStore(clock=clock)
    for _ in range(4):
        consume(store)
    clock.advance(seconds=-5)
    assert consume(store) == TEN_SECONDS
    clock.advance(hours=-1)
    assert consume(store) is None


def test_the_memory_is_bounded(clock: FrozenClock) -> None:
    store = MemoryRateLimitStore(clock=clock, max_entries=10)
    for number in range(100):
        consume(store, f"k{number}")
        assert len(store._counts) <= 10
    consume(store, "k99")
    consume(store, "k99")
    assert consume(store, "k99") is not None, "the newest are kept"


def test_a_flood_of_keys_lifts_nobodys_limit(clock: FrozenClock) -> None:
    store = MemoryRateLimitStore(clock=clock, max_entries=10)
    for _ in range(3):
        consume(store, "guessing")
    clock.advance(milliseconds=1)
    for number in range(100):
        consume(store, f"k{number}")
    assert consume(store, "guessing") is not None


def test_counts_whose_window_is_over_are_swept(clock: FrozenClock) -> None:
    store = MemoryRateLimitStore(clock=clock, cleanup_interval=timedelta(minutes=1))
    for number in range(50):
        consume(store, f"k{number}")
    consume(store, "long", window=timedelta(hours=1))
    clock.advance(seconds=59)
    consume(store, "early")
    assert len(store._counts) == 52, "not at every request"
    clock.advance(seconds=1)
    consume(store, "new")
    assert set(store._counts) == {"long", "early", "new"}


# Database -----------------------------------------------------------------------------------------


def test_a_row_says_key_count_and_last_request(adapter: Any, clock: FrozenClock) -> None:
    store = database_store(adapter, clock)
    for _ in range(5):
        consume(store, "203.0.113.7|/ok")
    (row,) = rows(adapter)
    assert {name: row[name] for name in ("key", "count", "last_request")} == {
        "key": "203.0.113.7|/ok",
        "count": 3,
        "last_request": 1767323045678,
    }


def test_a_count_survives_the_callers_rollback(server_adapter: Any, clock: FrozenClock) -> None:
    store = database_store(server_adapter, clock)

    def fail_after_counting() -> None:
        with server_adapter.transaction():
            assert consume(store, limit=2) is None
            raise LookupError

    for _ in range(2):
        with pytest.raises(LookupError):
            fail_after_counting()
    assert consume(store, limit=2) == TEN_SECONDS


def test_a_count_does_not_doom_the_callers_transaction(
    server_adapter: Any, clock: FrozenClock
) -> None:
    store = database_store(server_adapter, clock)
    with server_adapter.transaction():
        assert in_threads(lambda _: consume(store)).count(None) == 3
        assert consume(store) == TEN_SECONDS
    assert len(rows(server_adapter)) == 1


def test_within_sqlites_own_write_a_count_fails_cleanly(
    tmp_path: Path, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(engine._SESSION_SETTINGS, "sqlite", ("PRAGMA busy_timeout = 20",))
    adapter = SQLAlchemyAdapter(f"sqlite:///{tmp_path}/busy.sqlite3")
    adapter.bind(build_schema([rate_limit_model(clock)]))
    adapter.migrate()
    store = database_store(adapter, clock)
    with adapter.transaction(), pytest.raises(StoreUnavailable):
        consume(store)
    assert consume(store) is None
    adapter.close()


def test_a_count_outside_of_a_transaction_stays_in_its_thread(clock: FrozenClock) -> None:
    seen: list[int] = []

    class Watching(MemoryAdapter):
        def increment_one(self, *arguments: Any, **named: Any) -> Row | None:
            seen.append(get_ident())
            return super().increment_one(*arguments, **named)

    adapter = Watching()
    adapter.bind(build_schema([rate_limit_model(clock)]))
    consume(database_store(adapter, clock))
    assert seen == [get_ident()]


def test_old_rows_are_deleted_in_the_end(adapter: Any, clock: FrozenClock) -> None:
    store = database_store(adapter, clock)
    consume(store, "old")
    clock.advance(hours=23)
    consume(store, "new")
    assert {row["key"] for row in rows(adapter)} == {"old", "new"}
    clock.advance(hours=2)
    consume(store, "newer")
    assert {row["key"] for row in rows(adapter)} == {"new", "newer"}


def test_a_process_deletes_no_row_that_matters_to_another(adapter: Any, clock: FrozenClock) -> None:
    """The rows of a rule that it has not served itself, of the same configuration."""
    week = timedelta(days=7)
    busy, idle = (
        DatabaseRateLimitStore(adapter, clock=clock, logger=LOGGER, longest_window=week)
        for _ in range(2)
    )
    assert consume(busy, "weekly", limit=1, window=week) is None
    clock.advance(days=6)
    consume(idle, "other")
    assert consume(busy, "weekly", limit=1, window=week) == timedelta(days=1)


@pytest.mark.parametrize("window", [timedelta(days=1, milliseconds=1), timedelta.max])
def test_a_window_longer_than_rows_are_kept_is_refused(
    window: timedelta, clock: FrozenClock
) -> None:
    adapter = MemoryAdapter()
    adapter.bind(build_schema([rate_limit_model(clock)]))
    with pytest.raises(ValueError, match="longer than counts are kept for"):
        consume(database_store(adapter, clock), window=window)
    assert rows(adapter) == []


def test_a_window_without_end_keeps_all_rows(clock: FrozenClock) -> None:
    adapter = MemoryAdapter()
    adapter.bind(build_schema([rate_limit_model(clock)]))
    store = DatabaseRateLimitStore(
        adapter, clock=clock, logger=LOGGER, longest_window=timedelta.max
    )
    consume(store, "old", window=timedelta.max)
    clock.advance(days=400)
    assert consume(store, "new") is None
    assert {row["key"] for row in rows(adapter)} == {"old", "new"}


def test_a_clean_up_that_fails_refuses_nobody(
    clock: FrozenClock, caplog: pytest.LogCaptureFixture
) -> None:
    class Stuck(MemoryAdapter):
        def delete_many(self, *arguments: Any, **named: Any) -> int:
            raise StoreError("stuck")

    adapter = Stuck()
    adapter.bind(build_schema([rate_limit_model(clock)]))
    store = database_store(adapter, clock)
    clock.advance(hours=1)
    assert consume(store) is None
    assert "could not be deleted" in caplog.text


def test_the_clock_of_another_machine_makes_nobody_wait_longer_than_a_window(
    adapter: Any, clock: FrozenClock
) -> None:
    store = database_store(adapter, clock)
    for _ in range(3):
        consume(store)
    clock.advance(hours=-1)
    assert consume(store) == TEN_SECONDS


@pytest.mark.parametrize("open_kind", ["database", "secondary"])
def test_a_clock_that_was_set_back_by_far_locks_nobody_out(
    open_kind: str, adapter: Any, clock: FrozenClock
) -> None:
    if open_kind == "database":
        store: RateLimitStore = database_store(adapter, clock)
    else:
        store = SecondaryRateLimitStore(MemoryStorage(clock=clock))
    for _ in range(4):
        consume(store)
    clock.advance(days=-1)
    assert [consume(store) for _ in range(4)] == [None, None, None, TEN_SECONDS]


def test_a_count_that_never_settles_is_given_up(clock: FrozenClock) -> None:
    class Restless(MemoryAdapter):
        def increment_one(self, *arguments: Any, **named: Any) -> Row | None:
            return None

    adapter = Restless()
    adapter.bind(build_schema([rate_limit_model(clock)]))
    store = database_store(adapter, clock)
    assert consume(store) is None
    with pytest.raises(StoreUnavailable, match="compete"):
        consume(store)


def test_a_refusal_writes_nothing(clock: FrozenClock) -> None:
    adapter = MemoryAdapter()
    adapter.bind(build_schema([rate_limit_model(clock)]))
    store = database_store(adapter, clock)
    for _ in range(3):
        consume(store)
    before = rows(adapter)
    clock.advance(seconds=1)
    consume(store)
    assert adapter.find_many("rate_limit", [Where("key", "k")]) == before


# Hybrid -------------------------------------------------------------------------------------------


class Asked(MemoryRateLimitStore):
    """Notes how often it is asked."""

    times = 0

    def consume(self, key: str, *, max_requests: int, window: timedelta) -> timedelta | None:
        self.times += 1
        return super().consume(key, max_requests=max_requests, window=window)


def test_a_flood_does_not_reach_the_shared_store(clock: FrozenClock) -> None:
    shared = Asked(clock=clock)
    local = MemoryRateLimitStore(clock=clock)
    store = HybridRateLimitStore(local=local, shared=shared, multiplier=2)
    delays = [consume(store) for _ in range(100)]
    assert delays == [None] * 3 + [TEN_SECONDS] * 97
    assert shared.times == 6


def test_the_shared_store_decides_for_all_processes(clock: FrozenClock) -> None:
    shared = Asked(clock=clock)
    processes = [
        HybridRateLimitStore(local=MemoryRateLimitStore(clock=clock), shared=shared, multiplier=2)
        for _ in range(3)
    ]
    assert [consume(process) for process in processes] == [None] * 3
    assert [consume(process) for process in processes] == [TEN_SECONDS] * 3


# Failing ------------------------------------------------------------------------------------------


class Broken:
    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def consume(self, key: str, *, max_requests: int, window: timedelta) -> timedelta | None:
        if isinstance(self.answer, Exception):
            raise self.answer
        result: timedelta | None = self.answer
        return result


@pytest.mark.parametrize(
    "answer", [StoreUnavailable("down"), ConnectionError("no route"), False, True, 5, "later"]
)
def test_a_failing_store_has_one_answer(
    clock: FrozenClock, answer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    broken = Broken(answer)
    store = GuardedRateLimitStore(broken, on_failure="deny", clock=clock, logger=LOGGER)
    for _ in range(3):
        with pytest.raises(ServiceUnavailable):
            consume(store)
    assert len(caplog.records) == 1, "logged, but not at every request"
    clock.advance(minutes=1)
    with pytest.raises(ServiceUnavailable):
        consume(store)
    assert len(caplog.records) == 2
    broken.answer = None
    assert consume(store) is None, "it recovers by itself"


def test_a_failing_store_may_let_everything_through(
    clock: FrozenClock, caplog: pytest.LogCaptureFixture
) -> None:
    broken = Broken(StoreUnavailable("down"))
    store = GuardedRateLimitStore(broken, on_failure="allow", clock=clock, logger=LOGGER)
    assert consume(store) is None
    assert "uncounted" in caplog.text
