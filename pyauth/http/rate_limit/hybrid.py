"""A count in this process ahead of a shared one."""

from datetime import timedelta

from pyauth.http.rate_limit.memory import MemoryRateLimitStore
from pyauth.options.limits import RateLimitStore


class HybridRateLimitStore:
    """Asks the shared store only for requests that a count in this process lets through.

    The process lets ``multiplier`` times the limit through per window; the shared store decides
    about those. When it refuses one, the local window ends with its own, so that nobody waits
    longer than the shared store says.

    Args:
        local: counts in this process.
        shared: counts for all of them.
        multiplier: how many times the limit the process lets through.

    Source: RustAuth 0.2.0, hybrid rate limit.
    """

    def __init__(
        self, *, local: MemoryRateLimitStore, shared: RateLimitStore, multiplier: int
    ) -> None:
        self._local = local
        self._shared = shared
        self._multiplier = multiplier

    def consume(self, key: str, *, max_requests: int, window: timedelta) -> timedelta | None:
        """See :class:`~pyauth.options.limits.RateLimitStore`."""
        allowance = max_requests * self._multiplier
        delay = self._local.consume(key, max_requests=allowance, window=window)
        if delay is not None:
            return delay
        delay = self._shared.consume(key, max_requests=max_requests, window=window)
        if delay is not None:
            self._local.end_window(key, delay)
        return delay
