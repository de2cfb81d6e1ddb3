"""Options of the values that prove something once."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from pydantic import field_validator

from pyauth.options.base import OptionModel
from pyauth.options.records import RecordOptions


class IdentifierHash(OptionModel):
    """A way of one's own to store identifiers."""

    hash: Callable[[str], str]
    """Turns an identifier into what is stored; the same text always gives the same."""


IdentifierStorage = Literal["plain", "hashed"] | IdentifierHash
"""How an identifier is stored: as it is, as its SHA-256 in base64url without padding, or by a
function."""


class IdentifierRules(OptionModel):
    """How identifiers are stored, by what they begin with."""

    default: IdentifierStorage
    """The way of identifiers that no override fits."""
    overrides: Mapping[str, IdentifierStorage] = {}
    """Beginning of an identifier to its way; the first that fits counts."""

    def find(self, identifier: str) -> IdentifierStorage:
        """Return the way of an identifier."""
        for prefix, storage in self.overrides.items():
            if identifier.startswith(prefix):
                return storage
        return self.default


class VerificationOptions(RecordOptions):
    """The values that prove something once: where they are kept, and under which names.

    Source: Better Auth 1.6.9, ``verification``.
    """

    store_identifier: IdentifierStorage | IdentifierRules = "plain"
    """How identifiers are stored; some of them are secrets, such as the token of a reset link."""
    disable_cleanup: bool = False
    """Leave expired values in the database; something else removes them."""
    store_in_database: bool = False
    """With a secondary storage, keep values in the database too; it decides who redeems one."""

    @field_validator("store_identifier", mode="before")
    @classmethod
    def _check_word(cls, given: Any) -> Any:
        if isinstance(given, str) and given not in {"plain", "hashed"}:
            raise ValueError(
                "must be 'plain', 'hashed', {'hash': function}, or {'default': one of these, "
                "'overrides': {beginning: one of these}}"
            )
        return given
