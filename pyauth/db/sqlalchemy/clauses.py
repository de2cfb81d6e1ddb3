"""Conditions and orders as SQL that means the same on every database."""

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    LargeBinary,
    and_,
    bindparam,
    cast,
    false,
    func,
    or_,
    true,
    type_coerce,
)

from pyauth.db.adapter import SortBy
from pyauth.db.conditions import LIST_TESTS, TEXT_TESTS, VALUELESS_TESTS, Condition, Shape
from pyauth.db.sqlalchemy.tables import TableMap
from pyauth.db.sqlalchemy.types import MYSQL_NAMES, TextType, UuidId

_ESCAPE: Final = "!"
_RANGES: Final = frozenset({"lt", "lte", "gt", "gte"})


class Clauses:
    """Writes conditions in one dialect.

    Args:
        dialect: its name.
    """

    def __init__(self, dialect: str) -> None:
        self._dialect = dialect
        self._is_mysql = dialect in MYSQL_NAMES

    def where(self, source: TableMap, shape: Shape) -> ColumnElement[bool]:
        """Return what conditions admit; their values are the parameters ``where_0`` and on."""
        plain: list[ColumnElement[bool]] = []
        alternatives: list[ColumnElement[bool]] = []
        for position, item in enumerate(shape):
            test = self._test(source.column(item.field), item, f"where_{position}")
            (alternatives if item.alternative else plain).append(test)
        if alternatives:
            plain.append(or_(false(), *alternatives))
        return and_(true(), *plain)

    def order(self, source: TableMap, sort_by: SortBy) -> list[ColumnElement[Any]]:
        """Return what rows are sorted by; rows that are alike follow by their id."""
        column = source.column(sort_by.field)
        key: ColumnElement[Any] = column
        if self._dialect == "postgresql" and self._is_text(column):
            key = column.collate("C")
        key = key.desc() if sort_by.descending else key.asc()
        if self._dialect == "postgresql":
            # SQLite and MySQL hold absent values for the smallest.
            key = key.nulls_last() if sort_by.descending else key.nulls_first()
        return [key] if sort_by.field == "id" else [key, source.column("id").asc()]

    def _test(self, column: Column[Any], item: Condition, name: str) -> ColumnElement[bool]:
        if item.test in VALUELESS_TESTS:
            return _valueless_test(column, item.test)
        textual = self._is_text(column)
        subject: ColumnElement[Any] = column
        value: ColumnElement[Any] = bindparam(
            name, type_=column.type, expanding=item.test in LIST_TESTS
        )
        if item.ignore_case and textual and item.test not in LIST_TESTS:
            subject, value = func.lower(subject), func.lower(value)
        if textual and self._is_mysql:
            return self._exact_test(subject, item, value)
        if textual and item.test in _RANGES and self._dialect == "postgresql":
            subject = subject.collate("C")
        return self._plain_test(subject, item, value)

    def _exact_test(
        self, subject: ColumnElement[Any], item: Condition, value: ColumnElement[Any]
    ) -> ColumnElement[bool]:
        # MySQL ignores trailing spaces even under utf8mb4_bin, and case under the collations of
        # databases made elsewhere. The plain test is there for the index.
        binary = type_coerce(cast(subject, LargeBinary()), subject.type)
        exact = self._plain_test(binary, item, value)
        if item.test not in ("eq", "in"):
            return exact
        return and_(self._plain_test(subject, item, value), exact)

    def _plain_test(
        self, subject: ColumnElement[Any], item: Condition, value: ColumnElement[Any]
    ) -> ColumnElement[bool]:
        if item.test in TEXT_TESTS:
            if self._dialect == "sqlite":
                return _sqlite_text_test(subject, item.test, value)
            return subject.like(value, escape=_ESCAPE)
        return _COMPARISONS[item.test](subject, value)

    def _is_text(self, column: Column[Any]) -> bool:
        if isinstance(column.type, UuidId):
            return self._dialect != "postgresql"
        return isinstance(column.type, TextType)


def _valueless_test(column: Column[Any], test: str) -> ColumnElement[bool]:
    if test == "is_null":
        return column.is_(None)
    if test == "not_null":
        return column.is_not(None)
    return true() if test == "always" else false()


def _sqlite_text_test(
    subject: ColumnElement[Any], test: str, value: ColumnElement[Any]
) -> ColumnElement[bool]:
    # LIKE ignores the case of ASCII letters here.
    if test == "contains":
        return func.instr(subject, value) > 0
    if test == "starts_with":
        return func.substr(subject, 1, func.length(value)) == value
    tail = func.length(subject) - func.length(value)
    return and_(tail >= 0, func.substr(subject, tail + 1) == value)


def pattern(test: str, text: str) -> str:
    """Return the pattern of ``LIKE`` that takes a text literally."""
    for character in (_ESCAPE, "%", "_"):
        text = text.replace(character, _ESCAPE + character)
    if test == "contains":
        return f"%{text}%"
    return f"{text}%" if test == "starts_with" else f"%{text}"


_COMPARISONS: Final[
    dict[str, Callable[[ColumnElement[Any], ColumnElement[Any]], ColumnElement[bool]]]
] = {
    "eq": lambda subject, value: subject == value,
    "ne": lambda subject, value: subject != value,
    "lt": lambda subject, value: subject < value,
    "lte": lambda subject, value: subject <= value,
    "gt": lambda subject, value: subject > value,
    "gte": lambda subject, value: subject >= value,
    "in": lambda subject, value: subject.in_(value),
    "not_in": lambda subject, value: subject.not_in(value),
}
