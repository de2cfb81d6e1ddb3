"""Columns that are missing, of another type, or unknown to the schema."""

from typing import Any, Final

from sqlalchemy import Column, types

from pyauth.db.migration import rendering
from pyauth.db.migration.defaults import constant_default
from pyauth.db.migration.draft import Draft
from pyauth.db.migration.fitness import (
    Type,
    counts_itself,
    demands_value,
    fitting_policy,
    type_name,
)
from pyauth.db.migration.found import Found
from pyauth.db.migration.judging.renaming import rename_hint
from pyauth.db.migration.keys import is_filled
from pyauth.db.migration.plan import AddedColumn
from pyauth.db.schema import SchemaField
from pyauth.db.sqlalchemy.tables import TableMap
from pyauth.db.sqlalchemy.types import MYSQL_NAMES, SerialId

_BY_HAND: Final = "change it by hand"


def judge_missing(found: Found, draft: Draft, item: TableMap, field: SchemaField) -> None:
    """Add a column that is missing, where the rows that are there allow it."""
    column = item.table.c[field.column]
    hint = rename_hint(found, item, field)
    problem = _why_not_add(found, item, field, column)
    if problem is not None:
        draft.refuse(item.table, column.name, problem + hint)
        return
    operation = rendering.add_column(field, column, found.dialect.name)
    draft.add_columns.append(
        AddedColumn(
            item.model,
            field.name,
            item.table.name,
            column.name,
            rendering.define(operation.column, found.dialect.name),
        )
    )
    draft.do([operation])
    if hint:
        draft.warnings.append(f"table {item.table.name}: column {column.name} is new{hint}")


def _why_not_add(
    found: Found, item: TableMap, field: SchemaField, column: Column[Any]
) -> str | None:
    if column.primary_key:
        return f"is missing, and it is the primary key; {_BY_HAND}"
    if (twin := _find_twin(found, column)) is not None:
        return f"is there as {twin}, which means the same here; rename that column"
    has_default = constant_default(field) is not None
    if not has_default:
        return None if column.nullable else _why_not_require(found, item, field)
    if field.spec.unique and is_filled(found.connection, item.table):
        return (
            "is missing and unique, and its default would give all rows that are there one value; "
            "add and fill it by hand"
        )
    if column.foreign_keys and found.dialect.name == "sqlite":
        return (
            "is missing, and SQLite adds no reference with a default; take the default from field "
            f"{field.name!r} of model {item.model!r}"
        )
    return None


def _find_twin(found: Found, column: Column[Any]) -> str | None:
    """Return the column that the database takes for another one, but for its letter case."""
    if found.dialect.name == "postgresql":
        return None
    names = found.present[column.table.name].c.keys()
    return next((name for name in names if name.lower() == column.name.lower()), None)


def _why_not_require(found: Found, item: TableMap, field: SchemaField) -> str | None:
    cure = (
        f"is missing and required; give field {field.name!r} of model {item.model!r} a constant "
        "default, or make it not required"
    )
    if found.dialect.name == "sqlite":
        return f"{cure} (SQLite adds no required column without a default)"
    filled = is_filled(found.connection, item.table)
    return f"{cure}, or add and fill it by hand" if filled else None


def judge_present(found: Found, draft: Draft, item: TableMap, field: SchemaField) -> None:
    """Look at what the comparison does not see of a column that is there."""
    column = found.present[item.table.name].c[field.column]
    if isinstance(column.type, types.NullType):
        judge_type(found, draft, item, field)
    if field.name != "id":
        return
    wanted = item.table.c[field.column].type
    if column.name not in found.keys_of(item.table).unique:
        draft.refuse(item.table, column.name, f"must be the primary key; {_BY_HAND}")
    elif isinstance(wanted, SerialId) and not counts_itself(found.connection, column):
        draft.refuse(
            item.table,
            column.name,
            "must count by itself; make it so by hand, or set advanced.database.generate_id",
        )


def judge_type(found: Found, draft: Draft, item: TableMap, field: SchemaField) -> None:
    """Refuse a column whose type does not serve its field."""
    there: Type = found.present[item.table.name].c[field.column].type
    wanted: Type = item.table.c[field.column].type
    policy = fitting_policy(wanted, there, found.dialect.name) if field.name == "id" else None
    cure = f"{_BY_HAND}, or set advanced.database.generate_id to {policy!r}" if policy else _BY_HAND
    draft.refuse(
        item.table,
        field.column,
        f"is {type_name(there, found.dialect)}, needed is {wanted.compile(dialect=found.dialect)}; "
        f"{cure}",
    )


def judge_nullability(draft: Draft, item: TableMap, field: SchemaField) -> None:
    """Refuse a column that cannot be NULL where its field may be absent."""
    draft.refuse(
        item.table,
        field.column,
        f"demands a value, and field {field.name!r} of model {item.model!r} may be absent; "
        "let the column be NULL",
    )


def judge_unknown(draft: Draft, column: Column[Any]) -> None:
    """Leave a column alone that the schema does not know, unless no row can be written past it."""
    if demands_value(column):
        draft.refuse(
            column.table,
            column.name,
            "demands a value, and pyauth does not know it; give it a default or let it be NULL",
        )


def can_be_indexed(found: Found, column: Column[Any]) -> bool:
    """Return whether the database indexes a column that is there as a whole."""
    if found.dialect.name not in MYSQL_NAMES:
        return True
    there = found.present[column.table.name].c[column.name].type
    return getattr(there, "length", None) is not None or not isinstance(there, types.String)
