"""The adapter over SQLAlchemy Core, for SQLite, PostgreSQL, MySQL and MariaDB."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine, MetaData, exc
from sqlalchemy.engine import URL

from pyauth.clock import Clock
from pyauth.db import conditions
from pyauth.db.adapter import Row, SortBy, Where
from pyauth.db.conditions import Shape
from pyauth.db.ids import IdPolicy
from pyauth.db.lifecycle import DEFAULT_LIMIT
from pyauth.db.migration.plan import Plan
from pyauth.db.rows import RowMaker
from pyauth.db.schema import Schema
from pyauth.db.sqlalchemy.ddl import find_dialect, write_schema
from pyauth.db.sqlalchemy.engine import (
    ConnectionSource,
    open_source,
    run_in_forked_children,
)
from pyauth.db.sqlalchemy.errors import is_transient, translate
from pyauth.db.sqlalchemy.statements import Params, Statements
from pyauth.db.sqlalchemy.tables import TableMap, build_tables, join_metadata
from pyauth.errors import ConfigurationError, StoreError

_T = TypeVar("_T")
Work = Callable[[Connection], _T]

_RETRY_PAUSES: Final = (0.01, 0.05)
"""Seconds to wait before another try, for each of them."""

_logger = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Transaction:
    """The open transaction of one thread."""

    connection: Connection
    failed: bool = False
    after_commit: list[Callable[[], None]] = field(default_factory=list)


class _ThreadState(threading.local):
    transaction: _Transaction | None = None


@dataclass(frozen=True, slots=True)
class _Bound:
    """What :meth:`SQLAlchemyAdapter.bind` prepares."""

    schema: Schema
    clock: Clock
    id_policy: IdPolicy
    default_limit: int
    own_metadata: MetaData
    tables: Mapping[str, TableMap]
    makers: Mapping[str, RowMaker]


class SQLAlchemyAdapter:
    """Rows in a database that SQLAlchemy speaks to.

    A single call outside of a transaction is one statement in autocommit where the database has
    what it takes. When its connection turns out to be lost, or the database picks it as the victim
    of a deadlock, it is tried again, at most twice. A claim whose first try did reach the database
    finds nothing then: what is single-use stays single-use. A whole transaction is never repeated.

    An error inside a transaction, even one that is caught, leaves it to be rolled back: what
    PostgreSQL demands holds on every database.

    Args:
        database: a URL, for which an engine is made here, an engine that the application lends, or
            a function that returns one and is called at first use.
        metadata: the application's MetaData, which receives the tables; by default a new one.
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
        returning: bool = True,
    ) -> None:
        self._database = database
        self._maybe_source = None if callable(database) else open_source(database)
        self._opening = threading.Lock()
        self._metadata = MetaData() if metadata is None else metadata
        self._returning = returning
        self._state = _ThreadState()
        self._maybe_bound: _Bound | None = None
        self._maybe_statements: Statements | None = None
        run_in_forked_children(self._forget_transaction)

    @property
    def engine(self) -> Engine:
        """The engine in use: the one made for the URL, or the application's."""
        return self._source.engine

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
        clock: Clock,
        id_policy: IdPolicy = "random",
        default_limit: int = DEFAULT_LIMIT,
    ) -> None:
        """Build the tables of ``schema``, without connecting.

        Raises:
            ConfigurationError: the application's MetaData has other tables under these names.
        """
        own = MetaData(schema=self._metadata.schema)
        tables = build_tables(schema, own, id_policy=id_policy)
        dialect = self.engine.dialect if self._maybe_source else find_dialect("postgresql")
        join_metadata(tables.values(), self._metadata, dialect)
        makers = {name: RowMaker(model, id_policy) for name, model in schema.models.items()}
        self._maybe_bound = _Bound(schema, clock, id_policy, default_limit, own, tables, makers)
        self._maybe_statements = None

    def create(self, model: str, data: Mapping[str, Any]) -> Row:
        """Insert one row and return it whole."""
        row = self._maker(model).new(data)
        if row["id"] is None:
            return self._create_counted(model, row)
        params = self._by_column(model, row)

        def work(connection: Connection) -> None:
            connection.execute(self._statements.insert(model), params)

        self._run(model, work)
        return row

    def find_one(self, model: str, where: Sequence[Where]) -> Row | None:
        """Return the first row that fits, or None."""
        shape, values = conditions.read(where)
        if conditions.admits_nothing(shape):
            return None
        names = self._names(model)

        def work(connection: Connection) -> Row | None:
            statements = self._statements
            params = statements.params(shape, values)
            row = connection.execute(statements.find_one(model, shape), params).first()
            return None if row is None else dict(zip(names, row, strict=True))

        return self._run(model, work)

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

        return self._run(model, work)

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

        return self._run(model, work)

    def count(self, model: str, where: Sequence[Where] = ()) -> int:
        """Return how many rows fit."""
        shape, values = conditions.read(where)
        if conditions.admits_nothing(shape):
            return 0

        def work(connection: Connection) -> int:
            statements = self._statements
            params = statements.params(shape, values)
            return int(connection.execute(statements.count(model, shape), params).scalar_one())

        return self._run(model, work)

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

        return self._run(model, work)

    def delete_many(self, model: str, where: Sequence[Where]) -> int:
        """Delete every row that fits and return how many there were."""
        shape, values = conditions.read(where)
        if conditions.admits_nothing(shape):
            return 0

        def work(connection: Connection) -> int:
            statements = self._statements
            params = statements.params(shape, values)
            return connection.execute(statements.delete_many(model, shape), params).rowcount

        return self._run(model, work)

    def consume_one(self, model: str, where: Sequence[Where]) -> Row | None:
        """Delete one row that fits and return it: of simultaneous callers one gets it."""
        shape, values = conditions.read(where)
        if conditions.admits_nothing(shape):
            return None
        if not self._statements_now(model).delete_returning:
            return self._run_atomic(
                model, lambda connection: self._take(connection, model, shape, values)
            )
        names = self._names(model)

        def work(connection: Connection) -> Row | None:
            statements = self._statements
            params = statements.params(shape, values)
            row = connection.execute(statements.consume_one(model, shape), params).first()
            return None if row is None else dict(zip(names, row, strict=True))

        return self._run(model, work)

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

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run a block all or nothing; an inner block joins the outer one.

        Raises:
            StoreError: the block ended well though an error inside it was caught; it was rolled
                back.
        """
        outer = self._state.transaction
        if outer is not None:
            try:
                yield
            except BaseException:
                outer.failed = True
                raise
            return
        transaction = self._begin()
        self._state.transaction = transaction
        try:
            yield
            self._commit(transaction)
        except BaseException:
            self._roll_back(transaction.connection)
            raise
        finally:
            self._state.transaction = None
            self._source.release(transaction.connection)
        for work in transaction.after_commit:
            _run_and_log(work)

    def after_commit(self, work: Callable[[], None]) -> None:
        """Run ``work`` once the outermost transaction has committed; at once outside of one."""
        transaction = self._state.transaction
        if transaction is None:
            _run_and_log(work)
        else:
            transaction.after_commit.append(work)

    def close(self) -> None:
        """Close the connections of an engine that was made here."""
        if self._maybe_source is not None:
            self._maybe_source.close()

    def plan(self) -> Plan:
        """Return what the database lacks; nothing is changed."""
        from pyauth.db.migration.inspection import compute_plan  # noqa: PLC0415 - for commands only

        return self._run("", lambda connection: compute_plan(connection, self._ordered_tables()))

    def migrate(self) -> Plan:
        """Add what the database lacks and return it.

        Raises:
            ConfigurationError: the plan holds problems, or a transaction is open; nothing was
                changed.
            StoreUnavailable: the database is locked or unreachable.
        """
        from pyauth.db.migration.apply import migrate  # noqa: PLC0415 - needs Alembic

        if self._state.transaction is not None:
            raise ConfigurationError("tables cannot be changed inside a transaction")
        try:
            return self._run_alone(lambda connection: migrate(connection, self._ordered_tables()))
        except exc.SQLAlchemyError as error:
            raise translate(error, "", self._bound.tables) from None

    def create_schema(self, dialect: str | None = None) -> str:
        """Return the statements that create every table and index.

        Raises:
            ConfigurationError: there is no such dialect here.
        """
        chosen = self.engine.dialect if dialect is None else find_dialect(dialect)
        return write_schema((item.table for item in self._ordered_tables()), chosen)

    def _forget_transaction(self) -> None:
        # A forked process must not go on with its parent's transaction.
        self._state = _ThreadState()

    def _ordered_tables(self) -> list[TableMap]:
        bound = self._bound
        by_name = {item.table.name: item for item in bound.tables.values()}
        return [by_name[table.name] for table in bound.own_metadata.sorted_tables]

    @property
    def _source(self) -> ConnectionSource:
        source = self._maybe_source
        return self._open_late() if source is None else source

    def _open_late(self) -> ConnectionSource:
        with self._opening:
            if self._maybe_source is None:
                assert callable(self._database)  # noqa: S101 - narrows the type
                self._maybe_source = open_source(self._database())
            return self._maybe_source

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
            return self._run(model, lambda _connection: self._statements)
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

        row["id"] = self._run(model, work)
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
            return self._run_atomic(
                model,
                lambda connection: self._change_locked(
                    connection, model, shape, values, tuple(changes), settings, increment
                ),
            )
        names = self._names(model)

        def work(connection: Connection) -> Row | None:
            statements = self._statements
            params = statements.params(shape, values) | settings
            statement = statements.update_one(model, shape, changes, increment=increment)
            row = connection.execute(statement, params).first()
            return None if row is None else dict(zip(names, row, strict=True))

        return self._run(model, work)

    def _change_locked(
        self,
        connection: Connection,
        model: str,
        shape: Shape,
        values: Sequence[Any],
        changed: Sequence[str],
        settings: Params,
        increment: str | None,
    ) -> Row | None:
        statements = self._statements
        row = self._lock(connection, model, shape, values)
        if row is None:
            return None
        key = {"row_id": row["id"]}
        statement = statements.update_by_id(model, changed, increment=increment)
        if connection.execute(statement, settings | key).rowcount != 1:
            return None
        after = connection.execute(statements.find_by_id(model), key).one()
        return dict(zip(self._names(model), after, strict=True))

    def _take(
        self, connection: Connection, model: str, shape: Shape, values: Sequence[Any]
    ) -> Row | None:
        row = self._lock(connection, model, shape, values)
        if row is None:
            return None
        statement = self._statements.delete_by_id(model)
        deleted = connection.execute(statement, {"row_id": row["id"]}).rowcount
        return row if deleted == 1 else None

    def _lock(
        self, connection: Connection, model: str, shape: Shape, values: Sequence[Any]
    ) -> Row | None:
        statements = self._statements
        statement = statements.find_for_update(model, shape)
        row = connection.execute(statement, statements.params(shape, values)).first()
        return None if row is None else dict(zip(self._names(model), row, strict=True))

    def _run(self, model: str, work: Work[_T]) -> _T:
        """Run one statement: within the thread's transaction, or alone and with retries."""
        transaction = self._state.transaction
        if transaction is not None:
            return self._run_inside(transaction, model, work)
        return self._retrying(model, lambda: self._run_alone(work))

    def _run_atomic(self, model: str, work: Work[_T]) -> _T:
        """Run statements that belong together, in a transaction."""
        transaction = self._state.transaction
        if transaction is not None:
            return self._run_inside(transaction, model, work)
        return self._retrying(model, lambda: self._run_between(work))

    def _run_inside(self, transaction: _Transaction, model: str, work: Work[_T]) -> _T:
        if transaction.failed:
            raise StoreError("the transaction has failed already; it will be rolled back")
        try:
            return work(transaction.connection)
        except (exc.SQLAlchemyError, UnicodeError) as error:
            transaction.failed = True
            raise translate(error, model, self._bound.tables) from None
        except BaseException:
            transaction.failed = True
            raise

    def _run_alone(self, work: Work[_T]) -> _T:
        source = self._source
        connection = source.open()
        try:
            outcome = work(connection)
            source.settle(connection)
        finally:
            source.release(connection)
        return outcome

    def _run_between(self, work: Work[_T]) -> _T:
        connection = self._source.open()
        try:
            self._execute_all(connection, self._source.begin)
            outcome = work(connection)
            connection.exec_driver_sql("COMMIT")
        except BaseException:
            self._roll_back(connection)
            raise
        finally:
            self._source.release(connection)
        return outcome

    def _retrying(self, model: str, attempt: Callable[[], _T]) -> _T:
        for pause in _RETRY_PAUSES:
            try:
                return attempt()
            except exc.SQLAlchemyError as error:
                if not is_transient(error):
                    raise translate(error, model, self._bound.tables) from None
            except UnicodeError as error:
                raise translate(error, model, self._bound.tables) from None
            time.sleep(pause)
        try:
            return attempt()
        except exc.SQLAlchemyError as error:
            raise translate(error, model, self._bound.tables) from None

    def _begin(self) -> _Transaction:
        return self._retrying("", self._begin_once)

    def _begin_once(self) -> _Transaction:
        connection = self._source.open()
        try:
            self._execute_all(connection, self._source.begin)
        except BaseException:
            self._source.release(connection)
            raise
        return _Transaction(connection)

    def _commit(self, transaction: _Transaction) -> None:
        if transaction.failed:
            raise StoreError("an error inside the transaction was caught; it was rolled back")
        try:
            transaction.connection.exec_driver_sql("COMMIT")
        except exc.SQLAlchemyError as error:
            raise translate(error, "", self._bound.tables) from None

    def _roll_back(self, connection: Connection) -> None:
        if connection.invalidated:
            return
        try:
            # The driver's own way is content where the database has rolled back by itself.
            connection.connection.rollback()
        except Exception:
            connection.invalidate()

    @staticmethod
    def _execute_all(connection: Connection, statements: Sequence[str]) -> None:
        for statement in statements:
            connection.exec_driver_sql(statement)


def _settings(changes: Row) -> Params:
    return {f"set_{position}": value for position, value in enumerate(changes.values())}


def _run_and_log(work: Callable[[], None]) -> None:
    try:
        work()
    except Exception:
        _logger.exception("work after a commit failed")
