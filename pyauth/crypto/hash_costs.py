"""Bounds on what one stored hash may cost to verify.

A hash carries its own costs. Those of a server are chosen by its administrator, but a table that
somebody else filled may hold a number that would keep a processor busy for hours or take all of the
memory. Beyond these bounds nothing is computed. They are far above what libraries choose: one
verification at a bound takes a few seconds of one processor.
"""

from typing import Final

MAX_MEMORY: Final = 256 * 2**20
"""Bytes of scrypt and Argon2."""
MAX_PBKDF2_ITERATIONS: Final = 5_000_000
"""Five times what Django 5.2 and Werkzeug 3.1 choose."""
MAX_BCRYPT_COST: Final = 15
"""Eight times the work of the usual cost, 12."""
MAX_SCRYPT_WORK: Final = 2**22
"""The product ``n * r * p``: sixteen times that of Better Auth and of Werkzeug."""
MAX_ARGON2_WORK: Final = 2**20
"""KiB of memory times passes: five times that of Django 5.2."""
MAX_ARGON2_LANES: Final = 64


class UnreadableHash(ValueError):
    """No password can be verified against a stored text; the message says why, and never quotes it.

    Args:
        reason: what is wrong with it, such as ``is of no known scheme``.
    """


def check_pbkdf2(iterations: int) -> None:
    """Refuse a number of iterations that is out of bounds.

    Raises:
        UnreadableHash: it is.
    """
    _check("iterations of PBKDF2", iterations, MAX_PBKDF2_ITERATIONS)


def check_bcrypt(cost: int) -> None:
    """Refuse a cost of bcrypt that is out of bounds; raises as :func:`check_pbkdf2`."""
    _check("as bcrypt's cost", cost, MAX_BCRYPT_COST)


def check_scrypt(n: int, r: int, p: int) -> None:
    """Refuse costs of scrypt that are out of bounds; raises as :func:`check_pbkdf2`.

    Args:
        n: CPU and memory cost.
        r: block size.
        p: parallelisation.
    """
    if min(n, r, p) < 1 or n & (n - 1) or n < 2:
        raise UnreadableHash("has costs that scrypt does not know")
    _check("bytes of scrypt's memory", 128 * r * max(n, p), MAX_MEMORY)
    _check("as scrypt's n * r * p", n * r * p, MAX_SCRYPT_WORK)


def check_argon2(*, memory: int, passes: int, lanes: int) -> None:
    """Refuse costs of Argon2 that are out of bounds; raises as :func:`check_pbkdf2`.

    Args:
        memory: in KiB.
        passes: over that memory.
        lanes: threads.
    """
    _check("lanes of Argon2", lanes, MAX_ARGON2_LANES)
    _check("KiB of Argon2's memory", memory, MAX_MEMORY // 1024)
    _check("as Argon2's memory in KiB times passes", memory * passes, MAX_ARGON2_WORK)


def _check(what: str, asked: int, most: int) -> None:
    if not 1 <= asked <= most:
        raise UnreadableHash(f"asks for {asked} {what}; from 1 to {most} are computed")
