"""What all stores share: rows become records of their class."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Generic, TypeVar

from pyauth.clock import Clock
from pyauth.db.adapter import Adapter, Row, SortBy, Where
from pyauth.db.hooks import HookedWriter
from pyauth.db.ids import IdPolicy
from pyauth.db.rows import RowMaker
from pyauth.db.schema import Schema
from pyauth.models import Record

R = TypeVar("R", bound=Record)


class Store(Generic[R]):
    """The rules of one model; nothing else reads or writes its rows.

    Args:
        adapter: the rows.
        writer: the adapter's writes, with hooks.
        schema: the effective schema.
        clock: the present moment.
        id_policy: who makes the ids of records that are no rows.
    """

    record: type[R]

    def __init__(
        self,
        *,
        adapter: Adapter,
        writer: HookedWriter,
        schema: Schema,
        clock: Clock,
        id_policy: IdPolicy = "random",
    ) -> None:
        self.adapter = adapter
        self._writer = writer
        self._clock = clock
        self._model = self.record.model
        model = schema.model(self._model)
        self._fields = model.fields
        self._maker = RowMaker(model, id_policy)
        self._shown = model.shown

    def find(self, record_id: str) -> R | None:
        """Return a record by its id, or None."""
        return self._find_one([Where("id", record_id)])

    def lock(self, record_id: str) -> R | None:
        """Return a record that nobody else changes until the transaction ends, or None.

        To be called first inside a transaction that decides by several rows belonging to the
        record: of two such decisions the second sees what the first has done.
        """
        return self._find_one([Where("id", record_id)], lock=True)

    def list(
        self,
        where: Sequence[Where] = (),
        *,
        limit: int | None = None,
        offset: int = 0,
        sort_by: SortBy | None = None,
    ) -> list[R]:
        """Return the records that fit, at most ``limit`` or the configured default number."""
        rows = self.adapter.find_many(
            self._model, where, limit=limit, offset=offset, sort_by=sort_by
        )
        return [self.as_record(row) for row in rows]

    def count(self, where: Sequence[Where] = ()) -> int:
        """Return how many records fit."""
        return self.adapter.count(self._model, where)

    def update_held(self, held: R, changes: Mapping[str, Any]) -> R | None:
        """Change a record that the caller holds, and its row if there is one.

        For where no store outlives the process: what the caller holds may be newer than the row,
        or all there is. Hooks, ``on_update`` and ``transform_output`` apply as to a row.

        Returns:
            The changed record; None when a database hook stopped it.
        """
        write = partial(self._write_held, held)
        row = self._writer.write_elsewhere(self._model, "update", changes, write)
        return None if row is None else self.record(row)

    def _write_held(self, held: R, approved: Mapping[str, Any]) -> Row:
        changes = self._maker.changes(approved)
        self.adapter.update_one(self._model, [Where("id", held["id"])], changes)
        return dict(held.replace(**self._shown(changes)))

    def _find_one(self, where: Sequence[Where], *, lock: bool = False) -> R | None:
        return self._as_found(self.adapter.find_one(self._model, where, lock=lock))

    def _create(self, data: Mapping[str, Any]) -> R | None:
        return self._as_found(self._writer.create(self._model, data))

    def _update(self, where: Sequence[Where], changes: Mapping[str, Any]) -> R | None:
        return self._as_found(self._writer.update_one(self._model, where, changes))

    def _as_found(self, row: Row | None) -> R | None:
        return None if row is None else self.as_record(row)

    def as_record(self, row: Row) -> R:
        """Return a row of the adapter as readers see it."""
        return self.record(self._shown(row))
