"""Values that prove something once, in a secondary storage: ``verification:<stored name>``.

Source: Better Auth 1.6.9, ``db/internal-adapter.ts``; differs: a value that is no record, or not
the one of its key, is as good as absent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pyauth import codec
from pyauth.clock import Clock
from pyauth.db.adapter import Adapter
from pyauth.db.schema import Schema
from pyauth.errors import StoreUnavailable
from pyauth.models import Verification
from pyauth.storage import SecondaryStorage
from pyauth.stores.attempts import attempts
from pyauth.stores.lifetimes import time_left
from pyauth.stores.reversible import ReversibleStorage
from pyauth.stores.stored_json import RecordFormat, Unreadable, read_object


@dataclass(frozen=True, slots=True)
class StoredVerification:
    """A value as it was found."""

    verification: Verification
    text: str = field(repr=False)
    data: Mapping[str, Any] = field(repr=False)


class VerificationValues:
    """The values of a secondary storage: one for each name.

    Changes follow the transaction of the calling thread.
    """

    def __init__(
        self, *, storage: SecondaryStorage, adapter: Adapter, schema: Schema, clock: Clock
    ) -> None:
        self._storage = storage
        self._adapter = adapter
        self._reversible = ReversibleStorage(storage, adapter)
        self._format = RecordFormat(Verification, schema)
        self._clock = clock

    def find(self, name: str) -> StoredVerification | None:
        """Return the value of a name that has not expired, or None."""
        text = self._storage.get(_key(name))
        data = read_object(text)
        if text is None or data is None:
            return None
        try:
            # Upstream gives values an id only where they are rows, too.
            verification = self._format.read({**data, "id": data.get("id") or name})
        except Unreadable:
            return None
        if verification.identifier != name or verification.expires_at <= self._clock():
            return None
        return StoredVerification(verification, text, data)

    def write(self, verification: Verification, *, with_id: bool) -> None:
        """Store a value until it expires, in place of the one before it."""
        values = {name: value for name, value in verification.items() if with_id or name != "id"}
        key, text = _key(verification.identifier), codec.dumps(self._format.write(values))

        def take_back() -> None:
            self._storage.delete_if_value(key, text)

        self._storage.set(key, text, time_left(verification.expires_at, self._clock()))
        self._adapter.after_rollback(take_back)

    def replace(self, found: StoredVerification, changed: Verification) -> bool:
        """Change a value, and return whether it was still the one that was found."""
        changes = {
            name: value for name, value in changed.items() if value != found.verification[name]
        }
        text = codec.dumps({**found.data, **self._format.write(changes)})
        left = time_left(changed.expires_at, self._clock())
        return self._reversible.replace(_key(changed.identifier), found.text, text, left)

    def take(self, name: str) -> Verification | None:
        """Remove the value of a name and return it: of simultaneous callers one gets it.

        Raises:
            StoreUnavailable: the storage failed, or others changed it all the time.
        """
        for _ in attempts():
            found = self.find(name)
            if found is None:
                return None
            left = time_left(found.verification.expires_at, self._clock())
            if self._reversible.remove(_key(name), found.text, left):
                return found.verification
        raise StoreUnavailable("a value changed all the time")

    def drop(self, name: str) -> None:
        """Remove whatever a name holds, readable or not."""
        if self.take(name) is None:
            self._reversible.clear(_key(name))


def _key(name: str) -> str:
    return f"verification:{name}"
