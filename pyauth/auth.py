"""The face of the library: one configured authentication server."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import MetaData
from sqlalchemy.schema import SchemaItem
from werkzeug import Request, Response

from pyauth.api import Api
from pyauth.assembly import (
    Database,
    Finding,
    Parts,
    RunnerFactory,
    assemble,
    choose_logger,
    diagnose,
)
from pyauth.clock import Clock, utc_now
from pyauth.context import AuthContext
from pyauth.crypto.passwords import Passwords
from pyauth.db.lifecycle import Migratable
from pyauth.db.memory import MemoryAdapter
from pyauth.errors import ConfigurationError
from pyauth.http.pipeline import Site, answer
from pyauth.options import Mode, read_environment, read_options
from pyauth.outbound import Delivery, DeliveryStats, Dispatcher, DrainingRunner
from pyauth.outbound.http import GuardedClient, HttpClient
from pyauth.plugin import Plugin
from pyauth.storage import MemoryStorage, SecondaryStorage
from pyauth.storage.opening import open_storage

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment
    from alembic.autogenerate.api import AutogenContext
    from alembic.runtime.migration import MigrationContext
    from sqlalchemy import Column
    from sqlalchemy.types import TypeEngine

    from pyauth.db.migration.plan import Plan
    from pyauth.db.sqlalchemy.tables import TableMap

_CLOSE_DEADLINE = timedelta(seconds=10)


class PyAuth:
    """One authentication server; a process may hold several.

    Args:
        database: where the records live: a SQLAlchemy URL or Engine, a function that returns an
            Engine at first use, or an adapter. Without one they live in memory, for development.
        secondary_storage: a shared key-value store for sessions, codes and counts: a
            :class:`~pyauth.storage.RedisStorage`, the URL of a Redis, or one of your own.
        plugins: in order.
        metadata: the SQLAlchemy MetaData that the tables join; by default one of their own.
        default_mode: the posture when neither the options nor ``PYAUTH_ENV`` name one.
        passwords: makes and verifies password hashes in place of the built-in schemes.
        runner: makes what runs deliveries, in place of background threads.
        http_client: asks other servers, in place of the guarded client.
        clock: tells the time.
        logger: where the instance logs, in place of ``logging.getLogger("pyauth")``.
        **options: the fields of :class:`~pyauth.options.Options`, as models or plain data, in
            Python's spelling or upstream's camelCase.

    Raises:
        ConfigurationError: lists everything that is wrong, each with what would be right.
    """

    def __init__(
        self,
        *,
        database: Database = None,
        secondary_storage: SecondaryStorage | str | None = None,
        plugins: Sequence[Plugin] = (),
        metadata: MetaData | None = None,
        default_mode: Mode | None = None,
        passwords: Passwords | None = None,
        runner: RunnerFactory | None = None,
        http_client: HttpClient | None = None,
        clock: Clock = utc_now,
        logger: logging.Logger | None = None,
        **options: Any,
    ) -> None:
        read = read_options(options, read_environment(), default_mode)
        parts = Parts(
            database=database,
            secondary_storage=open_storage(secondary_storage),
            metadata=metadata,
            plugins=tuple(plugins),
            passwords=passwords,
            runner=runner,
            http_client=http_client,
            clock=clock,
            logger=choose_logger(logger),
        )
        self._parts = parts
        self._site = assemble(read, parts)
        self._api = Api(self._site)
        self._warned_of_processes = False
        self._checked_schema = not read.advanced.database.check_schema

    @property
    def site(self) -> Site:
        """The pipeline's own view: context, registry, rate limit."""
        return self._site

    @property
    def context(self) -> AuthContext:
        """Everything this instance holds: stores, adapter, options."""
        return self._site.context

    @property
    def api(self) -> Api:
        """The endpoints, called in process."""
        return self._api

    @property
    def base_path(self) -> str:
        """The prefix of every route."""
        return self.context.options.base_path

    @property
    def metadata(self) -> MetaData:
        """The SQLAlchemy MetaData of the effective schema.

        Raises:
            ConfigurationError: the records do not live in a SQL database.
        """
        return self._require_tables().metadata

    def handle(self, request: Request) -> Response:
        """Answer a request: every failure is a response.

        Raises:
            Exception: what nobody expected, under ``on_api_error.throw`` alone.
        """
        if not self._checked_schema:
            self._check_schema()
        if request.environ.get("wsgi.multiprocess"):
            self._warn_of_processes()
        return answer(self._site, request)

    def wsgi_app(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Any:
        """Serve the routes below the base path as a WSGI application."""
        # Without a reference back from the environment, both are freed as soon as it is answered.
        request = Request(environ, populate_request=False)
        return self.handle(request)(environ, start_response)

    def deliver(self, delivery: Delivery) -> None:
        """Send one delivery now: what a worker in any process calls.

        Raises:
            UnknownDeliveryKind: this instance has no sender for it.
        """
        Dispatcher(self.context.delivery_kinds).deliver(delivery)

    @property
    def delivery_stats(self) -> DeliveryStats | None:
        """What became of the deliveries of this process; None under a runner that does not count.

        A snapshot: take another for later numbers.
        """
        stats = getattr(self.context.runner, "stats", None)
        return stats if isinstance(stats, DeliveryStats) else None

    def plan(self, *, dialect: str | None = None) -> "Plan":
        """Return what the database lacks of the schema; nothing is changed.

        Args:
            dialect: say instead what an empty database of this dialect lacks, and ask none.

        Raises:
            ConfigurationError: the records have no tables, or the dialect is unknown.
            StoreUnavailable: the database is locked or unreachable.
        """
        return self._require_tables().plan(dialect=dialect, migrations=self.context.migrations)

    def migrate(self) -> "Plan":
        """Create what the database lacks, run plugins' named migrations, and return what was done.

        Of several processes that migrate at once, one does and the others wait for it.

        Raises:
            ConfigurationError: the plan is unsafe, and says what to do; nothing was changed.
            StoreUnavailable: the database is locked or unreachable.
            StoreError: a statement or a named migration failed.
        """
        return self._require_tables().migrate(migrations=self.context.migrations)

    def create_schema(self, dialect: str | None = None) -> str:
        """Return the SQL that creates every table and index.

        Args:
            dialect: ``sqlite``, ``postgresql``, ``mysql`` or ``mariadb``; by default the database's
                own.
        """
        return self._require_tables().create_schema(dialect)

    def include_object(
        self,
        item: SchemaItem,
        _name: str | None,
        kind: str,
        reflected: bool,  # noqa: FBT001 - Alembic's signature
        compare_to: SchemaItem | None,
    ) -> bool:
        """Keep this instance's tables out of Alembic's autogenerate, where ``migrate`` owns them.

        To be given to ``context.configure`` or Flask-Migrate as ``include_object``.
        """
        from pyauth.db.migration import autogenerate  # noqa: PLC0415 - no request needs it

        return autogenerate.include_object(
            item,
            kind,
            is_dropped=reflected and compare_to is None,
            ours=self._tables_by_key().keys(),
        )

    def render_item(
        self, kind: str, item: Any, autogen_context: "AutogenContext"
    ) -> "str | Literal[False]":
        """Write the types of this instance's columns plainly, where Alembic owns its tables.

        To be given to ``context.configure`` or Flask-Migrate as ``render_item``.
        """
        from pyauth.db.migration import autogenerate  # noqa: PLC0415 - no request needs it

        return autogenerate.render_item(kind, item, autogen_context)

    def compare_type(
        self,
        context: "MigrationContext",
        _found: "Column[Any]",
        column: "Column[Any]",
        found_type: "TypeEngine[Any]",
        _type: "TypeEngine[Any]",
    ) -> bool | None:
        """Tell changed types of this instance's columns from equal ones that look different.

        To be given to ``context.configure`` or Flask-Migrate as ``compare_type``.
        """
        from pyauth.db.migration import autogenerate  # noqa: PLC0415 - no request needs it

        return autogenerate.compare_type(
            column, found_type, dialect=context.dialect.name, tables=self._tables_by_key()
        )

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI 3.1 document of every route, plugins' included, as plain JSON data.

        Raises:
            ConfigurationError: an endpoint of a plugin does not say what it returns.
        """
        from pyauth.http.openapi import build_document  # noqa: PLC0415 - no request needs it

        return build_document(self.context, self._site.registry)

    def diagnose(self, *, production: bool = False) -> tuple[Finding, ...]:
        """Return what is doubtful or wrong about this instance; nothing is changed.

        Looks at the configuration and asks the database. ``docs/production.md`` tells of each
        finding.

        Args:
            production: judge as in production, whatever the mode.
        """
        return diagnose(self.context, self._parts, production=production)

    def close(self) -> None:
        """Drain the deliveries and release the connections that this instance opened."""
        runner = self.context.runner
        if isinstance(runner, DrainingRunner):
            runner.close(_CLOSE_DEADLINE)
        if self._parts.http_client is None and isinstance(self.context.http, GuardedClient):
            self.context.http.close()
        self.context.adapter.close()
        if self.context.secondary_storage is not None:
            self.context.secondary_storage.close()

    def _require_tables(self) -> Migratable:
        adapter = self.context.adapter
        if isinstance(adapter, Migratable):
            return adapter
        raise ConfigurationError(
            f"{type(adapter).__name__} has no tables to plan or create; set database to a "
            "SQLAlchemy URL or Engine"
        )

    def _check_schema(self) -> None:
        self._checked_schema = True
        adapter = self.context.adapter
        if not isinstance(adapter, Migratable):
            return
        try:
            lacking = adapter.find_lacking()
        except Exception:
            return  # what keeps the database from being asked, the request itself will meet
        for problem in lacking:
            self.context.logger.error("%s", problem)

    def _tables_by_key(self) -> "dict[tuple[str | None, str], TableMap]":
        tables = self._require_tables().tables.values()
        return {(item.table.schema, item.table.name): item for item in tables}

    def _warn_of_processes(self) -> None:
        if self._warned_of_processes:
            return
        self._warned_of_processes = True
        logger = self.context.logger
        if isinstance(self.context.adapter, MemoryAdapter):
            logger.error(
                "several processes serve this app, but its records live in the memory of each: "
                "users and sessions will seem to come and go; set database"
            )
        if isinstance(self.context.secondary_storage, MemoryStorage):
            logger.error(
                "several processes serve this app, but its secondary storage lives in the memory "
                "of each: what one keeps there, sessions and codes among it, the others do not "
                "find; set secondary_storage to the URL of a Redis"
            )
        if self._site.limiter is not None and not self._site.limiter.is_shared:
            logger.warning(
                "several processes serve this app and each counts requests for itself: the rate "
                "limit admits up to so many times more; set rate_limit.storage to 'database', or "
                "a secondary_storage that they share"
            )
