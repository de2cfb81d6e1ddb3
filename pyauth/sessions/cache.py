"""The session in a cookie: what the store said, believed for a while.

A cache answers reading only; what authorises asks the store. Its age, form and version are options;
here it is held against the session token that came with it, since both travel apart.

Source: Better Auth 1.6.9, ``cookies/index.ts`` and ``api/routes/session.ts``; differs as later
releases do: a cache that is altered, over, of another version or of another session is as good as
absent (1.6.19, c2f718fcde).
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Protocol

from pyauth.clock import Clock
from pyauth.cookies import CookieSpec
from pyauth.cookies.cache_codec import (
    DEFAULT_VERSION,
    CacheCodec,
    CacheContent,
    build_cache_codec,
)
from pyauth.cookies.chunks import ChunkedCookie
from pyauth.crypto.secret_keys import SecretKeys
from pyauth.db.schema import Schema
from pyauth.models import Session, User
from pyauth.options import CookieCache
from pyauth.sessions.cached_record import CachedRecord
from pyauth.sessions.signed_in import SignedIn

UNREMEMBERED_LIFE: Final = {
    "compact": timedelta(seconds=60),
    "jwt": timedelta(seconds=300),
    "jwe": timedelta(seconds=300),
}
"""How long a cache is believed that ends with the browser; never longer than others."""


@dataclass(frozen=True, slots=True)
class Cached:
    """A session that the cache vouches for.

    Attributes:
        signed_in: the session and its user.
        is_due: whether the cache should be made anew already.
    """

    signed_in: SignedIn = field(repr=False)
    is_due: bool


class SessionCache(Protocol):
    """The cache of one configuration."""

    def read(self, cookies: Mapping[str, str], token: str) -> Cached | None:
        """Return the session of ``token`` as the cookies have it, or None."""

    def is_held(self, cookies: Mapping[str, str]) -> bool:
        """Return whether the cookies hold a cache at all, good or not."""

    def write(self, signed_in: SignedIn, *, remember: bool, held: Iterable[str]) -> tuple[str, ...]:
        """Return the ``Set-Cookie`` texts that cache a session.

        Args:
            signed_in: the session and its user, as the store has them.
            remember: False for a cache that ends with the browser.
            held: the names of all cookies that the browser may hold.
        """

    def expire(self, held: Iterable[str]) -> tuple[str, ...]:
        """Return the ``Set-Cookie`` texts that make a browser forget the cache."""


class NoCache:
    """Stands where sessions are not cached; still tidies up what an earlier one left."""

    def __init__(self, spec: CookieSpec) -> None:
        self._cookie = ChunkedCookie(spec)

    def read(self, cookies: Mapping[str, str], token: str) -> Cached | None:
        """Return None."""
        return None

    def is_held(self, cookies: Mapping[str, str]) -> bool:
        """Return False: what is there is nobody's concern."""
        return False

    def write(
        self,
        signed_in: SignedIn,
        *,
        remember: bool,
        held: Iterable[str],
    ) -> tuple[str, ...]:
        """Return nothing."""
        return ()

    def expire(self, held: Iterable[str]) -> tuple[str, ...]:
        """Return the ``Set-Cookie`` texts that make a browser forget an earlier cache."""
        return self._cookie.expire(held)


class CookieSessionCache:
    """Caches sessions in the cookie ``session_data``.

    Args:
        spec: the cookie.
        options: form, age and version.
        codec: the form.
        schema: the fields of sessions and users.
        clock: the present moment.
        logger: hears of a session that cannot be cached.
        is_stateless: whether the cookie is all there is: a cache that ends with the browser then
            lives as long as its session, and is made anew before it is over.
    """

    def __init__(
        self,
        *,
        spec: CookieSpec,
        options: CookieCache,
        codec: CacheCodec,
        schema: Schema,
        clock: Clock,
        logger: logging.Logger,
        is_stateless: bool,
    ) -> None:
        self._cookie = ChunkedCookie(spec)
        self._age = spec.attributes.max_age
        self._codec = codec
        self._sessions = CachedRecord(Session, schema.model("session"))
        self._users = CachedRecord(User, schema.model("user"))
        self._version_of = _version_function(options)
        self._life = options.max_age
        self._short_life = min(UNREMEMBERED_LIFE[options.strategy], options.max_age)
        self._renewed_before = options.refresh_before if is_stateless else None
        self._clock = clock
        self._logger = logger
        self._is_stateless = is_stateless

    def read(self, cookies: Mapping[str, str], token: str) -> Cached | None:
        """Return the session of ``token`` as the cookies have it, or None. Asks no store."""
        text = self._cookie.read(cookies)
        now = self._clock()
        content = None if text is None else self._codec.decode(text, now=now)
        if content is None:
            return None
        session, user = self._sessions.read(content.session), self._users.read(content.user)
        if session is None or user is None or session.token != token or session.expires_at < now:
            return None
        if session.user_id != user.id or content.version != self._version_of(session, user):
            return None
        before = self._renewed_before
        is_due = before is not None and (content.stale or content.expires_at - now < before)
        return Cached(SignedIn(session, user), is_due)

    def is_held(self, cookies: Mapping[str, str]) -> bool:
        """Return whether the cookies hold a cache at all, good or not."""
        return self._cookie.read(cookies) is not None

    def write(self, signed_in: SignedIn, *, remember: bool, held: Iterable[str]) -> tuple[str, ...]:
        """Return the ``Set-Cookie`` texts that cache a session.

        One that no cookies can hold is not cached, and said so in the log.
        """
        held = tuple(held)
        session, user = self._sessions.show(signed_in.session), self._users.show(signed_in.user)
        now = self._clock()
        try:
            content = CacheContent(
                session=self._sessions.write(session),
                user=self._users.write(user),
                version=self._version_of(session, user),
                expires_at=now + self._life_of(session, remember=remember),
            )
            text = self._codec.encode(content, now=now)
        except (TypeError, ValueError) as exc:
            self._logger.warning("a session is not cached: %s", exc)
            return self._cookie.expire(held)
        texts = self._cookie.write(text, max_age=self._age if remember else None, held=held)
        if texts is None:
            self._logger.warning(
                "a session is not cached: its cookie would be %d characters long; keep large "
                "fields out of it with returned=False",
                len(text),
            )
            return self._cookie.expire(held)
        return texts

    def expire(self, held: Iterable[str]) -> tuple[str, ...]:
        """Return the ``Set-Cookie`` texts that make a browser forget the cache."""
        return self._cookie.expire(held)

    def _life_of(self, session: Session, *, remember: bool) -> timedelta:
        if remember:
            return self._life
        if self._is_stateless:
            return min(self._life, session.expires_at - self._clock())
        return self._short_life


def build_session_cache(
    options: CookieCache,
    *,
    spec: CookieSpec,
    keys: SecretKeys,
    schema: Schema,
    clock: Clock,
    logger: logging.Logger,
    is_stateless: bool,
) -> SessionCache:
    """Return the cache that the options ask for; see :class:`CookieSessionCache`."""
    if not options.enabled:
        return NoCache(spec)
    return CookieSessionCache(
        spec=spec,
        options=options,
        codec=build_cache_codec(options.strategy, keys),
        schema=schema,
        clock=clock,
        logger=logger,
        is_stateless=is_stateless,
    )


def _version_function(options: CookieCache) -> Callable[[Session, User], str]:
    version = options.version
    if not isinstance(version, str):
        return version
    fixed = version or DEFAULT_VERSION
    return lambda session, user: fixed
