"""What a database itself shows: whether it answers, what it lacks, how it compares and locks."""

from collections.abc import Iterator

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from pyauth.assembly.findings import Finding
from pyauth.assembly.parts import Database
from pyauth.db.adapter import Adapter
from pyauth.db.lifecycle import Migratable
from pyauth.db.migration.plan import Plan
from pyauth.db.sqlalchemy import SQLAlchemyAdapter
from pyauth.db.sqlalchemy.types import MYSQL_NAMES
from pyauth.db.values import kind_of
from pyauth.errors import StoreError


def examine_database(adapter: Adapter, database: Database) -> tuple[Finding, ...]:
    """Return what the database shows; nothing is changed.

    Args:
        adapter: the adapter in use.
        database: what it was made of.
    """
    if not isinstance(adapter, Migratable):
        name = type(adapter).__name__
        found = Finding(
            "database.migrations_unsupported", "info", f"{name} has no tables to compare"
        )
        return (found,)
    try:
        plan = adapter.plan()
        return (*_pending(plan), *_settings(adapter, database))
    except (StoreError, SQLAlchemyError):
        return (_unreachable(adapter),)


def _unreachable(adapter: Adapter) -> Finding:
    return Finding(
        "database.connection",
        "error",
        f"the database{_place_of(adapter)} does not answer; see that it runs, that it may be "
        "reached from here, and that user and password are right",
    )


def _place_of(adapter: Adapter) -> str:
    """Return where the database is, without user and password."""
    if not isinstance(adapter, SQLAlchemyAdapter):
        return ""
    url = adapter.engine.url
    place = f" {url.get_backend_name()}"
    if url.host:
        place += f" at {url.host}"
    return f"{place}, {url.database}" if url.database else place


def _pending(plan: Plan) -> Iterator[Finding]:
    for problem in plan.problems:
        yield Finding("database.schema_type_mismatch", "error", problem)
    steps = [line for line in plan.describe() if not line.startswith("problem: ")]
    if steps:
        yield Finding(
            "database.pending_schema",
            "warn",
            f"the database lacks what the configuration needs: {'; '.join(steps)}; run the "
            "`migrate` command",
        )
    if plan.is_empty:
        yield Finding("database.schema", "info", "the database has all that the schema needs")


def _settings(adapter: Adapter, database: Database) -> Iterator[Finding]:
    if not isinstance(adapter, SQLAlchemyAdapter):
        return
    name = adapter.engine.dialect.name
    is_lent = not isinstance(database, str | Adapter)
    if name == "sqlite" and is_lent:
        with adapter.engine.connect() as connection:
            yield from _sqlite_settings(connection)
    if name in MYSQL_NAMES:
        with adapter.engine.connect() as connection:
            yield from _collations(adapter, connection)


def _sqlite_settings(connection: Connection) -> Iterator[Finding]:
    mode = connection.execute(text("PRAGMA journal_mode")).scalar_one()
    if mode != "wal":
        yield Finding(
            "database.sqlite_wal",
            "warn",
            f"the engine's SQLite file has journal_mode {mode}: readers and writers wait for one "
            "another; run PRAGMA journal_mode = WAL once",
        )
    if not connection.execute(text("PRAGMA foreign_keys")).scalar_one():
        yield Finding(
            "database.sqlite_foreign_keys",
            "warn",
            "the engine's SQLite connections do not enforce foreign keys: run PRAGMA foreign_keys "
            "= ON on each when it opens",
        )


_COLLATIONS = text(
    "SELECT table_name, column_name, collation_name FROM information_schema.columns "
    "WHERE table_schema = DATABASE()"
)


def _collations(adapter: SQLAlchemyAdapter, connection: Connection) -> Iterator[Finding]:
    """Find text columns that take tokens and ids of other letter case for equal."""
    ours = {
        (item.table.name, field.column)
        for item in adapter.tables.values()
        for field in item.fields.values()
        if kind_of(field) == "string"
    }
    for table, column, collation in connection.execute(_COLLATIONS):
        if (table, column) in ours and "_ci" in (collation or ""):
            yield Finding(
                "database.collation",
                "error",
                f"column {table}.{column} has the collation {collation}, which takes tokens of "
                "other letter case for equal; change it to utf8mb4_bin",
            )
