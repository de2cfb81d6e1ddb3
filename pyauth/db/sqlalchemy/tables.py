"""The tables of a schema, and their place in the MetaData of an application."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, ForeignKey, Index, MetaData, Table, UniqueConstraint, types
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import sort_tables_and_constraints
from sqlalchemy.sql import quoted_name

from pyauth.db.ids import IdPolicy
from pyauth.db.schema import Model, Schema, SchemaField
from pyauth.db.sqlalchemy.types import (
    FlagType,
    JsonType,
    MomentType,
    NumberType,
    SerialId,
    TextType,
    UuidId,
)
from pyauth.db.values import JSON_KINDS, kind_of
from pyauth.errors import ConfigurationError

_MAX_NAME: Final = 60
_UNQUOTED_WORDS: Final = frozenset(
    {"collation", "concurrently", "lateral", "nothing", "portion", "returning", "tablesample"}
)
"""Words that some database reserves and SQLAlchemy does not quote."""
_TABLE_OPTIONS: Final = {
    f"{dialect}_{option}": value
    for dialect in ("mysql", "mariadb")
    for option, value in (
        ("engine", "InnoDB"),
        ("charset", "utf8mb4"),
        ("collate", "utf8mb4_bin"),
    )
}
# The id of a deleted row must never be given to a new one.
_COUNTED_TABLE_OPTIONS: Final = {**_TABLE_OPTIONS, "sqlite_autoincrement": True}


@dataclass(frozen=True, slots=True)
class TableMap:
    """One model and its table.

    Attributes:
        model: logical model name.
        table: the table, all columns in the order of the model's fields.
        fields: the fields, ``id`` among them, by name.
        names: the names of the fields, in the order of the columns.
    """

    model: str
    table: Table
    fields: Mapping[str, SchemaField]
    names: tuple[str, ...]

    def column(self, field: str) -> Column[Any]:
        """Return the column of a field.

        Raises:
            ConfigurationError: the model has no such field.
        """
        item = self.fields.get(field)
        if item is None:
            known = ", ".join(self.names)
            raise ConfigurationError(
                f"model {self.model!r} has no field {field!r}; there are: {known}"
            )
        return self.table.c[item.column]

    def field_of(self, column: str) -> SchemaField:
        """Return the field that lives in a column of the table."""
        return next(item for item in self.fields.values() if item.column == column)


def build_tables(schema: Schema, metadata: MetaData, *, id_policy: IdPolicy) -> dict[str, TableMap]:
    """Build the table of every model into ``metadata``, which must not have them yet.

    Args:
        schema: the effective schema.
        metadata: receives the tables.
        id_policy: decides the type of ``id`` columns and of those that refer to them.

    Returns:
        The tables by logical model name.
    """
    built = {
        name: _build_table(schema, model, metadata, id_policy)
        for name, model in schema.models.items()
    }
    _open_circles([item.table for item in built.values()])
    return built


def _open_circles(tables: Sequence[Table]) -> None:
    """Mark references that go round in a circle: they are added once all tables are there."""
    for table, keys in sort_tables_and_constraints(tables):  # type: ignore[no-untyped-call]
        if table is not None:
            continue
        for key in keys:
            (column,) = key.column_keys
            key.use_alter = True
            key.name = _short_name(f"fk_{key.parent.name}_{column}")


def join_metadata(
    tables: Iterable[TableMap], metadata: MetaData, dialect: Dialect
) -> dict[str, Table]:
    """Give the tables to the MetaData of an application, reusing equal ones that it has.

    Args:
        tables: the tables of the schema.
        metadata: the application's MetaData.
        dialect: decides whether two column types are the same.

    Returns:
        The tables within ``metadata``, by logical model name.

    Raises:
        ConfigurationError: the application has another table under one of the names.
    """
    ours = list(tables)
    problems = [
        problem
        for item in ours
        if item.table.key in metadata.tables
        for problem in _differences(item, metadata.tables[item.table.key], dialect)
    ]
    if problems:
        raise ConfigurationError(problems)
    return {
        item.model: metadata.tables[item.table.key]
        if item.table.key in metadata.tables
        else item.table.to_metadata(metadata)
        for item in ours
    }


def index_name(table: str, column: str) -> str:
    """Return the name of a column's index, short enough for every database."""
    return _short_name(f"ix_{table}_{column}")


def _short_name(name: str) -> str:
    if len(name) <= _MAX_NAME:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: _MAX_NAME - 9]}_{digest}"


def _build_table(schema: Schema, model: Model, metadata: MetaData, id_policy: IdPolicy) -> TableMap:
    fields = model.fields
    columns = [_build_column(schema, item, metadata, id_policy) for item in fields.values()]
    options = _COUNTED_TABLE_OPTIONS if id_policy == "serial" else _TABLE_OPTIONS
    table = Table(_quoted(model.table), metadata, *columns, **options)
    for item in fields.values():
        if item.name != "id" and (item.spec.unique or item.spec.index):
            name = index_name(model.table, item.column)
            Index(name, table.c[item.column], unique=item.spec.unique)
    return TableMap(model.name, table, fields, tuple(fields))


def _quoted(name: str) -> str:
    return quoted_name(name, quote=True) if name.lower() in _UNQUOTED_WORDS else name


def _build_column(
    schema: Schema, item: SchemaField, metadata: MetaData, id_policy: IdPolicy
) -> Column[Any]:
    if item.name == "id":
        counted = id_policy == "serial"
        return Column(
            _quoted(item.column),
            _id_type(id_policy),
            primary_key=True,
            nullable=False,
            autoincrement=counted,
        )
    return Column(
        _quoted(item.column),
        _column_type(item, id_policy),
        *_foreign_keys(schema, item, metadata),
        nullable=not item.spec.required,
    )


def _id_type(id_policy: IdPolicy) -> types.TypeEngine[str]:
    if id_policy == "serial":
        return SerialId()
    return UuidId() if id_policy == "uuid" else TextType(keyed=True)


def _column_type(item: SchemaField, id_policy: IdPolicy) -> types.TypeEngine[Any]:
    spec = item.spec
    if spec.references is not None and spec.references.field == "id":
        return _id_type(id_policy)
    kind = kind_of(item)
    if kind in JSON_KINDS:
        return JsonType()
    if kind == "string":
        return TextType(keyed=spec.unique or spec.index or spec.references is not None)
    simple: dict[str, type[types.TypeEngine[Any]]] = {
        "number": NumberType,
        "boolean": FlagType,
        "date": MomentType,
    }
    return simple[kind]()


def _foreign_keys(schema: Schema, item: SchemaField, metadata: MetaData) -> list[ForeignKey]:
    reference = item.spec.references
    if reference is None:
        return []
    target = schema.model(reference.model)
    column = target.fields[reference.field].column
    table = f"{metadata.schema}.{target.table}" if metadata.schema else target.table
    return [ForeignKey(f"{table}.{column}", ondelete=reference.on_delete.upper())]


def _differences(ours: TableMap, theirs: Table, dialect: Dialect) -> list[str]:
    found = [
        *_column_differences(ours.table, theirs, dialect),
        *_key_differences(ours.table, theirs),
    ]
    return [
        f"the MetaData has its own table {theirs.key!r}, and model {ours.model!r} of pyauth needs "
        f"one of that name: {difference}; rename one of them, or make them equal"
        for difference in found
    ]


def _column_differences(ours: Table, theirs: Table, dialect: Dialect) -> list[str]:
    found = []
    for name in sorted(set(ours.c.keys()) - set(theirs.c.keys())):
        found.append(f"column {name!r} is missing from the application's table")
    for name in sorted(set(theirs.c.keys()) - set(ours.c.keys())):
        found.append(f"column {name!r} is not known to pyauth")
    for column in ours.c:
        if column.name not in theirs.c:
            continue
        wanted, present = _describe(column, dialect), _describe(theirs.c[column.name], dialect)
        if wanted != present:
            found.append(f"column {column.name!r} is {present}, pyauth needs {wanted}")
    return found


def _describe(column: Column[Any], dialect: Dialect) -> str:
    parts = [column.type.compile(dialect=dialect)]
    if column.primary_key:
        parts.append("PRIMARY KEY")
    elif not column.nullable:
        parts.append("NOT NULL")
    for key in sorted(column.foreign_keys, key=lambda key: key.target_fullname):
        parts.append(f"REFERENCES {key.target_fullname} ON DELETE {key.ondelete or 'NO ACTION'}")
    return " ".join(parts)


def _key_differences(ours: Table, theirs: Table) -> list[str]:
    wanted, present = unique_columns(ours), unique_columns(theirs)
    return [
        *(f"column {name!r} is not unique there" for name in sorted(wanted - present)),
        *(f"column {name!r} is unique there" for name in sorted(present - wanted)),
    ]


def unique_columns(table: Table) -> set[str]:
    """Return the columns of ``table`` that a constraint or an index of their own makes unique."""
    found = {column.name for column in table.c if column.unique}
    for index in table.indexes:
        names = [column.name for column in index.columns]
        if index.unique and len(names) == 1:
            found.add(names[0])
    for constraint in table.constraints:
        names = [column.name for column in getattr(constraint, "columns", ())]
        if isinstance(constraint, UniqueConstraint) and len(names) == 1:
            found.add(names[0])
    return found
