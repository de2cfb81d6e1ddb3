"""Values that prove something once: reset tokens, codes, states.

Those that live in a secondary storage: ``pyauth.stores.stored_verifications``.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from pyauth.db.adapter import SortBy, Where
from pyauth.models import Verification
from pyauth.options.verification import VerificationOptions
from pyauth.stores.base import Store
from pyauth.stores.identifiers import Identifiers

SWEEP_EVERY = timedelta(minutes=1)
"""How long expired values may wait in the database for the next reading to remove them."""


class VerificationStore(Store[Verification], ABC):
    """The values that prove something once, wherever they are kept.

    ``list``, ``count`` and ``find`` look at rows in the database.

    Source: Better Auth 1.6.9, ``db/internal-adapter.ts``, and 1.7.1 for :meth:`consume`; differs:
    a stored name is never taken for an identifier.
    """

    record = Verification

    def __init__(self, *, options: VerificationOptions, **shared: Any) -> None:
        super().__init__(**shared)
        self._identifiers = Identifiers(options.store_identifier)
        self._cleans_up = not options.disable_cleanup

    def create(self, *, identifier: str, value: str, expires_at: datetime) -> Verification | None:
        """Keep a value under an identifier until it expires; None when a hook stopped it."""
        name = self._identifiers.stored(identifier)
        return self._keep({"identifier": name, "value": value, "expires_at": expires_at})

    def find_latest(self, identifier: str) -> Verification | None:
        """Return the newest value of an identifier that has not expired, or None."""
        return self._first(self._find, identifier)

    def consume(self, identifier: str) -> Verification | None:
        """Redeem the newest value of an identifier: of simultaneous callers one gets it.

        Older values of the identifier go with it.

        Returns:
            The value, now gone; None when there is none, it has expired, somebody was faster or a
            database hook stopped it.
        """
        consumed = self._first(self._redeem, identifier)
        if consumed is not None:
            for name in self._identifiers.names(identifier):
                if name != consumed.identifier:
                    self._drop(name)
        return consumed

    def delete(self, identifier: str) -> int:
        """Remove every value of an identifier, and return how many there were."""
        return sum(self._drop(name) for name in self._identifiers.names(identifier))

    @abstractmethod
    def replace_value(self, verification: Verification, value: str) -> Verification | None:
        """Change a value, if it is still the one that was read: for counting attempts.

        Args:
            verification: as it was read.
            value: the new value.

        Returns:
            The changed record; None when somebody was faster, it has expired or a database hook
            stopped it.
        """

    @abstractmethod
    def delete_of_user(self, user_id: str) -> int:
        """Remove every value that is a user's id: what lets its holder act as that user.

        In a secondary storage alone they cannot be found by their value; there they stay until
        they expire, and lead to no user.
        """

    def delete_expired(self) -> int:
        """Remove every row that has expired."""
        return self._writer.delete_many(self._model, [Where("expires_at", self._clock(), "lt")])

    @abstractmethod
    def _keep(self, values: Mapping[str, Any]) -> Verification | None:
        """Store a value under a name."""

    @abstractmethod
    def _find(self, name: str) -> Verification | None:
        """Return the newest value under a name that has not expired."""

    @abstractmethod
    def _redeem(self, name: str) -> Verification | None:
        """Take the newest value under a name."""

    @abstractmethod
    def _drop(self, name: str) -> int:
        """Remove every value under a name."""

    def _first(
        self, step: Callable[[str], Verification | None], identifier: str
    ) -> Verification | None:
        for name in self._identifiers.names(identifier):
            found = step(name)
            if found is not None:
                return found
        return None


class VerificationRows(VerificationStore):
    """Values as rows of the database.

    Expired rows are removed by reading, at most once a minute and process.
    """

    def __init__(self, **shared: Any) -> None:
        super().__init__(**shared)
        self._sweep_at: datetime | None = None

    def replace_value(self, verification: Verification, value: str) -> Verification | None:
        """See :class:`VerificationStore`."""
        guard = [Where("id", verification.id), Where("value", verification.value), self._unexpired]
        return self._update(guard, {"value": value})

    def delete_of_user(self, user_id: str) -> int:
        """Remove every value that is a user's id."""
        return self._writer.delete_many(self._model, [Where("value", user_id)])

    def _keep(self, values: Mapping[str, Any]) -> Verification | None:
        return self._create(values)

    def _find(self, name: str) -> Verification | None:
        found = self._newest(name, limit=1)
        return found[0] if found else None

    def _redeem(self, name: str) -> Verification | None:
        found = self._newest(name, limit=2)
        if not found:
            return None
        latest = found[0]
        if len(found) == 1:
            return self._take(latest)
        # Together: were an older one there after the latest, it would be redeemed as well.
        with self.adapter.transaction():
            taken = self._take(latest)
            if taken is not None:
                self._writer.delete_many(self._model, _older(latest))
        return taken

    def _take(self, found: Verification) -> Verification | None:
        where = [Where("id", found.id), self._unexpired]
        return self._as_found(self._writer.consume_one(self._model, where))

    def _drop(self, name: str) -> int:
        return self._writer.delete_many(self._model, [Where("identifier", name)])

    def _newest(self, name: str, *, limit: int) -> list[Verification]:
        where = [Where("identifier", name), self._unexpired]
        found = self.list(where, limit=limit, sort_by=SortBy("created_at", descending=True))
        self._sweep_when_due()
        return found

    @property
    def _unexpired(self) -> Where:
        return Where("expires_at", self._clock(), "gt")

    def _sweep_when_due(self) -> None:
        now = self._clock()
        if not self._cleans_up or (self._sweep_at is not None and now < self._sweep_at):
            return
        self._sweep_at = now + SWEEP_EVERY
        self.adapter.after_commit(self._sweep)

    def _sweep(self) -> None:
        self.delete_expired()


def _older(latest: Verification) -> list[Where]:
    return [
        Where("identifier", latest.identifier),
        Where("id", latest.id, "ne"),
        Where("created_at", latest["created_at"], "lte"),
    ]
