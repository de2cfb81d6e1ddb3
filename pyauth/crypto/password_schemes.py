"""Passlib handlers: the scheme that new passwords get, and those that are only verified.

A handler reads one stored format. The foreign ones let an application keep the hashes it has: each
is verified once more, then replaced (:mod:`pyauth.crypto.passwords`). Django's are in
:mod:`pyauth.crypto.django_schemes`, Flask-Security's in :mod:`pyauth.crypto.flask_security_scheme`.
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

from pyauth.crypto.hash_costs import (
    UnreadableHash,
    check_argon2,
    check_bcrypt,
    check_pbkdf2,
    check_scrypt,
)
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

    def derive(self, password: bytes, salt: bytes) -> bytes:
        """Return a key of 64 bytes."""
        return hashlib.scrypt(
            password,
            salt=salt,
            n=self.n,
            r=self.r,
            p=self.p,
            maxmem=self.memory,
            dklen=_KEY_LENGTH,
        )


BETTER_AUTH_COST = ScryptCost(n=16384, r=16, p=1)
"""The cost of Better Auth's hashes, about 32 MiB (@better-auth/utils: password.node.mjs).

The stored format does not carry it, so both servers must use the same.
"""

_KEY_LENGTH = 64
_SALT_BYTES = 16
_BCRYPT_LIMIT = 72


class Scheme(MinimalHandler):  # type: ignore[misc]  # passlib ships no types
    """What every handler here shares: a format told by a pattern, and no settings of passlib's.

    A handler says what it costs to verify a hash in :meth:`check` and verifies in :meth:`_matches`.
    """

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

    @classmethod
    def verify(cls, secret: str, hash: str, **_context: Any) -> bool:
        cls.check(hash)
        return cls._matches(secret, hash)

    @classmethod
    def check(cls, hash: str) -> None:
        """Refuse a hash of this format that is not worth, or not capable of, a computation.

        Raises:
            UnreadableHash: its costs are out of bounds, or something is missing to read it.
        """

    @classmethod
    def sees_all(cls, secret: str, hash: str) -> bool:
        """Return whether the whole password went into the hash, and not its beginning alone."""
        return True

    @classmethod
    def _matches(cls, secret: str, hash: str) -> bool:
        raise NotImplementedError


class BetterAuthScrypt(Scheme):
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
    def _matches(cls, secret: str, hash: str) -> bool:
        salt, _, key = hash.partition(":")
        return constant_time_equal(cls._derive(secret, salt), key)

    @classmethod
    def _derive(cls, password: str, salt: str) -> str:
        normal = unicodedata.normalize("NFKC", password).encode()
        return cls.cost.derive(normal, salt.encode("ascii")).hex()


class WerkzeugHash(Scheme):
    """What ``werkzeug.security.generate_password_hash`` wrote: scrypt or PBKDF2."""

    name = "werkzeug"
    pattern = re.compile(r"(scrypt|pbkdf2)(:[0-9a-z_:-]*)?\$[^$]+\$[0-9a-f]+")
    _scrypt = re.compile(r"scrypt(?::([0-9]{1,10}):([0-9]{1,10}):([0-9]{1,10}))?")
    _pbkdf2 = re.compile(r"pbkdf2(?::([0-9a-z_-]+)(?::([0-9]{1,10}))?)?")

    @classmethod
    def check(cls, hash: str) -> None:
        method = hash.partition("$")[0]
        if found := cls._scrypt.fullmatch(method):
            # Without costs of its own it has those that Werkzeug chooses.
            if found[1] is not None:
                check_scrypt(int(found[1]), int(found[2]), int(found[3]))
        elif found := cls._pbkdf2.fullmatch(method):
            if found[1] is not None and found[1] not in hashlib.algorithms_available:
                raise UnreadableHash("names a digest that is not known here")
            if found[2] is not None:
                check_pbkdf2(int(found[2]))
        else:
            raise UnreadableHash("has costs that Werkzeug does not write")

    @classmethod
    def _matches(cls, secret: str, hash: str) -> bool:
        return check_password_hash(hash, secret)


class Bcrypt(Scheme):
    """bcrypt, through passlib's handler, which loads the backend at the first such hash."""

    name = "foreign_bcrypt"
    pattern = re.compile(r"\$2[aby]\$[0-9]{2}\$[./0-9A-Za-z]{53}")

    @classmethod
    def check(cls, hash: str) -> None:
        check_bcrypt(int(hash[4:6]))

    @classmethod
    def sees_all(cls, secret: str, hash: str) -> bool:
        return len(secret.encode("utf-8", "surrogatepass")) <= _BCRYPT_LIMIT

    @classmethod
    def _matches(cls, secret: str, hash: str) -> bool:
        # Whoever made the hash saw the first 72 bytes only. bcrypt 5 refuses longer input.
        visible = secret.encode()[:_BCRYPT_LIMIT]
        matches: bool = get_crypt_handler("bcrypt").verify(visible, cls._repair(hash))
        return matches

    @classmethod
    def _repair(cls, hash: str) -> str:
        """Clear the unused bits that old implementations left set; passlib warns about them."""
        head, salt, key = hash[:-53], hash[-53:-31], hash[-31:]
        return f"{head}{bcrypt64.repair_unused(salt)}{bcrypt64.repair_unused(key)}"


class Argon2(Scheme):
    """Argon2, through passlib's handler, which loads the backend at the first such hash."""

    name = "foreign_argon2"
    pattern = re.compile(r"\$argon2(id|i|d)\$[0-9A-Za-z+/=,$]+")
    _costs = re.compile(
        r"\$argon2(?:id|i|d)\$(?:v=[0-9]{1,3}\$)?m=([0-9]{1,10}),t=([0-9]{1,10}),p=([0-9]{1,10})\$"
    )

    @classmethod
    def check(cls, hash: str) -> None:
        found = cls._costs.match(hash)
        if found is None:
            raise UnreadableHash("has costs that are not told as Argon2's")
        check_argon2(memory=int(found[1]), passes=int(found[2]), lanes=int(found[3]))

    @classmethod
    def _matches(cls, secret: str, hash: str) -> bool:
        matches: bool = get_crypt_handler("argon2").verify(secret, hash)
        return matches


class Pbkdf2(Scheme):
    """PBKDF2 in passlib's format, ``$pbkdf2-sha512$<iterations>$<salt>$<key>``."""

    name = "foreign_pbkdf2"
    pattern = re.compile(r"\$pbkdf2(-sha256|-sha512)?\$[0-9]{1,10}\$[./0-9A-Za-z]*\$[./0-9A-Za-z]+")
    _handlers = {"": "pbkdf2_sha1", "-sha256": "pbkdf2_sha256", "-sha512": "pbkdf2_sha512"}

    @classmethod
    def check(cls, hash: str) -> None:
        check_pbkdf2(int(hash.split("$")[2]))

    @classmethod
    def _matches(cls, secret: str, hash: str) -> bool:
        kind = hash.split("$")[1].removeprefix("pbkdf2")
        matches: bool = get_crypt_handler(cls._handlers[kind]).verify(secret, hash)
        return matches
