"""The one form that a value of each kind has while it is stored, whatever stores it.

Both adapters bring values into this form on their way in, so that a created row reads the same as
the row found later, on every database.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from pyauth import codec
from pyauth.db.schema import SchemaField

Normaliser = Callable[[Any], Any]

JSON_KINDS: Final = frozenset({"json", "string[]", "number[]"})
_LIMIT: Final = 2**63


def to_moment(value: Any) -> datetime:
    """Return an aware ``datetime`` in UTC, cut to whole milliseconds.

    Raises:
        TypeError: the value is not an aware ``datetime``.
    """
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise TypeError("a date must be a datetime with a time zone")
    moment = value if value.tzinfo is UTC else value.astimezone(UTC)
    excess = moment.microsecond % 1000
    return moment.replace(microsecond=moment.microsecond - excess) if excess else moment


def to_integer(value: Any) -> int:
    """Return a number as the integer that columns hold.

    Raises:
        TypeError: the value is not a number.
        ValueError: the value has a fraction or needs more than 64 bits.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise TypeError("a number must be an int")
    if value != value or value in (float("inf"), float("-inf")) or int(value) != value:
        raise ValueError("a number must be whole")
    if not -_LIMIT <= value < _LIMIT:
        raise ValueError("a number must fit into 64 bits")
    return int(value)


def to_flag(value: Any) -> bool:
    """Return a boolean.

    Raises:
        TypeError: the value is not a bool.
    """
    if not isinstance(value, bool):
        raise TypeError("a boolean must be a bool")
    return value


def to_text(value: Any) -> str:
    """Return a text.

    Raises:
        TypeError: the value is not a str.
        ValueError: the text holds NUL or a lone surrogate.
    """
    if not isinstance(value, str):
        raise TypeError("a text must be a str")
    codec.check_text(value)
    return value


def to_json(value: Any) -> Any:
    """Return a copy of ``value`` as JSON gives it back.

    Raises:
        TypeError: the value has no JSON form.
        ValueError: the value is beyond what JSON readers accept.
    """
    return codec.loads(codec.dumps(value))


_BY_KIND: Final[dict[str, Normaliser]] = {
    "string": to_text,
    "number": to_integer,
    "boolean": to_flag,
    "date": to_moment,
    "json": to_json,
    "string[]": to_json,
    "number[]": to_json,
}


def kind_of(field: SchemaField) -> str:
    """Return the kind of a field's values; a choice among texts is a text."""
    kind = field.spec.type
    return "string" if isinstance(kind, tuple) else kind


def normaliser_of(field: SchemaField) -> Normaliser:
    """Return the function that brings a value of ``field``, not None, into its stored form."""
    return _BY_KIND[kind_of(field)]
