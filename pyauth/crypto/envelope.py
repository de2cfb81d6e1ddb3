"""Encrypted values: XChaCha20-Poly1305 in a hex envelope.

Answers to Better Auth 1.6.9: crypto/index.ts (``symmetricEncrypt``): the key is the SHA-256 of the
secret, the text is lowercase ``hex(nonce || ciphertext || tag)`` without additional data. Where
secrets rotate, ``$ba$<version>$`` stands before it and names the secret.

Loads libsodium, so only what encrypts imports this module.
"""

import hashlib
import re
from collections.abc import Sequence

from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
)
from nacl.exceptions import CryptoError

from pyauth.crypto.random import random_bytes
from pyauth.crypto.secret_keys import SecretKeys
from pyauth.errors import PyAuthError

_NONCE_SIZE = 24
_TAG_SIZE = 16
_ENVELOPE = re.compile(r"\$ba\$([0-9]{1,15})\$(.*)", re.DOTALL)


class DecryptionFailed(PyAuthError):
    """The value was altered, or no configured secret made it."""


def encrypt(text: str, keys: SecretKeys) -> str:
    """Return ``text`` encrypted with the current secret, marked with its version if it has one."""
    nonce = random_bytes(_NONCE_SIZE)
    sealed = crypto_aead_xchacha20poly1305_ietf_encrypt(
        text.encode(), None, nonce, _derive(keys.current)
    )
    hexed = (nonce + sealed).hex()
    version = keys.current_version
    return hexed if version is None else f"$ba${version}${hexed}"


def decrypt(value: str, keys: SecretKeys) -> str:
    """Return the text that :func:`encrypt` was given.

    A marked value opens with the secret of its version. A bare one was made before secrets had
    versions: it opens with the single or the legacy secret.

    Raises:
        DecryptionFailed: the version is unknown or retired, or the value does not open.

    differs: a bare value also opens with any numbered secret, so that the secret of earlier days
    may go on as a version; upstream wants it as the legacy secret.
    """
    marked = _ENVELOPE.fullmatch(value)
    if marked is None:
        return _open_with_any(value, keys.for_verifying())
    secret = keys.find_version(int(marked[1]))
    if secret is None:
        raise DecryptionFailed(f"secret version {marked[1]} is unknown or retired")
    return _open_with_any(marked[2], [secret])


def _open_with_any(hexed: str, secrets: Sequence[str]) -> str:
    try:
        sealed = bytes.fromhex(hexed)
    except ValueError:
        raise DecryptionFailed("the value is not an encrypted one") from None
    if len(sealed) < _NONCE_SIZE + _TAG_SIZE:
        raise DecryptionFailed("the value is not an encrypted one")
    for secret in secrets:
        text = _find_text(sealed, secret)
        if text is not None:
            return text
    raise DecryptionFailed("the value was altered or made with another secret")


def _find_text(sealed: bytes, secret: str) -> str | None:
    nonce, body = sealed[:_NONCE_SIZE], sealed[_NONCE_SIZE:]
    try:
        return crypto_aead_xchacha20poly1305_ietf_decrypt(
            body, None, nonce, _derive(secret)
        ).decode()
    except (CryptoError, UnicodeDecodeError):
        return None


def _derive(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
