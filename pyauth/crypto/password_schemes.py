"""Passlib handlers: the scheme that new passwords get, and those that are only verified.

A handler reads one stored format. The foreign ones let an application keep the hashes it has: each
is verified once more, then replaced (:mod:`pyauth.crypto.passwords`).
"""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import Any, ClassVar

from passlib.registry import get_crypt_handler
from passlib.utils.binary import bcrypt64
from passlib.utils.handlers import MinimalHandler
from werkzeug.security import check_password_hash

from pyauth.crypto.random import random_bytes
from pyauth.crypto.signing import constant_time_equal


@dataclass(frozen=True, slots=True)
class ScryptCost:
    """What one scrypt computation costs (RFC 7914, section 2).

    Attributes:
        n: CPU and memory cost, a power of two above 1.
        r: block size; memory is about ``128 * n * r`` bytes.
        p: parallelisation.
    """

    n: int
    r: int
    p: int

    def __post_init__(self) -> None:
        if self.n < 2 or self.n & (self.n - 1) or self.r < 1 or self.p < 1:
            raise ValueError("scrypt needs n as a power of two above 1, and r and p of at least 1")

    @property
    def memory(self) -> int:
        """Bytes that OpenSSL's implementation allocates."""
        return 128 * self.r * (self.n + self.p + 2)


BETTER_AUTH_COST = ScryptCost(n=16384, r=16, p=1)
"""The cost of Better Auth's hashes, about 32 MiB (@better-auth/utils: password.node.mjs).

The stored format does not carry it, so both servers must use the same.
"""

_KEY_LENGTH = 64
_SALT_BYTES = 16
_BCRYPT_LIMIT = 72


class _Scheme(MinimalHandler):  # type: ignore[misc]  # passlib ships no types
    """What every handler here shares: a format told by a pattern, and no settings of passlib's."""

    name: ClassVar[str]
    setting_kwds: ClassVar[tuple[str, ...]] = ()
    context_kwds: ClassVar[tuple[str, ...]] = ()
    pattern: ClassVar[re.Pattern[str]]

    @classmethod
    def identify(cls, hash: str) -> bool:
        return cls.pattern.fullmatch(hash) is not None

    @classmethod
    def hash(cls, secret: str, **_settings: Any) -> str:
        raise NotImplementedError(f"{cls.name} hashes are verified, never made")


class BetterAuthScrypt(_Scheme):
    """``<salt>:<key>``: scrypt over the NFKC form of the password, in hex.

    The salt's hex text itself, not the bytes it spells, goes into scrypt
    (Better Auth 1.6.9: crypto/password.ts).
    """

    name = "better_auth_scrypt"
    pattern = re.compile(r"[0-9A-Za-z]{1,128}:[0-9a-f]{128}")
    cost: ClassVar[ScryptCost] = BETTER_AUTH_COST

    @classmethod
    def using(cls, cost: ScryptCost | None = None, relaxed: bool = False) -> Any:  # noqa: FBT001, FBT002 - passlib's signature
        configured = super().using(relaxed=relaxed)
        if cost is not None:
            configured.cost = cost
        return configured

    @classmethod
    def hash(cls, secret: str, **_settings: Any) -> str:
        salt = random_bytes(_SALT_BYTES).hex()
        return f"{salt}:{cls._derive(secret, salt)}"

    @classmethod
    def verify(cls, secret: str, hash: str, **_context: Any) -> bool:
        salt, _, key = hash.partition(":")
        return constant_time_equal(cls._derive(secret, salt), key)

    @classmethod
    def _derive(cls, password: str, salt: str) -> str:
        cost = cls.cost
        return hashlib.scrypt(
            unicodedata.normalize("NFKC", password).encode(),
            salt=salt.encode("ascii"),
            n=cost.n,
            r=cost.r,
            p=cost.p,
            maxmem=cost.memory,
            dklen=_KEY_LENGTH,
        ).hex()


class WerkzeugHash(_Scheme):
    """What ``werkzeug.security.generate_password_hash`` wrote: scrypt or PBKDF2."""

    name = "werkzeug"
    pattern = re.compile(r"(scrypt|pbkdf2)(:[0-9a-z_:-]*)?\$[^$]+\$[0-9a-f]+")

    @classmethod
    def verify(cls, secret: str, hash: str, **_context: Any) -> bool:
        return check_password_hash(hash, secret)


class Bcrypt(_Scheme):
    """bcrypt, through passlib's handler, which loads the backend at the first such hash."""

    name = "foreign_bcrypt"
    pattern = re.compile(r"\$2[aby]\$[0-9]{2}\$[./0-9A-Za-z]{53}")

    @classmethod
    def verify(cls, secret: str, hash: str, **_context: Any) -> bool:
        # Whoever made the hash saw the first 72 bytes only. bcrypt 5 refuses longer input.
        visible = secret.encode()[:_BCRYPT_LIMIT]
        matches: bool = get_crypt_handler("bcrypt").verify(visible, cls._repair(hash))
        return matches

    @classmethod
    def _repair(cls, hash: str) -> str:
        """Clear the unused bits that old implementations left set; passlib warns about them."""
        head, salt, key = hash[:-53], hash[-53:-31], hash[-31:]
        return f"{head}{bcrypt64.repair_unused(salt)}{bcrypt64.repair_unused(key)}"


class Argon2(_Scheme):
    """Argon2, through passlib's handler, which loads the backend at the first such hash."""

    name = "foreign_argon2"
    pattern = re.compile(r"\$argon2(id|i|d)\$[0-9A-Za-z+/=,$]+")

    @classmethod
    def verify(cls, secret: str, hash: str, **_context: Any) -> bool:
        matches: bool = get_crypt_handler("argon2").verify(secret, hash)
        return matches
