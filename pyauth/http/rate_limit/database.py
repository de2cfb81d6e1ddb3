"""Counts in the database, shared by all processes."""

import logging
from collections.abc import Callable
from datetime import timedelta
from threading import Thread
from typing import TypeVar

from pyauth.clock import Clock, epoch_ms
from pyauth.db.adapter import Adapter, Row, Where
from pyauth.db.schema import ModelSchema
from pyauth.errors import StoreError, StoreUnavailable, UniqueViolation
from pyauth.options import Field
from pyauth.options.limits import MAX_DECIDED_WINDOW

MODEL = "rate_limit"

_T = TypeVar("_T")
_MILLISECOND = timedelta(milliseconds=1)
_TRIES = 10
_AHEAD_AT_MOST = 3_600_000
"""Milliseconds that another machine's clock may be ahead. Beyond them a clock was set back, and
nobody is locked out until it catches up."""


def rate_limit_model(clock: Clock) -> ModelSchema:
    """Return the model whose rows are the counts.

    Source: contract of Better Auth 1.6.9 (``getAuthTables``, ``rateLimit``).
    """
    return ModelSchema(
        MODEL,
        {
            "key": Field(type="string", unique=True),
            "count": Field(type="number"),
            "last_request": Field(type="number", bigint=True, default=lambda: epoch_ms(clock())),
            "id": Field(type="string", input=False),
        },
    )


class DatabaseRateLimitStore:
    """Counts in rows: one conditional statement admits a request, on every database.

    Never inside the transaction of the calling thread: there a rollback would forget the count,
    and the row would stay locked until the end. A call within one counts on another connection; on
    SQLite, which has one writer, that fails after the bound of its lock.

    Args:
        adapter: the rows.
        clock: the present moment.
        longest_window: how long a row may matter after its last request. Every process deletes
            what is older, so it covers all windows of the configuration, not only those that this
            process has met.
        cleanup_interval: how often rows that no window needs any more are deleted.
        logger: told when that fails.

    Source: Better Auth 1.7.1, ``api/rate-limiter`` (``createDatabaseStorageWrapper``).
    """

    def __init__(
        self,
        adapter: Adapter,
        *,
        clock: Clock,
        logger: logging.Logger,
        longest_window: timedelta = MAX_DECIDED_WINDOW,
        cleanup_interval: timedelta = timedelta(hours=1),
    ) -> None:
        self._adapter = adapter
        self._clock = clock
        self._logger = logger
        self._cleanup_interval = cleanup_interval
        self._clean_at = clock() + cleanup_interval
        self._longest_window = longest_window

    def consume(self, key: str, *, max_requests: int, window: timedelta) -> timedelta | None:
        """See :class:`~pyauth.options.limits.RateLimitStore`.

        Raises:
            StoreUnavailable: the database is locked, unreachable, or too busy with this key.
            ValueError: the window is longer than rows are kept for.
        """
        if window > self._longest_window:
            raise ValueError(
                f"a window of {window} is longer than counts are kept for, {self._longest_window}"
            )
        return self._outside(lambda: self._consume(key, max_requests, window))

    def _consume(self, key: str, max_requests: int, window: timedelta) -> timedelta | None:
        length = window // _MILLISECOND
        for _ in range(_TRIES):
            now = epoch_ms(self._clock())
            if self._admit(key, max_requests, now=now, length=length):
                self._clean_up()
                return None
            row = self._adapter.find_one(MODEL, [Where("key", key)])
            if row is None:
                admitted = self._open(key, now)
            elif not -max(length, _AHEAD_AT_MOST) <= now - row["last_request"] <= length:
                admitted = self._reopen(key, now=now, last=row["last_request"])
            elif row["count"] >= max_requests:
                # No longer than a window, whatever another machine's clock wrote there.
                return min(timedelta(milliseconds=row["last_request"] + length - now), window)
            else:
                admitted = False  # another request has opened the window in between
            if admitted:
                self._clean_up()
                return None
        raise StoreUnavailable("too many requests compete for one count")

    def _admit(self, key: str, max_requests: int, *, now: int, length: int) -> bool:
        guards = [
            Where("key", key),
            Where("last_request", now - length, "gte"),
            Where("count", max_requests, "lt"),
        ]
        row = self._adapter.increment_one(MODEL, guards, "count", data={"last_request": now})
        return row is not None

    def _open(self, key: str, now: int) -> bool:
        try:
            self._adapter.create(MODEL, {"key": key, "count": 1, "last_request": now})
        except UniqueViolation:
            return False
        return True

    def _reopen(self, key: str, *, now: int, last: int) -> bool:
        guards = [Where("key", key), Where("last_request", last)]
        row: Row | None = self._adapter.update_one(MODEL, guards, {"count": 1, "last_request": now})
        return row is not None

    def _clean_up(self) -> None:
        now = self._clock()
        if now < self._clean_at:
            return
        self._clean_at = now + self._cleanup_interval
        oldest = epoch_ms(now) - self._longest_window // _MILLISECOND
        try:
            self._adapter.delete_many(MODEL, [Where("last_request", oldest, "lt")])
        except StoreError:
            self._logger.exception("old counts of the rate limit could not be deleted")

    def _outside(self, work: Callable[[], _T]) -> _T:
        """Run ``work`` outside of the calling thread's transaction."""
        free: list[bool] = []
        self._adapter.after_commit(lambda: free.append(True))
        if free:
            return work()
        outcome: list[_T] = []
        failures: list[Exception] = []

        def run() -> None:
            try:
                outcome.append(work())
            except Exception as exc:
                failures.append(exc)

        # Transactions belong to threads: another one has none.
        thread = Thread(target=run, name="pyauth-rate-limit", daemon=True)
        thread.start()
        thread.join()
        if failures:
            raise failures[0]
        return outcome[0]
