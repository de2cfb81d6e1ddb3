"""Running work on connections: alone with retries, together, or within a thread's transaction."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, TypeVar

from sqlalchemy import Connection, Engine, exc
from sqlalchemy.engine import URL

from pyauth.clock import monotonic
from pyauth.db.after_commit import run_all, run_and_log
from pyauth.db.sqlalchemy.errors import is_lost, is_refused_commit, is_transient, translate
from pyauth.db.sqlalchemy.sources import ConnectionSource, open_source, run_in_forked_children
from pyauth.db.sqlalchemy.tables import TableMap
from pyauth.errors import StoreError, UniqueViolation

_T = TypeVar("_T")
Work = Callable[[Connection], _T]

_RETRY_PAUSES: Final = (0.01, 0.05)
"""Seconds to wait before another try, for each of them."""
_RETRY_WITHIN: Final = 2.0
"""Seconds after which nothing is tried again: who waited for a lock has waited long enough."""


@dataclass(slots=True, eq=False)
class _Transaction:
    """The open transaction of one thread."""

    connection: Connection
    failed: bool = False
    after_commit: list[Callable[[], None]] = field(default_factory=list)
    after_rollback: list[Callable[[], None]] = field(default_factory=list)


class _ThreadState(threading.local):
    transaction: _Transaction | None = None


class _Tries:
    """How often one piece of work was tried, and whether it may be once more.

    Args:
        repeat_lost: whether that goes for a broken connection too.
    """

    __slots__ = ("_end", "_pauses", "_repeat_lost", "lost")

    def __init__(self, *, repeat_lost: bool = True) -> None:
        self.lost = False
        self._repeat_lost = repeat_lost
        self._pauses = iter(_RETRY_PAUSES)
        self._end = monotonic() + _RETRY_WITHIN

    def pause_after(self, error: exc.SQLAlchemyError) -> float | None:
        """Return the seconds to wait before another try; None when there is to be none."""
        if not is_transient(error) or monotonic() > self._end:
            return None
        if is_lost(error):
            self.lost = True
            if not self._repeat_lost:
                return None
        return next(self._pauses, None)


class Execution:
    """Runs work on the connections of one database, and holds each thread's transaction.

    Args:
        database: a URL, an engine, or a function that returns one and is called at first use.
    """

    def __init__(self, database: str | URL | Engine | Callable[[], Engine]) -> None:
        self.tables: Mapping[str, TableMap] = {}
        self._database = database
        self._maybe_source = None if callable(database) else open_source(database)
        self._opening = threading.Lock()
        self._state = _ThreadState()
        run_in_forked_children(self._forget_transaction)

    @property
    def engine(self) -> Engine:
        """The engine in use; opened now if it is to be opened at first use."""
        return self._source.engine

    @property
    def is_ready(self) -> bool:
        """Whether the engine is known already."""
        return self._maybe_source is not None

    @property
    def is_in_transaction(self) -> bool:
        """Whether this thread has an open transaction."""
        return self._state.transaction is not None

    def run(
        self,
        model: str,
        work: Work[_T],
        *,
        writes: bool = False,
        repeat_lost: bool = True,
        confirm: Work[_T | None] | None = None,
    ) -> _T:
        """Run one statement: within the thread's transaction, or alone and with retries.

        Args:
            model: the logical model that the statement is about.
            work: executes it.
            writes: whether it changes rows.
            repeat_lost: whether it may run again when its connection broke, though the database
                may have executed it already.
            confirm: asked when a try after a broken connection finds a unique value taken: returns
                the outcome if the first try did reach the database, else None.
        """
        transaction = self._state.transaction
        if transaction is not None:
            return self._run_inside(transaction, model, work)
        tries = _Tries(repeat_lost=repeat_lost)
        try:
            return self._retrying(model, lambda: self._run_alone(work, writes=writes), tries)
        except UniqueViolation:
            outcome = None
            if confirm is not None and tries.lost:
                outcome = self._retrying(model, lambda: self._run_alone(confirm))
            if outcome is None:
                raise
            return outcome

    def run_atomic(self, model: str, work: Work[_T]) -> _T:
        """Run statements that belong together, in a transaction."""
        transaction = self._state.transaction
        if transaction is not None:
            return self._run_inside(transaction, model, work)
        return self._retrying(model, lambda: self._run_between(work))

    def run_once(self, work: Work[_T]) -> _T:
        """Run work on a connection of its own, outside of any transaction and without retries."""
        try:
            return self._run_alone(work)
        except exc.SQLAlchemyError as error:
            raise translate(error, "", self.tables) from None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run a block all or nothing; an inner block joins the outer one.

        Raises:
            StoreError: the block ended well though an error inside it was caught, and it was
                rolled back; or it ends in a process forked inside of it.
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
        try:
            with self._opened(transaction):
                yield
        except BaseException:
            run_all(transaction.after_rollback)
            raise
        run_all(transaction.after_commit)

    @contextmanager
    def _opened(self, transaction: _Transaction) -> Iterator[None]:
        self._state.transaction = transaction
        try:
            yield
            self._commit(transaction)
        except BaseException:
            if self._is_open(transaction):
                self._roll_back(transaction.connection)
            else:
                transaction.after_rollback.clear()
            raise
        finally:
            if self._is_open(transaction):
                self._state.transaction = None
                self._source.release(transaction.connection)

    def after_commit(self, work: Callable[[], None]) -> None:
        """Run ``work`` once the outermost transaction has committed; at once outside of one."""
        transaction = self._state.transaction
        if transaction is None:
            run_and_log(work)
        else:
            transaction.after_commit.append(work)

    def after_rollback(self, work: Callable[[], None]) -> None:
        """Run ``work`` once the outermost transaction has been rolled back."""
        transaction = self._state.transaction
        if transaction is not None:
            transaction.after_rollback.append(work)

    def close(self) -> None:
        """Close the connections of an engine that was made here."""
        if self._maybe_source is not None:
            self._maybe_source.close()

    def _run_inside(self, transaction: _Transaction, model: str, work: Work[_T]) -> _T:
        if transaction.failed:
            raise StoreError("the transaction has failed already; it will be rolled back")
        try:
            return work(transaction.connection)
        except (exc.SQLAlchemyError, UnicodeError) as error:
            transaction.failed = True
            raise translate(error, model, self.tables) from None
        except BaseException:
            transaction.failed = True
            raise

    def _run_alone(self, work: Work[_T], *, writes: bool = False) -> _T:
        source = self._source
        connection = source.open(writes=writes)
        try:
            outcome = work(connection)
            source.settle(connection)
        finally:
            source.release(connection)
        return outcome

    def _run_between(self, work: Work[_T]) -> _T:
        connection = self._source.open(writes=True)
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

    def _retrying(self, model: str, attempt: Callable[[], _T], tries: "_Tries | None" = None) -> _T:
        tries = tries or _Tries()
        while True:
            try:
                return attempt()
            except exc.SQLAlchemyError as error:
                pause = tries.pause_after(error)
                if pause is None:
                    raise translate(error, model, self.tables) from None
            except UnicodeError as error:
                raise translate(error, model, self.tables) from None
            time.sleep(pause)

    def _begin(self) -> _Transaction:
        return self._retrying("", self._begin_once)

    def _begin_once(self) -> _Transaction:
        connection = self._source.open(writes=True)
        try:
            self._execute_all(connection, self._source.begin)
        except BaseException:
            self._source.release(connection)
            raise
        return _Transaction(connection)

    def _is_open(self, transaction: _Transaction) -> bool:
        # In a process that was forked inside of it, it belongs to the parent alone.
        return self._state.transaction is transaction

    def _commit(self, transaction: _Transaction) -> None:
        if not self._is_open(transaction):
            raise StoreError("the process was forked inside the transaction and cannot end it")
        if transaction.failed:
            raise StoreError("an error inside the transaction was caught; it was rolled back")
        try:
            transaction.connection.exec_driver_sql("COMMIT")
        except exc.SQLAlchemyError as error:
            if not is_refused_commit(error):
                # It may have reached the database: undoing what goes with it would be a guess.
                transaction.after_rollback.clear()
            raise translate(error, "", self.tables) from None

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

    def _forget_transaction(self) -> None:
        # A forked process must not go on with its parent's transaction.
        self._state = _ThreadState()
