"""Secondary storage: the shared key-value store beside the database."""

from pyauth.storage.memory import MemoryStorage
from pyauth.storage.protocol import SecondaryStorage
from pyauth.storage.redis import RedisStorage

__all__ = ["MemoryStorage", "RedisStorage", "SecondaryStorage"]
