"""The keys and indexes that a table has, and what its rows allow."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Inspector, func, select
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


def read_keys(inspector: Inspector, table: Table) -> Keys:
    """Return the keys that a table of the database has, whatever they are called."""
    names: set[str] = set()
    indexed: set[str] = set()
    unique: set[str] = set()
    for index in _read_indexes(inspector, table):
        names.add(index["name"] or "")
        if not _is_partial(index):
            columns = [name for name in index["column_names"] if name is not None]
            whole = len(columns) == len(index["column_names"])
            _note(columns, indexed, unique if index["unique"] and whole else set())
    for key in inspector.get_unique_constraints(table.name, schema=table.schema):
        names.add(key["name"] or "")
        _note(key["column_names"], indexed, unique)
    primary = inspector.get_pk_constraint(table.name, schema=table.schema)
    _note(primary["constrained_columns"], indexed, unique)
    return Keys(frozenset(names), frozenset(indexed), frozenset(unique))


def _read_indexes(inspector: Inspector, table: Table) -> list[ReflectedIndex]:
    # SQLite keeps constraints written within a column as indexes of its own.
    options = {"include_auto_indexes": True} if inspector.bind.dialect.name == "sqlite" else {}
    return inspector.get_indexes(table.name, schema=table.schema, **options)


def _is_partial(index: ReflectedIndex) -> bool:
    """Return whether an index covers some rows only, or the beginning of values."""
    options = index.get("dialect_options", {})
    return any(name.endswith(("_where", "_length")) and options[name] for name in options)


def _note(columns: Sequence[str], indexed: set[str], unique: set[str]) -> None:
    indexed.update(columns[:1])
    if len(columns) == 1:
        unique.update(columns)


def is_filled(connection: Connection, table: Table) -> bool:
    """Return whether a table has a row."""
    # Only the primary key is sure to be there.
    return connection.execute(select(*table.primary_key).limit(1)).first() is not None


def has_duplicates(connection: Connection, column: Column[Any]) -> bool:
    """Return whether a value that is not NULL stands in two rows."""
    statement = (
        select(column).where(column.is_not(None)).group_by(column).having(func.count() > 1).limit(1)
    )
    return connection.execute(statement).first() is not None
