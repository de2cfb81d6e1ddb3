"""Plain data: what a delivery may carry, and its loss-free JSON form.

JSON has no moments and no exact large numbers, so these are written as an object with a single
key that starts with ``$``; a mapping that looks like one is wrapped, so that nothing is mistaken.
"""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from pyauth import codec

_MAPPING = "$mapping"


def copy_plain(value: Any, where: str = "payload") -> Any:
    """Return a deep copy of ``value`` in plain types, so that later changes do not reach it.

    Args:
        value: str, int, finite float, bool, None, aware datetime, or lists, tuples and mappings
            of them; a tuple becomes a list, a mapping a dict, a moment is put in UTC.
        where: the place of the value, for error messages.

    Raises:
        TypeError: something is of another type; the message names its place, never its value.
        ValueError: a moment has no offset, or a number is not finite.
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return _require_finite(value, where)
    if isinstance(value, datetime):
        return _require_aware(value, where).astimezone(UTC)
    if isinstance(value, list | tuple):
        return [copy_plain(item, f"{where}[{index}]") for index, item in enumerate(value)]
    if isinstance(value, Mapping):
        return {
            _require_text(key, where): copy_plain(item, f"{where}.{key}")
            for key, item in value.items()
        }
    raise TypeError(f"{where} is a {type(value).__name__}, which is not plain data")


def to_tagged(value: Any) -> Any:
    """Return plain data as JSON values that :func:`from_tagged` turns back into the same data."""
    if isinstance(value, datetime):
        return {"$datetime": value.isoformat()}
    if isinstance(value, int | float) and abs(value) > codec.MAX_SAFE_INTEGER:
        return {"$float": repr(value)} if isinstance(value, float) else {"$int": str(int(value))}
    if isinstance(value, list):
        return [to_tagged(item) for item in value]
    if isinstance(value, dict):
        tagged = {key: to_tagged(item) for key, item in value.items()}
        return {_MAPPING: tagged} if _find_tag(tagged) else tagged
    return value


def from_tagged(value: Any) -> Any:
    """Return the plain data behind what :func:`to_tagged` made.

    Raises:
        ValueError: a tag is unknown or its content does not fit it.
    """
    if isinstance(value, list):
        return [from_tagged(item) for item in value]
    if not isinstance(value, dict):
        return value
    tag = _find_tag(value)
    if tag is None:
        return _untag_items(value)
    if tag == _MAPPING and isinstance(value[tag], dict):
        return _untag_items(value[tag])
    if tag not in _READERS or not isinstance(value[tag], str):
        raise ValueError("a tagged value cannot be read")
    return _READERS[tag](value[tag])


_READERS: Mapping[str, Callable[[str], Any]] = {
    "$datetime": codec.parse_timestamp,
    "$int": int,
    "$float": float,
}


def _find_tag(mapping: dict[str, Any]) -> str | None:
    key = next(iter(mapping)) if len(mapping) == 1 else ""
    return key if key.startswith("$") else None


def _untag_items(mapping: dict[str, Any]) -> dict[str, Any]:
    return {key: from_tagged(item) for key, item in mapping.items()}


def _require_finite(number: float, where: str) -> float:
    if not math.isfinite(number):
        raise ValueError(f"{where} is not a finite number")
    return number


def _require_aware(moment: datetime, where: str) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"{where} is a datetime without an offset")
    return moment


def _require_text(key: object, where: str) -> str:
    if not isinstance(key, str):
        raise TypeError(f"{where} has a key that is a {type(key).__name__}, not text")
    return key
