"""From what a configuration names to the storage itself."""

from pyauth.errors import ConfigurationError
from pyauth.storage.protocol import SecondaryStorage
from pyauth.storage.redis import RedisStorage


def open_storage(given: SecondaryStorage | str | None) -> SecondaryStorage | None:
    """Return the storage: a URL is opened as Redis, without connecting; others are as they are.

    Raises:
        ConfigurationError: the URL names no Redis, redis-py is not installed, or the object is no
            secondary storage.
    """
    if isinstance(given, str):
        return RedisStorage(given)
    if given is None or isinstance(given, SecondaryStorage):
        return given
    raise ConfigurationError(
        f"secondary_storage is a {type(given).__name__}; give a URL such as redis://localhost, a "
        "RedisStorage, a MemoryStorage, or an object with every method of SecondaryStorage"
    )
