"""Which sessions a user has, in a secondary storage.

``active-sessions-<user id>`` holds ``[{token, expiresAt}]``, ``expiresAt`` in milliseconds, sorted
by it. An entry whose session is gone is not a session: it goes with the next change, or when it
expires.

Source: Better Auth 1.6.9, ``db/internal-adapter.ts``; differs: a change is one compare-and-set, so
that none is lost.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pyauth import codec
from pyauth.clock import Clock, epoch_ms
from pyauth.errors import StoreUnavailable
from pyauth.storage import SecondaryStorage
from pyauth.stores.attempts import attempts
from pyauth.stores.lifetimes import time_left_ms
from pyauth.stores.stored_json import read_json


@dataclass(frozen=True, slots=True)
class _Entry:
    token: str = field(repr=False)
    expires_at: int


_Change = Callable[[list[_Entry]], list[_Entry]]


class SessionIndex:
    """The lists of users' sessions."""

    def __init__(self, storage: SecondaryStorage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock

    def tokens(self, user_id: str) -> list[str]:
        """Return the tokens of a user's sessions, those that end first at the beginning."""
        entries = self._alive(self._storage.get(_key(user_id)))
        return list(dict.fromkeys(entry.token for entry in entries))

    def put(self, user_id: str, token: str, expires_at: datetime) -> None:
        """Add a session, or move it to a new end.

        Raises:
            StoreUnavailable: the storage failed, or the list changed all the time.
        """
        entry = _Entry(token, epoch_ms(expires_at))
        self._change(user_id, lambda entries: [*_without(entries, {token}), entry])

    def remove(self, user_id: str, tokens: Collection[str]) -> None:
        """Remove sessions; raises as :meth:`put`."""
        self._change(user_id, lambda entries: _without(entries, tokens))

    def _change(self, user_id: str, change: _Change) -> None:
        key = _key(user_id)
        for _ in attempts():
            found = self._storage.get(key)
            entries = sorted(change(self._alive(found)), key=lambda entry: entry.expires_at)
            if self._replace(key, found, entries):
                return
        raise StoreUnavailable("the list of a user's sessions changed all the time")

    def _replace(self, key: str, found: str | None, entries: list[_Entry]) -> bool:
        if not entries:
            return found is None or self._storage.delete_if_value(key, found)
        value = codec.dumps(
            [{"token": entry.token, "expiresAt": entry.expires_at} for entry in entries]
        )
        left = time_left_ms(entries[-1].expires_at, epoch_ms(self._clock()))
        return self._storage.compare_and_set(key, found, value, left)

    def _alive(self, text: str | None) -> list[_Entry]:
        found = read_json(text)
        entries = map(_read_entry, found) if isinstance(found, list) else ()
        now = epoch_ms(self._clock())
        return [entry for entry in entries if entry is not None and entry.expires_at > now]


def _key(user_id: str) -> str:
    return f"active-sessions-{user_id}"


def _read_entry(data: Any) -> _Entry | None:
    if not isinstance(data, dict):
        return None
    token, expires_at = data.get("token"), data.get("expiresAt")
    if not isinstance(token, str) or isinstance(expires_at, bool):
        return None
    if not isinstance(expires_at, int | float):
        return None
    return _Entry(token, int(expires_at))


def _without(entries: list[_Entry], tokens: Collection[str]) -> list[_Entry]:
    return [entry for entry in entries if entry.token not in tokens]
