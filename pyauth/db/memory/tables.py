"""The rows of one model in memory."""

from collections.abc import Iterator, Sequence
from typing import Any

from pyauth.db import conditions
from pyauth.db.adapter import Row, Where
from pyauth.db.conditions import Shape
from pyauth.db.memory.matching import comparable, fits
from pyauth.db.rows import RowMaker
from pyauth.db.values import JSON_KINDS, kind_of, to_json
from pyauth.errors import UniqueViolation


class Table:
    """The rows of one model by id, and an index of each unique field.

    A stored row is never changed in place, so that a reader's copy and the undo list can hold it.
    """

    def __init__(self, maker: RowMaker) -> None:
        self.model = maker.model
        self.maker = maker
        self.rows: dict[str, Row] = {}
        self.counter = 0
        self.unique: dict[str, dict[Any, str]] = {
            name: {} for name, item in maker.fields.items() if item.spec.unique and name != "id"
        }
        self.json_fields = tuple(
            name for name, item in maker.fields.items() if kind_of(item) in JSON_KINDS
        )

    def check_unique(self, row: Row) -> None:
        """Refuse a row whose unique values another row holds."""
        taken = [
            name
            for name, index in self.unique.items()
            if row[name] is not None and index.get(row[name], row["id"]) != row["id"]
        ]
        if taken:
            raise UniqueViolation(self.model, taken)

    def put(self, row_id: str, row: Row | None) -> Row | None:
        """Store a row, or remove it for None, and return what was there."""
        before = self.rows.get(row_id)
        for name, index in self.unique.items():
            if before is not None and before[name] is not None:
                index.pop(before[name], None)
            if row is not None and row[name] is not None:
                index[row[name]] = row_id
        if row is not None:
            self.rows[row_id] = row
        elif before is not None:
            del self.rows[row_id]
        return before

    def copy(self, row: Row) -> Row:
        """Return a row that its receiver may change."""
        copied = dict(row)
        for name in self.json_fields:
            if copied[name] is not None:
                copied[name] = to_json(copied[name])
        return copied

    def next_id(self) -> str:
        """Return an id that was never given before, and that no caller has chosen itself."""
        self.counter += 1
        while str(self.counter) in self.rows:
            self.counter += 1
        return str(self.counter)

    def find_referred(self, name: str, value: Any) -> Row | None:
        """Return the row that a reference to the field ``name`` means, or None."""
        if name == "id":
            return self.rows.get(value)
        row_id = self.unique.get(name, {}).get(value)
        return None if row_id is None else self.rows[row_id]

    def matching(self, where: Sequence[Where]) -> Iterator[Row]:
        """Yield the rows that fit, as they are stored."""
        shape, values = conditions.read(where)
        for item in shape:
            self.maker.require_field(item.field)
        values = [comparable(value) for value in values]
        if conditions.admits_nothing(shape):
            return
        for row in self._candidates(shape, values):
            if fits(row, shape, values):
                yield row

    def _candidates(self, shape: Shape, values: Sequence[Any]) -> list[Row]:
        """Return the rows that may fit: one where a unique value says which."""
        for condition, value in zip(shape, values, strict=True):
            if condition.test != "eq" or condition.alternative or condition.ignore_case:
                continue
            if condition.field == "id":
                return [self.rows[value]] if value in self.rows else []
            if condition.field in self.unique:
                row_id = self.unique[condition.field].get(value)
                return [] if row_id is None else [self.rows[row_id]]
        return list(self.rows.values())
