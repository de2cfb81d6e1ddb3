"""Reading input models, with mismatches worded as upstream words them.

Source: better-call 1.3.5 (``validator``) over zod 4: ``[body.email] Invalid input: expected
string, received undefined``; several are joined with ``; ``.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from pyauth.db.fields import json_type_of
from pyauth.errors import ValidationFailed
from pyauth.http.inputs import Input, Shape

I = TypeVar("I", bound=Input)  # noqa: E741 - an input


class _Absent:
    """No body at all, which differs from a JSON ``null``."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()


def validate(model: type[I], shape: Shape, value: Any, *, where: str) -> I:
    """Read ``value`` into an input model.

    Args:
        model: the model.
        shape: its shape.
        value: a dict under Python names, or whatever else arrived.
        where: ``body`` or ``query``, for messages.

    Raises:
        ValidationFailed: lists every mismatch.
    """
    if not isinstance(value, dict):
        received = "undefined" if value is ABSENT else json_type_of(value)
        raise ValidationFailed(
            [
                f"[{where}] Invalid input: expected {word}, received {received}"
                for word in model.object_words
            ]
        )
    try:
        return model.model_validate(value)
    except ValidationError as exc:
        errors = exc.errors(include_url=False)
    raise ValidationFailed([_explain(error, shape, where) for error in errors])


def _explain(error: ErrorDetails, shape: Shape, where: str) -> str:
    path = [str(part) for part in error["loc"]]
    name = path[0] if path else ""
    if name in shape.wire_by_name:
        path[0] = shape.wire_by_name[name]
    return f"[{'.'.join([where, *path])}] {_reason(error, shape.expected.get(name, 'object'))}"


def _reason(error: ErrorDetails, expected: str) -> str:
    kind = error["type"]
    if kind == "missing":
        return f"Invalid input: expected {expected}, received undefined"
    if kind in _REASONS:
        return _REASONS[kind](error.get("ctx", {}))
    word = _EXPECTED_BY_KIND.get(kind, expected)
    return f"Invalid input: expected {word}, received {json_type_of(error['input'])}"


_REASONS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "email": lambda _: "Invalid email address",
    "string_too_short": lambda ctx: (
        f"Too small: expected string to have >={ctx['min_length']} characters"
    ),
    "string_too_long": lambda ctx: (
        f"Too big: expected string to have <={ctx['max_length']} characters"
    ),
    "greater_than_equal": lambda ctx: f"Too small: expected number to be >={ctx['ge']}",
    "less_than_equal": lambda ctx: f"Too big: expected number to be <={ctx['le']}",
    "string_unicode": lambda _: "Invalid input: the text is not valid Unicode",
}

_EXPECTED_BY_KIND: Mapping[str, str] = {
    "string_type": "string",
    "bool_type": "boolean",
    "int_type": "number",
    "float_type": "number",
    "list_type": "array",
    "dict_type": "record",
}
