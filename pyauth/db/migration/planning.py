"""What is to be added to a database, and what forbids it."""

from collections.abc import Sequence

from alembic.operations.ops import (
    AddColumnOp,
    AlterColumnOp,
    CreateTableOp,
    MigrateOperation,
)
from sqlalchemy import Connection

from pyauth.db.migration import rendering
from pyauth.db.migration.draft import Draft
from pyauth.db.migration.found import Found
from pyauth.db.migration.judging import columns, indexes, references, tables
from pyauth.db.migration.plan import Plan
from pyauth.db.sqlalchemy.tables import TableMap


def plan_from_nothing(
    wanted: Sequence[TableMap], dialect: str, migrations: Sequence[str] = ()
) -> Plan:
    """Return what an empty database lacks; no database is asked.

    Args:
        wanted: the tables of the schema, referred ones first.
        dialect: the dialect's name.
        migrations: the named migrations of plugins.
    """
    draft = Draft()
    schema = wanted[0].table.schema
    if schema:
        draft.create_schemas.append(schema)
        draft.do([rendering.create_schema(schema)])
    draft.create_tables += (item.table.name for item in wanted)
    draft.do(rendering.create_everything([item.table for item in wanted], dialect))
    return draft.finish(dialect, migrations)


def compute_plan(
    connection: Connection, wanted: Sequence[TableMap], migrations: Sequence[str] = ()
) -> Plan:
    """Compare a database with the tables of the schema; nothing is changed.

    Args:
        connection: reads the database.
        wanted: the tables of the schema, referred ones first.
        migrations: the named migrations that the database has not seen.
    """
    found, draft = Found(connection, wanted), Draft()
    tables.judge_schema(found, draft)
    for operation in found.comparison.operations:
        _judge_operation(found, draft, operation)
    tables.close_circles(found, draft)
    for item in wanted:
        if item.table.name in found.present:
            _judge_present(found, draft, item)
    references.judge_coming(found, draft)
    return draft.finish(connection.dialect.name, migrations)


def _judge_operation(found: Found, draft: Draft, operation: MigrateOperation) -> None:
    """Look at one operation of Alembic's.

    Nothing is made of most kinds: they drop, or concern keys, which are judged by what they do, not
    by what they are called.
    """
    match operation:
        case CreateTableOp():
            tables.judge_missing(found, draft, found.tables[operation.table_name])
        case AddColumnOp():
            item = found.tables[operation.table_name]
            field = item.field_of(operation.column.name)
            columns.judge_missing(found, draft, item, field)
        case AlterColumnOp():
            item = found.tables[operation.table_name]
            field = item.field_of(operation.column_name)
            if operation.modify_type is not None:
                columns.judge_type(found, draft, item, field)
            if operation.modify_nullable:
                columns.judge_nullability(draft, item, field)


def _judge_present(found: Found, draft: Draft, item: TableMap) -> None:
    """Look at what Alembic does not compare as pyauth needs it."""
    there = found.present[item.table.name]
    for field in item.fields.values():
        if field.column in there.c:
            columns.judge_present(found, draft, item, field)
    for column in there.c:
        if column.name not in item.table.c:
            columns.judge_unknown(draft, column)
    references.judge_present(found, draft, item)
    indexes.judge_indexes(found, draft, item)
