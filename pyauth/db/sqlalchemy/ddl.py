"""The tables as SQL text."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Table
from sqlalchemy.dialects import registry
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable

from pyauth.errors import ConfigurationError

_DIALECTS: Final = {
    "sqlite": "sqlite",
    "postgresql": "postgresql",
    "mysql": "mysql",
    "mariadb": "mysql",
}
"""What SQLAlchemy calls each dialect; it imports one when it is asked for."""


def find_dialect(name: str) -> Dialect:
    """Return a dialect by its name, without a driver.

    Raises:
        ConfigurationError: pyauth does not support it.
    """
    try:
        known_as = _DIALECTS[name]
    except KeyError:
        known = ", ".join(_DIALECTS)
        raise ConfigurationError(f"unknown dialect {name!r}; there are: {known}") from None
    dialect: Dialect = registry.load(known_as)()
    return dialect


def write_schema(tables: Iterable[Table], dialect: Dialect) -> str:
    """Return the statements that create ``tables`` and their indexes, in this order."""
    statements = []
    for table in tables:
        statements.append(str(CreateTable(table).compile(dialect=dialect)))
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            statements.append(str(CreateIndex(index).compile(dialect=dialect)))
    return "\n\n".join(f"{_tidy(statement)};" for statement in statements) + "\n"


def _tidy(statement: str) -> str:
    lines = (line.rstrip().replace("\t", "    ") for line in statement.strip().splitlines())
    return "\n".join(line for line in lines if line)
