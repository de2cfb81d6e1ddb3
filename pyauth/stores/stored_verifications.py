"""Values that prove something once, in a secondary storage: alone, or beside their rows.

Source: Better Auth 1.6.9, ``db/internal-adapter.ts``, and 1.7.1 for who redeems a value: the
storage where it is alone, the database where there are rows.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from pyauth.db.adapter import EVERY_ROW, Row, Where
from pyauth.errors import StoreUnavailable
from pyauth.models import Verification
from pyauth.stores.attempts import attempts
from pyauth.stores.verification_values import VerificationValues
from pyauth.stores.verifications import VerificationRows, VerificationStore


class StoredVerifications(VerificationStore):
    """Values in a secondary storage alone: one for each name, the newest.

    Args:
        values: the values in the storage.
    """

    def __init__(self, *, values: VerificationValues, **shared: Any) -> None:
        super().__init__(**shared)
        self._values = values

    def replace_value(self, verification: Verification, value: str) -> Verification | None:
        """See :class:`VerificationStore`."""
        replace = partial(self._replace, verification)
        row = self._writer.write_elsewhere(self._model, "update", {"value": value}, replace)
        return None if row is None else Verification(row)

    def delete_of_user(self, user_id: str) -> int:
        """Remove nothing: values cannot be found by what they are."""
        return 0

    def _keep(self, values: Mapping[str, Any]) -> Verification | None:
        row = self._writer.write_elsewhere(self._model, "create", values, self._write)
        return None if row is None else Verification(row)

    def _find(self, name: str) -> Verification | None:
        found = self._values.find(name)
        return None if found is None else found.verification

    def _redeem(self, name: str) -> Verification | None:
        found = self._find(name)
        if found is None:
            return None
        return self._writer.end_elsewhere(found, partial(self._values.take, name))

    def _drop(self, name: str) -> int:
        if self._redeem(name) is not None:
            return 1
        if self._values.find(name) is None:
            self._values.drop(name)
        return 0

    def _write(self, approved: Mapping[str, Any]) -> Row:
        row = self._maker.new(approved)
        verification = self.as_record({**row, "id": row["identifier"]})
        self._values.write(verification, with_id=False)
        return dict(verification)

    def _replace(self, verification: Verification, approved: Mapping[str, Any]) -> Row | None:
        changes = self._shown(self._maker.changes(approved))
        for _ in attempts():
            found = self._values.find(verification.identifier)
            if found is None or found.verification.value != verification.value:
                return None
            changed = found.verification.replace(**changes)
            if self._values.replace(found, changed):
                return dict(changed)
        raise StoreUnavailable("a value changed all the time")


class MirroredVerifications(VerificationRows):
    """Values in the database, which decides, and copies in a secondary storage to be read from.

    ``verification.store_in_database``.
    """

    def __init__(self, *, values: VerificationValues, **shared: Any) -> None:
        super().__init__(**shared)
        self._values = values

    def replace_value(self, verification: Verification, value: str) -> Verification | None:
        """See :class:`VerificationStore`; the copy goes, so that the row is read."""
        with self.adapter.transaction():
            changed = super().replace_value(verification, value)
            if changed is not None:
                self._values.drop(changed.identifier)
            return changed

    def delete_of_user(self, user_id: str) -> int:
        """Remove every value that is a user's id."""
        with self.adapter.transaction():
            for found in self.list([Where("value", user_id)], limit=EVERY_ROW):
                self._values.drop(found.identifier)
            return super().delete_of_user(user_id)

    def _keep(self, values: Mapping[str, Any]) -> Verification | None:
        with self.adapter.transaction():
            verification = super()._keep(values)
            if verification is not None:
                self._values.write(verification, with_id=True)
            return verification

    def _find(self, name: str) -> Verification | None:
        found = self._values.find(name)
        return super()._find(name) if found is None else found.verification

    def _redeem(self, name: str) -> Verification | None:
        with self.adapter.transaction():
            consumed = super()._redeem(name)
            self._values.drop(name)
            return consumed

    def _drop(self, name: str) -> int:
        with self.adapter.transaction():
            dropped = super()._drop(name)
            self._values.drop(name)
            return dropped
