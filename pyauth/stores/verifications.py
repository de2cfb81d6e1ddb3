"""Values that prove something once: reset tokens, codes, states."""

from datetime import datetime

from pyauth.db.adapter import SortBy, Where
from pyauth.models import Verification
from pyauth.stores.base import Store


class VerificationStore(Store[Verification]):
    """The values that prove something once.

    Source: Better Auth 1.6.9, ``db/internal-adapter.ts``; differs: redeeming is one atomic
    step, so of simultaneous callers one wins.
    """

    record = Verification

    def create(self, *, identifier: str, value: str, expires_at: datetime) -> Verification | None:
        """Keep a value under an identifier until it expires."""
        return self._create({"identifier": identifier, "value": value, "expires_at": expires_at})

    def find_latest(self, identifier: str) -> Verification | None:
        """Return the newest value of an identifier that has not expired, or None."""
        rows = self.adapter.find_many(
            self._model,
            [Where("identifier", identifier), Where("expires_at", self._clock(), "gt")],
            limit=1,
            sort_by=SortBy("created_at", descending=True),
        )
        return self._as_record(rows[0]) if rows else None

    def consume(self, identifier: str) -> Verification | None:
        """Redeem the newest value of an identifier: of simultaneous callers one gets it.

        Returns:
            The value, now gone; None when there is none, it has expired or somebody was faster.
        """
        latest = self.find_latest(identifier)
        if latest is None:
            return None
        row = self.adapter.consume_one(
            self._model, [Where("id", latest.id), Where("expires_at", self._clock(), "gt")]
        )
        return None if row is None else self._as_record(row)

    def delete_expired(self) -> int:
        """Remove every value that has expired."""
        return self._writer.delete_many(self._model, [Where("expires_at", self._clock(), "lt")])
