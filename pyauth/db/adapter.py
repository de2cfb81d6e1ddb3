"""The seam to the rows: what every adapter can do, in logical model and field names.

Stores alone read and write rows through it. An adapter knows the merged schema; it translates
names, converts values and makes single-use claims atomic. Values are plain Python: ``str``,
``int``, ``float``, ``bool``, aware UTC ``datetime`` in whole milliseconds, lists and dicts for
JSON, ``None``.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any, Final, Literal, Protocol, runtime_checkable

Row = dict[str, Any]
"""One row under logical field names."""

EVERY_ROW: Final = 2**31 - 1
"""The ``limit`` of a listing that leaves none out."""

Operator = Literal[
    "eq", "ne", "lt", "lte", "gt", "gte", "in", "not_in", "contains", "starts_with", "ends_with"
]


@dataclass(frozen=True, slots=True)
class Where:
    """One condition. ``contains``, ``starts_with`` and ``ends_with`` take their text literally.

    Attributes:
        field: logical field name.
        value: the value to compare with; a sequence for ``in`` and ``not_in``. ``None`` under
            ``eq`` and ``ne`` means SQL's ``IS NULL`` and ``IS NOT NULL``.
        operator: how to compare; text compares byte for byte.
        connector: ``OR`` conditions form one group of alternatives beside the ``AND`` conditions.
        ignore_case: compare texts without regard to letter case.
    """

    field: str
    value: Any = attribute(repr=False)
    operator: Operator = "eq"
    connector: Literal["AND", "OR"] = "AND"
    ignore_case: bool = False


@dataclass(frozen=True, slots=True)
class SortBy:
    """The order of a listing: a logical field, ascending unless ``descending``."""

    field: str
    descending: bool = False


@runtime_checkable
class Adapter(Protocol):
    """Rows of the effective schema.

    Every method raises :class:`~pyauth.errors.UniqueViolation` when a unique value is taken and
    :class:`~pyauth.errors.StoreUnavailable` when the store is locked, unreachable or out of
    connections after bounded waiting. Methods join the transaction of the calling thread.
    """

    def create(self, model: str, data: Mapping[str, Any]) -> Row:
        """Insert one row and return it whole; an absent ``id`` is made by the id policy."""

    def find_one(self, model: str, where: Sequence[Where], *, lock: bool = False) -> Row | None:
        """Return the first row that fits, or None.

        Args:
            model: logical model name.
            where: which row.
            lock: keep the row as it is until the calling thread's transaction ends: whoever else
                locks, changes or deletes it waits. Transactions that decide by several rows lock
                the one they all belong to first, and so follow one another.
        """

    def find_many(
        self,
        model: str,
        where: Sequence[Where] = (),
        *,
        limit: int | None = None,
        offset: int = 0,
        sort_by: SortBy | None = None,
    ) -> list[Row]:
        """Return the rows that fit; without ``limit`` at most the configured default number."""

    def find_joined(
        self, model: str, where: Sequence[Where], *, via: str, limit: int | None = None
    ) -> list[tuple[Row, Row]]:
        """Return the rows that fit beside the rows their reference points at, by ONE query.

        Args:
            model: the model that ``where`` is about.
            where: conditions on ``model``.
            via: a field of ``model`` that references another model; rows whose target is missing
                are left out.
            limit: at most so many pairs.
        """

    def count(self, model: str, where: Sequence[Where] = ()) -> int:
        """Return how many rows fit."""

    def update_one(self, model: str, where: Sequence[Where], data: Mapping[str, Any]) -> Row | None:
        """Change at most one row that fits, in one conditional statement; None when none fitted.

        The conditions are the guard: of simultaneous callers whose guard admits one change, one
        gets the row and the others None.
        """

    def update_many(self, model: str, where: Sequence[Where], data: Mapping[str, Any]) -> int:
        """Change every row that fits and return how many there were."""

    def delete_many(self, model: str, where: Sequence[Where]) -> int:
        """Delete every row that fits and return how many there were."""

    def consume_one(self, model: str, where: Sequence[Where]) -> Row | None:
        """Delete one row that fits and return it: of simultaneous callers one gets it."""

    def increment_one(
        self,
        model: str,
        where: Sequence[Where],
        field: str,
        *,
        by: int = 1,
        data: Mapping[str, Any] | None = None,
    ) -> Row | None:
        """Add ``by`` to a number of one row that fits, in one statement; None when none fitted.

        Args:
            model: logical model name.
            where: which row, and the guard, such as ``Where("count", 10, "lt")``.
            field: the number to change.
            by: what to add; negative to take away.
            data: further fields that the same statement sets.
        """

    def transaction(self) -> AbstractContextManager[None]:
        """Run a block all or nothing. Re-entrant: an inner block joins the outer one."""

    def after_commit(self, work: Callable[[], None]) -> None:
        """Run ``work`` once the outermost transaction has committed; at once outside of one.

        A rolled back transaction drops it. What ``work`` raises is logged and not passed on, but
        for :class:`~pyauth.db.after_commit.FollowUpFailed`, which leaves the outermost block once
        all waiting work has run.
        """

    def after_rollback(self, work: Callable[[], None]) -> None:
        """Run ``work`` once the outermost transaction has been rolled back; never outside of one.

        For undoing what was done elsewhere. A commit drops it, and so does a ``COMMIT`` that
        failed: nobody knows then whether the rows are there. What it raises is logged.
        """

    def close(self) -> None:
        """Release connections that the adapter itself opened."""
