"""The adapter itself: rows, references and transactions.

It holds to what a database enforces: unique values, references and what deletions do to them, and
transactions that leave nothing behind when they fail.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from pyauth.db.adapter import Row, SortBy, Where
from pyauth.db.after_commit import run_all, run_and_log
from pyauth.db.ids import IdPolicy
from pyauth.db.lifecycle import DEFAULT_LIMIT
from pyauth.db.memory.matching import sort_key
from pyauth.db.memory.tables import Table
from pyauth.db.rows import RowMaker
from pyauth.db.schema import Schema, SchemaField
from pyauth.errors import (
    ConfigurationError,
    ReferenceViolation,
    StoreError,
    StoreUnavailable,
    UniqueViolation,
)

LOCK_TIMEOUT: Final = 10
"""Seconds that a thread waits for another's transaction."""


@dataclass(slots=True, eq=False)
class _Transaction:
    """The open transaction: what undoes it, newest last, and what follows its end."""

    undo: list[tuple[Table, str, Row | None]] = field(default_factory=list)
    after_commit: list[Callable[[], None]] = field(default_factory=list)
    after_rollback: list[Callable[[], None]] = field(default_factory=list)
    failed: bool = False


class MemoryAdapter:
    """Rows in the memory of this process; gone when it ends, unknown to other processes.

    One lock guards all rows. A transaction holds it from its first to its last line, so that no
    other thread sees a state in between.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._transaction: _Transaction | None = None
        self._schema: Schema | None = None
        self._tables: dict[str, Table] = {}
        self._default_limit = DEFAULT_LIMIT
        self._referrers: dict[str, list[tuple[Table, SchemaField]]] = {}

    def bind(
        self,
        schema: Schema,
        *,
        id_policy: IdPolicy = "random",
        default_limit: int = DEFAULT_LIMIT,
    ) -> None:
        """Start with empty tables for the models of ``schema``."""
        with self._lock:
            self._schema = schema
            self._default_limit = default_limit
            self._tables = {
                name: Table(RowMaker(model, id_policy)) for name, model in schema.models.items()
            }
            self._referrers = {name: [] for name in schema.models}
            for table in self._tables.values():
                for item in table.maker.fields.values():
                    if item.spec.references is not None:
                        self._referrers[item.spec.references.model].append((table, item))

    def create(self, model: str, data: Mapping[str, Any]) -> Row:
        """Insert one row and return it whole."""
        table = self._table(model)
        row = table.maker.new(data)
        with self._writing() as transaction:
            if row["id"] is None:
                row["id"] = table.next_id()
            if row["id"] in table.rows:
                raise UniqueViolation(model, ["id"])
            self._put(transaction, table, row)
            return table.copy(row)

    def find_one(
        self,
        model: str,
        where: Sequence[Where],
        *,
        lock: bool = False,
    ) -> Row | None:
        """Return the first row that fits, or None; a transaction holds every row anyway."""
        table = self._table(model)
        with self._reading():
            for row in table.matching(where):
                return table.copy(row)
        return None

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
        table = self._table(model)
        limit = self._default_limit if limit is None else max(limit, 0)
        offset = max(offset, 0)
        with self._reading():
            rows = list(table.matching(where))
            if sort_by is not None:
                table.maker.require_field(sort_by.field)
                rows.sort(key=lambda row: str(row["id"]))
                rows.sort(key=sort_key(sort_by.field), reverse=sort_by.descending)
            return [table.copy(row) for row in rows[offset : offset + limit]]

    def find_joined(
        self, model: str, where: Sequence[Where], *, via: str, limit: int | None = None
    ) -> list[tuple[Row, Row]]:
        """Return the rows that fit beside the rows their reference points at."""
        table = self._table(model)
        reference = table.maker.require_field(via).spec.references
        if reference is None:
            raise ConfigurationError(f"field {via!r} of model {model!r} references no model")
        target = self._table(reference.model)
        limit = self._default_limit if limit is None else max(limit, 0)
        pairs: list[tuple[Row, Row]] = []
        with self._reading():
            for row in table.matching(where):
                other = target.find_referred(reference.field, row[via])
                if other is not None and len(pairs) < limit:
                    pairs.append((table.copy(row), target.copy(other)))
        return pairs

    def count(self, model: str, where: Sequence[Where] = ()) -> int:
        """Return how many rows fit."""
        table = self._table(model)
        with self._reading():
            return sum(1 for _ in table.matching(where))

    def update_one(self, model: str, where: Sequence[Where], data: Mapping[str, Any]) -> Row | None:
        """Change at most one row that fits; None when none fitted."""
        table = self._table(model)
        changes = table.maker.changes(data)
        with self._writing() as transaction:
            for row in table.matching(where):
                return self._change(transaction, table, row, changes)
        return None

    def update_many(self, model: str, where: Sequence[Where], data: Mapping[str, Any]) -> int:
        """Change every row that fits and return how many there were."""
        table = self._table(model)
        changes = table.maker.changes(data)
        with self._writing() as transaction:
            rows = list(table.matching(where))
            for row in rows:
                self._change(transaction, table, row, changes)
        return len(rows)

    def delete_many(self, model: str, where: Sequence[Where]) -> int:
        """Delete every row that fits and return how many there were."""
        table = self._table(model)
        with self._writing() as transaction:
            rows = list(table.matching(where))
            for row in rows:
                self._delete(transaction, table, row)
        return len(rows)

    def consume_one(self, model: str, where: Sequence[Where]) -> Row | None:
        """Delete one row that fits and return it."""
        table = self._table(model)
        with self._writing() as transaction:
            for row in table.matching(where):
                self._delete(transaction, table, row)
                return table.copy(row)
        return None

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
        table = self._table(model)
        table.maker.require_field(field)
        changes = table.maker.changes(data or {})
        if field in changes:
            raise ConfigurationError(f"field {field!r} cannot be incremented and set at once")
        with self._writing() as transaction:
            for row in table.matching(where):
                if row[field] is not None:
                    changes[field] = table.maker.stored(field, row[field] + by)
                return self._change(transaction, table, row, changes)
        return None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run a block all or nothing; an inner block joins the outer one.

        Raises:
            StoreError: the block ended well though an error inside it was caught; it was rolled
                back.
        """
        transaction = _Transaction()
        try:
            with self._joined_to(transaction):
                yield
        except BaseException:
            run_all(transaction.after_rollback)
            raise
        run_all(transaction.after_commit)

    @contextmanager
    def _joined_to(self, transaction: _Transaction) -> Iterator[None]:
        """Run a block in the open transaction, or in the new one where there is none."""
        self._acquire()
        try:
            outer = self._transaction
            if outer is not None:
                with _failing(outer):
                    yield
                return
            self._transaction = transaction
            try:
                yield
                if transaction.failed:
                    raise StoreError(
                        "an error inside the transaction was caught; it was rolled back"
                    )
            except BaseException:
                _undo(transaction)
                raise
            finally:
                self._transaction = None
        finally:
            self._lock.release()

    def after_commit(self, work: Callable[[], None]) -> None:
        """Run ``work`` once the outermost transaction has committed; at once outside of one."""
        self._acquire()
        try:
            transaction = self._transaction
            if transaction is not None:
                transaction.after_commit.append(work)
        finally:
            self._lock.release()
        if transaction is None:
            run_and_log(work)

    def after_rollback(self, work: Callable[[], None]) -> None:
        """Run ``work`` once the outermost transaction has been rolled back."""
        self._acquire()
        try:
            if self._transaction is not None:
                self._transaction.after_rollback.append(work)
        finally:
            self._lock.release()

    def close(self) -> None:
        """Do nothing: there are no connections."""

    def _acquire(self) -> None:
        if not self._lock.acquire(timeout=LOCK_TIMEOUT):
            raise StoreUnavailable("another transaction holds the rows in memory for too long")

    @contextmanager
    def _reading(self) -> Iterator[None]:
        self._acquire()
        try:
            if self._transaction is not None and self._transaction.failed:
                raise StoreError("the transaction has failed already; it will be rolled back")
            yield
        finally:
            self._lock.release()

    @contextmanager
    def _writing(self) -> Iterator[_Transaction]:
        """A statement: all or nothing, and an error leaves its transaction to be rolled back."""
        with self._reading():
            outer = self._transaction
            if outer is not None:
                with _failing(outer):
                    yield outer
                return
            alone = _Transaction()
            try:
                yield alone
            except BaseException:
                _undo(alone)
                raise

    def _table(self, model: str) -> Table:
        if self._schema is None:
            raise ConfigurationError("the adapter has no schema yet: call bind() first")
        self._schema.model(model)
        return self._tables[model]

    def _put(self, transaction: _Transaction, table: Table, row: Row) -> None:
        table.check_unique(row)
        for item in table.maker.fields.values():
            reference = item.spec.references
            if reference is None or row[item.name] is None:
                continue
            target = self._tables[reference.model]
            if target.find_referred(reference.field, row[item.name]) is None:
                raise ReferenceViolation(f"a row of model {table.model!r} breaks a constraint")
        transaction.undo.append((table, row["id"], table.put(row["id"], row)))

    def _change(self, transaction: _Transaction, table: Table, row: Row, changes: Row) -> Row:
        changed = row | changes
        self._put(transaction, table, changed)
        return table.copy(changed)

    def _delete(self, transaction: _Transaction, table: Table, row: Row) -> None:
        if row["id"] not in table.rows:
            return
        transaction.undo.append((table, row["id"], table.put(row["id"], None)))
        for referrer, item in self._referrers[table.model]:
            reference = item.spec.references
            assert reference is not None  # noqa: S101 - narrows the type; bind chose these fields
            value = row[reference.field]
            for other in [other for other in referrer.rows.values() if other[item.name] == value]:
                if value is None:
                    continue
                if reference.on_delete == "cascade":
                    self._delete(transaction, referrer, other)
                elif reference.on_delete == "set null":
                    self._put(transaction, referrer, other | {item.name: None})
                else:
                    raise ReferenceViolation(f"rows of model {referrer.model!r} refer to the row")


@contextmanager
def _failing(transaction: _Transaction) -> Iterator[None]:
    try:
        yield
    except BaseException:
        transaction.failed = True
        raise


def _undo(transaction: _Transaction) -> None:
    for table, row_id, before in reversed(transaction.undo):
        table.put(row_id, before)
