"""The ways of users to sign in."""

from collections.abc import Mapping
from typing import Any

from pyauth.db.adapter import EVERY_ROW, Where
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
        """Return the account that holds a user's password, or None where none does."""
        return self._find_one([*_passwords_of(user_id), Where("password", None, "ne")])

    def find_of_provider(self, provider_id: str, account_id: str) -> Account | None:
        """Return the account that an identity of a provider belongs to, or None.

        Args:
            provider_id: the provider, such as ``github``.
            account_id: the provider's own id of the person.
        """
        return self._find_one([Where("provider_id", provider_id), Where("account_id", account_id)])

    def list_of_user(self, user_id: str) -> list[Account]:
        """Return every account of a user."""
        return self.list([Where("user_id", user_id)], limit=EVERY_ROW)

    def delete(self, account: Account) -> bool:
        """Remove an account; False when it is gone or a database hook stopped it."""
        return self._writer.delete_many(self._model, [Where("id", account.id)]) > 0

    def delete_of_user(self, user_id: str) -> int:
        """Remove every account of a user."""
        return self._writer.delete_many(self._model, [Where("user_id", user_id)])

    def store_password(self, user_id: str, password_hash: str) -> bool:
        """Store a new hash for a user, in a new account where he has none for a password.

        To be called within a transaction that has locked the user: two at once would make two
        accounts.

        Returns:
            False when a database hook stopped it.
        """
        if self.count(_passwords_of(user_id)):
            return self.update_password(user_id, password_hash)
        return self.create_credential(user_id, password_hash) is not None

    def update_password(self, user_id: str, password_hash: str) -> bool:
        """Store a new hash for a user, whatever was there.

        In every account of his for a password: another server may have left several, and none of
        them may go on with an old one.

        Returns:
            False when the user has no such account or a database hook stopped it.
        """
        changes = {"password": password_hash}
        return self._writer.update_many(self._model, _passwords_of(user_id), changes) > 0

    def replace_password(self, account: Account, password_hash: str) -> Account | None:
        """Store a new hash, if the account still holds the one it was read with."""
        guard = [Where("id", account.id), Where("password", account.password)]
        return self._update(guard, {"password": password_hash})


def _passwords_of(user_id: str) -> list[Where]:
    return [Where("user_id", user_id), Where("provider_id", CREDENTIAL)]
