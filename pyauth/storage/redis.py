"""The storage in Redis or Valkey, shared by all processes and, if wanted, with a Node.js server."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from pyauth.errors import ConfigurationError, StoreUnavailable
from pyauth.storage import scripts

if TYPE_CHECKING:
    from redis import Redis

T = TypeVar("T")

DEFAULT_PREFIX = "better-auth:"
"""What every key begins with: the prefix of upstream's own Redis storage."""

DEFAULT_TIMEOUT = timedelta(seconds=2)
"""How long to wait for a connection, and for an answer."""

_COUNTS = "pyauth-rate-limit:"
"""Counts are hashes, so they must not meet the texts that a Node.js server keeps."""

_MS = timedelta(milliseconds=1)
_BATCH = 500
_ALIASES = {"valkey://": "redis://", "valkeys://": "rediss://"}
URL_SCHEMES = ("redis://", "rediss://", "unix://", *_ALIASES)


class RedisStorage:
    """Values in Redis 6 or later, or Valkey.

    Connections are made when they are needed, and made anew after an outage. An operation whose
    connection turns out to be lost is tried once more; one that was not answered in time is not,
    for it may have happened.

    Args:
        target: a URL (``redis://``, ``rediss://`` with TLS, ``unix://``, ``valkey://``,
            ``valkeys://``), or a client of redis-py, whose timeouts, retries and TLS are then the
            caller's business.
        prefix: what every key begins with. Applications that share a Redis need different ones;
            an application that shares its sessions with a Node.js server needs the same.
        timeout: how long to wait for a connection, and for an answer, where a URL is given;
            ``socket_timeout`` and ``socket_connect_timeout`` in the URL win.

    Raises:
        ConfigurationError: redis-py is not installed, the URL is of another kind, or the prefix is
            empty.

    Source: Better Auth's ``@better-auth/redis-storage`` (prefix, keys); RustAuth 0.2.0 (atomic
    operations).
    """

    def __init__(
        self,
        target: "str | Redis",
        *,
        prefix: str = DEFAULT_PREFIX,
        timeout: timedelta = DEFAULT_TIMEOUT,
    ) -> None:
        if not prefix:
            raise ConfigurationError(
                "RedisStorage needs a prefix, such as 'better-auth:': without one its keys meet "
                "everybody else's"
            )
        self._prefix = prefix
        self._redis = _import_redis()
        self._is_own = isinstance(target, str)
        client = self._open(target, timeout) if isinstance(target, str) else target
        self._client: Any = client
        register = self._client.register_script
        self._take = register(scripts.TAKE)
        self._compare_and_set = register(scripts.COMPARE_AND_SET)
        self._delete_if_value = register(scripts.DELETE_IF_VALUE)
        self._increment = register(scripts.INCREMENT)
        self._consume = register(scripts.CONSUME)

    def __repr__(self) -> str:
        return f"RedisStorage(prefix={self._prefix!r})"

    def get(self, key: str) -> str | None:
        """Return the value of a key, or None."""
        return _text(self._run(self._read, self._key(key)))

    def set(self, key: str, value: str, ttl: timedelta | None = None) -> None:
        """Set a value, whatever was there."""
        lifetime = _milliseconds(ttl)
        if lifetime == 0:
            self.delete(key)
        else:
            self._run(self._client.set, self._key(key), _bytes(value), px=lifetime)

    def set_if_not_exists(self, key: str, value: str, ttl: timedelta | None = None) -> bool:
        """Set a value if there is none, and return whether there was none."""
        return self.compare_and_set(key, None, value, ttl)

    def delete(self, key: str) -> None:
        """Remove a key; an absent one is no error."""
        self._run(self._client.delete, self._key(key))

    def take(self, key: str) -> str | None:
        """Return the value of a key and remove it: of simultaneous callers one gets it."""
        return _text(self._run(self._take, keys=[self._key(key)]))

    def compare_and_set(
        self, key: str, expected: str | None, value: str, ttl: timedelta | None = None
    ) -> bool:
        """Set a value if the present one is ``expected`` (None: absent); return whether it was."""
        wanted = [b"0", b""] if expected is None else [b"1", _bytes(expected)]
        arguments = [*wanted, _bytes(value), _lifetime(ttl)]
        return bool(self._run(self._compare_and_set, keys=[self._key(key)], args=arguments))

    def delete_if_value(self, key: str, expected: str) -> bool:
        """Remove a key if its value is ``expected``, and return whether it was."""
        arguments = [_bytes(expected)]
        return bool(self._run(self._delete_if_value, keys=[self._key(key)], args=arguments))

    def increment(self, key: str, by: int = 1, ttl: timedelta | None = None) -> int:
        """Add to a whole number, starting from 0, and return the sum."""
        arguments = [by, _lifetime(ttl)]
        return int(self._run(self._increment, keys=[self._key(key)], args=arguments))

    def consume(self, key: str, *, max_requests: int, window: timedelta) -> timedelta | None:
        """Count one request against a limit, by the clock of the Redis server."""
        arguments = [max_requests, window // _MS]
        wait = int(self._run(self._consume, keys=[self._key(_COUNTS + key)], args=arguments))
        return None if wait < 0 else wait * _MS

    def clear(self) -> None:
        """Remove every key under the prefix, and no other."""
        keys = self._run(
            iter, self._client.scan_iter(match=_escape(self._prefix) + b"*", count=_BATCH)
        )
        while batch := self._run(_next_batch, keys):
            self._run(self._client.unlink, *batch)

    def close(self) -> None:
        """Close the connections of a client that was made here."""
        if self._is_own:
            self._client.close()

    def _open(self, url: str, timeout: timedelta) -> "Redis":
        from redis.backoff import NoBackoff  # noqa: PLC0415 - an optional extra
        from redis.retry import Retry  # noqa: PLC0415 - an optional extra

        for alias, scheme in _ALIASES.items():
            if url.startswith(alias):
                url = scheme + url.removeprefix(alias)
        if not url.startswith(URL_SCHEMES):
            raise ConfigurationError(_wrong_url())
        seconds = timeout.total_seconds()
        try:
            client: Redis = self._redis.Redis.from_url(
                url,
                socket_timeout=seconds,
                socket_connect_timeout=seconds,
                retry=Retry(NoBackoff(), 1, supported_errors=(self._redis.ConnectionError,)),
            )
        except ValueError:
            raise ConfigurationError(_wrong_url()) from None
        return client

    def _key(self, key: str) -> bytes:
        return _bytes(self._prefix + key)

    def _read(self, key: bytes) -> Any:
        try:
            return self._client.get(key)
        except self._redis.ResponseError as exc:
            if str(exc).startswith("WRONGTYPE"):
                return None
            raise

    def _run(self, operation: Callable[..., T], *arguments: Any, **named: Any) -> T | Any:
        try:
            return operation(*arguments, **named)
        except UnicodeDecodeError:
            return None  # a client that decodes has met what is no text
        except self._redis.RedisError as exc:
            # Its message could quote a key or a value, unless it is about the connection.
            reason = f": {exc}" if isinstance(exc, self._redis.ConnectionError) else ""
            text = f"the secondary storage failed with {type(exc).__name__}{reason}"
            raise StoreUnavailable(text) from None


def _import_redis() -> Any:
    try:
        import redis  # noqa: PLC0415 - an optional extra
    except ImportError:
        raise ConfigurationError(
            "a storage in Redis needs redis-py: pip install 'pyauth-server[redis]'"
        ) from None
    return redis


def _wrong_url() -> str:
    return f"the URL of a Redis begins with {', '.join(URL_SCHEMES)} and names a host or a path"


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _text(found: bytes | str | None) -> str | None:
    if not isinstance(found, bytes):
        return found
    try:
        return found.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _milliseconds(ttl: timedelta | None) -> int | None:
    return None if ttl is None else max(ttl // _MS, 0)


def _lifetime(ttl: timedelta | None) -> int | str:
    lifetime = _milliseconds(ttl)
    return "" if lifetime is None else lifetime


def _escape(prefix: str) -> bytes:
    return re.sub(rb"([\\*?\[\]^-])", rb"\\\1", _bytes(prefix))


def _next_batch(keys: Iterator[Any]) -> list[Any]:
    return list(islice(keys, _BATCH))
