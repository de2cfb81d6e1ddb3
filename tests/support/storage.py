"""The secondary storages that tests run over, and the ways to keep sessions there."""

from collections.abc import Iterator
from typing import Any, Literal

from pyauth.clock import Clock
from pyauth.storage import MemoryStorage, SecondaryStorage
from tests.support.redis import shared_redis

StorageKind = Literal["memory", "redis"]

SESSION_MODES: dict[str, dict[str, Any]] = {
    "stored": {},
    "mirrored": {"store_session_in_database": True},
    "preserved": {"store_session_in_database": True, "preserve_session_in_database": True},
}
"""The options of ``session`` for each of the modes."""


def open_kind(kind: StorageKind, clock: Clock) -> Iterator[SecondaryStorage]:
    """Yield a storage that is empty, and leave nothing of it behind.

    Args:
        kind: which; Redis goes by its own clock.
        clock: the present moment in memory.
    """
    if kind == "memory":
        yield MemoryStorage(clock)
        return
    with shared_redis() as opened:
        yield opened
