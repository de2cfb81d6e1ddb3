"""Foreign keys of columns that are there, and of those that are to come."""

from typing import Any

from sqlalchemy import Column

from pyauth.db.migration.draft import Draft
from pyauth.db.migration.found import Found
from pyauth.db.migration.references import read_references, reference_of, why_not_refer
from pyauth.db.sqlalchemy.tables import TableMap
from pyauth.db.sqlalchemy.types import MYSQL_NAMES


def judge_present(found: Found, draft: Draft, item: TableMap) -> None:
    """Compare what the columns of a table refer to with what they should."""
    there = found.present[item.table.name]
    references = read_references(found.connection, there, found.place)
    for column in item.table.c:
        wanted = reference_of(column, found.place)
        if wanted is None or column.name not in there.c:
            continue
        held = references.get(column.name, ())
        if wanted in held:
            continue
        if not held:
            draft.warnings.append(
                f"table {item.table.name}: column {column.name} has no foreign key to "
                f"{wanted.target}; pyauth keeps to it itself, other programs may not"
            )
            continue
        cure = "replace the foreign key by hand"
        if wanted.table not in found.present:
            cure += f", or rename the table that is to be {wanted.table}"
        refers = " and to ".join(map(str, held))
        draft.refuse(item.table, column.name, f"refers to {refers}, needed is {wanted}; {cure}")


def judge_coming(found: Found, draft: Draft) -> None:
    """Refuse references to columns that MySQL does not let ours refer to."""
    if found.dialect.name not in MYSQL_NAMES:
        return
    for target, columns in _coming_references(found, draft).items():
        there = found.present[target.table.name].c[target.name]
        reason = why_not_refer(found.connection, columns[0], there)
        if reason is not None:
            referring = " and ".join(f"{column.table.name}.{column.name}" for column in columns)
            wanted = target.type.compile(dialect=found.dialect)
            draft.refuse(
                target.table,
                target.name,
                f"is {reason}, and {referring} cannot refer to it; change it by hand to {wanted}",
            )


def _coming_references(found: Found, draft: Draft) -> dict[Column[Any], list[Column[Any]]]:
    """Return the columns that are to come and refer, by the column there that they refer to."""
    added = {(item.table, item.column) for item in draft.add_columns}
    coming: dict[Column[Any], list[Column[Any]]] = {}
    for item in found.tables.values():
        is_new = item.table.name in draft.create_tables
        for column in item.table.c:
            if not (is_new or (item.table.name, column.name) in added):
                continue
            for key in column.foreign_keys:
                there = found.present.get(key.column.table.name)
                if there is not None and key.column.name in there.c:
                    coming.setdefault(key.column, []).append(column)
    return coming
