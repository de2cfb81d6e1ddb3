"""For apps that own their migrations: what Alembic's autogenerate asks about our tables.

The functions bear the names of the options of ``alembic.context.configure`` that take them.
"""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Column
from sqlalchemy.schema import SchemaItem, Table

from pyauth.db.migration.fitness import Type, type_fits
from pyauth.db.sqlalchemy.tables import TableMap
from pyauth.db.sqlalchemy.types import is_own_type

if TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext


def include_object(
    item: SchemaItem,
    kind: str,
    *,
    is_dropped: bool,
    ours: Collection[tuple[str | None, str]],
) -> bool:
    """Return False for our tables, so that they are neither created nor dropped.

    Args:
        item: what Alembic asks about.
        kind: what that is, such as ``table``.
        is_dropped: whether the database has it and no MetaData.
        ours: schema and name of each of our tables.
    """
    if kind != "table" or not isinstance(item, Table):
        return True
    if is_dropped and item.schema is None:
        # A table of the default schema comes without its name, which the options may give.
        return item.name not in {name for _, name in ours}
    return (item.schema, item.name) not in ours


def render_item(kind: str, item: Any, autogen_context: "AutogenContext") -> str | Literal[False]:
    """Write the types of our columns as SQLAlchemy's, so that migrations import none of pyauth.

    Args:
        kind: what is to be written, such as ``type``.
        item: the thing.
        autogen_context: Alembic's.

    Returns:
        Python source, or False for what is not ours.
    """
    if kind != "type" or not is_own_type(item):
        return False
    context, dialect = autogen_context.migration_context, autogen_context.dialect
    assert context is not None  # noqa: S101 - it is there while it renders
    plain = item.load_dialect_impl(dialect)
    written = context.impl.render_type(plain, autogen_context)
    if written:
        return written
    module = type(plain).__module__
    if not module.startswith("sqlalchemy.dialects."):
        return f"sa.{plain!r}"
    name = module.split(".")[2]
    autogen_context.imports.add(f"from sqlalchemy.dialects import {name}")
    return f"{name}.{plain!r}"


def compare_type(
    column: Column[Any],
    found_type: Type,
    *,
    dialect: str,
    tables: Mapping[tuple[str | None, str], TableMap],
) -> bool | None:
    """Return whether a column of ours is of another type than its field needs, else None.

    Args:
        column: the column in the MetaData.
        found_type: the type that the database has.
        dialect: the dialect's name.
        tables: our tables, by schema and name.
    """
    item = tables.get((column.table.schema, column.table.name))
    if item is None:
        return None
    field = next((field for field in item.fields.values() if field.column == column.name), None)
    return None if field is None else not type_fits(field, column.type, found_type, dialect)
