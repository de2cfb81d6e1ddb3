"""The keys and indexes that a table has, and what its rows allow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    Column,
    Connection,
    Inspector,
    Select,
    func,
    inspect,
    literal_column,
    select,
    text,
)
from sqlalchemy.engine.interfaces import ReflectedIndex
from sqlalchemy.schema import Table


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one table.

    Attributes:
        names: the names of its indexes and constraints.
        indexed: the columns that an index over every row begins with.
        unique: the columns that are unique by themselves, in every row and whole.
    """

    names: frozenset[str]
    indexed: frozenset[str]
    unique: frozenset[str]


def read_keys(connection: Connection, table: Table) -> Keys:
    """Return the keys that a table of the database has, whatever they are called."""
    inspector = inspect(connection)
    indexes = _read_indexes(inspector, table)
    unfinished = _find_unfinished(connection, table)
    constraints = [
        constraint
        for constraint in inspector.get_unique_constraints(table.name, schema=table.schema)
        # MySQL tells of each unique index once more, without what narrows it.
        if "duplicates_index" not in constraint
    ]
    primary = inspector.get_pk_constraint(table.name, schema=table.schema)
    names = [item["name"] for item in (*indexes, *constraints)]
    useful = [index for index in indexes if _is_useful(index) and index["name"] not in unfinished]
    keys: list[Sequence[str | None]] = [
        *(index["column_names"] for index in useful if index["unique"]),
        *(constraint["column_names"] for constraint in constraints),
        primary["constrained_columns"],
    ]
    begun = [*keys, *(index["column_names"] for index in useful)]
    # An expression in place of a column is None.
    return Keys(
        names=frozenset(name for name in names if name),
        indexed=frozenset(found[0] for found in begun if found and found[0] is not None),
        unique=frozenset(key[0] for key in keys if len(key) == 1 and key[0] is not None),
    )


def _read_indexes(inspector: Inspector, table: Table) -> list[ReflectedIndex]:
    # SQLite keeps constraints written within a column as indexes of its own.
    options = {"include_auto_indexes": True} if inspector.bind.dialect.name == "sqlite" else {}
    return inspector.get_indexes(table.name, schema=table.schema, **options)


_UNFINISHED: Final = text(
    "SELECT found.relname FROM pg_index AS entry "
    "JOIN pg_class AS found ON found.oid = entry.indexrelid "
    "JOIN pg_class AS owner ON owner.oid = entry.indrelid "
    "WHERE owner.relname = :table AND NOT entry.indisvalid"
)


def _find_unfinished(connection: Connection, table: Table) -> frozenset[str]:
    """Return the indexes that PostgreSQL began to build concurrently and gave up."""
    if connection.dialect.name != "postgresql":
        return frozenset()
    return frozenset(connection.scalars(_UNFINISHED, {"table": table.name}))


_FOR_EQUALITY: Final = frozenset({None, "btree", "hash"})


def _is_useful(index: ReflectedIndex) -> bool:
    """Return whether an index finds whole values among all rows."""
    options: Mapping[str, Any] = index.get("dialect_options", {})
    if options.get("postgresql_using") not in _FOR_EQUALITY or options.get("mysql_prefix"):
        return False
    narrowed = (options[name] for name in options if name.endswith(("_where", "_length")))
    return all(value is None or value == {} for value in narrowed)


_HOLDERS: Final = {
    "sqlite": text(
        "SELECT tbl_name FROM sqlite_master WHERE name = :name COLLATE NOCASE AND :place <> ''"
    ),
    "postgresql": text(
        "SELECT coalesce(owner.relname, found.relname) FROM pg_class AS found "
        "JOIN pg_namespace AS place ON place.oid = found.relnamespace "
        "LEFT JOIN pg_index AS entry ON entry.indexrelid = found.oid "
        "LEFT JOIN pg_class AS owner ON owner.oid = entry.indrelid "
        "WHERE found.relname = :name AND place.nspname = :place"
    ),
}
"""How to ask for the table of an index, where the names of indexes are not the table's own."""


def find_holder(connection: Connection, name: str, place: str | None) -> str | None:
    """Return the table that an index of some name belongs to, or the thing that has the name.

    None where the name is free.

    Args:
        connection: reads the database.
        name: the name.
        place: the schema that the tables live in.
    """
    statement = _HOLDERS.get(connection.dialect.name)
    if statement is None:
        return None
    found: str | None = connection.scalar(statement, {"name": name, "place": place or "main"})
    return found


def is_filled(connection: Connection, table: Table) -> bool:
    """Return whether a table has a row."""
    row: Select[Any] = select(literal_column("1")).select_from(table).limit(1)
    return connection.execute(row).first() is not None


def has_duplicates(connection: Connection, column: Column[Any]) -> bool:
    """Return whether a value that is not NULL stands in two rows."""
    statement = (
        select(column).where(column.is_not(None)).group_by(column).having(func.count() > 1).limit(1)
    )
    return connection.execute(statement).first() is not None
