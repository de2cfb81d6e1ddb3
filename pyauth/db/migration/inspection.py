"""The comparison of a database with the tables of the schema."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Column, Connection, Inspector, func, inspect, select, types
from sqlalchemy.engine.interfaces import ReflectedColumn, ReflectedIndex
from sqlalchemy.schema import Table

from pyauth.db.migration.plan import AddedColumn, AddedIndex, Plan
from pyauth.db.schema import SchemaField
from pyauth.db.sqlalchemy.tables import TableMap, index_name
from pyauth.db.sqlalchemy.types import (
    MYSQL_NAMES,
    FlagType,
    JsonType,
    MomentType,
    NumberType,
    SerialId,
    UuidId,
)

_MIGRATE_BY_HAND: Final = "change it by hand"


def compute_plan(connection: Connection, tables: Iterable[TableMap]) -> Plan:
    """Compare the database with the tables of the schema.

    Args:
        connection: reads the database; nothing is changed.
        tables: the tables of the schema, referred ones first.
    """
    comparison = _Comparison(connection)
    for item in tables:
        comparison.add(item)
    return Plan(
        tuple(comparison.tables),
        tuple(comparison.columns),
        tuple(comparison.indexes),
        tuple(comparison.problems),
    )


def constant_default(field: SchemaField) -> str | int | bool | None:
    """Return the default that a column can have itself: a plain constant, else None."""
    default = field.spec.default
    return default if isinstance(default, str | int | bool) else None


class _Comparison:
    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.inspector: Inspector = inspect(connection)
        self.dialect = connection.dialect
        self.tables: list[str] = []
        self.columns: list[AddedColumn] = []
        self.indexes: list[AddedIndex] = []
        self.problems: list[str] = []

    def add(self, item: TableMap) -> None:
        table = item.table
        if not self.inspector.has_table(table.name, schema=table.schema):
            self.tables.append(table.name)
            return
        present = {
            column["name"]: column
            for column in self.inspector.get_columns(table.name, schema=table.schema)
        }
        for field in item.fields.values():
            column = table.c[field.column]
            if field.column not in present:
                self._add_column(item, field, column)
            else:
                self._check_column(item, field, column, present[field.column])
        known = {field.column for field in item.fields.values()}
        for name, reflected in present.items():
            if name not in known and _must_be_given(reflected):
                self.problems.append(
                    f"table {table.name}: column {name} demands a value, and pyauth does not know "
                    "it; give it a default or let it be NULL"
                )
        self._add_indexes(item, present)

    def _add_column(self, item: TableMap, field: SchemaField, column: Column[Any]) -> None:
        problem = self._why_not(item, field, column)
        if problem is not None:
            self.problems.append(f"table {item.table.name}: column {column.name} {problem}")
            return
        definition = column.type.compile(dialect=self.dialect)
        if (default := constant_default(field)) is not None:
            definition += f" default {default!r}"
        if not column.nullable:
            definition += " not null"
        self.columns.append(
            AddedColumn(item.model, field.name, item.table.name, column.name, definition)
        )

    def _why_not(self, item: TableMap, field: SchemaField, column: Column[Any]) -> str | None:
        if column.primary_key:
            return f"is missing, and it is the primary key; {_MIGRATE_BY_HAND}"
        has_default = constant_default(field) is not None
        if has_default and field.spec.unique and self._is_filled(item.table):
            return "is missing; rows there would all get one value, and it is unique; fill it first"
        if column.nullable or has_default:
            return None
        cure = (
            f"is missing and required; give field {field.name!r} of model {item.model!r} a "
            "constant default, or make it not required"
        )
        if self.dialect.name == "sqlite":
            return f"{cure} (SQLite adds no required column without a default)"
        return f"{cure}, or add and fill it by hand" if self._is_filled(item.table) else None

    def _is_filled(self, table: Table) -> bool:
        # Only the primary key is sure to be there.
        statement = select(*table.primary_key).limit(1)
        return self.connection.execute(statement).first() is not None

    def _check_column(
        self,
        item: TableMap,
        field: SchemaField,
        column: Column[Any],
        reflected: ReflectedColumn,
    ) -> None:
        where = f"table {item.table.name}: column {column.name}"
        if not self._type_fits(field, column.type, reflected["type"]):
            wanted = column.type.compile(dialect=self.dialect)
            found = self._type_name(reflected["type"])
            self.problems.append(f"{where} is {found}, needed is {wanted}; {_MIGRATE_BY_HAND}")
        if column.nullable and _must_be_given(reflected):
            self.problems.append(
                f"{where} demands a value, and field {field.name!r} of model {item.model!r} may be "
                "absent; let the column be NULL"
            )

    def _type_name(self, found: types.TypeEngine[Any]) -> str:
        if isinstance(found, types.NullType):
            return "of a type unknown to SQLAlchemy"
        return found.compile(dialect=self.dialect)

    def _type_fits(
        self, field: SchemaField, wanted: types.TypeEngine[Any], found: types.TypeEngine[Any]
    ) -> bool:
        if isinstance(wanted, UuidId) and self.dialect.name == "postgresql":
            return isinstance(found, types.Uuid)
        if isinstance(wanted, NumberType | SerialId):
            return self._number_fits(field, found)
        if isinstance(wanted, FlagType):
            allowed = types.Boolean if self.dialect.name == "postgresql" else _FLAG_TYPES
            return isinstance(found, allowed)
        if isinstance(wanted, MomentType):
            return self._moment_fits(found)
        if isinstance(wanted, JsonType) and isinstance(found, types.JSON):
            return True
        if isinstance(wanted, JsonType) and self.dialect.name == "postgresql":
            return False
        return isinstance(found, types.String)

    def _number_fits(self, field: SchemaField, found: types.TypeEngine[Any]) -> bool:
        narrow = isinstance(found, types.INTEGER | types.SMALLINT)
        if field.spec.bigint and narrow and self.dialect.name != "sqlite":
            return False
        return isinstance(found, types.Integer)

    def _moment_fits(self, found: types.TypeEngine[Any]) -> bool:
        if self.dialect.name == "postgresql":
            return isinstance(found, types.DateTime) and found.timezone
        if self.dialect.name in MYSQL_NAMES:
            return isinstance(found, types.DateTime)
        return isinstance(found, types.String | types.DateTime | types.Date)

    def _add_indexes(self, item: TableMap, present: dict[str, ReflectedColumn]) -> None:
        table = item.table
        indexed, unique = self._existing_keys(table)
        for field in item.fields.values():
            if field.name == "id" or not (field.spec.unique or field.spec.index):
                continue
            if field.column in (unique if field.spec.unique else indexed):
                continue
            duplicated = field.column in present and field.spec.unique
            if duplicated and self._has_duplicates(table.c[field.column]):
                self.problems.append(
                    f"table {table.name}: column {field.column} must be unique and holds "
                    "duplicates; remove them first"
                )
                continue
            name = index_name(table.name, field.column)
            self.indexes.append(AddedIndex(name, table.name, field.column, field.spec.unique))

    def _existing_keys(self, table: Table) -> tuple[set[str], set[str]]:
        """Return the columns that an index begins with, and those that are unique by themselves."""
        indexed: set[str] = set()
        unique: set[str] = set()
        for index in self._existing_indexes(table):
            names = [name for name in index["column_names"] if name is not None]
            _note_key(names, indexed, unique if index["unique"] else set())
        for key in self.inspector.get_unique_constraints(table.name, schema=table.schema):
            _note_key(key["column_names"], indexed, unique)
        primary = self.inspector.get_pk_constraint(table.name, schema=table.schema)
        _note_key(primary["constrained_columns"], indexed, unique)
        return indexed, unique

    def _existing_indexes(self, table: Table) -> list[ReflectedIndex]:
        # SQLite keeps constraints written within a column as indexes of its own.
        options = {"include_auto_indexes": True} if self.dialect.name == "sqlite" else {}
        return self.inspector.get_indexes(table.name, schema=table.schema, **options)

    def _has_duplicates(self, column: Column[Any]) -> bool:
        statement = (
            select(column)
            .where(column.is_not(None))
            .group_by(column)
            .having(func.count() > 1)
            .limit(1)
        )
        return self.connection.execute(statement).first() is not None


_FLAG_TYPES: Final = (types.Boolean, types.Integer, types.Numeric)


def _note_key(names: Sequence[str], indexed: set[str], unique: set[str]) -> None:
    indexed.update(names[:1])
    if len(names) == 1:
        unique.update(names)


def _must_be_given(reflected: ReflectedColumn) -> bool:
    counted = reflected.get("autoincrement") is True or "identity" in reflected
    return not reflected["nullable"] and reflected["default"] is None and not counted
