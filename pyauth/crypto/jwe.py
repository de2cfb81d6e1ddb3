"""Encrypted tokens: compact JSON Web Encryption (RFC 7516) under keys made of the secrets.

Direct encryption with A256CBC-HS512; the 64 bytes of key come from the secret by HKDF-SHA256, and
``kid`` is the key's thumbprint (RFC 7638), so that a token names the secret it was made with.

Answers to Better Auth 1.6.9: crypto/jwt.ts (``symmetricEncodeJWT``, ``symmetricDecodeJWT``).
differs: a token must say when it ends, and no other content encryption is tried.

Loads joserfc and cryptography, so only what encrypts tokens imports this module.
"""

import uuid
from base64 import urlsafe_b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from pyauth import codec
from pyauth.crypto.random import random_bytes
from pyauth.crypto.secret_keys import SecretKeys

_ENCRYPTION: Final = {"alg": "dir", "enc": "A256CBC-HS512"}
_ALGORITHMS: Final = tuple(_ENCRYPTION.values())
_MEMBERS: Final = frozenset({*_ENCRYPTION, "kid"})
_KEY_SIZE: Final = 64
_INFO: Final = b"BetterAuth.js Generated Encryption Key"
_MAX_HEADER: Final = 1024
CLOCK_TOLERANCE = timedelta(seconds=15)
"""How far the clocks of two servers may be apart."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The content of a token.

    Attributes:
        claims: what it carries, ``iat``, ``exp`` and ``jti`` included.
        stale: whether an older secret made it, so that it should be made anew.
    """

    claims: dict[str, Any] = field(repr=False)
    stale: bool


class TokenCipher:
    """Makes and opens the encrypted tokens of one purpose.

    Args:
        keys: the secrets; the current one encrypts, all of them open.
        salt: separates the purposes; a token of another one does not open.
    """

    def __init__(self, keys: SecretKeys, *, salt: str) -> None:
        self._keys = [_derive_key(secret, salt) for secret in keys.for_verifying()]
        self._current = self._keys[0]
        self._by_thumbprint = {key.thumbprint(): key for key in self._keys}
        self._header = {**_ENCRYPTION, "kid": self._current.thumbprint()}

    def encrypt(self, claims: Mapping[str, Any], *, now: datetime, expires_in: timedelta) -> str:
        """Return a token that carries ``claims``.

        Args:
            claims: plain data. ``iat``, ``exp`` (whole seconds) and ``jti`` are added.
            now: an aware moment.
            expires_in: how long the token holds.
        """
        issued = int(now.timestamp())
        content = {
            **claims,
            "iat": issued,
            "exp": issued + int(expires_in.total_seconds()),
            "jti": str(uuid.UUID(bytes=random_bytes(16), version=4)),
        }
        text = codec.dumps(content).encode()
        return jwe.encrypt_compact(dict(self._header), text, self._current, algorithms=_ALGORITHMS)

    def decrypt(self, token: str, *, now: datetime) -> Opened | None:
        """Return the content of a token; None where it was altered, is over or is none of ours.

        Args:
            token: any text. Nothing is raised.
            now: an aware moment that ``exp`` and ``nbf`` are held against, with a tolerance.
        """
        for key in self._keys_of(token):
            claims = _decrypt(token, key)
            if claims is not None:
                if not _holds(claims, now=now):
                    return None
                return Opened(claims, stale=key is not self._current)
        return None

    def _keys_of(self, token: str) -> Sequence[OctKey]:
        header = _read_header(token)
        if header is None:
            return ()
        if "kid" not in header:
            return self._keys
        kid = header["kid"]
        key = self._by_thumbprint.get(kid) if isinstance(kid, str) else None
        return () if key is None else (key,)


def _derive_key(secret: str, salt: str) -> OctKey:
    derived = HKDF(algorithm=SHA256(), length=_KEY_SIZE, salt=salt.encode(), info=_INFO)
    return OctKey.import_key(derived.derive(secret.encode()))


def _read_header(token: str) -> dict[str, Any] | None:
    text = token.partition(".")[0]
    if not text.isascii() or len(text) > _MAX_HEADER:
        return None
    try:
        header = codec.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:
        return None
    # joserfc stumbles over members of unexpected types, so it sees nothing but what we write.
    known = isinstance(header, dict) and header.keys() <= _MEMBERS
    return header if known and header.items() >= _ENCRYPTION.items() else None


def _decrypt(token: str, key: OctKey) -> dict[str, Any] | None:
    try:
        opened = jwe.decrypt_compact(token, key, algorithms=_ALGORITHMS)
        claims = codec.loads(opened.plaintext or b"")
    except (JoseError, ValueError):
        return None
    return claims if isinstance(claims, dict) else None


def _holds(claims: Mapping[str, Any], *, now: datetime) -> bool:
    seconds, tolerance = now.timestamp(), CLOCK_TOLERANCE.total_seconds()
    expires, begins = _read_seconds(claims, "exp"), _read_seconds(claims, "nbf")
    if expires is None or ("nbf" in claims and begins is None):
        return False
    return (begins or 0) <= seconds + tolerance and expires > seconds - tolerance


def _read_seconds(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value
