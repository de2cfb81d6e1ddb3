"""What a caller may put in the place of the built-in parts."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import MetaData
from sqlalchemy.engine import Engine

from pyauth.clock import Clock, utc_now
from pyauth.crypto.passwords import Passwords
from pyauth.db.adapter import Adapter
from pyauth.errors import ConfigurationError
from pyauth.outbound import Delivery, Runner
from pyauth.outbound.http import HttpClient
from pyauth.plugin import Plugin
from pyauth.storage import SecondaryStorage

Database = str | Engine | Callable[[], Engine] | Adapter | None
"""Where the records live: a URL, an Engine, a function that returns one, or an adapter."""

LOGGER_NAME = "pyauth"
"""The logger of instances that were given none."""

RunnerFactory = Callable[[Callable[[Delivery], None]], Runner]
"""Receives the function that sends one delivery; returns what runs it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a caller may put in the place of the built-in parts."""

    database: Database = None
    metadata: MetaData | None = None
    secondary_storage: SecondaryStorage | None = None
    plugins: Sequence[Plugin] = ()
    passwords: Passwords | None = None
    runner: RunnerFactory | None = None
    http_client: HttpClient | None = None
    clock: Clock = utc_now
    logger: logging.Logger = field(default_factory=lambda: logging.getLogger(LOGGER_NAME))


def choose_logger(given: object) -> logging.Logger:
    """Return the logger of an instance: the given one, or the library's own.

    Raises:
        ConfigurationError: it is none; Better Auth's ``logger`` options have counterparts in the
            standard library, and the message names them.
    """
    if given is None:
        return logging.getLogger(LOGGER_NAME)
    if isinstance(given, logging.Logger):
        return given
    raise ConfigurationError(
        "logger must be a logging.Logger, not options: levels, handlers and silence are set on "
        f"logging.getLogger({LOGGER_NAME!r}), or on a logger of yours that is given here; "
        "see docs/configuration.md"
    )
