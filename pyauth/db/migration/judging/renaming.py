"""Traces of tables and columns that were renamed in the options and not in the database."""

from collections.abc import Iterator

from pyauth.db.migration.draft import Draft
from pyauth.db.migration.found import Found
from pyauth.db.schema import SchemaField
from pyauth.db.sqlalchemy.tables import TableMap
from pyauth.naming import to_camel


def rename_hint(found: Found, item: TableMap, field: SchemaField) -> str:
    """Name the column that a field may have had before somebody renamed it."""
    there = found.present[item.table.name].c
    used = {other.column for other in item.fields.values()}
    for name in (field.name, to_camel(field.name)):
        if name in there and name not in used:
            table, old, new = _quote(found, item.table.name, name, field.column)
            return (
                f"; column {name} looks like the one it was: to keep what it holds, rename it "
                f"(ALTER TABLE {table} RENAME COLUMN {old} TO {new}) and migrate again"
            )
    return ""


def warn_of_renamed_table(found: Found, draft: Draft, item: TableMap) -> None:
    """Name the table that a model may have had before somebody renamed it."""
    for name in _former_names(found, item):
        old, new = _quote(found, name, item.table.name)
        draft.warnings.append(
            f"table {item.table.name} is new; table {name} looks like the one it was: to keep its "
            f"rows, rename it (ALTER TABLE {old} RENAME TO {new}) before you migrate"
        )


def _former_names(found: Found, item: TableMap) -> Iterator[str]:
    for name in dict.fromkeys((f"{item.model}s", to_camel(item.model))):
        if name not in found.tables and found.has_table(name):
            yield name


def _quote(found: Found, *names: str) -> list[str]:
    return [found.dialect.identifier_preparer.quote(name) for name in names]
