"""A bound on how many password hashes are computed at once."""

import os
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from pyauth.errors import ServiceUnavailable


class HashGate:
    """Lets so many threads of this process hash at a time, and the rest wait for a while.

    Each hash takes about 32 MiB and a core. Without a bound, a burst of sign-ins takes all the
    memory and slows every other request.

    Args:
        max_concurrent: hashes at a time, at least 1.
        max_wait: how long a caller waits for its turn.
    """

    def __init__(self, *, max_concurrent: int, max_wait: timedelta) -> None:
        if max_concurrent < 1:
            raise ValueError("max_concurrent must be at least 1")
        self._max_concurrent = max_concurrent
        self._max_wait = max_wait.total_seconds()
        self._open()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=_Reopen(self))

    def _open(self) -> None:
        self._turns = threading.BoundedSemaphore(self._max_concurrent)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn, hold it for the ``with`` block and give it back.

        Raises:
            ServiceUnavailable: no turn came within ``max_wait``.
        """
        turns = self._turns
        if not turns.acquire(timeout=self._max_wait):
            raise ServiceUnavailable("Too many passwords are being checked. Try again later.")
        try:
            yield
        finally:
            turns.release()


class _Reopen:
    """Gives a gate fresh turns in a forked child: those taken in the parent never come back.

    Holds the gate weakly, since a fork callback is never unregistered.
    """

    def __init__(self, gate: HashGate) -> None:
        self._gate = weakref.ref(gate)

    def __call__(self) -> None:
        gate = self._gate()
        if gate is not None:
            gate._open()
