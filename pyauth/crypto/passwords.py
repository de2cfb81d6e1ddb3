"""Hashing and verifying passwords.

::

    Passwords            the seam: what sign-up, sign-in and password changes need
    ├── PasswordHasher   the product's own: Better Auth's scrypt, older schemes verified
    └── CustomPasswords  two functions of the application
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from passlib.context import CryptContext

from pyauth.crypto.django_schemes import DJANGO_SCHEMES
from pyauth.crypto.flask_security_scheme import FlaskSecurityHash
from pyauth.crypto.hash_costs import UnreadableHash
from pyauth.crypto.hash_gate import HashGate
from pyauth.crypto.password_schemes import (
    BETTER_AUTH_COST,
    Argon2,
    Bcrypt,
    BetterAuthScrypt,
    Pbkdf2,
    Scheme,
    ScryptCost,
    WerkzeugHash,
)

MAX_PASSWORD_LENGTH = 4096
"""Characters beyond which nothing is hashed, whatever the options allow: passlib's own bound."""

_NOBODYS_HASH = f"{'0' * 32}:{'0' * 128}"
_UNREADABLE = (ValueError, OverflowError, NotImplementedError)


@dataclass(frozen=True, slots=True)
class Verified:
    """The outcome of a verification. It is as true as :attr:`ok`.

    Attributes:
        ok: whether the password is right.
        replacement: a new hash to store, when the password is right and its stored hash is of a
            scheme that is only kept for verifying.
    """

    ok: bool
    replacement: str | None = field(default=None, repr=False)

    def __bool__(self) -> bool:
        return self.ok


_REFUSED = Verified(ok=False)


class Passwords(Protocol):
    """Makes and verifies password hashes."""

    def hash(self, password: str) -> str:
        """Return the text to store for ``password``."""

    def verify(self, password: str, hash: str) -> Verified:
        """Tell whether ``password`` made ``hash``. Raises nothing on a malformed hash."""

    def dummy(self, password: str) -> None:
        """Do the work of a verification for an account that does not exist."""


class PasswordHasher:
    """The product's own hashing: Better Auth's scrypt format, with older schemes verified.

    bcrypt, Argon2, PBKDF2, Werkzeug's and Django's hashes verify too, over the password as typed:
    the systems that made them knew no NFKC; and Flask-Security's, marked as such. After a right
    one, :attr:`Verified.replacement` holds its new hash. What a hash may cost is bounded
    (:mod:`pyauth.crypto.hash_costs`).

    Args:
        cost: the cost of the scrypt format, for hashing and verifying alike.
        flask_security_salt: ``SECURITY_PASSWORD_SALT`` of the Flask-Security whose hashes are here.
        max_concurrent: hashes at a time; by default one per core, at most 4.
        max_wait: how long a caller waits for its turn before ``ServiceUnavailable``.
    """

    def __init__(
        self,
        *,
        cost: ScryptCost = BETTER_AUTH_COST,
        flask_security_salt: str | None = None,
        max_concurrent: int | None = None,
        max_wait: timedelta = timedelta(seconds=10),
    ) -> None:
        if max_concurrent is None:
            max_concurrent = min(os.cpu_count() or 1, 4)
        self._gate = HashGate(max_concurrent=max_concurrent, max_wait=max_wait)
        self._schemes: tuple[type[Scheme], ...] = (
            BetterAuthScrypt.using(cost=cost),
            WerkzeugHash,
            Bcrypt,
            Argon2,
            Pbkdf2,
            *DJANGO_SCHEMES,
            FlaskSecurityHash.using(salt=flask_security_salt),
        )
        self._context = CryptContext(schemes=self._schemes, deprecated=["auto"])
        self.has_flask_security_salt = flask_security_salt is not None
        """Whether passwords that Flask-Security hashed twice can be verified."""

    def hash(self, password: str) -> str:
        """Return ``<salt hex>:<key hex>``.

        Raises:
            ValueError: the password is longer than :data:`MAX_PASSWORD_LENGTH` or holds a lone
                surrogate.
            ServiceUnavailable: too many hashes are being computed.
        """
        if len(password) > MAX_PASSWORD_LENGTH:
            raise ValueError(f"a password has at most {MAX_PASSWORD_LENGTH} characters")
        with self._gate.turn():
            made: str = self._context.hash(password)
            return made

    def verify(self, password: str, hash: str) -> Verified:
        """Tell whether ``password`` made ``hash``.

        An unknown or malformed hash is a wrong one, and takes the time of one. Texts of every
        kind may come in.

        Raises:
            ServiceUnavailable: too many hashes are being computed.
        """
        with self._gate.turn():
            if len(password) > MAX_PASSWORD_LENGTH:
                return self._refuse()
            try:
                ok, replacement = self._context.verify_and_update(password, hash)
            except _UNREADABLE:
                return self._refuse()
            if replacement is not None and not self._scheme_of(hash).sees_all(password, hash):
                # Whatever the rest was, the hash does not say so.
                replacement = None
            return Verified(ok=ok, replacement=replacement)

    def check_readable(self, hash: str) -> None:
        """Refuse a text against which no password could be verified: for hashes made elsewhere.

        Raises:
            UnreadableHash: its scheme is unknown, its costs are out of bounds, or the salt of
                Flask-Security is missing; the message never quotes it.
        """
        self._scheme_of(hash).check(hash)

    def dummy(self, password: str) -> None:
        """Do the work of a verification, so that an unknown account takes as long as a known one.

        Raises:
            ServiceUnavailable: too many hashes are being computed.
        """
        self.verify(password, _NOBODYS_HASH)

    def _scheme_of(self, hash: str) -> type[Scheme]:
        for scheme in self._schemes:
            if scheme.identify(hash):
                return scheme
        raise UnreadableHash(
            "is of no known scheme; known are those of Better Auth, Werkzeug, Django and "
            "Flask-Security, bcrypt, Argon2 and passlib's PBKDF2"
        )

    def _refuse(self) -> Verified:
        self._context.verify("", _NOBODYS_HASH)
        return _REFUSED


class CustomPasswords:
    """Lets two functions of the application stand in for :class:`PasswordHasher`.

    Args:
        hash: takes a password, returns the text to store.
        verify: takes the stored text, then the password.
    """

    def __init__(self, *, hash: Callable[[str], str], verify: Callable[[str, str], bool]) -> None:
        self._hash = hash
        self._verify = verify

    def hash(self, password: str) -> str:
        return self._hash(password)

    def verify(self, password: str, hash: str) -> Verified:
        return Verified(ok=self._verify(hash, password))

    def dummy(self, password: str) -> None:
        # The application has no hash that belongs to nobody; making one costs the same.
        self._hash(password)
