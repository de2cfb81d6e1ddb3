"""The adding of what a database lacks, by one process at a time."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from pyauth.db.adapter import Adapter
from pyauth.db.migration.locks import session_alone, transaction_alone
from pyauth.db.migration.named import LEDGER, Migrations, find_pending
from pyauth.db.migration.plan import Plan
from pyauth.db.migration.planning import compute_plan
from pyauth.db.sqlalchemy.tables import TableMap
from pyauth.db.sqlalchemy.types import MYSQL_NAMES
from pyauth.errors import ConfigurationError, StoreError, StoreUnavailable

if TYPE_CHECKING:
    from pyauth.db.sqlalchemy.execution import Execution


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
        if self._execution.engine.dialect.name in MYSQL_NAMES:
            return self._execution.run_once(self._migrate_in_session)
        with transaction_alone(self._execution):
            plan = self._execution.run("", self._apply)
            self._run_named(plan.run_migrations)
        return plan

    def _migrate_in_session(self, connection: Connection) -> Plan:
        with session_alone(connection):
            plan = self._apply(connection)
            self._run_named(plan.run_migrations)
        return plan

    def _plan(self, connection: Connection) -> Plan:
        pending = find_pending(connection, self._tables, self._migrations)
        return compute_plan(connection, self._tables, pending)

    def _apply(self, connection: Connection) -> Plan:
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

    def _run_one(self, name: str) -> None:
        try:
            self._migrations[name].apply(self._adapter)
            self._adapter.create(LEDGER, {"name": name})
        except StoreUnavailable:
            raise
        except Exception as exc:
            raise StoreError(
                f"migration {name} failed ({type(exc).__name__}); nothing of it was kept, and it "
                "runs again with the next `migrate`"
            ) from exc
