"""Signed cookie values: ``<value>.<signature>``.

Answers to better-call's crypto.ts and context.ts (``signCookieValue``, ``getSignedCookie``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pyauth.cookies.encoding import encode_uri_component
from pyauth.crypto.signing import SIGNATURE_LENGTH, sign, verify


@dataclass(frozen=True, slots=True)
class Unsigned:
    """A value whose signature was right.

    Attributes:
        value: what was signed.
        stale: whether an older secret made the signature, so that it should be made anew.
    """

    value: str = field(repr=False)
    stale: bool


def append_signature(value: str, secret: str) -> str:
    """Return ``<value>.<signature>``, not yet percent-encoded: what a bearer token looks like."""
    return f"{value}.{sign(value, secret)}"


def sign_value(value: str, secret: str) -> str:
    """Return ``<value>.<signature>`` percent-encoded: what stands in a ``Set-Cookie`` header."""
    return encode_uri_component(append_signature(value, secret))


def unsign(text: str, secrets: Sequence[str]) -> Unsigned | None:
    """Return the value of a decoded signed cookie, or None when no secret made its signature.

    Args:
        text: the cookie as :func:`~pyauth.cookies.parse.parse_cookie_header` returned it. Any text
            may come in.
        secrets: the current secret first, then the older ones.

    differs: upstream knows the current secret only, and so signs everybody out at a rotation.
    """
    value, dot, signature = text.rpartition(".")
    if not dot or not value:
        return None
    if len(signature) != SIGNATURE_LENGTH or not signature.endswith("="):
        return None
    for age, secret in enumerate(secrets):
        if verify(value, signature, secret):
            return Unsigned(value=value, stale=age > 0)
    return None
