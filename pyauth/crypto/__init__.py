"""Passwords, signatures, tokens and secrets.

:mod:`pyauth.crypto.envelope` is imported by those who encrypt; it is not handed on here.
"""

from pyauth.crypto.password_schemes import BETTER_AUTH_COST, ScryptCost
from pyauth.crypto.passwords import (
    MAX_PASSWORD_LENGTH,
    CustomPasswords,
    PasswordHasher,
    Passwords,
    Verified,
)
from pyauth.crypto.random import ID_ALPHABET, generate_id, random_bytes, random_string
from pyauth.crypto.secret_keys import (
    DEVELOPMENT_SECRET,
    SecretKeys,
    generate_secret,
    parse_secret_versions,
    weakness,
)
from pyauth.crypto.signing import (
    SIGNATURE_LENGTH,
    constant_time_equal,
    sign,
    sign_url_safe,
    verify,
    verify_url_safe,
)
from pyauth.crypto.tokens import TokenError, TokenExpired, TokenInvalid, read_token, sign_token

__all__ = [
    "BETTER_AUTH_COST",
    "DEVELOPMENT_SECRET",
    "ID_ALPHABET",
    "MAX_PASSWORD_LENGTH",
    "SIGNATURE_LENGTH",
    "CustomPasswords",
    "PasswordHasher",
    "Passwords",
    "ScryptCost",
    "SecretKeys",
    "TokenError",
    "TokenExpired",
    "TokenInvalid",
    "Verified",
    "constant_time_equal",
    "generate_id",
    "generate_secret",
    "parse_secret_versions",
    "random_bytes",
    "random_string",
    "read_token",
    "sign",
    "sign_token",
    "sign_url_safe",
    "verify",
    "verify_url_safe",
    "weakness",
]
