"""Under which names values that prove something once are stored.

Source: Better Auth 1.6.9, ``db/verification-token-storage.ts``.
"""

import base64
import hashlib

from pyauth.errors import ConfigurationError
from pyauth.options.verification import IdentifierRules, IdentifierStorage


class Identifiers:
    """The stored names of identifiers.

    Args:
        storage: how identifiers are stored.
    """

    def __init__(self, storage: IdentifierStorage | IdentifierRules) -> None:
        self._storage = storage

    def stored(self, identifier: str) -> str:
        """Return the name under which the value of an identifier is stored."""
        storage = self._storage_of(identifier)
        if storage == "plain":
            return identifier
        if storage == "hashed":
            return _hash(identifier)
        name = storage.hash(identifier)
        if not isinstance(name, str):
            raise ConfigurationError(
                "the function in verification.store_identifier must return a text, not a "
                f"{type(name).__name__}"
            )
        return name

    def names(self, identifier: str) -> tuple[str, ...]:
        """Return the names to look under: the stored one, and the plain one that came before it.

        Without a transition, no value could be redeemed that was stored before the option was set.
        An identifier that could itself be a stored name, by its length, has no second name: else
        who has read a hash in the database could redeem with it what it hides.
        """
        name = self.stored(identifier)
        if len(name) == len(identifier):
            return (name,)
        return name, identifier

    def _storage_of(self, identifier: str) -> IdentifierStorage:
        if isinstance(self._storage, IdentifierRules):
            return self._storage.find(identifier)
        return self._storage


def _hash(identifier: str) -> str:
    digest = hashlib.sha256(identifier.encode("utf-8")).digest()
    return base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")
