"""Which rows fit conditions, compared as a database compares them."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from pyauth.db import conditions
from pyauth.db.adapter import Row
from pyauth.db.conditions import Condition, Shape
from pyauth.db.values import to_moment


def sort_key(name: str) -> Callable[[Row], Any]:
    """Return what rows are sorted by for the order of a field; absent values come first."""
    return lambda row: (row[name] is not None, row[name]) if row[name] is not None else (False,)


def comparable(value: Any) -> Any:
    """Return a value of a condition in the form in which it is stored."""
    return to_moment(value) if hasattr(value, "tzinfo") else value


def fits(row: Row, shape: Shape, values: Sequence[Any]) -> bool:
    """Return whether a row meets conditions."""
    alternatives = False
    chosen = False
    for item, value in zip(shape, values, strict=True):
        if not item.alternative:
            if not _holds(row[item.field], item, value):
                return False
            continue
        alternatives = True
        chosen = chosen or _holds(row[item.field], item, value)
    return chosen or not alternatives


def _holds(found: Any, item: Condition, value: Any) -> bool:
    test = item.test
    if test in conditions.VALUELESS_TESTS:
        return {"is_null": found is None, "not_null": found is not None, "always": True}.get(
            test, False
        )
    if found is None:
        return False
    if test in conditions.LIST_TESTS:
        return (found in value) == (test == "in")
    if item.ignore_case and isinstance(found, str) and isinstance(value, str):
        found, value = found.lower(), value.lower()
    return _COMPARISONS[test](found, value)


_COMPARISONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "eq": lambda found, value: bool(found == value),
    "ne": lambda found, value: bool(found != value),
    "lt": lambda found, value: bool(found < value),
    "lte": lambda found, value: bool(found <= value),
    "gt": lambda found, value: bool(found > value),
    "gte": lambda found, value: bool(found >= value),
    "contains": lambda found, value: value in found,
    "starts_with": lambda found, value: bool(found.startswith(value)),
    "ends_with": lambda found, value: bool(found.endswith(value)),
}
