"""The one clock. Everything that asks for the time asks a :class:`Clock` it was given."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Returns the present moment: an aware UTC ``datetime`` in whole milliseconds."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def utc_now() -> datetime:
    """Return the present moment in UTC, cut to the millisecond that stored formats keep."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def monotonic() -> float:
    """Return seconds on a clock that only runs forward: for measuring how long something takes."""
    return time.monotonic()


def epoch_ms(moment: datetime) -> int:
    """Return ``moment`` as milliseconds since 1970, as upstream's ``Date.now()`` counts."""
    return (moment - EPOCH) // _MILLISECOND
