"""HMAC-SHA256 signatures of text.

Answers to Better Auth 1.6.9: crypto/index.ts and better-call's crypto.ts: the key is the UTF-8 of
the secret, the message the UTF-8 of the value.
"""

import hmac
from base64 import b64encode, urlsafe_b64encode

SIGNATURE_LENGTH = 44
"""Characters of a signature in padded base64."""


def sign(value: str, secret: str) -> str:
    """Return the signature of ``value`` in standard base64 with padding: 44 characters."""
    return b64encode(_digest(value, secret)).decode("ascii")


def verify(value: str, signature: str, secret: str) -> bool:
    """Tell in constant time whether ``signature`` is what :func:`sign` returns.

    Any text may come in; nothing is raised. differs: upstream decodes the signature first, and so
    takes two spellings of its last character for the same; here one spelling is right.
    """
    return constant_time_equal(sign(value, secret), signature)


def sign_url_safe(value: str, secret: str) -> str:
    """Return the signature in base64url without padding: 43 characters."""
    return urlsafe_b64encode(_digest(value, secret)).rstrip(b"=").decode("ascii")


def verify_url_safe(value: str, signature: str, secret: str) -> bool:
    """Tell in constant time whether ``signature`` is what :func:`sign_url_safe` returns."""
    return constant_time_equal(sign_url_safe(value, secret), signature)


def constant_time_equal(expected: str, given: str) -> bool:
    """Compare two texts without telling by the time taken where they differ."""
    return hmac.compare_digest(_encode(expected), _encode(given))


def _digest(value: str, secret: str) -> bytes:
    return hmac.digest(secret.encode(), _encode(value), "sha256")


def _encode(text: str) -> bytes:
    # A header can bring lone surrogates; they must fail to match, not fail to encode.
    return text.encode("utf-8", "surrogatepass")
