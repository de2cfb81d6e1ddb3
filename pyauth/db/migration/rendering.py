"""Operations as SQL, by Alembic: the same text is shown, written to files and executed."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from alembic.operations import Operations
from alembic.operations.ops import (
    AddColumnOp,
    CreateForeignKeyOp,
    CreateIndexOp,
    CreateTableOp,
    ExecuteSQLOp,
    MigrateOperation,
)
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, ForeignKey, Index, Table
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import Constraint, CreateColumn, CreateSchema, ForeignKeyConstraint

from pyauth.db.migration.defaults import constant_default, server_default
from pyauth.db.schema import SchemaField
from pyauth.db.sqlalchemy.dialects import find_dialect
from pyauth.db.sqlalchemy.types import MYSQL_NAMES

_TERMINATOR: Final = ";"


def render(operations: Iterable[MigrateOperation], dialect: str) -> tuple[str, ...]:
    """Return the statements of operations, without final semicolons.

    Args:
        operations: in order.
        dialect: the dialect's name; no driver of it is needed.
    """
    chosen = _offline(dialect)
    written: list[str] = []
    for operation in operations:
        written += _join(_render(operation, chosen), dialect)
    return tuple(written)


def _render(operation: MigrateOperation, dialect: Dialect) -> list[str]:
    statements = _Statements()
    context = MigrationContext.configure(
        dialect=dialect, opts={"as_sql": True, "output_buffer": statements}
    )
    Operations(context).invoke(operation)
    return statements.texts


def _offline(name: str) -> Dialect:
    # Only a paramstyle without per cent signs leaves those in texts as they are.
    dialect = find_dialect(name, paramstyle="named")
    if name in MYSQL_NAMES:
        from sqlalchemy.dialects.mysql import reserved_words  # noqa: PLC0415 - of this dialect alone

        words = reserved_words.RESERVED_WORDS_MYSQL | reserved_words.RESERVED_WORDS_MARIADB
        dialect.identifier_preparer.reserved_words = set(words)
    return dialect


def _join(statements: Sequence[str], dialect: str) -> list[str]:
    """Make one statement of a new column and its reference, which MySQL would commit one by one."""
    if dialect not in MYSQL_NAMES or len(statements) != 2:
        return list(statements)
    first, second = statements
    table, _, addition = second.partition(" ADD FOREIGN KEY")
    if not addition or not first.startswith(f"{table} ADD COLUMN "):
        return list(statements)
    return [f"{first}, ADD FOREIGN KEY{addition}"]


class _Statements:
    """Where Alembic writes: one text at a time, one statement each."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def write(self, written: str) -> None:
        """Keep a statement."""
        lines = (line.rstrip() for line in written.strip().removesuffix(_TERMINATOR).splitlines())
        self.texts.append("\n".join(line for line in lines if line))

    def flush(self) -> None:
        """Do nothing: what is written is kept."""


def create_schema(name: str) -> MigrateOperation:
    """Return the operation that creates a schema of PostgreSQL."""
    return ExecuteSQLOp(CreateSchema(name))


def create_everything(tables: Sequence[Table], dialect: str) -> list[MigrateOperation]:
    """Return the operations that create tables and indexes in an empty database."""
    operations: list[MigrateOperation] = []
    for table in tables:
        operations += [create_table(table), *create_indexes(table)]
    for table in tables:
        operations += create_late_references(table, dialect)
    return operations


def create_table(table: Table) -> MigrateOperation:
    """Return the operation that creates a table."""
    operation = CreateTableOp.from_table(table)
    # Alembic takes the constraints from a set, in another order in each process.
    operation.columns = [*table.c, *sorted(table.constraints, key=_place)]
    return operation


def _place(constraint: Constraint) -> tuple[bool, list[str]]:
    is_reference = isinstance(constraint, ForeignKeyConstraint)
    return is_reference, [column.name for column in getattr(constraint, "columns", ())]


def create_late_references(table: Table, dialect: str) -> list[MigrateOperation]:
    """Return the operations that add what :func:`create_table` left out, to close a circle.

    SQLite leaves nothing out: it minds no table that comes later.
    """
    late = (key for key in table.foreign_key_constraints if key.use_alter and dialect != "sqlite")
    return [CreateForeignKeyOp.from_constraint(key) for key in sorted(late, key=_place)]


def create_indexes(table: Table) -> list[MigrateOperation]:
    """Return the operations that create the indexes of a table."""
    ordered = sorted(table.indexes, key=lambda index: str(index.name))
    return [create_index(index) for index in ordered]


def create_index(index: Index) -> MigrateOperation:
    """Return the operation that creates an index."""
    return CreateIndexOp.from_index(index)


def add_column(field: SchemaField, ours: Column[Any], dialect: str) -> AddColumnOp:
    """Return the operation that adds a column to rows that are there.

    Args:
        field: the field.
        ours: its column in the schema, without a default of its own.
        dialect: the dialect's name.
    """
    keys = [ForeignKey(key.target_fullname, ondelete=key.ondelete) for key in ours.foreign_keys]
    column: Column[Any] = Column(
        ours.name,
        ours.type,
        *keys,
        nullable=ours.nullable,
        server_default=server_default(constant_default(field), ours.type, dialect),
    )
    return AddColumnOp(
        ours.table.name,
        column,
        schema=ours.table.schema,
        # InnoDB skips over a reference within the column's definition, SQLite takes no other.
        inline_references=bool(keys) and dialect not in MYSQL_NAMES,
    )


def define(column: Column[Any], dialect: str) -> str:
    """Return the type of a column, its default and whether it may be NULL, as SQL."""
    chosen = _offline(dialect)
    written = str(CreateColumn(column).compile(dialect=chosen))
    return written.removeprefix(chosen.identifier_preparer.format_column(column)).strip()
