"""Changes in a secondary storage that a rolled back transaction takes back."""

from datetime import timedelta

from pyauth.db.adapter import Adapter
from pyauth.storage import SecondaryStorage

_MARK = "ended:"
"""Begins a value that has ended and could come back: no JSON, so nobody reads anything from it."""


class ReversibleStorage:
    """A secondary storage whose removals and changes follow the thread's transaction.

    A removal holds at once: the value is made unreadable by one atomic step, removed for good
    after the commit, and readable again after a rollback, unless somebody else has removed or
    replaced it meanwhile. What breaks down in between leaves it unreadable until it expires.
    """

    def __init__(self, storage: SecondaryStorage, adapter: Adapter) -> None:
        self._storage = storage
        self._adapter = adapter

    def remove(self, key: str, value: str, ttl: timedelta) -> bool:
        """End a value, and return whether it was still there: of simultaneous callers one wins.

        Args:
            key: its key.
            value: the value as it was read.
            ttl: how long it would have lived on.
        """
        mark = _MARK + value

        def bring_back() -> None:
            self._storage.compare_and_set(key, mark, value, ttl)

        def forget() -> None:
            self._storage.delete_if_value(key, mark)

        if not self._storage.compare_and_set(key, value, mark, ttl):
            return False
        self._adapter.after_rollback(bring_back)
        self._adapter.after_commit(forget)
        return True

    def replace(self, key: str, value: str, changed: str, ttl: timedelta) -> bool:
        """Change a value, and return whether it was still what was read.

        Args:
            key: its key.
            value: the value as it was read.
            changed: the new one.
            ttl: how long that lives.
        """

        def change_back() -> None:
            self._storage.compare_and_set(key, changed, value, ttl)

        if not self._storage.compare_and_set(key, value, changed, ttl):
            return False
        self._adapter.after_rollback(change_back)
        return True

    def forget(self, key: str) -> None:
        """Remove what is left of a value that ended, so that no rollback brings it back."""
        found = self._storage.get(key)
        if found is not None and found.startswith(_MARK):
            self._storage.delete_if_value(key, found)
