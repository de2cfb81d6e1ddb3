"""Lists that an option holds as such, or has a function work out for each call."""

from collections.abc import Callable, Iterable, Iterator
from logging import Logger
from typing import Annotated, Any

from pydantic import BeforeValidator

from pyauth import error_codes
from pyauth.errors import APIError
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


def ask_functions(
    functions: Iterable[PerRequest], request: RequestInfo | None, *, option: str, logger: Logger
) -> tuple[str, ...]:
    """Return what the functions of an option list for a call.

    One that fails ends the call: nothing is trusted because of an error.

    Args:
        functions: the functions, in order.
        request: the request of the call, or None without one.
        option: the option's name, for the log.
        logger: told of a function that fails.

    Raises:
        APIError: 500 ``INTERNAL_SERVER_ERROR``: one of them failed; it is logged.
    """
    try:
        return tuple(entry for ask in functions for entry in _entries(ask(request)))
    except Exception as exc:
        logger.exception("the function of the option %s failed", option)
        raise APIError(error_codes.INTERNAL_SERVER_ERROR) from exc


def _entries(answer: Iterable[str | None] | None) -> Iterator[str]:
    if isinstance(answer, str | bytes):
        raise TypeError(f"the function returned a {type(answer).__name__}, not a list of texts")
    for entry in answer or ():
        if not isinstance(entry, str | None):
            raise TypeError(f"the function listed a {type(entry).__name__}, not a text")
        if entry:
            yield entry
