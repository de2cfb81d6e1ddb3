"""The text of a cached session, in upstream's three forms.

========  ================================================================================
compact   JSON with an HMAC-SHA256 of its content, in base64url
jwt       a JSON Web Token, HS256
jwe       an encrypted JSON Web Token: the browser cannot read it
========  ================================================================================

Signed forms are read with the current secret only, encrypted ones with every secret. Whatever is
altered, over or unreadable is as good as absent.

Source: Better Auth 1.6.9, ``cookies/index.ts`` (``setCookieCache``) and 1.6.19
(``decodeCookieCache``).
"""

import re
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal, Protocol

from pyauth import codec
from pyauth.clock import EPOCH, epoch_ms
from pyauth.cookies.json_text import write_json
from pyauth.crypto.secret_keys import SecretKeys
from pyauth.crypto.signing import sign_url_safe, verify_url_safe
from pyauth.crypto.tokens import TokenError, read_token, sign_token

CacheStrategy = Literal["compact", "jwt", "jwe"]

DEFAULT_VERSION = "1"
_SALT: Final = "better-auth-session"


@dataclass(frozen=True, slots=True)
class CacheContent:
    """What a cached session holds, under wire names.

    Attributes:
        session: the session's fields.
        user: the user's fields.
        version: what the app calls the form of its data.
        expires_at: until when the cache is believed.
        stale: whether an older secret made it, so that it should be made anew.
    """

    session: Mapping[str, Any] = field(repr=False)
    user: Mapping[str, Any] = field(repr=False)
    version: str
    expires_at: datetime
    stale: bool = False


class CacheCodec(Protocol):
    """One form of the cache."""

    def encode(self, content: CacheContent, *, now: datetime) -> str:
        """Return the text of a cache that is made now.

        Raises:
            TypeError: a value is not plain data.
            ValueError: a number is not exact.
        """

    def decode(self, text: str, *, now: datetime) -> CacheContent | None:
        """Return the content of a cache that still holds, or None. Raises nothing."""


def build_cache_codec(strategy: CacheStrategy, keys: SecretKeys) -> CacheCodec:
    """Return the codec of a strategy; loads what encryption needs where it is asked for."""
    if strategy == "jwe":
        from pyauth.crypto.jwe import TokenCipher  # noqa: PLC0415 - only this form needs joserfc

        return EncryptedCodec(TokenCipher(keys, salt=_SALT))
    return TokenCodec(keys) if strategy == "jwt" else CompactCodec(keys)


class CompactCodec:
    """``{"session":…,"expiresAt":…,"signature":…}`` in base64url."""

    def __init__(self, keys: SecretKeys) -> None:
        self._secret = keys.for_signing()

    def encode(self, content: CacheContent, *, now: datetime) -> str:
        """Return the text of a cache that is made now."""
        inner = write_json(_payload(content, now))
        ends = f'"expiresAt":{epoch_ms(content.expires_at)}'
        signature = sign_url_safe(f"{inner[:-1]},{ends}}}", self._secret)
        text = f'{{"session":{inner},{ends},"signature":"{signature}"}}'
        return urlsafe_b64encode(text.encode()).rstrip(b"=").decode("ascii")

    def decode(self, text: str, *, now: datetime) -> CacheContent | None:
        """Return the content of a cache that still holds, or None."""
        envelope = _ENVELOPE.fullmatch(_decode_base64(text))
        if envelope is None:
            return None
        inner, expires, signature = envelope.groups()
        # The signature covers the very text that is read afterwards; it is not written anew.
        if not verify_url_safe(f'{inner},"expiresAt":{expires}}}', signature, self._secret):
            return None
        expires_at = _moment(int(expires))
        if expires_at is None or expires_at < now:
            return None
        return _content(_read_json(f"{inner}}}"), expires_at)


class TokenCodec:
    """A JSON Web Token."""

    def __init__(self, keys: SecretKeys) -> None:
        self._secret = keys.for_signing()

    def encode(self, content: CacheContent, *, now: datetime) -> str:
        """Return the text of a cache that is made now."""
        life = content.expires_at - now
        return sign_token(_payload(content, now), self._secret, now=now, expires_in=life)

    def decode(self, text: str, *, now: datetime) -> CacheContent | None:
        """Return the content of a cache that still holds, or None."""
        try:
            claims = read_token(text, self._secret, now=now)
        except TokenError:
            return None
        return _content(claims, _end_of(claims))


class Cipher(Protocol):
    """Makes and opens encrypted tokens: :class:`pyauth.crypto.jwe.TokenCipher`."""

    def encrypt(self, claims: Mapping[str, Any], *, now: datetime, expires_in: timedelta) -> str:
        """Return a token that carries ``claims``."""

    def decrypt(self, token: str, *, now: datetime) -> Any:
        """Return an object with ``claims`` and ``stale``, or None."""


class EncryptedCodec:
    """An encrypted JSON Web Token."""

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher

    def encode(self, content: CacheContent, *, now: datetime) -> str:
        """Return the text of a cache that is made now."""
        life = content.expires_at - now
        return self._cipher.encrypt(_payload(content, now), now=now, expires_in=life)

    def decode(self, text: str, *, now: datetime) -> CacheContent | None:
        """Return the content of a cache that still holds, or None."""
        opened = self._cipher.decrypt(text, now=now)
        if opened is None:
            return None
        expires_at = _end_of(opened.claims)
        # The tolerance for clocks is for keys that move between servers, not for the cache.
        if expires_at is None or expires_at < now:
            return None
        return _content(opened.claims, expires_at, stale=opened.stale)


_ENVELOPE = re.compile(
    r'\{"session":(\{.*)\},"expiresAt":([0-9]{1,15}),"signature":"([A-Za-z0-9_-]{43})"\}', re.DOTALL
)


def _payload(content: CacheContent, now: datetime) -> dict[str, Any]:
    return {
        "session": content.session,
        "user": content.user,
        "updatedAt": epoch_ms(now),
        "version": content.version,
    }


def _content(
    payload: Any, expires_at: datetime | None, *, stale: bool = False
) -> CacheContent | None:
    if not isinstance(payload, dict) or expires_at is None:
        return None
    session, user = payload.get("session"), payload.get("user")
    version = payload.get("version") or DEFAULT_VERSION
    if not isinstance(session, dict) or not isinstance(user, dict) or not isinstance(version, str):
        return None
    return CacheContent(session, user, version, expires_at, stale)


def _decode_base64(text: str) -> str:
    """Return the text behind base64url; the empty text for what is none."""
    try:
        return b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
    except ValueError:
        return ""


def _read_json(text: str) -> Any:
    try:
        return codec.loads(text)
    except ValueError:
        return None


def _end_of(claims: Mapping[str, Any]) -> datetime | None:
    return _moment(int(claims["exp"]) * 1000)


def _moment(milliseconds: int) -> datetime | None:
    try:
        return EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return None
