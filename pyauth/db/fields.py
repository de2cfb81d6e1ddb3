"""One field of the effective schema, and the reading of what clients send for it."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pyauth import codec, error_codes
from pyauth.errors import APIError, ValidationFailed
from pyauth.options.fields import Field

MAX_JSON_DEPTH = 31
"""Levels of nesting in a ``json`` value: MariaDB keeps no more, and no database may differ."""


@dataclass(frozen=True, slots=True)
class SchemaField:
    """One field of the effective schema."""

    name: str
    wire_name: str
    column: str
    spec: Field
    source: str
    additional: bool
    """Whether clients set it through ``parse_input``, as every field that the core does not own."""


def complete_field(item: SchemaField, values: Mapping[str, Any]) -> Any:
    """Return what an answer would show of a field if ``values`` were stored."""
    spec = item.spec
    value = values.get(item.name)
    if item.name not in values and spec.has_default:
        value = spec.make_default()
    if value is None or spec.transform_output is None:
        return value
    return spec.transform_output(value)


def read_field(
    item: SchemaField, value: Any, action: Literal["create", "update"], parsed: dict[str, Any]
) -> None:
    """Read the value that a client sent for a field into ``parsed``.

    Of a field that is closed to input, a client may send nothing: it gets its default, and an
    empty value is passed over.

    Raises:
        APIError: 400; the field is closed to input, or the value does not fit it.
    """
    spec = item.spec
    if not spec.input:
        if spec.has_default and action == "create":
            parsed[item.name] = spec.make_default()
        elif _says_something(value):
            message = f"{item.wire_name} is not allowed to be set"
            raise APIError(error_codes.FIELD_NOT_ALLOWED, message=message)
        return
    value = _check_type(item, value)
    for change in (spec.validator, spec.transform_input):
        if change is not None and value is not None:
            value = _apply(change, value)
    parsed[item.name] = value


def fill_field(item: SchemaField, parsed: dict[str, Any]) -> None:
    """Put the default of a field that a client left out of a new record into ``parsed``.

    Raises:
        APIError: 400 ``MISSING_FIELD``; it is required and has none.
    """
    if item.spec.has_default:
        parsed[item.name] = item.spec.make_default()
    elif item.spec.required:
        raise APIError(error_codes.MISSING_FIELD, message=f"{item.wire_name} is required")


def _says_something(value: Any) -> bool:
    """Return whether a value is one to upstream: an empty list and an empty object are."""
    return bool(value) or isinstance(value, list | dict)


def _apply(change: Callable[[Any], Any], value: Any) -> Any:
    try:
        return change(value)
    except ValueError as exc:
        message = str(exc) or error_codes.VALIDATION_ERROR.message
        raise APIError(error_codes.VALIDATION_ERROR, message=message) from exc


def _check_type(item: SchemaField, value: Any) -> Any:
    if value is None and not item.spec.required:
        return None
    kind = item.spec.type
    if isinstance(kind, tuple):
        if value in kind:
            return value
        options = "|".join(f'"{choice}"' for choice in kind)
        raise ValidationFailed(
            [f"[body.{item.wire_name}] Invalid option: expected one of {options}"]
        )
    if kind == "date":
        return _read_date(item, value)
    if not _TYPE_CHECKS[kind](value):
        raise ValidationFailed([_mismatch(item, kind, value)])
    if kind == "string" and len(value) > item.spec.max_length:
        bound = f"expected string to have <={item.spec.max_length} characters"
        raise ValidationFailed([f"[body.{item.wire_name}] Too big: {bound}"])
    if kind == "json" and _is_deeper(value, MAX_JSON_DEPTH):
        bound = f"expected json to have <={MAX_JSON_DEPTH} levels of nesting"
        raise ValidationFailed([f"[body.{item.wire_name}] Too big: {bound}"])
    return _read_whole(item, value) if kind == "number" else value


def _is_deeper(value: Any, levels: int) -> bool:
    items = value.values() if isinstance(value, dict) else value
    if isinstance(value, str) or not isinstance(items, Iterable):
        return False
    return levels == 0 or any(_is_deeper(item, levels - 1) for item in items)


def _read_date(item: SchemaField, value: Any) -> datetime:
    try:
        moment = codec.parse_timestamp(value) if isinstance(value, str) else value
    except ValueError:
        moment = None
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise ValidationFailed([_mismatch(item, "date", value)])
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _read_whole(item: SchemaField, value: float) -> int:
    if value != int(value) or abs(value) > codec.MAX_SAFE_INTEGER:
        raise ValidationFailed([_mismatch(item, "int", value)])
    return int(value)


def _mismatch(item: SchemaField, expected: str, value: Any) -> str:
    wanted = "array" if expected.endswith("[]") else expected
    return (
        f"[body.{item.wire_name}] Invalid input: expected {wanted}, received {json_type_of(value)}"
    )


def json_type_of(value: Any) -> str:
    """Return the word that upstream's validation messages use for a JSON value's type."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list | tuple) else "object"


def _is_number(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def _is_list_of(value: Any, check: Callable[[Any], bool]) -> bool:
    return isinstance(value, list) and all(check(item) for item in value)


_TYPE_CHECKS: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "number": _is_number,
    "boolean": lambda value: isinstance(value, bool),
    "json": lambda value: value is not None,
    "string[]": lambda value: _is_list_of(value, lambda item: isinstance(item, str)),
    "number[]": lambda value: _is_list_of(value, _is_number),
}
