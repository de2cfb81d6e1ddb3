import hashlib
import hmac
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from pyauth import APIError, RequestInfo
from pyauth.http.rate_limit import MemoryRateLimitStore, RateLimiter, RuleBook
from pyauth.http.rate_limit.limiter import bounded_key
from pyauth.options import RateLimitRule
from pyauth.options.limits import CustomRule
from tests.support.app import FrozenClock

TEN_SECONDS = timedelta(seconds=10)
ONE = RateLimitRule(window=TEN_SECONDS, max=1)
ENDPOINTS = ("/x", "/y", "/callback/:id")


@dataclass(frozen=True)
class Asking:
    ip: str | None
    path: str
    request_info: RequestInfo | None = None
    params: Mapping[str, str] = field(default_factory=dict)


class Costly:
    """A request whose plain data nobody should need."""

    def __init__(self, path: str) -> None:
        self.ip, self.path = "203.0.113.7", path
        self.params: Mapping[str, str] = {}

    @property
    def request_info(self) -> RequestInfo | None:
        raise LookupError


def make_limiter(
    clock: FrozenClock,
    *,
    default: RateLimitRule = ONE,
    custom: Mapping[str, CustomRule] | None = None,
    **given: Any,
) -> RateLimiter:
    return RateLimiter(
        store=MemoryRateLimitStore(clock=clock),
        rules=RuleBook(default=default, custom=custom, endpoint_paths=ENDPOINTS),
        logger=logging.getLogger("tests"),
        **given,
    )


def ask(limiter: RateLimiter, ip: str | None = "203.0.113.7", path: str = "/x") -> int | None:
    """Return the seconds to wait, or None."""
    try:
        limiter.check(Asking(ip, path))
    except APIError as error:
        return int(dict(error.headers)["X-Retry-After"])
    return None


def test_the_wait_is_told_in_whole_seconds_of_at_least_one(clock: FrozenClock) -> None:
    limiter = make_limiter(clock)
    assert ask(limiter) is None
    clock.advance(milliseconds=1)
    assert ask(limiter) == 10
    clock.advance(milliseconds=9998)
    assert ask(limiter) == 1
    clock.advance(milliseconds=1)
    assert ask(limiter) == 1


def test_addresses_and_paths_are_counted_apart(clock: FrozenClock) -> None:
    limiter = make_limiter(clock)
    for address, path in (("192.0.2.1", "/x"), ("192.0.2.2", "/x"), ("192.0.2.1", "/y")):
        assert ask(limiter, address, path) is None
    assert ask(limiter, "192.0.2.1", "/x") is not None


@pytest.mark.parametrize(
    ("subnet", "first", "second", "together"),
    [
        (64, "2001:db8:1:2::1", "2001:db8:1:2::2", True),
        (64, "2001:db8:1:2::1", "2001:db8:1:3::1", False),
        (128, "2001:db8:1:2::1", "2001:db8:1:2::2", False),
    ],
)
def test_ipv6_clients_are_counted_by_their_subnet(
    clock: FrozenClock, subnet: int, first: str, second: str, together: bool
) -> None:
    limiter = make_limiter(clock, ipv6_subnet=subnet)
    assert ask(limiter, first) is None
    assert (ask(limiter, second) is not None) is together


@pytest.mark.parametrize("path", ["/x/", "/x//"])
def test_slashes_at_the_end_are_no_other_path(clock: FrozenClock, path: str) -> None:
    limiter = make_limiter(clock)
    assert ask(limiter, path="/x") is None
    assert ask(limiter, path=path) == 10


def test_made_up_parameters_and_paths_get_no_fresh_count(clock: FrozenClock) -> None:
    limiter = make_limiter(clock)
    assert ask(limiter, path="/callback/one") is None
    assert ask(limiter, path="/callback/two") == 10
    assert ask(limiter, path="/nope") is None
    assert ask(limiter, path="/other") == 10


@pytest.mark.parametrize(
    ("policy", "delays"),
    [("deny", [10, 10, 10]), ("share", [None, 10, 10]), ("allow", [None, None, None])],
)
def test_a_client_without_an_address_meets_the_policy(
    clock: FrozenClock, policy: Any, delays: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    limiter = make_limiter(clock, unknown_address=policy)
    assert [ask(limiter, None) for _ in range(3)] == delays
    assert len(caplog.records) == 1, "said once, not at every request"
    assert "trusted_proxies" in caplog.text
    assert "ProxyFix" in caplog.text


def test_a_path_that_is_not_counted_needs_no_address(clock: FrozenClock) -> None:
    limiter = make_limiter(clock, custom={"/x": False})
    assert [ask(limiter, None) for _ in range(3)] == [None] * 3


def test_only_a_function_costs_a_look_at_the_request(clock: FrozenClock) -> None:
    limiter = make_limiter(clock, custom={"/y": lambda request, rule: None})
    limiter.check(Costly("/x"))
    with pytest.raises(LookupError):
        limiter.check(Costly("/y"))


def test_what_a_function_returns_is_the_limit_of_that_request(clock: FrozenClock) -> None:
    def by_plan(request: RequestInfo, rule: RateLimitRule) -> RateLimitRule | None:
        return ONE if request.headers.get("x-plan") == "free" else None

    limiter = make_limiter(
        clock, default=RateLimitRule(window=TEN_SECONDS, max=2), custom={"/x": by_plan}
    )

    def passes(plan: str, ip: str) -> int:
        info = RequestInfo("GET", "http://localhost/x", {"X-Plan": plan}, ip)
        for number in range(5):
            try:
                limiter.check(Asking(ip, "/x", info))
            except APIError:
                return number
        return 5

    assert (passes("free", "192.0.2.1"), passes("paid", "192.0.2.2")) == (1, 2)


def test_a_key_fits_every_store() -> None:
    short, long = "192.0.2.1|/x", "192.0.2.1|/" + "x" * 1000
    assert bounded_key(short) == short
    assert len(bounded_key(long)) == 255
    assert bounded_key(long) != bounded_key(long + "y")


def test_the_name_of_a_scope_is_what_rustauth_makes_of_it() -> None:
    from pyauth.http.rate_limit.scoped import _digest

    wanted = hmac.new(b"secret", b"challenge-1", hashlib.sha256).hexdigest()
    assert _digest("challenge-1", "secret") == wanted
