"""A value that each process makes for itself."""

import os
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class PerProcess(Generic[T]):
    """Holds one value per process: a child made by ``fork`` gets a new one at first use.

    Threads do not survive a fork, and a lock that another thread held at that moment stays locked
    for ever, so a child must touch neither. The process id is compared at each use instead of
    registering a fork handler: such a handler can never be removed, and servers that fork in C
    need not run it.

    Args:
        make: makes the value.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._slot = _Slot(os.getpid(), make())

    def get(self) -> T:
        """Return the value of this process."""
        slot = self._slot
        if slot.pid != os.getpid():
            # The threads of a child may race here, and no lock can be trusted yet: all of them
            # take whichever heir came first, as dict.setdefault is atomic.
            heir = _Slot(os.getpid(), self._make())
            slot = self._slot = slot.heirs.setdefault(heir.pid, heir)
        return slot.value


class _Slot(Generic[T]):
    def __init__(self, pid: int, value: T) -> None:
        self.pid = pid
        self.value = value
        self.heirs: dict[int, _Slot[T]] = {}
