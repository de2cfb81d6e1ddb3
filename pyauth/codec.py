"""The one JSON codec.

Reading answers every odd input in one way: ``NaN``, infinities, numbers beyond 2**53, lone
surrogates, NUL characters and deep nesting are refused; of duplicate keys the last wins.
Writing is compact, and dates are ISO 8601 in UTC with milliseconds, as ``JSON.stringify`` has it.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

MAX_SAFE_INTEGER = 2**53
MAX_DEPTH = 64
MAX_VALUES = 200_000


class UnreadableText(ValueError):
    """The text is not JSON, or holds a value that no store and no client could agree on."""


def iso_timestamp(moment: datetime) -> str:
    """Return ``moment`` as ``2026-01-02T03:04:05.678Z``."""
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    # Answers are full of moments, and this takes half the time of isoformat or an f-string.
    return "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ" % (  # noqa: UP031
        utc.year,
        utc.month,
        utc.day,
        utc.hour,
        utc.minute,
        utc.second,
        utc.microsecond // 1000,
    )


def parse_timestamp(text: str) -> datetime:
    """Read an ISO 8601 moment; one without an offset is taken as UTC.

    Raises:
        ValueError: the text is not ISO 8601, or its moment lies outside the years 1 to 9999.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is UTC:
        return moment
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError as exc:
        raise ValueError("the moment lies outside the years 1 to 9999") from exc


def _encode_plain(value: object) -> Any:
    if isinstance(value, datetime):
        return iso_timestamp(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def make_writer(default: Callable[[Any], Any]) -> Callable[[Any], str]:
    """Return a function that writes values as :func:`dumps` does, prepared for many calls.

    Args:
        default: called for every object that JSON does not know.
    """
    return json.JSONEncoder(
        default=default, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode


def dumps(value: Any, *, default: Callable[[Any], Any] = _encode_plain) -> str:
    """Write ``value`` as compact JSON.

    Args:
        value: plain data and aware datetimes, or whatever ``default`` turns into them.
        default: called for every object that JSON does not know.

    Raises:
        ValueError: the value holds NaN or an infinity.
    """
    return make_writer(default)(value)


def loads(text: str | bytes) -> Any:
    """Read JSON text strictly.

    Raises:
        UnreadableText: the text is not JSON, or holds NaN, an infinity, a number beyond 2**53, a
            lone surrogate, a NUL character, more than 64 levels of nesting, or more than 200,000
            values.
    """
    try:
        source = text.decode("utf-8") if isinstance(text, bytes) else text
        _check_size(source)
        value = _decode(source.removeprefix("\ufeff"))
    except UnreadableText:
        raise
    except (ValueError, RecursionError) as exc:
        raise UnreadableText("the text is not valid JSON") from exc
    if not _is_harmless(source):
        check_value(value)
    return value


def check_value(value: Any, depth: int = 0) -> None:
    """Refuse strings and nesting that no store could keep.

    Raises:
        UnreadableText: as :func:`loads`.
    """
    if isinstance(value, str):
        check_text(value)
    elif isinstance(value, dict):
        _check_depth(depth)
        for key, item in value.items():
            check_text(key)
            check_value(item, depth + 1)
    elif isinstance(value, list):
        _check_depth(depth)
        for item in value:
            check_value(item, depth + 1)


def check_text(text: str) -> None:
    """Refuse NUL and lone surrogates.

    Raises:
        UnreadableText: the text holds one.
    """
    if text.isascii():
        if "\x00" in text:
            raise UnreadableText("the text holds a NUL character")
        return
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise UnreadableText("the text holds a NUL character or a lone surrogate")


def _check_size(source: str) -> None:
    # Counted before parsing: a few bytes of text can become a hundred of objects.
    if len(source) > MAX_VALUES and sum(map(source.count, ",[{")) > MAX_VALUES:
        raise UnreadableText(f"the JSON holds more than {MAX_VALUES} values")


def _is_harmless(source: str) -> bool:
    """Return whether a readable text cannot hold what :func:`check_value` refuses, as most do."""
    if "\\" in source or not source.isascii():
        return False
    return source.count("[") + source.count("{") <= MAX_DEPTH


def _check_depth(depth: int) -> None:
    if depth >= MAX_DEPTH:
        raise UnreadableText(f"the JSON is nested deeper than {MAX_DEPTH} levels")


def _refuse_constant(name: str) -> Any:
    raise UnreadableText(f"{name} is not JSON")


def _read_integer(digits: str) -> int:
    if len(digits) > 17 or abs(value := int(digits)) > MAX_SAFE_INTEGER:
        raise UnreadableText("a number is too large to be exact")
    return value


def _read_float(digits: str) -> float:
    value = float(digits)
    if abs(value) > MAX_SAFE_INTEGER:
        raise UnreadableText("a number is too large to be exact")
    return value


_decode: Callable[[str], Any] = json.JSONDecoder(
    parse_constant=_refuse_constant, parse_int=_read_integer, parse_float=_read_float
).decode
