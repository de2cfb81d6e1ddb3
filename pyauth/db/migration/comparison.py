"""The comparison of a database with the tables of the schema: Alembic's, over our tables alone."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alembic.autogenerate import produce_migrations
from alembic.operations.ops import MigrateOperation, ModifyTableOps
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Connection, Table

from pyauth.db.migration.fitness import Type, type_fits
from pyauth.db.schema import SchemaField
from pyauth.db.sqlalchemy.tables import TableMap


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs.

    Attributes:
        operations: what would make the database equal to the schema; some of it drops and alters.
        present: the tables of the schema that the database has, as they are there, by name.
    """

    operations: tuple[MigrateOperation, ...]
    present: Mapping[str, Table]


def compare(connection: Connection, tables: Sequence[TableMap]) -> Comparison:
    """Compare the database with the tables of the schema; nothing is changed.

    Args:
        connection: reads the database.
        tables: the tables of the schema, which share one MetaData with no other in it.
    """
    metadata = tables[0].table.metadata
    filters = _Filters(connection, metadata.schema, tables)
    context = MigrationContext.configure(
        connection,
        opts={
            "target_metadata": metadata,
            "include_schemas": metadata.schema is not None,
            "include_name": filters.include_name,
            "include_object": filters.include_object,
            "compare_type": filters.compare_type,
            "compare_server_default": False,
        },
    )
    found = produce_migrations(context, metadata).upgrade_ops
    operations = tuple(_flatten(found.ops)) if found is not None else ()
    return Comparison(operations, filters.present)


def _flatten(operations: Iterable[MigrateOperation]) -> Iterator[MigrateOperation]:
    for operation in operations:
        if isinstance(operation, ModifyTableOps):
            yield from operation.ops
        else:
            yield operation


class _Filters:
    """What Alembic asks while it compares."""

    def __init__(
        self, connection: Connection, schema: str | None, tables: Sequence[TableMap]
    ) -> None:
        is_default = schema == connection.dialect.default_schema_name
        self._schema = None if is_default else schema
        self._names = {item.table.name for item in tables}
        self._fields: dict[tuple[str, str], SchemaField] = {
            (item.table.name, field.column): field
            for item in tables
            for field in item.fields.values()
        }
        self.present: dict[str, Table] = {}

    def include_name(self, name: str | None, kind: str, _parents: Mapping[str, Any]) -> bool:
        """Leave out what is not ours, so that it is not even read."""
        if kind == "schema":
            return name == self._schema
        return kind != "table" or name in self._names

    def include_object(
        self,
        _item: Any,
        name: str | None,
        kind: str,
        _reflected: bool,  # noqa: FBT001 - Alembic's signature
        found: Any,
    ) -> bool:
        """Keep the tables that are there as they were read."""
        if kind == "table" and name is not None and found is not None:
            self.present[name] = found
        return True

    def compare_type(
        self,
        context: MigrationContext,
        _found: Column[Any],
        column: Column[Any],
        found_type: Type,
        wanted_type: Type,
    ) -> bool:
        """Tell whether a column is of another type than its field needs."""
        field = self._fields[column.table.name, column.name]
        return not type_fits(field, wanted_type, found_type, context.dialect.name)
