"""Signed tokens for links in mails: HS256 JSON Web Tokens (RFC 7519).

::

    TokenError
    ├── TokenInvalid   not a token of ours: form, algorithm, signature or claims
    └── TokenExpired   ours, and past its ``exp``

Answers to Better Auth 1.6.9: crypto/jwt.ts. differs: ``exp`` is required.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import jwt
from jwt.algorithms import HMACAlgorithm

from pyauth import codec
from pyauth.clock import EPOCH
from pyauth.errors import PyAuthError

_ALGORITHM = "HS256"


class TokenError(PyAuthError):
    """A token is refused."""


class TokenInvalid(TokenError):
    """The token was not made with this secret, or is no HS256 token at all."""


class TokenExpired(TokenError):
    """The token is genuine and its time is over.

    Attributes:
        expired_at: when it ended.
    """

    def __init__(self, expired_at: datetime) -> None:
        self.expired_at = expired_at
        super().__init__("the token has expired")


def sign_token(
    claims: Mapping[str, Any], secret: str, *, now: datetime, expires_in: timedelta
) -> str:
    """Return a token that carries ``claims``.

    Args:
        claims: plain data. ``iat`` and ``exp`` are added, in whole seconds.
        secret: the current secret.
        now: an aware moment.
        expires_in: how long the token holds.
    """
    issued = int(now.timestamp())
    expires = issued + int(expires_in.total_seconds())
    payload = codec.dumps({**claims, "iat": issued, "exp": expires})
    return _JWS.encode(payload.encode(), secret, _ALGORITHM, headers={"typ": None})


def read_token(token: str, secret: str, *, now: datetime) -> dict[str, Any]:
    """Return the claims of ``token``, ``iat`` and ``exp`` included.

    Args:
        token: any text.
        secret: the current secret; mailed tokens are not read with older ones.
        now: an aware moment that ``exp`` and ``nbf`` are held against.

    Raises:
        TokenExpired: it was good until ``exp``.
        TokenInvalid: anything else is wrong with it.
    """
    try:
        payload = _JWS.decode(token, secret, algorithms=[_ALGORITHM])
        claims = codec.loads(payload)
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise TokenInvalid("the token is not valid") from None
    if not isinstance(claims, dict):
        raise TokenInvalid("the token carries no claims")
    _check_times(claims, now=now)
    return claims


def _check_times(claims: Mapping[str, Any], *, now: datetime) -> None:
    seconds = int(now.timestamp())
    expires = _get_seconds(claims, "exp")
    if "nbf" in claims and _get_seconds(claims, "nbf") > seconds:
        raise TokenInvalid("the token is not valid yet")
    if expires <= seconds:
        raise TokenExpired(EPOCH + timedelta(seconds=max(expires, 0)))


def _get_seconds(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenInvalid(f"the token has no usable {name}")
    return value


class _PlainHMAC(HMACAlgorithm):
    """HMAC with the secret's UTF-8 as it is.

    Whether a secret is too weak is decided once, when pyauth starts; PyJWT would warn about its
    length and probe it for a public key at every token.
    """

    def prepare_key(self, key: str | bytes) -> bytes:
        return key.encode() if isinstance(key, str) else key

    def check_key_length(self, key: bytes) -> str | None:
        return None


def _build_jws() -> jwt.PyJWS:
    """Return a codec that knows HS256 and nothing else."""
    jws = jwt.PyJWS(algorithms=[])
    jws.register_algorithm(_ALGORITHM, _PlainHMAC(hashlib.sha256))
    return jws


_JWS = _build_jws()
