"""The adapter over SQLAlchemy Core, for SQLite, PostgreSQL, MySQL and MariaDB."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, Executable, MetaData, false, select
from sqlalchemy.engine import URL

from pyauth.db import conditions
from pyauth.db.adapter import Row, SortBy, Where
from pyauth.db.ids import IdPolicy
from pyauth.db.lifecycle import DEFAULT_LIMIT
from pyauth.db.migration.named import NO_MIGRATIONS, Migrations
from pyauth.db.migration.plan import Plan
from pyauth.db.rows import RowMaker
from pyauth.db.schema import Schema
from pyauth.db.sqlalchemy import locked
from pyauth.db.sqlalchemy.dialects import find_dialect
from pyauth.db.sqlalchemy.execution import Execution
from pyauth.db.sqlalchemy.statements import Params, Statements
from pyauth.db.sqlalchemy.tables import TableMap, build_tables, join_metadata
from pyauth.errors import ConfigurationError, StoreError, StoreUnavailable

if TYPE_CHECKING:
    from pyauth.db.migration.running import Migrator

Prepared = tuple[Executable, Params]
"""A statement and its parameters."""


@dataclass(frozen=True, slots=True)
class _Bound:
    """What :meth:`SQLAlchemyAdapter.bind` prepares."""

    schema: Schema
    default_limit: int
    own_metadata: MetaData
    tables: Mapping[str, TableMap]
    makers: Mapping[str, RowMaker]


class SQLAlchemyAdapter:
    """Rows in a database that SQLAlchemy speaks to.

    A single call outside of a transaction is one statement in autocommit where the database has
    what it takes. When its connection turns out to be lost, or the database picks it as the victim
    of a deadlock, it is tried again, at most twice. A claim whose first try did reach the database
    finds nothing then: what is single-use stays single-use. A new row is there once; one whose id
    the database counts is not tried again. A whole transaction is never repeated.

    An error inside a transaction, even one that is caught, leaves it to be rolled back: what
    PostgreSQL demands holds on every database.

    Args:
        database: a URL, for which an engine is made here, an engine that the application lends, or
            a function that returns one and is called at first use.
        metadata: the application's MetaData, which receives the tables; by default a new one.
        schema_name: the schema that the tables live in, on PostgreSQL; by default that of
            ``metadata``, or the first of the connection's search path.
        returning: whether ``RETURNING`` may be used; off, the way of MySQL 8 is taken.

    Raises:
        ConfigurationError: the database is not supported, its driver is missing, or the engine
            shares one connection between threads.
    """

    def __init__(
        self,
        database: str | URL | Engine | Callable[[], Engine],
        *,
        metadata: MetaData | None = None,
        schema_name: str | None = None,
        returning: bool = True,
    ) -> None:
        self._schema_name = schema_name
        self._execution = Execution(database)
        self._metadata = MetaData() if metadata is None else metadata
        self._joins_metadata = metadata is not None
        self._returning = returning
        self._maybe_bound: _Bound | None = None
        self._maybe_statements: Statements | None = None

    @property
    def engine(self) -> Engine:
        """The engine in use: the one made for the URL, or the application's."""
        return self._execution.engine

    @property
    def metadata(self) -> MetaData:
        """The MetaData that holds the tables: the application's, or one of its own."""
        return self._metadata

    @property
    def tables(self) -> Mapping[str, TableMap]:
        """The tables of the schema, by logical model name."""
        return self._bound.tables

    def bind(
        self,
        schema: Schema,
        *,
        id_policy: IdPolicy = "random",
        default_limit: int = DEFAULT_LIMIT,
    ) -> None:
        """Build the tables of ``schema``, without connecting.

        Raises:
            ConfigurationError: the application's MetaData has other tables under these names.
        """
        own = MetaData(schema=self._schema_name or self._metadata.schema)
        if self._schema_name and self._execution.is_ready:
            _check_schemas(self.engine.dialect.name)
        tables = build_tables(schema, own, id_policy=id_policy)
        if self._joins_metadata:
            is_known = self._execution.is_ready
            dialect = self.engine.dialect if is_known else find_dialect("postgresql")
            join_metadata(tables.values(), self._metadata, dialect)
        else:
            self._metadata = own
        makers = {name: RowMaker(model, id_policy) for name, model in schema.models.items()}
        self._maybe_bound = _Bound(schema, default_limit, own, tables, makers)
        self._execution.tables = tables
        self._maybe_statements = None

    def create(self, model: str, data: Mapping[str, Any]) -> Row:
        """Insert one row and return it whole."""
        row = self._maker(model).new(data)
        if row["id"] is None:
            return self._create_counted(model, row)
        params = self._by_column(model, row)

        def work(connection: Connection) -> Row:
            connection.execute(self._statements.insert(model), params)
            return row

        def arrived(connection: Connection) -> Row | None:
            statement = self._statements.find_by_id(model)
            found = connection.execute(statement, {"row_id": row["id"]}).first()
            is_ours = found is not None and self._statements.to_row(model, found) == row
            return row if is_ours else None

        return self._execution.run(model, work, writes=True, confirm=arrived)

    def find_one(self, model: str, where: Sequence[Where], *, lock: bool = False) -> Row | None:
        """Return the first row that fits, or None; locked until the transaction ends."""
        shape, values = conditions.read(where)
        if conditions.admits_nothing(shape):
            return None

        def prepare(statements: Statements) -> Prepared:
            find = statements.find_for_update if lock else statements.find_one
            return find(model, shape), statements.params(shape, values)

        return self._run_for_row(model, prepare)

    def find_many(
        self,
        model: str,
        where: Sequence[Where] = (),
        *,
        limit: int | None = None,
        offset: int = 0,
        sort_by: SortBy | None = None,
    ) -> list[Row]:
        """Return the rows that fit; without ``limit`` at most the default number."""
        shape, values = conditions.read(where)
        limit = self._bound.default_limit if limit is None else limit
        if limit <= 0 or conditions.admits_nothing(shape):
            return []
        names = self._names(model)
        offset = max(offset, 0)

        def work(connection: Connection) -> list[Row]:
            statements = self._statements
            params = statements.params(shape, values)
            params["limit"] = limit
            if offset:
                params["offset"] = offset
            statement = statements.find(model, shape, offset=offset > 0, sort_by=sort_by)
            found = connection.execute(statement, params).all()
            return [dict(zip(names, row, strict=True)) for row in found]

        return self._execution.run(model, work)

    def find_joined(
        self, model: str, where: Sequence[Where], *, via: str, limit: int | None = None
    ) -> list[tuple[Row, Row]]:
        """Return the rows that fit beside the rows their reference points at, by one query."""
        shape, values = conditions.read(where)
        limit = self._bound.default_limit if limit is None else limit
        if limit <= 0 or conditions.admits_nothing(shape):
            return []

        def work(connection: Connection) -> list[tuple[Row, Row]]:
            statements = self._statements
            joined = statements.joined(model, shape, via=via)
            params = statements.params(shape, values)
            if joined.limited:
                params["limit"] = limit
            found = connection.execute(joined.statement, params).all()
            return [joined.split(row) for row in found]

        return self._execution.run(model, work)

    def count(self, model: str, where: Sequence[Where] = ()) -> int:
        """Return how many rows fit."""
        shape, values = conditions.read(where)
        if conditions.admits_nothing(shape):
            return 0

        def work(connection: Connection) -> int:
            statements = self._statements
            params = statements.params(shape, values)
            return int(connection.execute(statements.count(model, shape), params).scalar_one())

        return self._execution.run(model, work)

    def update_one(self, model: str, where: Sequence[Where], data: Mapping[str, Any]) -> Row | None:
        """Change at most one row that fits; None when none fitted."""
        return self._change_one(model, where, self._maker(model).changes(data))

    def update_many(self, model: str, where: Sequence[Where], data: Mapping[str, Any]) -> int:
        """Change every row that fits and return how many there were."""
        shape, values = conditions.read(where)
        changes = self._maker(model).changes(data)
        if conditions.admits_nothing(shape):
            return 0
        if not changes:
            return self.count(model, where)

        def work(connection: Connection) -> int:
            statements = self._statements
            params = statements.params(shape, values) | _settings(changes)
            statement = statements.update_many(model, shape, changes)
            return connection.execute(statement, params).rowcount

        return self._execution.run(model, work, writes=True)

    def delete_many(self, model: str, where: Sequence[Where]) -> int:
        """Delete every row that fits and return how many there were."""
        shape, values = conditions.read(where)
        if conditions.admits_nothing(shape):
            return 0

        def work(connection: Connection) -> int:
            statements = self._statements
            params = statements.params(shape, values)
            return connection.execute(statements.delete_many(model, shape), params).rowcount

        return self._execution.run(model, work, writes=True)

    def consume_one(self, model: str, where: Sequence[Where]) -> Row | None:
        """Delete one row that fits and return it: of simultaneous callers one gets it."""
        shape, values = conditions.read(where)
        if conditions.admits_nothing(shape):
            return None
        if not self._statements_now(model).delete_returning:
            return self._execution.run_atomic(
                model,
                lambda connection: locked.take_one(
                    connection, self._statements, model, shape, values
                ),
            )
        return self._run_for_row(
            model,
            lambda statements: (
                statements.consume_one(model, shape),
                statements.params(shape, values),
            ),
            writes=True,
        )

    def increment_one(
        self,
        model: str,
        where: Sequence[Where],
        field: str,
        *,
        by: int = 1,
        data: Mapping[str, Any] | None = None,
    ) -> Row | None:
        """Add ``by`` to a number of one row that fits; an absent number stays absent."""
        changes = self._maker(model).changes(data or {})
        if field in changes:
            raise ConfigurationError(f"field {field!r} cannot be incremented and set at once")
        return self._change_one(model, where, changes, increment=field, by=by)

    def transaction(self) -> AbstractContextManager[None]:
        """Run a block all or nothing; an inner block joins the outer one.

        Raises:
            StoreError: the block ended well though an error inside it was caught, and it was
                rolled back; or it ends in a process forked inside of it.
        """
        return self._execution.transaction()

    def after_commit(self, work: Callable[[], None]) -> None:
        """Run ``work`` once the outermost transaction has committed; at once outside of one."""
        self._execution.after_commit(work)

    def after_rollback(self, work: Callable[[], None]) -> None:
        """Run ``work`` once the outermost transaction has been rolled back."""
        self._execution.after_rollback(work)

    def close(self) -> None:
        """Close the connections of an engine that was made here."""
        self._execution.close()

    def plan(self, *, dialect: str | None = None, migrations: Migrations = NO_MIGRATIONS) -> Plan:
        """Return what the database lacks; nothing is changed."""
        from pyauth.db.migration import planning  # noqa: PLC0415 - needs Alembic

        if dialect is None:
            return self._migrator(migrations).plan()
        if self._schema_name:
            _check_schemas(dialect)
        return planning.plan_from_nothing(self._ordered_tables(), dialect, tuple(migrations))

    def migrate(self, *, migrations: Migrations = NO_MIGRATIONS) -> Plan:
        """Add what the database lacks and return it.

        Raises:
            ConfigurationError: the plan holds problems, or a transaction is open; nothing was
                changed.
            StoreUnavailable: the database is locked or unreachable.
            StoreError: a statement or a named migration failed.
        """
        if self._execution.is_in_transaction:
            raise ConfigurationError("tables cannot be changed inside a transaction")
        return self._migrator(migrations).migrate()

    def find_lacking(self) -> tuple[str, ...]:
        """Return why tables of the schema cannot be read as they should, by one query a table."""
        found = []
        for model, item in self._bound.tables.items():
            statement = select(*item.table.c).where(false())
            try:
                self._execution.run(model, partial(_execute, statement))
            except StoreUnavailable:
                raise
            except StoreError as exc:
                found.append(str(exc))
        return tuple(found)

    def create_schema(self, dialect: str | None = None) -> str:
        """Return the statements that create every table and index.

        Raises:
            ConfigurationError: there is no such dialect here.
        """
        chosen = self.engine.dialect.name if dialect is None else dialect
        return "".join(f"{statement};\n\n" for statement in self.plan(dialect=chosen).statements)

    def _migrator(self, migrations: Migrations) -> "Migrator":
        from pyauth.db.migration.running import Migrator  # noqa: PLC0415 - needs Alembic

        return Migrator(self, self._execution, self._ordered_tables(), migrations)

    def _ordered_tables(self) -> list[TableMap]:
        bound = self._bound
        by_name = {item.table.name: item for item in bound.tables.values()}
        return [by_name[table.name] for table in bound.own_metadata.sorted_tables]

    @property
    def _bound(self) -> _Bound:
        if self._maybe_bound is None:
            raise ConfigurationError("the adapter has no schema yet: call bind() first")
        return self._maybe_bound

    @property
    def _statements(self) -> Statements:
        # Read with a connection at hand: until then the dialect does not know its server.
        if self._maybe_statements is None:
            self._maybe_statements = Statements(
                self._bound.tables, self.engine.dialect, returning=self._returning
            )
        return self._maybe_statements

    def _statements_now(self, model: str) -> Statements:
        if self._maybe_statements is None:
            return self._execution.run(model, lambda _connection: self._statements)
        return self._maybe_statements

    def _table(self, model: str) -> TableMap:
        bound = self._bound
        try:
            return bound.tables[model]
        except KeyError:
            bound.schema.model(model)
            raise

    def _maker(self, model: str) -> RowMaker:
        self._table(model)
        return self._bound.makers[model]

    def _names(self, model: str) -> tuple[str, ...]:
        return self._table(model).names

    def _by_column(self, model: str, row: Row) -> Params:
        fields = self._table(model).fields
        return {fields[name].column: value for name, value in row.items()}

    def _create_counted(self, model: str, row: Row) -> Row:
        params = self._by_column(model, row)
        del params[self._table(model).fields["id"].column]

        def work(connection: Connection) -> str:
            result = connection.execute(self._statements.insert_counted(model), params)
            key: Sequence[Any] = result.inserted_primary_key or ()
            return str(key[0])

        # After a broken connection nothing would tell the first try's row from the second's.
        row["id"] = self._execution.run(model, work, writes=True, repeat_lost=False)
        return row

    def _change_one(
        self,
        model: str,
        where: Sequence[Where],
        changes: Row,
        *,
        increment: str | None = None,
        by: int = 0,
    ) -> Row | None:
        shape, values = conditions.read(where)
        if conditions.admits_nothing(shape):
            return None
        if not changes and increment is None:
            return self.find_one(model, where)
        settings = _settings(changes)
        if increment is not None:
            settings["by"] = by
        if not self._statements_now(model).update_returning:
            return self._execution.run_atomic(
                model,
                lambda connection: locked.change_one(
                    connection,
                    self._statements,
                    model,
                    shape=shape,
                    values=values,
                    changed=tuple(changes),
                    settings=settings,
                    increment=increment,
                ),
            )
        return self._run_for_row(
            model,
            lambda statements: (
                statements.update_one(model, shape, changes, increment=increment),
                statements.params(shape, values) | settings,
            ),
            writes=True,
        )

    def _run_for_row(
        self, model: str, prepare: Callable[[Statements], Prepared], *, writes: bool = False
    ) -> Row | None:
        """Run a statement, which is prepared with a connection at hand, for its first row."""
        names = self._names(model)

        def work(connection: Connection) -> Row | None:
            statement, params = prepare(self._statements)
            row = connection.execute(statement, params).first()
            return None if row is None else dict(zip(names, row, strict=True))

        return self._execution.run(model, work, writes=writes)


def _check_schemas(dialect: str) -> None:
    if dialect != "postgresql":
        raise ConfigurationError(
            "option advanced.database.schema_name: only PostgreSQL has schemas within a database, "
            f"and this is {dialect}; set advanced.database.table_prefix instead"
        )


def _execute(statement: Executable, connection: Connection) -> None:
    connection.execute(statement)


def _settings(changes: Row) -> Params:
    return {f"set_{position}": value for position, value in enumerate(changes.values())}
