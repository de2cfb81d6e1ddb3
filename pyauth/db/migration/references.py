"""What the columns of a table refer to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, Connection
from sqlalchemy.schema import Table

_ACTIONS: Final = frozenset({"CASCADE", "SET NULL", "SET DEFAULT"})


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key of one column.

    Attributes:
        table: the table referred to, without its schema.
        column: the column referred to.
        on_delete: what a deletion there does here; None where it is refused, in whatever words.
    """

    table: str
    column: str
    on_delete: str | None

    @property
    def target(self) -> str:
        """The column referred to, with its table."""
        return f"{self.table}.{self.column}"

    def __str__(self) -> str:
        return f"{self.target} ON DELETE {self.on_delete or 'RESTRICT'}"


def reference_of(column: Column[Any]) -> Reference | None:
    """Return what a column refers to, or None."""
    for key in column.foreign_keys:
        *_, table, name = key.target_fullname.split(".")
        return Reference(table, name, _action(key.ondelete))
    return None


def read_references(connection: Connection, found: Table) -> Mapping[str, Reference]:
    """Return what the columns of a table refer to in the database, by column.

    Args:
        connection: reads the database.
        found: the table as it was reflected.
    """
    if connection.dialect.name == "sqlite":
        return _read_sqlite(connection, found.name)
    references = {column.name: reference_of(column) for column in found.c}
    return {name: reference for name, reference in references.items() if reference is not None}


def _read_sqlite(connection: Connection, table: str) -> Mapping[str, Reference]:
    # SQLAlchemy forgets what a deletion does where a column's own definition says it.
    quoted = connection.dialect.identifier_preparer.quote_identifier(table)
    rows = connection.exec_driver_sql(f"PRAGMA foreign_key_list({quoted})").mappings()
    return {
        row["from"]: Reference(row["table"], row["to"] or "id", _action(row["on_delete"]))
        for row in rows
    }


def _action(words: str | None) -> str | None:
    action = (words or "").upper()
    return action if action in _ACTIONS else None
