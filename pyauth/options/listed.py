"""Lists that an option holds as such, or has a function work out for each call."""

from collections.abc import Callable, Iterable
from typing import Annotated, Any

from pydantic import BeforeValidator

from pyauth.events import RequestInfo

PerRequest = Callable[[RequestInfo | None], Iterable[str | None]]
"""Receives the request of the call, None where a call is made in process without one; returns the
entries that hold for it. None and empty texts among them are left out."""


def _read(value: Any) -> Any:
    if callable(value):
        return (value,)
    if not isinstance(value, list | tuple):
        raise ValueError("must be a list of texts, or a function that returns one")
    if not all(isinstance(item, str) or callable(item) for item in value):
        raise ValueError("must hold texts, or functions that return lists of them")
    return tuple(value)


Listed = Annotated[tuple[str | PerRequest, ...], BeforeValidator(_read)]
"""Texts, and functions that add more for each call; a lone function may stand for the list."""


def texts_of(listed: tuple[str | PerRequest, ...]) -> tuple[str, ...]:
    """Return the entries that hold for every call."""
    return tuple(item for item in listed if isinstance(item, str))


def functions_of(listed: tuple[str | PerRequest, ...]) -> tuple[PerRequest, ...]:
    """Return the functions that add entries for each call."""
    return tuple(item for item in listed if not isinstance(item, str))
