"""What a secondary storage can do: nine operations on texts, each one atomic step of the store."""

from datetime import timedelta
from typing import Protocol, runtime_checkable


@runtime_checkable
class SecondaryStorage(Protocol):
    """A shared key-value store.

    Keys and values are texts. ``ttl`` is how long a value lives, None for ever, and nothing or
    less deletes it. A value whose time is over counts as absent. Each method is ONE operation of
    the backend: of simultaneous callers exactly one wins.

    Every method raises :class:`~pyauth.errors.StoreUnavailable` when the store cannot be reached,
    after waiting that has a bound. A value that cannot be read as text counts as absent.

    An implementation of one's own may put every key under a prefix and may round a lifetime to
    what its backend knows, but not upwards by more than a second. It is called by many threads at
    once, and by processes that were forked after it was made.

    Source: contract of RustAuth 0.2.0 (``SecondaryStorage``); Better Auth 1.6.9 has ``get``,
    ``set`` and ``delete`` alone.
    """

    def get(self, key: str) -> str | None:
        """Return the value of a key, or None."""

    def set(self, key: str, value: str, ttl: timedelta | None = None) -> None:
        """Set a value, whatever was there."""

    def set_if_not_exists(self, key: str, value: str, ttl: timedelta | None = None) -> bool:
        """Set a value if there is none, and return whether there was none."""

    def delete(self, key: str) -> None:
        """Remove a key; an absent one is no error."""

    def take(self, key: str) -> str | None:
        """Return the value of a key and remove it: of simultaneous callers one gets it."""

    def compare_and_set(
        self, key: str, expected: str | None, value: str, ttl: timedelta | None = None
    ) -> bool:
        """Set a value if the present one is ``expected`` (None: absent); return whether it was.

        The lifetime is set anew with the value; without ``ttl`` it lives for ever.
        """

    def delete_if_value(self, key: str, expected: str) -> bool:
        """Remove a key if its value is ``expected``, and return whether it was."""

    def increment(self, key: str, by: int = 1, ttl: timedelta | None = None) -> int:
        """Add to a whole number, starting from 0, and return the sum.

        ``ttl`` counts from the first increment: later ones leave it alone. A value that is no
        whole number in its plain spelling (``7``, ``-7``; not ``007`` or ``+7``), or has no room
        left within 64 bits, is started anew.
        """

    def consume(self, key: str, *, max_requests: int, window: timedelta) -> timedelta | None:
        """Count one request against a limit.

        The window runs from the last admitted request. A refused request changes nothing. Keys of
        ``consume`` are apart from all others: the other methods do not see them.

        Returns:
            None when it is admitted; otherwise how long to wait.
        """

    def close(self) -> None:
        """Release connections that the storage itself opened."""
