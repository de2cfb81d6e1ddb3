"""Secondary storage: the shared key-value store beside the database."""

from pyauth.storage.protocol import SecondaryStorage

__all__ = ["SecondaryStorage"]
