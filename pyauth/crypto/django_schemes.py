"""The formats of Django's password hashers, verified and never made.

Source: Django 5.2, ``django/contrib/auth/hashers.py``. Its unsalted and MD5 hashers are left out.
"""

import hashlib
import re
from base64 import b64encode

from pyauth.crypto.hash_costs import check_pbkdf2, check_scrypt
from pyauth.crypto.password_schemes import Argon2, Bcrypt, Scheme, ScryptCost
from pyauth.crypto.signing import constant_time_equal


class DjangoPbkdf2(Scheme):
    """``pbkdf2_sha256$<iterations>$<salt>$<key>``, or ``pbkdf2_sha1``."""

    name = "django_pbkdf2"
    pattern = re.compile(r"pbkdf2_(sha256|sha1)\$([0-9]{1,10})\$([^$]+)\$([0-9A-Za-z+/=]+)")

    @classmethod
    def check(cls, hash: str) -> None:
        check_pbkdf2(int(hash.split("$")[1]))

    @classmethod
    def _matches(cls, secret: str, hash: str) -> bool:
        kind, iterations, salt, key = hash.split("$")
        digest = kind.removeprefix("pbkdf2_")
        made = hashlib.pbkdf2_hmac(digest, secret.encode(), salt.encode(), int(iterations))
        return constant_time_equal(b64encode(made).decode("ascii"), key)


class DjangoScrypt(Scheme):
    """``scrypt$<n>$<salt>$<r>$<p>$<key>``."""

    name = "django_scrypt"
    pattern = re.compile(
        r"scrypt\$([0-9]{1,10})\$([^$]+)\$([0-9]{1,10})\$([0-9]{1,10})\$([0-9A-Za-z+/=]+)"
    )

    @classmethod
    def check(cls, hash: str) -> None:
        _, n, _, r, p, _ = hash.split("$")
        check_scrypt(int(n), int(r), int(p))

    @classmethod
    def _matches(cls, secret: str, hash: str) -> bool:
        _, n, salt, r, p, key = hash.split("$")
        made = ScryptCost(n=int(n), r=int(r), p=int(p)).derive(secret.encode(), salt.encode())
        return constant_time_equal(b64encode(made).decode("ascii"), key)


class DjangoArgon2(Scheme):
    """``argon2`` before an ordinary Argon2 hash."""

    name = "django_argon2"
    pattern = re.compile(rf"argon2{Argon2.pattern.pattern}")

    @classmethod
    def check(cls, hash: str) -> None:
        Argon2.check(hash.removeprefix("argon2"))

    @classmethod
    def _matches(cls, secret: str, hash: str) -> bool:
        return Argon2.verify(secret, hash.removeprefix("argon2"))


class DjangoBcrypt(Scheme):
    """``bcrypt$`` before a bcrypt hash; ``bcrypt_sha256$`` where the password was digested first.

    Its digest, in hex, is what bcrypt saw then.
    """

    name = "django_bcrypt"
    pattern = re.compile(rf"bcrypt(_sha256)?\${Bcrypt.pattern.pattern}")

    @classmethod
    def check(cls, hash: str) -> None:
        Bcrypt.check(cls._split(hash)[1])

    @classmethod
    def sees_all(cls, secret: str, hash: str) -> bool:
        digested, rest = cls._split(hash)
        return digested or Bcrypt.sees_all(secret, rest)

    @classmethod
    def _matches(cls, secret: str, hash: str) -> bool:
        digested, rest = cls._split(hash)
        if digested:
            secret = hashlib.sha256(secret.encode()).hexdigest()
        return Bcrypt.verify(secret, rest)

    @classmethod
    def _split(cls, hash: str) -> tuple[bool, str]:
        """Return whether the password was digested first, and the bcrypt hash."""
        name, _, rest = hash.partition("$")
        return name == "bcrypt_sha256", rest


DJANGO_SCHEMES: tuple[type[Scheme], ...] = (DjangoPbkdf2, DjangoScrypt, DjangoArgon2, DjangoBcrypt)
