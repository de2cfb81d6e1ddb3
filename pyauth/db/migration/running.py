"""The adding of what a database lacks, by one process at a time."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection

from pyauth.db.adapter import Adapter
from pyauth.db.migration.named import LEDGER, Migrations, find_pending
from pyauth.db.migration.plan import Plan
from pyauth.db.migration.planning import compute_plan
from pyauth.db.sqlalchemy.tables import TableMap
from pyauth.db.sqlalchemy.types import MYSQL_NAMES
from pyauth.errors import ConfigurationError, StoreError, StoreUnavailable

if TYPE_CHECKING:
    from pyauth.db.sqlalchemy.execution import Execution

LOCK_TIMEOUT: Final = 60
"""Seconds that a migration waits for another one."""

# The lock of MySQL belongs to the server, not to the database: its name says which one.
_LOCK_NAME: Final = "concat('pyauth.migrate.', coalesce(database(), ''))"
_LOCK_NUMBER: Final = 0x7079617574680001
_POSTGRES_LOCK: Final = (
    f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}s'",
    f"SELECT pg_advisory_xact_lock({_LOCK_NUMBER})",
)


class Migrator:
    """Brings one database up to its schema.

    On SQLite and PostgreSQL all or nothing happens. MySQL and MariaDB commit each change of a
    table by itself: what a failure leaves undone, the next run does.

    Args:
        adapter: handed to named migrations.
        execution: runs the statements of that adapter.
        tables: the tables of the schema, referred ones first.
        migrations: the named migrations of plugins.
    """

    def __init__(
        self,
        adapter: Adapter,
        execution: "Execution",
        tables: Sequence[TableMap],
        migrations: Migrations,
    ) -> None:
        self._adapter = adapter
        self._execution = execution
        self._tables = tables
        self._migrations = migrations

    def plan(self) -> Plan:
        """Return what the database lacks; nothing is changed."""
        return self._execution.run("", self._plan)

    def migrate(self) -> Plan:
        """Add what is missing, while no other migration runs, and return what was added.

        Raises:
            ConfigurationError: the plan holds problems; nothing was changed.
            StoreUnavailable: another migration takes too long, or the database is unreachable.
            StoreError: a statement or a named migration failed.
        """
        dialect = self._execution.engine.dialect.name
        if dialect in MYSQL_NAMES:
            return self._execution.run_once(self._migrate_under_lock)
        with ExitStack() as stack:
            self._begin(stack)
            locking = _POSTGRES_LOCK if dialect == "postgresql" else ()
            plan = self._execution.run("", lambda connection: self._apply(connection, locking))
            self._run_named(plan.run_migrations)
        return plan

    def _plan(self, connection: Connection) -> Plan:
        pending = find_pending(connection, self._tables, self._migrations)
        return compute_plan(connection, self._tables, pending)

    def _begin(self, stack: ExitStack) -> None:
        """Open a transaction; on SQLite that waits for whoever migrates or writes."""
        self._execution.run("", _ask)  # a database that does not answer is told at once
        deadline = time.monotonic() + LOCK_TIMEOUT
        while True:
            try:
                stack.enter_context(self._execution.transaction())
            except StoreUnavailable:
                if time.monotonic() > deadline:
                    raise
            else:
                return

    def _migrate_under_lock(self, connection: Connection) -> Plan:
        with _named_lock(connection):
            plan = self._apply(connection)
            self._run_named(plan.run_migrations)
        return plan

    def _apply(self, connection: Connection, locking: Sequence[str] = ()) -> Plan:
        for statement in locking:
            connection.exec_driver_sql(statement)
        plan = self._plan(connection)
        if plan.problems:
            raise ConfigurationError(plan.problems)
        for statement in plan.statements:
            # Without parameters a driver leaves per cent signs as they are.
            connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
        return plan

    def _run_named(self, names: Sequence[str]) -> None:
        for name in names:
            with self._execution.transaction():
                self._run_one(name)
                self._adapter.create(LEDGER, {"name": name})

    def _run_one(self, name: str) -> None:
        try:
            self._migrations[name].apply(self._adapter)
        except StoreUnavailable:
            raise
        except Exception as exc:
            raise StoreError(
                f"migration {name} failed ({type(exc).__name__}); nothing of it was kept, and it "
                "runs again with the next `migrate`"
            ) from exc


def _ask(connection: Connection) -> None:
    connection.exec_driver_sql("SELECT 1")


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
