"""The adding of what a plan names, by one process at a time.

This module alone needs Alembic; it is imported when tables are to be changed.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Connection, ForeignKey, text
from sqlalchemy.schema import CreateIndex, CreateTable, Table

from pyauth.db.migration.inspection import compute_plan, constant_default
from pyauth.db.migration.plan import AddedColumn, Plan
from pyauth.db.sqlalchemy.tables import TableMap
from pyauth.db.sqlalchemy.types import MYSQL_NAMES, TextType
from pyauth.errors import ConfigurationError, StoreUnavailable

LOCK_TIMEOUT: Final = 60
"""Seconds that a migration waits for another one."""

# The lock belongs to the server, not to the database: its name says which one.
_LOCK_NAME: Final = "concat('pyauth.migrate.', coalesce(database(), ''))"
_LOCK_NUMBER: Final = 0x7079617574680001


def migrate(connection: Connection, tables: Iterable[TableMap]) -> Plan:
    """Compare and add what is missing, while no other migration runs.

    On SQLite and PostgreSQL all or nothing happens; MySQL commits each statement by itself.

    Args:
        connection: a connection in autocommit.
        tables: the tables of the schema, referred ones first.

    Returns:
        What was added.

    Raises:
        ConfigurationError: the plan holds problems; nothing was changed.
        StoreUnavailable: another migration takes too long.
    """
    ordered = list(tables)
    with _alone(connection):
        plan = compute_plan(connection, ordered)
        if plan.problems:
            raise ConfigurationError(plan.problems)
        apply(connection, plan, ordered)
    return plan


def apply(connection: Connection, plan: Plan, tables: Iterable[TableMap]) -> None:
    """Execute a plan without problems."""
    by_name = {item.table.name: item for item in tables}
    for name in plan.create_tables:
        _create(connection, by_name[name].table)
    operations = Operations(MigrationContext.configure(connection))
    for added in plan.add_columns:
        _add_column(operations, by_name[added.table], added)
    for index in plan.create_indexes:
        table = by_name[index.table].table
        operations.create_index(
            index.name, table.name, [index.column], unique=index.unique, schema=table.schema
        )


def _create(connection: Connection, table: Table) -> None:
    connection.execute(CreateTable(table))
    for index in sorted(table.indexes, key=lambda index: str(index.name)):
        connection.execute(CreateIndex(index))


def _add_column(operations: Operations, item: TableMap, added: AddedColumn) -> None:
    field = item.fields[added.field]
    ours = item.table.c[added.column]
    keys = [ForeignKey(key.target_fullname, ondelete=key.ondelete) for key in ours.foreign_keys]
    dialect = operations.get_context().dialect.name
    column: Column[Any] = Column(
        added.column,
        ours.type,
        *keys,
        nullable=ours.nullable,
        server_default=_server_default(constant_default(field), ours, dialect),
    )
    operations.add_column(
        item.table.name,
        column,
        schema=item.table.schema,
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


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    if connection.dialect.name in MYSQL_NAMES:
        with _named_lock(connection):
            yield
        return
    begin: Sequence[str] = ("BEGIN IMMEDIATE",)
    if connection.dialect.name == "postgresql":
        begin = (
            "BEGIN",
            f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}s'",
            f"SELECT pg_advisory_xact_lock({_LOCK_NUMBER})",
        )
    for statement in begin:
        connection.exec_driver_sql(statement)
    try:
        yield
        connection.exec_driver_sql("COMMIT")
    except BaseException:
        if not connection.invalidated:
            connection.exec_driver_sql("ROLLBACK")
        raise


@contextmanager
def _named_lock(connection: Connection) -> Iterator[None]:
    locked = connection.exec_driver_sql(f"SELECT GET_LOCK({_LOCK_NAME}, {LOCK_TIMEOUT})")
    if locked.scalar() != 1:
        raise StoreUnavailable("another migration of the database takes too long")
    try:
        yield
    finally:
        if not connection.invalidated:
            connection.exec_driver_sql(f"SELECT RELEASE_LOCK({_LOCK_NAME})")
