"""What is to be added to a database, and what forbids it."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from alembic.operations.ops import (
    AddColumnOp,
    AlterColumnOp,
    CreateForeignKeyOp,
    CreateIndexOp,
    CreateTableOp,
    DropColumnOp,
    MigrateOperation,
)
from sqlalchemy import Column, Connection, inspect, types
from sqlalchemy.schema import Table

from pyauth.db.migration import rendering
from pyauth.db.migration.comparison import compare
from pyauth.db.migration.fitness import demands_value, type_name
from pyauth.db.migration.keys import Keys, has_duplicates, is_filled, read_keys
from pyauth.db.migration.plan import AddedColumn, AddedIndex, Plan
from pyauth.db.migration.references import Reference, read_references, reference_of
from pyauth.db.schema import SchemaField
from pyauth.db.sqlalchemy.tables import TableMap
from pyauth.naming import to_camel

_BY_HAND: Final = "change it by hand"


def plan_from_nothing(
    tables: Sequence[TableMap], dialect: str, migrations: Sequence[str] = ()
) -> Plan:
    """Return what an empty database lacks; no database is asked.

    Args:
        tables: the tables of the schema, referred ones first.
        dialect: the dialect's name.
        migrations: the named migrations of plugins.
    """
    schema = tables[0].table.schema
    operations = [rendering.create_schema(schema)] if schema else []
    operations += rendering.create_tables([item.table for item in tables])
    return Plan(
        dialect=dialect,
        create_schemas=(schema,) if schema else (),
        create_tables=tuple(item.table.name for item in tables),
        run_migrations=tuple(migrations),
        statements=rendering.render(operations, dialect),
    )


def compute_plan(
    connection: Connection, tables: Sequence[TableMap], migrations: Sequence[str] = ()
) -> Plan:
    """Compare a database with the tables of the schema; nothing is changed.

    Args:
        connection: reads the database.
        tables: the tables of the schema, referred ones first.
        migrations: the named migrations that the database has not seen.
    """
    return _Planner(connection, tables).make(migrations)


class _Planner:
    def __init__(self, connection: Connection, tables: Sequence[TableMap]) -> None:
        self._connection = connection
        self._dialect = connection.dialect
        self._inspector = inspect(connection)
        self._tables = {item.table.name: item for item in tables}
        self._order = [item.table.name for item in tables]
        self._comparison = compare(connection, tables)
        self._keys: dict[str, Keys] = {}
        self._operations: list[MigrateOperation] = []
        self._schemas: list[str] = []
        self._created: list[str] = []
        self._columns: list[AddedColumn] = []
        self._indexes: list[AddedIndex] = []
        self._problems: list[str] = []
        self._warnings: list[str] = []

    def make(self, migrations: Sequence[str]) -> Plan:
        """Return the plan."""
        self._judge_schema()
        for name in self._order:
            found = self._comparison.present.get(name)
            if found is not None:
                self._judge_present(self._tables[name], found)
        for operation in self._comparison.operations:
            judge = self._judges.get(type(operation))
            if judge is not None:
                judge(self, operation)
        return Plan(
            dialect=self._dialect.name,
            create_schemas=tuple(self._schemas),
            create_tables=tuple(self._created),
            add_columns=tuple(self._columns),
            create_indexes=tuple(self._indexes),
            run_migrations=tuple(migrations),
            problems=tuple(self._problems),
            warnings=tuple(self._warnings),
            statements=rendering.render(self._operations, self._dialect.name),
        )

    def _judge_schema(self) -> None:
        schema = self._tables[self._order[0]].table.schema
        if schema and schema not in self._inspector.get_schema_names():
            self._schemas.append(schema)
            self._operations.append(rendering.create_schema(schema))

    def _judge_present(self, item: TableMap, found: Table) -> None:
        """Look at what Alembic does not compare: keys, and types that SQLAlchemy does not know."""
        for field in item.fields.values():
            column = found.c.get(field.column)
            if column is None:
                continue
            if isinstance(column.type, types.NullType):
                self._refuse_type(item.table, field.column, column.type)
            if field.name == "id" and field.column not in self._keys_of(item.table).unique:
                self._refuse(item.table, field.column, f"must be the primary key; {_BY_HAND}")

    def _create_table(self, operation: CreateTableOp) -> None:
        item = self._tables[operation.table_name]
        if self._inspector.has_table(item.table.name, schema=item.table.schema):
            self._problems.append(
                f"table {item.table.name}: there is a view of that name; rename it, or give model "
                f"{item.model!r} another table"
            )
            return
        self._created.append(item.table.name)
        self._operations.append(operation)
        self._warn_of_renamed_table(item)

    def _create_index(self, operation: CreateIndexOp) -> None:
        table = self._tables[operation.table_name].table
        if table.name in self._created:
            self._operations.append(operation)
            return
        if table.name not in self._comparison.present:
            return
        index = next(index for index in table.indexes if index.name == operation.index_name)
        (column,) = index.columns
        keys = self._keys_of(table)
        if column.name in (keys.unique if index.unique else keys.indexed):
            return
        if index.name in keys.names:
            self._problems.append(
                f"table {table.name}: index {index.name} is there and does not make column "
                f"{column.name} {'unique' if index.unique else 'quick to find'}; drop it by hand, "
                "and migrate again"
            )
            return
        is_present = column.name in self._comparison.present[table.name].c
        if index.unique and is_present and has_duplicates(self._connection, column):
            self._refuse(
                table, column.name, "must be unique and holds duplicates; remove them first"
            )
            return
        self._operations.append(operation)
        self._indexes.append(
            AddedIndex(str(index.name), table.name, column.name, unique=bool(index.unique))
        )

    def _add_column(self, operation: AddColumnOp) -> None:
        item = self._tables[operation.table_name]
        column = item.table.c[operation.column.name]
        field = _field_of(item, column.name)
        problem = self._why_not_add(item, field, column)
        if problem is not None:
            self._refuse(item.table, column.name, problem + self._rename_hint(item, field))
            return
        self._columns.append(
            AddedColumn(
                item.model, field.name, item.table.name, column.name, self._define(field, column)
            )
        )
        self._operations.append(rendering.add_column(field, column, self._dialect.name))
        if hint := self._rename_hint(item, field):
            self._warnings.append(f"table {item.table.name}: column {column.name} is new{hint}")

    def _define(self, field: SchemaField, column: Column[Any]) -> str:
        definition = column.type.compile(dialect=self._dialect)
        if (default := rendering.constant_default(field)) is not None:
            definition += f" default {default!r}"
        return definition if column.nullable else f"{definition} not null"

    def _why_not_add(self, item: TableMap, field: SchemaField, column: Column[Any]) -> str | None:
        if column.primary_key:
            return f"is missing, and it is the primary key; {_BY_HAND}"
        has_default = rendering.constant_default(field) is not None
        if has_default and field.spec.unique and self._is_filled(item.table):
            return "is missing; rows there would all get one value, and it is unique; fill it first"
        if column.nullable or has_default:
            return None
        cure = (
            f"is missing and required; give field {field.name!r} of model {item.model!r} a "
            "constant default, or make it not required"
        )
        if self._dialect.name == "sqlite":
            return f"{cure} (SQLite adds no required column without a default)"
        return f"{cure}, or add and fill it by hand" if self._is_filled(item.table) else None

    def _is_filled(self, table: Table) -> bool:
        return is_filled(self._connection, table)

    def _alter_column(self, operation: AlterColumnOp) -> None:
        item = self._tables[operation.table_name]
        field = _field_of(item, operation.column_name)
        found = self._comparison.present[item.table.name].c[operation.column_name]
        if operation.modify_type is not None:
            self._refuse_type(item.table, found.name, found.type)
        if operation.modify_nullable and demands_value(found):
            self._refuse(
                item.table,
                found.name,
                f"demands a value, and field {field.name!r} of model {item.model!r} may be absent; "
                "let the column be NULL",
            )

    def _drop_column(self, operation: DropColumnOp) -> None:
        found = self._comparison.present[operation.table_name].c[operation.column_name]
        if demands_value(found):
            self._refuse(
                found.table,
                found.name,
                "demands a value, and pyauth does not know it; give it a default or let it be NULL",
            )

    def _create_foreign_key(self, operation: CreateForeignKeyOp) -> None:
        item = self._tables[operation.source_table]
        (name,) = operation.local_cols
        found = self._comparison.present.get(item.table.name)
        if found is None or name not in found.c:
            return  # it comes with its table or column
        wanted = reference_of(item.table.c[name])
        present = read_references(self._connection, found).get(name)
        if wanted is None or wanted == present:
            return
        if present is None:
            self._warnings.append(
                f"table {item.table.name}: column {name} has no foreign key to {wanted.target}; "
                "pyauth keeps to it itself, other programs may not"
            )
            return
        self._refuse_reference(item.table, name, wanted=wanted, present=present)

    def _refuse_reference(
        self, table: Table, column: str, *, wanted: Reference, present: Reference
    ) -> None:
        self._refuse(
            table,
            column,
            f"refers to {present}, needed is {wanted}; replace the foreign key by hand",
        )

    def _refuse_type(self, table: Table, column: str, found: types.TypeEngine[Any]) -> None:
        wanted = self._tables[table.name].table.c[column].type.compile(dialect=self._dialect)
        present = type_name(found, self._dialect)
        self._refuse(table, column, f"is {present}, needed is {wanted}; {_BY_HAND}")

    def _refuse(self, table: Table, column: str, problem: str) -> None:
        self._problems.append(f"table {table.name}: column {column} {problem}")

    def _keys_of(self, table: Table) -> Keys:
        if table.name not in self._keys:
            self._keys[table.name] = read_keys(self._inspector, table)
        return self._keys[table.name]

    def _rename_hint(self, item: TableMap, field: SchemaField) -> str:
        """Name the column that a field may have had before somebody renamed it."""
        found = self._comparison.present[item.table.name].c
        used = {other.column for other in item.fields.values()}
        for name in (field.name, to_camel(field.name)):
            if name in found and name not in used:
                return (
                    f"; column {name} looks like the one it was: to keep what it holds, rename it "
                    f"(ALTER TABLE ... RENAME COLUMN {name} TO {field.column}) and migrate again"
                )
        return ""

    def _warn_of_renamed_table(self, item: TableMap) -> None:
        """Name the table that a model may have had before somebody renamed it."""
        for name in (f"{item.model}s", to_camel(item.model)):
            if name not in self._tables and self._inspector.has_table(
                name, schema=item.table.schema
            ):
                self._warnings.append(
                    f"table {item.table.name} is new; table {name} looks like the one it was: to "
                    f"keep its rows, rename it (ALTER TABLE ... RENAME TO {item.table.name}) "
                    "before you migrate"
                )

    _judges: Final[dict[type[MigrateOperation], Callable[["_Planner", Any], None]]] = {
        CreateTableOp: _create_table,
        CreateIndexOp: _create_index,
        AddColumnOp: _add_column,
        AlterColumnOp: _alter_column,
        DropColumnOp: _drop_column,
        CreateForeignKeyOp: _create_foreign_key,
    }
    """What is made of each operation; others would drop or reorder, and nothing is made of them."""


def _field_of(item: TableMap, column: str) -> SchemaField:
    return next(field for field in item.fields.values() if field.column == column)
