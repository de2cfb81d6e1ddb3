"""What happens when the store of the rate limit fails."""

import logging
from datetime import datetime, timedelta
from typing import Literal

from pyauth.clock import Clock
from pyauth.errors import ServiceUnavailable
from pyauth.options.limits import RateLimitStore

_LOG_EVERY = timedelta(minutes=1)


class GuardedRateLimitStore:
    """A store whose failure has one answer, and is logged once a minute.

    Args:
        store: counts.
        on_failure: ``deny`` raises 503 :class:`~pyauth.errors.ServiceUnavailable`; ``allow`` admits
            the request uncounted.
        clock: the present moment.
        logger: told of failures.
    """

    def __init__(
        self,
        store: RateLimitStore,
        *,
        on_failure: Literal["deny", "allow"],
        clock: Clock,
        logger: logging.Logger,
    ) -> None:
        self._store = store
        self._on_failure = on_failure
        self._clock = clock
        self._logger = logger
        self._log_at: datetime | None = None

    def consume(self, key: str, *, max_requests: int, window: timedelta) -> timedelta | None:
        """See :class:`~pyauth.options.limits.RateLimitStore`.

        Raises:
            ServiceUnavailable: the store failed, and such requests are refused.
        """
        try:
            delay: object = self._store.consume(key, max_requests=max_requests, window=window)
            if delay is None or isinstance(delay, timedelta):
                return delay
            raise TypeError(f"consume() returned a {type(delay).__name__}, not a timedelta or None")
        except Exception as exc:
            # An app's own store may raise anything; the answer is the same for every failure.
            self._report(exc)
        if self._on_failure == "allow":
            return None
        raise ServiceUnavailable

    def _report(self, failure: Exception) -> None:
        now = self._clock()
        if self._log_at is not None and now < self._log_at:
            return
        self._log_at = now + _LOG_EVERY
        answer = "refused with 503" if self._on_failure == "deny" else "let through uncounted"
        self._logger.error(
            "the store of the rate limit fails; requests are %s (rate_limit.store_unavailable)",
            answer,
            exc_info=failure,
        )
