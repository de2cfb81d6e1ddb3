"""What all stores share: rows become records of their class."""

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from pyauth.clock import Clock
from pyauth.db.adapter import Adapter, Row, SortBy, Where
from pyauth.db.hooks import HookedWriter
from pyauth.db.schema import Schema
from pyauth.models import Record

R = TypeVar("R", bound=Record)


class Store(Generic[R]):
    """The rules of one model; nothing else reads or writes its rows."""

    record: type[R]

    def __init__(
        self, *, adapter: Adapter, writer: HookedWriter, schema: Schema, clock: Clock
    ) -> None:
        self.adapter = adapter
        self._writer = writer
        self._clock = clock
        self._model = self.record.model
        self._outputs = {
            item.name: item.spec.transform_output
            for item in schema.model(self._model).fields.values()
            if item.spec.transform_output is not None
        }

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
        for name, transform in self._outputs.items():
            if row.get(name) is not None:
                row[name] = transform(row[name])
        return self.record(row)
