"""Changes in a secondary storage that a rolled back transaction takes back."""

import threading
from datetime import timedelta

from pyauth.db.adapter import Adapter
from pyauth.storage import SecondaryStorage

_MARK = "ended:"
"""Begins a value that has ended and could come back: no JSON, so nobody reads anything from it."""


class _ThreadState(threading.local):
    """What the transaction of one thread has removed and may still bring back."""

    def __init__(self) -> None:
        self.removed: set[str] = set()


class ReversibleStorage:
    """A secondary storage whose removals and changes follow the thread's transaction.

    A removal holds at once: the value is made unreadable by one atomic step, removed for good
    after the commit, and readable again after a rollback, unless somebody else has removed or
    replaced it meanwhile. What breaks down in between leaves it unreadable until it expires.
    """

    def __init__(self, storage: SecondaryStorage, adapter: Adapter) -> None:
        self._storage = storage
        self._adapter = adapter
        self._state = _ThreadState()

    def remove(self, key: str, value: str, ttl: timedelta) -> bool:
        """End a value, and return whether it was still there: of simultaneous callers one wins.

        Args:
            key: its key.
            value: the value as it was read.
            ttl: how long it would have lived on.
        """
        mark, removed = _MARK + value, self._state.removed

        def bring_back() -> None:
            removed.discard(key)
            self._storage.compare_and_set(key, mark, value, ttl)

        def forget() -> None:
            removed.discard(key)
            self._storage.delete_if_value(key, mark)

        if not self._storage.compare_and_set(key, value, mark, ttl):
            return False
        removed.add(key)
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
        """Remove what is left of a value that ended, so that no rollback brings it back.

        What the thread's own transaction has removed goes or comes back with that.
        """
        if key in self._state.removed:
            return
        found = self._storage.get(key)
        if found is not None and found.startswith(_MARK):
            self._storage.delete_if_value(key, found)

    def clear(self, key: str) -> None:
        """Remove whatever is there, as :meth:`forget` removes what has ended."""
        if key not in self._state.removed:
            self._storage.delete(key)
