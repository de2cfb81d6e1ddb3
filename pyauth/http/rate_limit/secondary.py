"""Counts in the secondary storage, shared by all processes."""

from datetime import timedelta

from pyauth.storage import SecondaryStorage


class SecondaryRateLimitStore:
    """Counts by the one operation of the storage that is made for it.

    Args:
        storage: the shared key-value store.
    """

    def __init__(self, storage: SecondaryStorage) -> None:
        self._storage = storage

    def consume(self, key: str, *, max_requests: int, window: timedelta) -> timedelta | None:
        """See :class:`~pyauth.options.limits.RateLimitStore`."""
        return self._storage.consume(key, max_requests=max_requests, window=window)
