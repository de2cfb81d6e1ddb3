"""How long values live in a secondary storage."""

from datetime import datetime, timedelta

from pyauth.clock import epoch_ms


def time_left(expires_at: datetime, now: datetime) -> timedelta:
    """Return how long a value lives that expires at a moment: whole seconds, never too long.

    Source: Better Auth 1.6.9, ``db/internal-adapter.ts`` (``getTTLSeconds``).
    """
    return time_left_ms(epoch_ms(expires_at), epoch_ms(now))


def time_left_ms(expires_at: int, now: int) -> timedelta:
    """Return the same for moments in milliseconds since 1970."""
    return timedelta(seconds=max(expires_at - now, 0) // 1000)
