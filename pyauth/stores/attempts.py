"""Trying again where others were faster."""

import time
from collections.abc import Iterator
from typing import Final

_TRIES: Final = 60
_LONGEST_PAUSE: Final = 0.02
"""Seconds."""


def attempts() -> Iterator[int]:
    """Count the attempts of a change that somebody else can get ahead of, with pauses between.

    Each time somebody wins, so that few are needed; after a second the caller should give up.
    """
    for number in range(_TRIES):
        yield number
        time.sleep(min(number / 1000, _LONGEST_PAUSE))
