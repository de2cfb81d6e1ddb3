"""The hashes of Flask-Security, told from plain ones by a prefix that an import gives them.

Flask-Security hashes most passwords twice: first HMAC-SHA512 under ``SECURITY_PASSWORD_SALT``,
whose base64 text then goes into bcrypt, Argon2 or PBKDF2. The result looks like any other such
hash, so it is stored here as ``flask-security:double:<hash>``. The schemes that
``SECURITY_PASSWORD_SINGLE_HASH`` lists, Django's by default, get the password itself:
``flask-security:single:<hash>``. Either way the password is in Unicode's form NFKD, the default of
``SECURITY_PASSWORD_NORMALIZE_FORM``.

Source: Flask-Security 5.9, ``utils.py`` (``get_hmac``, ``verify_password``), ``core.py``.
"""

import hashlib
import hmac
import re
import unicodedata
from base64 import b64encode
from typing import Any, ClassVar, Literal

from pyauth.crypto.django_schemes import DJANGO_SCHEMES
from pyauth.crypto.hash_costs import UnreadableHash
from pyauth.crypto.password_schemes import Argon2, Bcrypt, Pbkdf2, Scheme

_INNER: tuple[type[Scheme], ...] = (Bcrypt, Argon2, Pbkdf2, *DJANGO_SCHEMES)


def mark_flask_security(hash: str, *, single: bool) -> str:
    """Return a hash out of Flask-Security's table as it is to be stored here.

    Args:
        hash: the text of its ``password`` column.
        single: whether ``SECURITY_PASSWORD_SINGLE_HASH`` is True there; Django's formats are hashed
            once in any case, as its default says.
    """
    once = single or any(scheme.identify(hash) for scheme in DJANGO_SCHEMES)
    return f"flask-security:{'single' if once else 'double'}:{hash}"


class FlaskSecurityHash(Scheme):
    """``flask-security:double:<hash>`` and ``flask-security:single:<hash>``."""

    name = "flask_security"
    pattern = re.compile(r"flask-security:(double|single):(.+)")
    salt: ClassVar[str | None] = None
    """``SECURITY_PASSWORD_SALT``, without which nothing that was hashed twice can be read."""

    @classmethod
    def using(cls, salt: str | None = None, relaxed: bool = False) -> Any:  # noqa: FBT001, FBT002 - passlib's signature
        configured = super().using(relaxed=relaxed)
        if salt is not None:
            configured.salt = salt
        return configured

    @classmethod
    def check(cls, hash: str) -> None:
        times, inner, rest = cls._split(hash)
        if times == "double" and cls.salt is None:
            raise UnreadableHash(
                "was hashed twice by Flask-Security: set "
                "email_and_password.password.flask_security_salt to its SECURITY_PASSWORD_SALT"
            )
        inner.check(rest)

    @classmethod
    def sees_all(cls, secret: str, hash: str) -> bool:
        times, inner, rest = cls._split(hash)
        return times == "double" or inner.sees_all(unicodedata.normalize("NFKD", secret), rest)

    @classmethod
    def _matches(cls, secret: str, hash: str) -> bool:
        times, inner, rest = cls._split(hash)
        secret = unicodedata.normalize("NFKD", secret)
        if times == "double":
            secret = cls._digest(secret)
        return bool(inner.verify(secret, rest))

    @classmethod
    def _digest(cls, secret: str) -> str:
        digest = hmac.digest((cls.salt or "").encode(), secret.encode(), hashlib.sha512)
        return b64encode(digest).decode("ascii")

    @classmethod
    def _split(cls, hash: str) -> tuple[Literal["double", "single"], type[Scheme], str]:
        _, times, rest = hash.split(":", 2)
        for inner in _INNER:
            if inner.identify(rest):
                return ("double" if times == "double" else "single"), inner, rest
        raise UnreadableHash("is of no scheme of Flask-Security's that is known here")
