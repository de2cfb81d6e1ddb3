"""Percent-encoding exactly as JavaScript has it, since upstream reads and writes cookies with it.

Answers to ECMA-262, sections 19.2.6.2 (``decodeURIComponent``) and 19.2.6.4
(``encodeURIComponent``).
"""

import re
from urllib.parse import quote, unquote_to_bytes

_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def encode_uri_component(text: str) -> str:
    """Return ``text`` with everything escaped but ``A-Za-z0-9-_.!~*'()``.

    Raises:
        UnicodeEncodeError: the text holds a lone surrogate.
    """
    return quote(text, safe="-_.!~*'()")


def decode_uri_component(text: str) -> str | None:
    """Return ``text`` unescaped, or None where an escape is broken or spells no UTF-8."""
    if "%" not in text:
        return text
    if _BROKEN_ESCAPE.search(text):
        return None
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeError:
        return None
