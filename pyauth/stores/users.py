"""The users: addresses are kept and looked up in lower case."""

from collections.abc import Mapping
from typing import Any

from pyauth.db.adapter import Where
from pyauth.models import User
from pyauth.stores.base import Store


def normalize_email(email: str) -> str:
    """Return an address as it is stored and looked up."""
    return email.lower()


class UserStore(Store[User]):
    """The users.

    Source: Better Auth 1.6.9, ``db/internal-adapter.ts``.
    """

    record = User

    def create(self, data: Mapping[str, Any]) -> User | None:
        """Make a user; None when a database hook stopped it.

        Raises:
            UniqueViolation: the address, or another unique field, is taken.
        """
        return self._create({**data, "email": normalize_email(data["email"])})

    def find_by_email(self, email: str) -> User | None:
        """Return the user of an address, in whatever case it is written, or None."""
        return self._find_by("email", normalize_email(email))

    def is_taken(self, field: str, value: Any) -> bool:
        """Return whether a user has this value in a field."""
        return self._find_by(field, value) is not None

    def update(self, user_id: str, changes: Mapping[str, Any]) -> User | None:
        """Change a user; None when there is none or a database hook stopped it."""
        if "email" in changes:
            changes = {**changes, "email": normalize_email(changes["email"])}
        return self._update([Where("id", user_id)], changes)

    def delete(self, user_id: str) -> bool:
        """Remove a user; False when there is none or a database hook stopped it."""
        return self._writer.delete_many(self._model, [Where("id", user_id)]) > 0

    def verify_email(self, user: User) -> User | None:
        """Mark the address of a user as verified, if it is still his and unverified.

        Returns:
            The changed user; None when somebody was faster or the address has changed.
        """
        guard = [
            Where("id", user.id),
            Where("email", user.email),
            Where("email_verified", False),
        ]
        return self._update(guard, {"email_verified": True})
