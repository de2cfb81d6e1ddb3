"""The one place where wire names and Python names meet.

Wire JSON and TypeScript configurations are camelCase; Python names, options and columns are
snake_case.
"""

import re
from collections.abc import Container

_WORD_START = re.compile(r"_([a-z0-9])")
_HUMP = re.compile(r"(?<=[a-z0-9])([A-Z])|(?<=[A-Z])([A-Z])(?=[a-z])")
_ACRONYMS = frozenset({"url", "uri"})


def to_camel(name: str) -> str:
    """Return the camelCase wire name of a Python name: ``email_verified`` -> ``emailVerified``.

    A last word ``url`` or ``uri`` is written in capitals, as upstream does: ``callbackURL``.
    """
    head, _, last = name.rpartition("_")
    if head and last in _ACRONYMS:
        return to_camel(head) + last.upper()
    return _WORD_START.sub(lambda match: match.group(1).upper(), name)


def to_snake(name: str) -> str:
    """Return the Python name of a camelCase name: ``callbackURL`` -> ``callback_url``."""
    return _HUMP.sub(lambda match: "_" + (match.group(1) or match.group(2)), name).lower()


_SHOUTED = frozenset({"api", "csrf", "id", "ip", "uri", "url"})


def spellings(name: str) -> tuple[str, str, str]:
    """Return how an option may be written: in Python, and in camelCase with acronyms either way.

    ``disable_csrf_check`` -> ``disableCsrfCheck``, ``disableCSRFCheck``.
    """
    first, *rest = name.split("_")
    as_words = first + "".join(word.capitalize() for word in rest)
    shouted = first + "".join(
        word.upper() if word in _SHOUTED else word.capitalize() for word in rest
    )
    return name, as_words, shouted


def spelling_in(given: Container[str], name: str) -> str:
    """Return how an option is written where it is given; Python's way where it is not."""
    return next((spelling for spelling in spellings(name) if spelling in given), name)
