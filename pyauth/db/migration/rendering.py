"""Operations as SQL, by Alembic: the same text is shown, written to files and executed."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from alembic.operations import Operations
from alembic.operations.ops import (
    AddColumnOp,
    CreateIndexOp,
    CreateTableOp,
    ExecuteSQLOp,
    MigrateOperation,
)
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, ForeignKey, Table, text
from sqlalchemy.schema import CreateSchema

from pyauth.db.schema import SchemaField
from pyauth.db.sqlalchemy.dialects import find_dialect
from pyauth.db.sqlalchemy.types import MYSQL_NAMES, TextType

_TERMINATOR: Final = ";"


def render(operations: Iterable[MigrateOperation], dialect: str) -> tuple[str, ...]:
    """Return the statements of operations, without final semicolons.

    Args:
        operations: in order.
        dialect: the dialect's name; no driver of it is needed.
    """
    statements = _Statements()
    context = MigrationContext.configure(
        # Only a paramstyle without per cent signs leaves those in texts as they are.
        dialect=find_dialect(dialect, paramstyle="named"),
        opts={"as_sql": True, "output_buffer": statements},
    )
    runner = Operations(context)
    for operation in operations:
        runner.invoke(operation)
    return tuple(statements.texts)


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


def create_tables(tables: Sequence[Table]) -> list[MigrateOperation]:
    """Return the operations that create tables, each with its indexes."""
    operations: list[MigrateOperation] = []
    for table in tables:
        operations.append(CreateTableOp.from_table(table))
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            operations.append(CreateIndexOp.from_index(index))
    return operations


def constant_default(field: SchemaField) -> str | int | bool | None:
    """Return the default that a column can have itself: a plain constant, else None."""
    default = field.spec.default
    return default if isinstance(default, str | int | bool) else None


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
        server_default=_server_default(constant_default(field), ours, dialect),
    )
    return AddColumnOp(
        ours.table.name,
        column,
        schema=ours.table.schema,
        # InnoDB skips over a reference within the column's definition, SQLite takes no other.
        inline_references=bool(keys) and dialect not in MYSQL_NAMES,
    )


def _server_default(value: object, column: Column[Any], dialect: str) -> Any:
    if value is None:
        return None
    if isinstance(value, bool):
        return text(str(value).lower() if dialect == "postgresql" else str(int(value)))
    if isinstance(value, int):
        return text(str(value))
    if dialect in MYSQL_NAMES and isinstance(column.type, TextType):
        # A text of open length takes an expression only.
        quoted = str(value).replace("\\", "\\\\").replace("'", "''").replace(":", "\\:")
        return text(f"('{quoted}')")
    return value
