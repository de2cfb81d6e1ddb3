"""Conditions split into their shape, which statements are prepared for, and their values."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal, NamedTuple

from pyauth.db.adapter import Operator, Where

Test = Operator | Literal["is_null", "not_null", "never", "always"]

TEXT_TESTS: Final = frozenset({"contains", "starts_with", "ends_with"})
LIST_TESTS: Final = frozenset({"in", "not_in"})
VALUELESS_TESTS: Final = frozenset({"is_null", "not_null", "never", "always"})


class Condition(NamedTuple):
    """One condition without its value."""

    field: str
    test: Test
    alternative: bool
    ignore_case: bool


Shape = tuple[Condition, ...]


def read(where: Sequence[Where]) -> tuple[Shape, list[Any]]:
    """Split conditions into their shape and one value for each.

    A comparison with None is a test for absence under ``eq`` and ``ne`` and never true under the
    other operators; None within a list is left out.
    """
    shape: list[Condition] = []
    values: list[Any] = []
    for item in where:
        test, value = _read_one(item)
        shape.append(Condition(item.field, test, item.connector == "OR", item.ignore_case))
        values.append(value)
    return tuple(shape), values


def admits_nothing(shape: Shape) -> bool:
    """Return whether no row can fit: an impossible condition, or only impossible alternatives."""
    impossible = [item for item in shape if item.test == "never"]
    if not impossible:
        return False
    if not all(item.alternative for item in impossible):
        return True
    return len(impossible) == sum(item.alternative for item in shape)


def _read_one(item: Where) -> tuple[Test, Any]:
    operator = item.operator
    if operator in LIST_TESTS:
        return _read_list(operator, item.value)
    if item.value is not None:
        return operator, item.value
    if operator == "eq":
        return "is_null", None
    return ("not_null" if operator == "ne" else "never"), None


def _read_list(operator: Operator, value: Iterable[Any] | None) -> tuple[Test, Any]:
    if isinstance(value, str | bytes):
        raise TypeError(f"the operator {operator!r} takes a list")
    members = [member for member in value or () if member is not None]
    if members:
        return operator, members
    return ("never" if operator == "in" else "always"), None
