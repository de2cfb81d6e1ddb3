"""How many requests a client may make to a path: one atomic count before the work.

Source: Better Auth 1.6.9, ``api/rate-limiter``, counted as its releases since 1.6.17 do: a request
is admitted or refused in one step, and a refused one changes nothing.
"""

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock
from typing import Protocol

from pyauth.clock import Clock, epoch_ms


@dataclass(frozen=True, slots=True)
class RateRule:
    """A limit for some paths.

    Attributes:
        max: requests per window.
        window: the window.
        paths: exact paths below the base path.
        prefixes: beginnings of paths.
    """

    max: int
    window: timedelta
    paths: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()

    def matches(self, path: str) -> bool:
        """Return whether the rule is about ``path``."""
        return path in self.paths or path.startswith(self.prefixes)


SPECIAL_RULES = (
    RateRule(
        max=3,
        window=timedelta(seconds=10),
        prefixes=("/sign-in", "/sign-up", "/change-password", "/change-email"),
    ),
    RateRule(
        max=3,
        window=timedelta(seconds=60),
        paths=(
            "/request-password-reset",
            "/send-verification-email",
            "/email-otp/send-verification-otp",
            "/email-otp/request-password-reset",
        ),
        prefixes=("/forget-password",),
    ),
)
"""The core's narrower limits for guessing and for sending mail (contract: routes.json)."""


MAX_PATH_LENGTH = 256
"""What counts of a path: keys must not grow with whatever clients send."""


class RateLimitStore(Protocol):
    """Counts requests."""

    def consume(self, key: str, *, max_requests: int, window: timedelta) -> timedelta | None:
        """Count one request in one atomic step.

        Returns:
            None when it is admitted; otherwise how long to wait.
        """


@dataclass(slots=True)
class _Count:
    count: int
    last_request: int
    window: int
    max_requests: int

    @property
    def eviction_order(self) -> tuple[bool, int]:
        # Who is at the limit stays, or flooding with other keys would lift it.
        return self.count >= self.max_requests, self.last_request


class MemoryRateLimitStore:
    """Counts in this process: entries whose window is over are swept, and their number is bounded.

    Args:
        clock: the present moment.
        max_entries: at so many live entries a tenth goes: those idle longest, and not those at
            their limit.
    """

    def __init__(self, *, clock: Clock, max_entries: int = 100_000) -> None:
        self._clock = clock
        self._max_entries = max_entries
        self._counts: dict[str, _Count] = {}
        self._lock = Lock()
        self._sweep_at = 0

    def consume(self, key: str, *, max_requests: int, window: timedelta) -> timedelta | None:
        """See :class:`RateLimitStore`."""
        now, length = epoch_ms(self._clock()), window // timedelta(milliseconds=1)
        with self._lock:
            self._sweep(now)
            found = self._counts.get(key)
            if found is None or now - found.last_request > length:
                self._counts.pop(key, None)
                self._counts[key] = _Count(1, now, length, max_requests)
                return None
            if found.count >= max_requests:
                return timedelta(milliseconds=found.last_request + length - now)
            found.count += 1
            found.last_request = now
            return None

    def _sweep(self, now: int) -> None:
        overflow = len(self._counts) - self._max_entries
        if now < self._sweep_at and overflow < 0:
            return
        self._sweep_at = now + _SWEEP_EVERY_MS
        self._counts = {
            key: entry
            for key, entry in self._counts.items()
            if now - entry.last_request <= entry.window
        }
        if len(self._counts) >= self._max_entries:
            self._evict()

    def _evict(self) -> None:
        # Many at once, or each further request would pay for a look at all of them.
        oldest = sorted(self._counts, key=lambda key: self._counts[key].eviction_order)
        for key in oldest[: max(1, self._max_entries // 10)]:
            del self._counts[key]


_SWEEP_EVERY_MS = 60_000


class RateLimiter:
    """The limit of one instance.

    Args:
        store: counts.
        rules: narrower rules, the first match wins: plugins', then the core's special ones.
        default: the rule for every other path.
        unknown_address: what happens to a client whose address is unknown.
        logger: told once when that happens in earnest.
    """

    def __init__(
        self,
        *,
        store: RateLimitStore,
        rules: Sequence[RateRule],
        default: RateRule,
        unknown_address: str,
        logger: logging.Logger,
    ) -> None:
        self._store = store
        self._rules = tuple(rules)
        self._default = default
        self._unknown_address = unknown_address
        self._logger = logger
        self._warned = False

    def find_rule(self, path: str) -> RateRule:
        """Return the rule that applies to a path."""
        for rule in self._rules:
            if rule.matches(path):
                return rule
        return self._default

    def find_delay(
        self, address: str | None, path: str, *, counted_as: str | None = None
    ) -> int | None:
        """Count one request.

        Args:
            address: the client address as it is counted, or None where it is unknown.
            path: below the base path; the rule is found by it.
            counted_as: what it is counted under, where that is not the path.

        Returns:
            None when the request is admitted; otherwise the whole seconds to wait.
        """
        rule = self.find_rule(path)
        if address is None:
            self._warn_once()
            if self._unknown_address == "allow":
                return None
            if self._unknown_address == "deny":
                return _seconds(rule.window)
            address = "unknown"
        key = f"{address}|{(counted_as or path)[:MAX_PATH_LENGTH]}"
        delay = self._store.consume(key, max_requests=rule.max, window=rule.window)
        return None if delay is None else _seconds(delay)

    def _warn_once(self) -> None:
        if self._warned:
            return
        self._warned = True
        self._logger.error(
            "the client address is unknown, so the rate limit applies its policy %r; behind a "
            "proxy let ProxyFix set REMOTE_ADDR, or choose rate_limit.unknown_address",
            self._unknown_address,
        )


def _seconds(delay: timedelta) -> int:
    return max(1, math.ceil(delay.total_seconds()))
