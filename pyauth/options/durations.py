"""Durations that options take: bounded both ways, so that no moment made with one overflows."""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator

LONGEST = timedelta(days=36_500)


def _check_duration(duration: timedelta) -> timedelta:
    if duration < timedelta(milliseconds=1):
        raise ValueError("must be positive: a timedelta, or seconds")
    return _check_longest(duration)


def _check_life(life: timedelta) -> timedelta:
    if life < timedelta(seconds=1):
        raise ValueError("must be at least a second")
    return _check_longest(life)


def _check_longest(duration: timedelta) -> timedelta:
    if duration > LONGEST:
        raise ValueError(f"must be at most {LONGEST.days} days, a hundred years")
    return duration


Duration = Annotated[timedelta, AfterValidator(_check_duration)]
"""A positive duration; a bare number is seconds."""

Life = Annotated[timedelta, AfterValidator(_check_life)]
"""How long a mailed link works: tokens count whole seconds."""
