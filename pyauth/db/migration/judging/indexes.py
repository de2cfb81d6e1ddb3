"""Indexes that tables of the database lack."""

from typing import Any

from sqlalchemy import Column
from sqlalchemy.schema import Index

from pyauth.db.migration.draft import Draft
from pyauth.db.migration.found import Found
from pyauth.db.migration.judging.columns import can_be_indexed
from pyauth.db.migration.keys import find_holder, has_duplicates
from pyauth.db.migration.plan import AddedIndex
from pyauth.db.migration.rendering import create_index
from pyauth.db.sqlalchemy.tables import TableMap


def judge_indexes(found: Found, draft: Draft, item: TableMap) -> None:
    """Create the indexes that a table lacks, whatever those that it has are called."""
    columns = {
        *found.present[item.table.name].c.keys(),
        *(added.column for added in draft.add_columns if added.table == item.table.name),
    }
    keys = found.keys_of(item.table)
    for index in sorted(item.table.indexes, key=lambda index: str(index.name)):
        (column,) = index.columns
        served = keys.unique if index.unique else keys.indexed
        if column.name in served or column.name not in columns:
            continue
        problem = _why_not_create(found, index, column)
        if problem is not None:
            draft.problems.append(f"table {item.table.name}: {problem}")
            continue
        draft.do([create_index(index)])
        draft.create_indexes.append(
            AddedIndex(str(index.name), item.table.name, column.name, unique=bool(index.unique))
        )


def _why_not_create(found: Found, index: Index, column: Column[Any]) -> str | None:
    name, table = str(index.name), column.table
    if name in found.keys_of(table).names:
        return (
            f"index {name} is there and does not make column {column.name} "
            f"{'unique' if index.unique else 'quick to find'}; drop it by hand, and migrate again"
        )
    holder = find_holder(found.connection, name, found.place)
    if holder is not None:
        return (
            f"column {column.name} needs an index {name}, and that name belongs to {holder}; "
            "rename that by hand, and migrate again"
        )
    if column.name not in found.present[table.name].c:
        return None
    if not can_be_indexed(found, column):
        wanted = column.type.compile(dialect=found.dialect)
        return (
            f"column {column.name} is a text of open length, which has no index; change it by hand "
            f"to {wanted}, and migrate again"
        )
    if index.unique and has_duplicates(found.connection, column):
        return f"column {column.name} must be unique and holds duplicates; remove them first"
    return None
