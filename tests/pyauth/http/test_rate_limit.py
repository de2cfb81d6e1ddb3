import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from pyauth.http.rate_limit import SPECIAL_RULES, MemoryRateLimitStore, RateLimiter, RateRule
from tests.support.app import FrozenClock, Visitor, make_auth

TEN_SECONDS = timedelta(seconds=10)
DEFAULT = RateRule(max=100, window=TEN_SECONDS)


def make_limiter(
    clock: FrozenClock,
    *,
    rules: Sequence[RateRule] = (),
    default: RateRule = DEFAULT,
    unknown_address: str = "deny",
) -> RateLimiter:
    return RateLimiter(
        store=MemoryRateLimitStore(clock=clock),
        rules=rules,
        default=default,
        unknown_address=unknown_address,
        logger=logging.getLogger("tests"),
    )


def consume(store: MemoryRateLimitStore, key: str = "k") -> timedelta | None:
    return store.consume(key, max_requests=3, window=TEN_SECONDS)


def test_so_many_requests_pass_in_a_window(clock: FrozenClock) -> None:
    store = MemoryRateLimitStore(clock=clock)
    assert [consume(store) for _ in range(3)] == [None, None, None]
    assert consume(store) == TEN_SECONDS


def test_the_window_is_over_after_a_pause_of_its_length(clock: FrozenClock) -> None:
    store = MemoryRateLimitStore(clock=clock)
    for _ in range(3):
        consume(store)
    clock.advance(seconds=10)
    assert consume(store) == timedelta(0)
    clock.advance(milliseconds=1)
    assert consume(store) is None


def test_a_refused_request_does_not_lengthen_the_wait(clock: FrozenClock) -> None:
    store = MemoryRateLimitStore(clock=clock)
    for _ in range(3):
        consume(store)
    clock.advance(seconds=6)
    assert consume(store) == timedelta(seconds=4)
    clock.advance(seconds=4, milliseconds=1)
    assert consume(store) is None


def test_keys_are_counted_apart(clock: FrozenClock) -> None:
    store = MemoryRateLimitStore(clock=clock)
    for _ in range(4):
        consume(store, "a")
    assert consume(store, "b") is None


def test_a_burst_passes_no_more_than_the_limit(clock: FrozenClock) -> None:
    store = MemoryRateLimitStore(clock=clock)
    with ThreadPoolExecutor(32) as pool:
        delays = list(pool.map(lambda _: consume(store), range(320)))
    assert delays.count(None) == 3


def test_the_memory_is_bounded(clock: FrozenClock) -> None:
    store = MemoryRateLimitStore(clock=clock, max_entries=10)
    for number in range(100):
        consume(store, f"k{number}")
        assert len(store._counts) <= 10
    consume(store, "k99")
    consume(store, "k99")
    assert consume(store, "k99") is not None, "the newest are kept"


def test_counts_whose_window_is_over_are_swept(clock: FrozenClock) -> None:
    store = MemoryRateLimitStore(clock=clock)
    for number in range(50):
        consume(store, f"k{number}")
    clock.advance(minutes=2)
    consume(store, "new")
    assert set(store._counts) == {"new"}


@pytest.mark.parametrize(
    ("path", "limit"),
    [
        ("/sign-in/email", (3, 10)),
        ("/sign-in", (3, 10)),
        ("/sign-up/email", (3, 10)),
        ("/change-password", (3, 10)),
        ("/change-email", (3, 10)),
        ("/request-password-reset", (3, 60)),
        ("/send-verification-email", (3, 60)),
        ("/forget-password/email-otp", (3, 60)),
        ("/email-otp/send-verification-otp", (3, 60)),
        ("/get-session", (100, 10)),
        ("/", (100, 10)),
        ("/nope", (100, 10)),
    ],
)
def test_the_core_has_narrower_limits_where_guessing_pays(
    clock: FrozenClock, path: str, limit: tuple[int, int]
) -> None:
    rule = make_limiter(clock, rules=SPECIAL_RULES).find_rule(path)
    assert (rule.max, rule.window) == (limit[0], timedelta(seconds=limit[1]))


def test_the_first_rule_that_matches_wins(clock: FrozenClock) -> None:
    own = RateRule(max=1, window=TEN_SECONDS, paths=("/sign-in/email",))
    limiter = make_limiter(clock, rules=(own, *SPECIAL_RULES))
    assert limiter.find_rule("/sign-in/email") is own
    assert limiter.find_rule("/sign-in/other") is SPECIAL_RULES[0]


@pytest.mark.parametrize(
    ("rule", "matches"),
    [
        (RateRule(1, TEN_SECONDS), False),
        (RateRule(1, TEN_SECONDS, paths=("/x",)), False),
        (RateRule(1, TEN_SECONDS, paths=("/x/y",)), True),
        (RateRule(1, TEN_SECONDS, prefixes=("/a", "/x")), True),
    ],
)
def test_rules_name_paths_or_beginnings(rule: RateRule, matches: bool) -> None:
    assert rule.matches("/x/y") is matches


def test_the_wait_is_told_in_whole_seconds_of_at_least_one(clock: FrozenClock) -> None:
    limiter = make_limiter(clock, default=RateRule(max=1, window=TEN_SECONDS))
    assert limiter.find_delay("203.0.113.7", "/x") is None
    clock.advance(milliseconds=1)
    assert limiter.find_delay("203.0.113.7", "/x") == 10
    clock.advance(milliseconds=9998)
    assert limiter.find_delay("203.0.113.7", "/x") == 1


def test_addresses_and_paths_are_counted_apart(clock: FrozenClock) -> None:
    limiter = make_limiter(clock, default=RateRule(max=1, window=TEN_SECONDS))
    for address, path in (("a", "/x"), ("b", "/x"), ("a", "/y")):
        assert limiter.find_delay(address, path) is None
    assert limiter.find_delay("a", "/x") is not None


@pytest.mark.parametrize(
    ("policy", "delays"),
    [("deny", [10, 10, 10]), ("share", [None, 10, 10]), ("allow", [None, None, None])],
)
def test_a_client_without_an_address_meets_the_policy(
    clock: FrozenClock, policy: str, delays: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    limiter = make_limiter(
        clock, default=RateRule(max=1, window=TEN_SECONDS), unknown_address=policy
    )
    assert [limiter.find_delay(None, "/x") for _ in range(3)] == delays
    assert len(caplog.records) == 1, "said once, not at every request"
    assert "ProxyFix" in caplog.text


def test_a_flood_of_keys_lifts_nobodys_limit(clock: FrozenClock) -> None:
    store = MemoryRateLimitStore(clock=clock, max_entries=10)
    for _ in range(3):
        consume(store, "guessing")
    clock.advance(milliseconds=1)
    for number in range(100):
        consume(store, f"k{number}")
    assert consume(store, "guessing") is not None


def test_paths_that_lead_nowhere_are_counted_together() -> None:
    visitor = Visitor(make_auth(rate_limit={"enabled": True, "max": 2}))
    assert [visitor.get(f"/nope{number}").status for number in range(3)] == [404, 404, 429]
    assert visitor.get("/ok").status == 200


def test_a_long_path_costs_no_more_memory_than_its_beginning(clock: FrozenClock) -> None:
    store = MemoryRateLimitStore(clock=clock)
    limiter = RateLimiter(
        store=store,
        rules=(),
        default=RateRule(max=1, window=timedelta(seconds=10)),
        unknown_address="deny",
        logger=logging.getLogger("test"),
    )
    limiter.find_delay("192.0.2.1", "/" + "x" * 100_000)
    assert max(map(len, store._counts)) < 300
