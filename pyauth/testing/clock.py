"""A clock that moves only when it is told to."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)


class FrozenClock:
    """Tells one moment until it is moved; given as ``clock=``.

    Args:
        now: an aware moment to begin with.
    """

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> None:
        """Move forward by a ``timedelta`` of these arguments: ``advance(days=8)``."""
        self.now += timedelta(**duration)
