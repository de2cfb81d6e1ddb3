"""What an adapter may offer besides rows: to be bound to a schema, and to make its tables."""

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from pyauth.db.ids import IdPolicy
from pyauth.db.migration.named import NO_MIGRATIONS, Migrations
from pyauth.db.migration.plan import Plan
from pyauth.db.schema import Schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import MetaData

    from pyauth.db.sqlalchemy.tables import TableMap

DEFAULT_LIMIT = 100
"""How many rows a listing returns at most when its caller names no limit."""


@runtime_checkable
class Bindable(Protocol):
    """An adapter that receives the effective schema once all options are merged."""

    def bind(
        self,
        schema: Schema,
        *,
        id_policy: IdPolicy = "random",
        default_limit: int = DEFAULT_LIMIT,
    ) -> None:
        """Prepare for the models of ``schema``, without connecting.

        Args:
            schema: the effective schema.
            id_policy: who makes the ids of new rows.
            default_limit: how many rows ``find_many`` returns at most without a limit.

        Raises:
            ConfigurationError: the adapter cannot serve this schema.
        """


@runtime_checkable
class Migratable(Protocol):
    """An adapter over tables that can be planned, created and extended."""

    @property
    def metadata(self) -> "MetaData":
        """The MetaData that holds the tables of the schema."""

    def plan(self, *, dialect: str | None = None, migrations: Migrations = NO_MIGRATIONS) -> Plan:
        """Return what the database lacks; nothing is changed.

        Args:
            dialect: say instead what an empty database of this dialect lacks, and ask none.
            migrations: the named migrations of plugins.

        Raises:
            ConfigurationError: the dialect is unknown.
            StoreUnavailable: the database is locked or unreachable.
        """

    def migrate(self, *, migrations: Migrations = NO_MIGRATIONS) -> Plan:
        """Apply what the database lacks and return it.

        Args:
            migrations: the named migrations of plugins; those that the database has not seen run.

        Raises:
            ConfigurationError: the plan holds problems; nothing was changed.
            StoreUnavailable: the database is locked or unreachable.
            StoreError: a statement or a named migration failed.
        """

    def find_lacking(self) -> tuple[str, ...]:
        """Return why tables of the schema cannot be read as they should, by one query a table.

        Quick enough for a start-up: it sees missing tables and columns, not types and indexes.

        Raises:
            StoreUnavailable: the database is locked or unreachable.
        """

    @property
    def tables(self) -> "Mapping[str, TableMap]":
        """The tables of the schema, by logical model name."""

    def create_schema(self, dialect: str | None = None) -> str:
        """Return the statements that create every table and index.

        Args:
            dialect: ``sqlite``, ``postgresql``, ``mysql`` or ``mariadb``; by default that of the
                database at hand.

        Raises:
            ConfigurationError: the dialect is not one of these.
        """
