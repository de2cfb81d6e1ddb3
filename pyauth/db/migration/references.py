"""What the columns of a table refer to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, Connection, ForeignKey, text
from sqlalchemy.schema import Table

from pyauth.db.sqlalchemy.types import SerialId

_ACTIONS: Final = frozenset({"CASCADE", "SET NULL", "SET DEFAULT"})


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key of one column.

    Attributes:
        schema: the schema of the table referred to; None where databases have none.
        table: the table referred to.
        column: the column referred to.
        on_delete: what a deletion there does here; None where it is refused, in whatever words.
    """

    schema: str | None
    table: str
    column: str
    on_delete: str | None

    @property
    def target(self) -> str:
        """The column referred to, with its table."""
        return f"{self.table}.{self.column}"

    def __str__(self) -> str:
        return f"{self.target} ON DELETE {self.on_delete or 'RESTRICT'}"


def reference_of(column: Column[Any], place: str | None) -> Reference | None:
    """Return what a column of the schema refers to, or None.

    Args:
        column: refers to one column at most.
        place: the schema of tables that name none.
    """
    for key in column.foreign_keys:
        return _read(key, place)
    return None


def read_references(
    connection: Connection, found: Table, place: str | None
) -> Mapping[str, Sequence[Reference]]:
    """Return what the columns of a table refer to in the database, by column.

    Args:
        connection: reads the database.
        found: the table as it was reflected.
        place: the schema of tables that name none.
    """
    if connection.dialect.name == "sqlite":
        return _read_sqlite(connection, found.name, place)
    return {
        # Of a table that another one led to, each key is there twice.
        column.name: sorted({_read(key, place) for key in column.foreign_keys}, key=str)
        for column in found.c
        if column.foreign_keys
    }


def _read(key: ForeignKey, place: str | None) -> Reference:
    *schemas, table, name = key.target_fullname.split(".")
    return Reference(".".join(schemas) or place, table, name, _action(key.ondelete))


def _read_sqlite(
    connection: Connection, table: str, place: str | None
) -> Mapping[str, Sequence[Reference]]:
    # SQLAlchemy forgets what a deletion does where a column's own definition says it.
    quoted = connection.dialect.identifier_preparer.quote_identifier(table)
    references: dict[str, list[Reference]] = {}
    for row in connection.exec_driver_sql(f"PRAGMA foreign_key_list({quoted})").mappings():
        target = Reference(place, row["table"], row["to"] or "id", _action(row["on_delete"]))
        references.setdefault(row["from"], []).append(target)
    return references


def _action(words: str | None) -> str | None:
    action = (words or "").upper()
    return action if action in _ACTIONS else None


_DEFINITION: Final = text(
    "SELECT column_type, collation_name FROM information_schema.columns "
    "WHERE table_schema = coalesce(:schema, database()) AND table_name = :table "
    "AND column_name = :column"
)
_COLLATION: Final = "utf8mb4_bin"


def why_not_refer(connection: Connection, ours: Column[Any], found: Column[Any]) -> str | None:
    """Return what MySQL sees in a column that keeps another from referring to it, or None.

    It wants numbers of one width, and texts of one collation.

    Args:
        connection: reads the database.
        ours: the column that is to refer.
        found: the column that is there.
    """
    where = {"schema": found.table.schema, "table": found.table.name, "column": found.name}
    kind, collation = connection.execute(_DEFINITION, where).one()
    if isinstance(ours.type, SerialId):
        is_same = kind.lower().startswith("bigint") and "unsigned" not in kind.lower()
        return None if is_same else str(kind)
    return None if collation in (None, _COLLATION) else f"{kind} with the collation {collation}"
