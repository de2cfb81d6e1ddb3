"""Who makes the ids of new rows."""

import uuid
from collections.abc import Callable
from typing import Literal

from pyauth.crypto.random import generate_id, random_bytes

IdPolicy = Literal["random", "uuid", "serial"] | Callable[[str], str]
"""How new rows get their ``id``.

``random`` draws 32 of 62 symbols, ``uuid`` makes a version 4 UUID, ``serial`` lets the database
count, and a function receives the logical model name and returns the id.

Source: Better Auth 1.6.9, ``advanced.database.generateId``.
"""


def make_id(policy: IdPolicy, model: str) -> str | None:
    """Return the id of a new row, or None where the database makes it.

    Args:
        policy: who makes it.
        model: logical model name.
    """
    if policy == "random":
        return generate_id()
    if policy == "uuid":
        return str(uuid.UUID(bytes=random_bytes(16), version=4))
    if policy == "serial":
        return None
    return policy(model)


def could_be_made(policy: IdPolicy, value: str) -> bool:
    """Return whether ``value`` can stand in an ``id`` column under the policy."""
    if policy == "serial":
        return is_serial(value)
    return is_uuid(value) if policy == "uuid" else True


def is_serial(value: str) -> bool:
    """Return whether a text is an id that a counting database could have made."""
    return value.isascii() and value.isdigit() and len(value) < 19 and str(int(value)) == value


def is_uuid(value: str) -> bool:
    """Return whether a text is a UUID in its canonical form."""
    try:
        return str(uuid.UUID(value)) == value
    except ValueError:
        return False
