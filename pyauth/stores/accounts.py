"""The ways of users to sign in."""

from collections.abc import Mapping
from typing import Any

from pyauth.db.adapter import Where
from pyauth.models import Account
from pyauth.stores.base import Store

CREDENTIAL = "credential"
"""The provider of accounts that hold a password."""


class AccountStore(Store[Account]):
    """The accounts, passwords among them.

    Source: Better Auth 1.6.9, ``db/internal-adapter.ts``.
    """

    record = Account

    def create(self, data: Mapping[str, Any]) -> Account | None:
        """Make an account; None when a database hook stopped it."""
        return self._create(data)

    def create_credential(self, user_id: str, password_hash: str) -> Account | None:
        """Give a user a password; None when a database hook stopped it."""
        return self._create(
            {
                "user_id": user_id,
                "provider_id": CREDENTIAL,
                "account_id": user_id,
                "password": password_hash,
            }
        )

    def find_credential(self, user_id: str) -> Account | None:
        """Return the account that holds a user's password, or None."""
        row = self.adapter.find_one(
            self._model, [Where("user_id", user_id), Where("provider_id", CREDENTIAL)]
        )
        return None if row is None else self._as_record(row)

    def find_of_provider(self, provider_id: str, account_id: str) -> Account | None:
        """Return the account that an identity of a provider belongs to, or None.

        Args:
            provider_id: the provider, such as ``github``.
            account_id: the provider's own id of the person.
        """
        row = self.adapter.find_one(
            self._model, [Where("provider_id", provider_id), Where("account_id", account_id)]
        )
        return None if row is None else self._as_record(row)

    def list_of_user(self, user_id: str) -> list[Account]:
        """Return every account of a user."""
        return self.list([Where("user_id", user_id)])

    def delete(self, account: Account) -> bool:
        """Remove an account; False when it is gone or a database hook stopped it."""
        return self._writer.delete_many(self._model, [Where("id", account.id)]) > 0

    def delete_of_user(self, user_id: str) -> int:
        """Remove every account of a user."""
        return self._writer.delete_many(self._model, [Where("user_id", user_id)])

    def update_password(self, user_id: str, password_hash: str) -> bool:
        """Store a new hash for a user, whatever was there.

        Returns:
            False when the user has no password account or a database hook stopped it.
        """
        guard = [Where("user_id", user_id), Where("provider_id", CREDENTIAL)]
        return self._update(guard, {"password": password_hash}) is not None

    def replace_password(self, account: Account, password_hash: str) -> Account | None:
        """Store a new hash, if the account still holds the one it was read with."""
        guard = [Where("id", account.id), Where("password", account.password)]
        return self._update(guard, {"password": password_hash})
