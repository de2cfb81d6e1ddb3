"""What is particular to the storage in Redis."""

import socket
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
import redis

from pyauth import ConfigurationError, StoreUnavailable
from pyauth.storage import RedisStorage
from pyauth.storage.opening import open_storage
from tests.support.redis import REDIS_URL, new_prefix, shared_redis


@pytest.fixture
def prefix() -> str:
    return new_prefix()


@pytest.fixture
def storage(prefix: str) -> Iterator[RedisStorage]:
    with shared_redis(prefix) as opened:
        yield opened


@pytest.fixture
def client(storage: RedisStorage) -> Iterator[Any]:
    with redis.Redis.from_url(REDIS_URL) as opened:
        yield opened


def test_keys_carry_the_prefix(storage: RedisStorage, client: Any, prefix: str) -> None:
    storage.set("k", "v", timedelta(seconds=90))
    assert client.get(f"{prefix}k") == b"v"
    assert 89_000 < client.pttl(f"{prefix}k") <= 90_000


def test_the_default_prefix_is_upstreams() -> None:
    assert "'better-auth:'" in repr(RedisStorage("redis://127.0.0.1:1"))


def test_counts_of_requests_lie_apart_and_expire(
    storage: RedisStorage, client: Any, prefix: str
) -> None:
    storage.consume("203.0.113.7|/sign-in", max_requests=3, window=timedelta(seconds=10))
    (key,) = client.keys(f"{prefix}*")
    assert key == f"{prefix}pyauth-rate-limit:203.0.113.7|/sign-in".encode()
    assert 9_000 < client.pttl(key) <= 10_000


@pytest.mark.parametrize("inner", ["*", "a?[b]\\", "[^a]", "[a-z]"])
def test_clearing_touches_its_own_prefix_alone(client: Any, prefix: str, inner: str) -> None:
    with (
        shared_redis(f"{prefix}{inner}:") as storage,
        shared_redis(f"{prefix}ab") as other,
    ):
        for number in range(1200):
            storage.set(f"k{number}", "v")
        storage.consume("k", max_requests=1, window=timedelta(seconds=10))
        other.set("cd:k", "v")
        storage.clear()
        assert client.keys(f"{prefix}*") == [f"{prefix}abcd:k".encode()]


def test_a_value_that_is_no_text_is_absent(storage: RedisStorage, client: Any, prefix: str) -> None:
    for key in ("a", "b"):
        client.set(f"{prefix}{key}", b"\xff\xfe")
    client.hset(f"{prefix}hash", "field", "value")
    assert storage.get("a") is None
    assert storage.take("b") is None
    assert storage.get("hash") is None
    assert storage.take("hash") is None
    assert not storage.delete_if_value("hash", "v")
    assert client.exists(f"{prefix}hash")


@pytest.mark.parametrize("decoding", [True, False])
def test_a_client_of_the_callers_is_used_and_left_open(
    storage: RedisStorage, client: Any, prefix: str, decoding: bool
) -> None:
    with redis.Redis.from_url(REDIS_URL, decode_responses=decoding) as own:
        lent = RedisStorage(own, prefix=prefix)
        lent.set("k", "é")
        assert (lent.get("k"), lent.take("k")) == ("é", "é")
        client.set(f"{prefix}bytes", b"\xff")
        assert lent.get("bytes") is None
        with mock.patch.object(own, "close") as close:
            lent.close()
        close.assert_not_called()


def test_scripts_come_back_after_the_server_has_forgotten_them(
    storage: RedisStorage, client: Any
) -> None:
    storage.set("k", "v")
    storage._take.sha = "0" * 40
    assert storage.take("k") == "v"


@pytest.mark.parametrize(
    ("url", "scheme"), [("valkey://h:1/2", "redis"), ("valkeys://h:1/2", "rediss")]
)
def test_valkey_has_urls_of_its_own(url: str, scheme: str) -> None:
    pool = RedisStorage(url)._client.connection_pool
    assert (pool.connection_kwargs["host"], pool.connection_kwargs["db"]) == ("h", 2)
    assert (pool.connection_class is redis.SSLConnection) == (scheme == "rediss")


def test_a_url_is_opened_without_connecting() -> None:
    assert isinstance(open_storage("redis://127.0.0.1:1"), RedisStorage)
    assert isinstance(open_storage("unix:///nowhere.sock"), RedisStorage)


@pytest.mark.parametrize("url", ["memcached://host", "host:6379", "", "redis://host:port"])
def test_another_url_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(ConfigurationError, match="redis://") as caught:
        RedisStorage(url)
    assert not url or url not in str(caught.value)


def test_an_empty_prefix_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="prefix"):
        RedisStorage(REDIS_URL, prefix="")


def test_what_is_no_storage_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"secondary_storage is a dict.*redis://"):
        open_storage({})  # type: ignore[arg-type]


def test_a_missing_client_library_names_the_extra() -> None:
    with (
        mock.patch.dict(sys.modules, {"redis": None}),
        pytest.raises(ConfigurationError, match=r"pyauth-server\[redis\]"),
    ):
        RedisStorage(REDIS_URL)


def test_repr_hides_the_password() -> None:
    assert "secret" not in repr(RedisStorage("redis://user:secret@h"))


def test_an_unreachable_server_is_a_store_that_is_unavailable() -> None:
    storage = RedisStorage("redis://127.0.0.1:1", prefix="p:")
    with pytest.raises(StoreUnavailable, match="ConnectionError"):
        storage.get("k")
    with pytest.raises(StoreUnavailable):
        storage.compare_and_set("k", None, "v")
    with pytest.raises(StoreUnavailable):
        storage.clear()


def test_errors_show_no_value(storage: RedisStorage, client: Any, prefix: str) -> None:
    client.hset(f"{prefix}k", "field", "value")
    with (
        mock.patch.object(storage._client, "set", side_effect=redis.ResponseError("got secret")),
        pytest.raises(StoreUnavailable) as caught,
    ):
        storage.set("k", "secret")
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_silent_server_is_not_waited_for_longer_than_the_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        storage = RedisStorage(f"redis://127.0.0.1:{port}", timeout=timedelta(milliseconds=200))
        began = time.monotonic()
        with pytest.raises(StoreUnavailable):
            storage.get("k")
        assert time.monotonic() - began < 2
        storage.close()
