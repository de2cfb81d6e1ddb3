"""The storage in the memory of one process: for tests, and for a server of one process."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock

from pyauth.clock import Clock, epoch_ms, utc_now

_MS = timedelta(milliseconds=1)
_SWEEP_EVERY_MS = 60_000
_SWEEP_STEP = 10_000
_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,18}", re.ASCII)
_RANGE = range(-(2**63), 2**63)


@dataclass(frozen=True, slots=True)
class _Entry:
    value: str
    expires_at: int | None


@dataclass(slots=True)
class _Count:
    requests: int
    last_request: int
    expires_at: int


class MemoryStorage:
    """Values in the memory of this process; gone when it ends, unknown to other processes.

    Expired values are removed when they are asked for, and looked for once a minute, at most
    10,000 at a time, so that no call has to wait for a large sweep.

    Args:
        clock: the present moment.
    """

    def __init__(self, clock: Clock = utc_now) -> None:
        self._clock = clock
        self._lock = Lock()
        self._entries: dict[str, _Entry] = {}
        self._counts: dict[str, _Count] = {}
        self._sweep_at = 0
        self._unswept: list[str] = []

    def __repr__(self) -> str:
        return f"MemoryStorage({len(self._entries)} values)"

    def get(self, key: str) -> str | None:
        """Return the value of a key, or None."""
        with self._locked() as now:
            return self._find(key, now)

    def set(self, key: str, value: str, ttl: timedelta | None = None) -> None:
        """Set a value, whatever was there."""
        with self._locked() as now:
            self._put(key, value, ttl, now)

    def set_if_not_exists(self, key: str, value: str, ttl: timedelta | None = None) -> bool:
        """Set a value if there is none, and return whether there was none."""
        return self.compare_and_set(key, None, value, ttl)

    def delete(self, key: str) -> None:
        """Remove a key; an absent one is no error."""
        with self._locked():
            self._entries.pop(key, None)

    def take(self, key: str) -> str | None:
        """Return the value of a key and remove it: of simultaneous callers one gets it."""
        with self._locked() as now:
            found = self._find(key, now)
            self._entries.pop(key, None)
            return found

    def compare_and_set(
        self, key: str, expected: str | None, value: str, ttl: timedelta | None = None
    ) -> bool:
        """Set a value if the present one is ``expected`` (None: absent); return whether it was."""
        with self._locked() as now:
            if self._find(key, now) != expected:
                return False
            self._put(key, value, ttl, now)
            return True

    def delete_if_value(self, key: str, expected: str) -> bool:
        """Remove a key if its value is ``expected``, and return whether it was."""
        with self._locked() as now:
            if self._find(key, now) != expected:
                return False
            del self._entries[key]
            return True

    def increment(self, key: str, by: int = 1, ttl: timedelta | None = None) -> int:
        """Add to a whole number, starting from 0, and return the sum."""
        with self._locked() as now:
            total = _add(self._find(key, now), by)
            if total is None:
                self._put(key, str(by), ttl, now)
                return by
            self._entries[key] = _Entry(str(total), self._entries[key].expires_at)
            return total

    def consume(self, key: str, *, max_requests: int, window: timedelta) -> timedelta | None:
        """Count one request against a limit."""
        length = window // _MS
        with self._locked() as now:
            found = self._counts.get(key)
            # A clock that was set back must lock nobody out until it catches up.
            if found is None or abs(now - found.last_request) > length:
                self._counts[key] = _Count(1, now, now + length)
                return None
            if found.requests >= max_requests:
                return min(found.last_request + length - now, length) * _MS
            found.requests += 1
            found.last_request, found.expires_at = now, now + length
            return None

    def close(self) -> None:
        """Do nothing: there are no connections."""

    @contextmanager
    def _locked(self) -> Iterator[int]:
        with self._lock:
            now = epoch_ms(self._clock())
            self._sweep(now)
            yield now

    def _find(self, key: str, now: int) -> str | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        if _is_over(entry.expires_at, now):
            del self._entries[key]
            return None
        return entry.value

    def _put(self, key: str, value: str, ttl: timedelta | None, now: int) -> None:
        if ttl is None:
            self._entries[key] = _Entry(value, None)
        elif ttl < _MS:
            self._entries.pop(key, None)
        else:
            self._entries[key] = _Entry(value, now + ttl // _MS)

    def _sweep(self, now: int) -> None:
        if not self._unswept:
            if now < self._sweep_at:
                return
            self._sweep_at = now + _SWEEP_EVERY_MS
            self._unswept = [*self._entries, *self._counts]
        for key in self._unswept[-_SWEEP_STEP:]:
            self._find(key, now)
            count = self._counts.get(key)
            if count is not None and count.expires_at < now:
                del self._counts[key]
        del self._unswept[-_SWEEP_STEP:]


def _is_over(expires_at: int | None, now: int) -> bool:
    return expires_at is not None and expires_at <= now


def _add(found: str | None, by: int) -> int | None:
    """Return the sum, or None without a number to add to. Redis reads and bounds them so."""
    if found is None or _WHOLE.fullmatch(found) is None:
        return None
    number = int(found)
    total = number + by
    return total if number in _RANGE and by in _RANGE and total in _RANGE else None
