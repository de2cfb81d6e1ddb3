"""The count of requests in front of the hand-written views: in memory, or by one call of Redis."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bench.subjects.settings import LIMIT, LIMIT_WINDOW, REDIS_URL, Setting


class Door:
    """What happens before a request reaches a view: it may be counted.

    Args:
        setting: how the application is set up.
    """

    def __init__(self, setting: Setting) -> None:
        self._count: Callable[[str], int] | None = None
        self._close: Callable[[], None] = lambda: None
        if setting == "limit-memory":
            self._count = _MemoryCount()
        if setting == "limit-redis":
            import redis

            client = redis.Redis.from_url(REDIS_URL)
            self._count, self._close = _RedisCount(client), client.close

    def admits(self, address: str | None, path: str) -> bool:
        """Count a request of a client to a path, and return whether it may go on."""
        return self._count is None or self._count(f"{address}|{path}") <= LIMIT

    def close(self) -> None:
        """Close the connections."""
        self._close()


class _MemoryCount:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, tuple[int, float]] = {}

    def __call__(self, key: str) -> int:
        now = time.monotonic()
        with self._lock:
            count, until = self._counts.get(key, (0, 0.0))
            if now > until:
                count = 0
            self._counts[key] = count + 1, now + LIMIT_WINDOW.total_seconds()
            return count + 1


class _RedisCount:
    def __init__(self, client: Any) -> None:
        self._script = client.register_script(
            "local count = redis.call('INCR', KEYS[1]) "
            "redis.call('PEXPIRE', KEYS[1], ARGV[1]) return count"
        )
        self._window = LIMIT_WINDOW // timedelta(milliseconds=1)

    def __call__(self, key: str) -> int:
        return int(self._script(keys=[f"pyauth-bench:{key}"], args=[self._window]))
