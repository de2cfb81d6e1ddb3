"""Dialects by name."""

from typing import Any, Final

from sqlalchemy.dialects import registry
from sqlalchemy.engine import Dialect

from pyauth.errors import ConfigurationError

_DIALECTS: Final = {
    "sqlite": "sqlite",
    "postgresql": "postgresql",
    "mysql": "mysql",
    "mariadb": "mysql",
}
"""What SQLAlchemy calls each dialect; it imports one when it is asked for."""


def find_dialect(name: str, **arguments: Any) -> Dialect:
    """Return a dialect by its name, without a driver.

    Args:
        name: its name.
        **arguments: handed to its constructor.

    Raises:
        ConfigurationError: pyauth does not support it.
    """
    try:
        known_as = _DIALECTS[name]
    except KeyError:
        known = ", ".join(_DIALECTS)
        raise ConfigurationError(f"unknown dialect {name!r}; there are: {known}") from None
    dialect: Dialect = registry.load(known_as)(**arguments)
    return dialect
