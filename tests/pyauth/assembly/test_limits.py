"""What the options say of counting requests reaches whatever counts."""

from datetime import timedelta

import pytest

from pyauth import PyAuth
from pyauth.http.rate_limit.guarded import GuardedRateLimitStore
from pyauth.http.rate_limit.memory import MemoryRateLimitStore
from tests.support.app import FrozenClock, Visitor, make_auth
from tests.support.limits import TEN_SECONDS, Counter, limited, statuses


@pytest.mark.parametrize("multiplier", [1, 2, 3, 5])
def test_a_process_lets_as_many_times_the_limit_through_as_is_said(multiplier: int) -> None:
    counter = Counter()
    hybrid = {"enabled": True, "local_multiplier": multiplier}
    auth = make_auth(rate_limit=limited(custom_storage=counter, max=2, hybrid=hybrid))
    answered = statuses(Visitor(auth), "/ok", 12)
    assert answered == [200] * (2 * multiplier) + [429] * (12 - 2 * multiplier)
    assert counter.asked == [("203.0.113.7|/ok", 2, TEN_SECONDS)] * (2 * multiplier)


@pytest.mark.parametrize("interval", [timedelta(minutes=1), timedelta(hours=2)])
def test_the_memory_is_swept_as_often_as_is_said(clock: FrozenClock, interval: timedelta) -> None:
    auth = make_auth(clock=clock, rate_limit=limited(memory_cleanup_interval=interval))
    Visitor(auth).get("/ok")
    clock.advance(seconds=interval.total_seconds() - 1)
    Visitor(auth, address="203.0.113.8").get("/ok")
    assert addresses_in_memory(auth) == {"203.0.113.7", "203.0.113.8"}
    clock.advance(seconds=1)
    Visitor(auth, address="203.0.113.9").get("/ok")
    assert addresses_in_memory(auth) == {"203.0.113.8", "203.0.113.9"}


def addresses_in_memory(auth: PyAuth) -> set[str]:
    guarded = auth.context.rate_limit_store
    assert isinstance(guarded, GuardedRateLimitStore)
    assert isinstance(guarded._store, MemoryRateLimitStore)
    return {key.partition("|")[0] for key in guarded._store._counts}
