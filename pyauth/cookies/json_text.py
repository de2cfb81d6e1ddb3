"""JSON text exactly as JavaScript's ``JSON.stringify`` writes it.

Upstream checks the signature of a compact cache by reading the JSON and writing it again, so what
is signed here must survive that to the letter. Answers to ECMA-262, sections 25.5.2
(``JSON.stringify``), 6.1.6.1.20 (``Number::toString``) and 10.1.11.1 (the order of keys).
"""

import math
from collections.abc import Mapping
from json.encoder import encode_basestring
from typing import Any

from pyauth.codec import MAX_SAFE_INTEGER

_LARGEST_INDEX = 2**32 - 2


def write_json(value: Any) -> str:
    """Return plain data as JSON text.

    Args:
        value: None, booleans, texts, exact numbers, and lists and mappings of them.

    Raises:
        TypeError: the value is of another type.
        ValueError: a number is not finite, or too large to be exact in JavaScript.
    """
    if isinstance(value, str):
        return encode_basestring(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _write_number(value)
    if isinstance(value, Mapping):
        return "{" + ",".join(_write_member(key, value[key]) for key in _ordered(value)) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(write_json, value)) + "]"
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _write_member(key: str, value: Any) -> str:
    return f"{encode_basestring(key)}:{write_json(value)}"


def _ordered(mapping: Mapping[str, Any]) -> list[str]:
    """Return the keys as an object of JavaScript has them: those that are indexes come first."""
    indexes = sorted((key for key in mapping if _is_index(key)), key=int)
    return [*indexes, *(key for key in mapping if not _is_index(key))] if indexes else [*mapping]


def _is_index(key: str) -> bool:
    if not (key.isascii() and key.isdigit()) or len(key) > 10 or (key[0] == "0" and key != "0"):
        return False
    return int(key) <= _LARGEST_INDEX


def _write_number(number: float) -> str:
    if not math.isfinite(number) or abs(number) > MAX_SAFE_INTEGER:
        raise ValueError("a number must be finite and exact")
    if number == int(number):
        return str(int(number))
    if abs(number) >= 1e-4:
        return repr(float(number))
    return _write_small(repr(float(number)))


def _write_small(text: str) -> str:
    # Python: 1.5e-05, where JavaScript writes 0.000015 down to 1e-6, and 1.5e-7 below.
    mantissa, _, exponent = text.partition("e")
    power = int(exponent)
    if power < -6:
        return f"{mantissa}e{power}"
    sign = "-" if mantissa.startswith("-") else ""
    digits = mantissa.lstrip("-").replace(".", "")
    return f"{sign}0.{'0' * (-power - 1)}{digits}"
