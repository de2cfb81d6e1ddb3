"""Counts in the memory of one process."""

from dataclasses import dataclass
from datetime import timedelta
from threading import Lock

from pyauth.clock import Clock, epoch_ms

_MILLISECOND = timedelta(milliseconds=1)


@dataclass(slots=True)
class _Count:
    count: int
    last_request: int
    window: int
    max_requests: int

    def is_over(self, now: int, window: int) -> bool:
        # A clock that was set back by more than a window must lock nobody out until it catches up.
        return abs(now - self.last_request) > window

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
        cleanup_interval: how often entries whose window is over are swept.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        max_entries: int = 100_000,
        cleanup_interval: timedelta = timedelta(hours=1),
    ) -> None:
        self._clock = clock
        self._max_entries = max_entries
        self._cleanup_interval = cleanup_interval // _MILLISECOND
        self._counts: dict[str, _Count] = {}
        self._lock = Lock()
        self._sweep_at = 0

    def consume(self, key: str, *, max_requests: int, window: timedelta) -> timedelta | None:
        """See :class:`~pyauth.options.limits.RateLimitStore`."""
        now, length = epoch_ms(self._clock()), window // _MILLISECOND
        with self._lock:
            if now >= self._sweep_at or len(self._counts) >= self._max_entries:
                self._sweep(now)
            found = self._counts.get(key)
            if found is None or found.is_over(now, length):
                self._counts[key] = _Count(1, now, length, max_requests)
                return None
            if found.count >= max_requests:
                return _MILLISECOND * min(found.last_request + length - now, length)
            found.count += 1
            found.last_request = now
            found.window, found.max_requests = length, max_requests
            return None

    def end_window(self, key: str, after: timedelta) -> None:
        """Let the window of a key end ``after`` this moment, whatever was counted."""
        ends_at = epoch_ms(self._clock()) + after // _MILLISECOND
        with self._lock:
            found = self._counts.get(key)
            if found is not None:
                found.last_request = ends_at - found.window

    def _sweep(self, now: int) -> None:
        self._sweep_at = now + self._cleanup_interval
        self._counts = {
            key: item for key, item in self._counts.items() if not item.is_over(now, item.window)
        }
        # Many at once, or each further request would pay for a look at all of them.
        kept = self._max_entries - max(1, self._max_entries // 10)
        if len(self._counts) > kept:
            oldest = sorted(self._counts, key=lambda key: self._counts[key].eviction_order)
            for key in oldest[: len(oldest) - kept]:
                del self._counts[key]
