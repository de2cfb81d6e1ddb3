"""The one source of randomness. Nothing else in pyauth touches :mod:`secrets`."""

import secrets
import string
from functools import lru_cache

ID_ALPHABET = string.ascii_lowercase + string.ascii_uppercase + string.digits
"""The 62 symbols of row ids and session tokens (Better Auth 1.6.9: core/src/utils/id.ts)."""

_BYTE_VALUES = 256


def random_bytes(size: int) -> bytes:
    """Return ``size`` unpredictable bytes."""
    return secrets.token_bytes(size)


def generate_id(length: int = 32) -> str:
    """Return a random identifier of ``length`` symbols out of ``a-zA-Z0-9``."""
    return random_string(length, ID_ALPHABET)


def random_string(length: int, alphabet: str) -> str:
    """Return ``length`` symbols, each drawn from ``alphabet`` with equal chance.

    Args:
        length: how many symbols, at least 1.
        alphabet: 2 to 256 different ASCII characters.

    Raises:
        ValueError: the length or the alphabet is out of these bounds.
    """
    if length < 1:
        raise ValueError("a random string needs a length of at least 1")
    table, biased = _byte_map(alphabet)
    drawn = b""
    while len(drawn) < length:
        drawn += secrets.token_bytes(2 * length).translate(table, biased)
    return drawn[:length].decode("ascii")


@lru_cache(maxsize=16)
def _byte_map(alphabet: str) -> tuple[bytes, bytes]:
    """Map each byte value to a symbol, and list the values left out so that no symbol is favoured.

    256 is rarely a multiple of the alphabet's size: the bytes beyond the last multiple would make
    the first symbols likelier, so they are dropped.
    """
    size = len(alphabet)
    if not 2 <= size <= _BYTE_VALUES or len(set(alphabet)) != size or not alphabet.isascii():
        raise ValueError("an alphabet is 2 to 256 different ASCII characters")
    fair = _BYTE_VALUES - _BYTE_VALUES % size
    table = bytes(ord(alphabet[value % size]) for value in range(_BYTE_VALUES))
    return table, bytes(range(fair, _BYTE_VALUES))
