"""What a session cookie means: issue a session, resolve it, extend it, end it.

Takes parsed cookies and returns the session, its user and the ``Set-Cookie`` texts to send; knows
nothing of requests.

Source: Better Auth 1.6.9, ``api/routes/session.ts`` and ``cookies/index.ts``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pyauth import error_codes
from pyauth.clock import Clock
from pyauth.cookies import (
    DEFAULT_AGE,
    MAX_COOKIE_AGE,
    AuthCookies,
    Unsigned,
    expire,
    serialize_signed,
    unsign,
)
from pyauth.crypto.secret_keys import SecretKeys
from pyauth.errors import APIError
from pyauth.models import Session, User
from pyauth.options import SessionOptions
from pyauth.sessions.cache import Cached, SessionCache
from pyauth.sessions.signed_in import SignedIn
from pyauth.stores import SessionStore

BROWSER_SESSION_LIFE = timedelta(days=1)
"""How long a session lives whose user does not want to be remembered."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A session and the cookies that hand it to the browser."""

    session: Session
    cookies: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """How a session is read.

    Attributes:
        live: ask the store, whatever a cache says. Without a store the cache is the session.
        refresh: False to read and nothing else: neither session nor cache are renewed.
        extend: False to leave the session as long as it is; the cache may be renewed.
        deferred: whether this is the turn to extend, where reading defers that. The cache does not
            know what is due, so the store is asked.
    """

    live: bool = False
    refresh: bool = True
    extend: bool = True
    deferred: bool = False


WHEN_DUE = Reading()
"""Believe the cache, and extend the session when it is due."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """What the cookies of a request mean.

    Attributes:
        signed_in: the session and its user, or None.
        cookies: ``Set-Cookie`` texts that the answer should carry.
        is_live: whether the store was asked, or would have had nothing to add.
        needs_refresh: whether the session is due to be extended in a turn of its own; None where
            extending is not deferred, or nobody wants it.
        refusal: why a session that was found could not be extended, so that nobody is signed in.
            For whoever asks for the session itself; to others nobody is signed in, and no more.
    """

    signed_in: SignedIn | None
    cookies: tuple[str, ...] = field(default=(), repr=False)
    is_live: bool = True
    needs_refresh: bool | None = None
    refusal: APIError | None = None


_NOBODY = Resolution(None)


class SessionManager:
    """Issues, resolves, extends and ends sessions of one configuration.

    Args:
        store: the sessions.
        cache: the session in a cookie, or what stands in for it.
        cookies: the cookies' names and attributes.
        keys: the secrets.
        options: how long sessions live and when they are extended.
        clock: the present moment.
        is_stateless: whether no store outlives the process: the cache is then the session itself.
    """

    def __init__(
        self,
        *,
        store: SessionStore,
        cache: SessionCache,
        cookies: AuthCookies,
        keys: SecretKeys,
        options: SessionOptions,
        clock: Clock,
        is_stateless: bool = False,
    ) -> None:
        self._store = store
        self._cache = cache
        self._cookies = cookies
        self._secret = keys.for_signing()
        self._secrets = keys.for_verifying()
        self._options = options
        self._clock = clock
        self._life_seconds = int(options.expires_in.total_seconds())
        self.is_stateless = is_stateless

    def issue(
        self,
        user: User,
        *,
        remember: bool = True,
        ip_address: str | None = None,
        user_agent: str | None = None,
        extra: Mapping[str, Any] | None = None,
        held: Iterable[str] = (),
    ) -> Issued | None:
        """Open a session with a new token, whatever cookie came with the request.

        Args:
            user: who signed in.
            remember: False for a session that ends with the browser, and after a day.
            ip_address: the client address to keep with it.
            user_agent: the browser to keep with it.
            extra: further fields of the session.
            held: the names of the cookies that the browser may hold.

        Returns:
            The session and its cookies; None when a database hook stopped it.
        """
        life = self._options.expires_in if remember else BROWSER_SESSION_LIFE
        session = self._store.create(
            user,
            expires_at=self._clock() + life,
            ip_address=ip_address,
            user_agent=user_agent,
            extra=extra,
        )
        if session is None:
            return None
        cookies = self.cookies_for(SignedIn(session, user), remember=remember, held=held)
        return Issued(session, cookies)

    def cookies_for(
        self, signed_in: SignedIn, *, remember: bool, held: Iterable[str] = ()
    ) -> tuple[str, ...]:
        """Return the cookies that hand a session to the browser, its cache among them.

        Args:
            signed_in: the session and its user as they now are.
            remember: False for a session that ends with the browser.
            held: the names of the cookies that the browser may hold.
        """
        token = self._token_cookies(
            signed_in.session, max_age=self._life_seconds if remember else None, remember=remember
        )
        return (*token, *self._cache.write(signed_in, remember=remember, held=held))

    def expiring_cookies(self, held: Iterable[str] = ()) -> tuple[str, ...]:
        """Return the cookies that make a browser forget its session.

        Under https a token of the plain name goes as well, where the browser holds one: planted by
        a neighbour or left from before https, it would lie in wait for a server that reads it.

        Args:
            held: the names of the cookies that the browser may hold.

        Source: RustAuth 0.2.0, ``cookies/session.rs``; differs: it does so unasked.
        """
        jar, names = self._cookies, tuple(held)
        own = (expire(jar.session_token), *self._cache.expire(names), expire(jar.dont_remember))
        plain = jar.plain_session_token
        return (*own, expire(plain)) if plain is not None and plain.name in names else own

    def expiring_cache(self, cookies: Mapping[str, str]) -> tuple[str, ...]:
        """Return the cookies that make a browser forget what it has cached, if it has."""
        return self._cache.expire(cookies) if self._cache.is_held(cookies) else ()

    def find_token(self, cookies: Mapping[str, str]) -> str | None:
        """Return the session token that the cookies carry under a valid signature, or None."""
        unsigned = self._unsign(cookies, self._cookies.session_token.name)
        return None if unsigned is None else unsigned.value

    def is_remembered(self, cookies: Mapping[str, str]) -> bool:
        """Return whether the session behind the cookies outlives the browser."""
        return self._unsign(cookies, self._cookies.dont_remember.name) is None

    def resolve(self, cookies: Mapping[str, str], reading: Reading = WHEN_DUE) -> Resolution:
        """Find the session that the cookies name: in the cache, else by one query.

        Args:
            cookies: the request's cookies, parsed.
            reading: how to read it.

        Returns:
            The session and its user, or nobody; a stale cookie is expired, an old signature made
            anew, a cache written for what the store said. Nobody, too, where the session vanished
            while it was extended, or a database hook did not let it be extended.
        """
        unsigned = self._unsign(cookies, self._cookies.session_token.name)
        if unsigned is None:
            return _NOBODY
        if self.is_stateless or not (reading.live or reading.deferred):
            cached = self._cache.read(cookies, unsigned.value)
            if cached is not None:
                return self._resolve_cached(cached, cookies, reading, is_stale=unsigned.stale)
        return self._resolve_stored(unsigned, cookies, reading)

    def is_fresh(self, session: Session) -> bool:
        """Return whether its user proved who he is recently enough for sensitive work."""
        fresh_age = self._options.fresh_age
        return not fresh_age or self._clock() - session.created_at < fresh_age

    def _resolve_cached(
        self, cached: Cached, cookies: Mapping[str, str], reading: Reading, *, is_stale: bool
    ) -> Resolution:
        signed_in = cached.signed_in
        sent: tuple[str, ...] = ()
        if cached.is_due and reading.refresh and reading.extend:
            remember = self.is_remembered(cookies)
            sent = self.cookies_for(signed_in, remember=remember, held=cookies)
        elif is_stale:
            sent = self._sign_anew(signed_in.session, remembered=self.is_remembered(cookies))
        return Resolution(signed_in, sent, is_live=self.is_stateless)

    def _resolve_stored(
        self, unsigned: Unsigned, cookies: Mapping[str, str], reading: Reading
    ) -> Resolution:
        found = self._store.find_with_user(unsigned.value)
        if found is None:
            return Resolution(None, self.expiring_cookies(cookies))
        session, user = found
        now = self._clock()
        may_write = reading.deferred or not self._options.defer_session_refresh
        if session.expires_at < now:
            if may_write:
                self._store.delete(session.token)
            return Resolution(None, self.expiring_cookies(cookies))
        signed_in = SignedIn(session, user)
        remembered = self.is_remembered(cookies)
        anew = self._sign_anew(session, remembered=remembered) if unsigned.stale else ()
        if not remembered or not reading.refresh:
            return Resolution(signed_in, (*anew, *self._expire_bad_cache(cookies, session.token)))
        is_due = reading.extend and self._is_due(session, now)
        if is_due and may_write:
            return self._extend(signed_in, cookies)
        cached = self._cache.write(signed_in, remember=True, held=cookies)
        return Resolution(signed_in, (*anew, *cached), needs_refresh=None if may_write else is_due)

    def _expire_bad_cache(self, cookies: Mapping[str, str], token: str) -> tuple[str, ...]:
        if not self._cache.is_held(cookies) or self._cache.read(cookies, token) is not None:
            return ()
        return self._cache.expire(cookies)

    def _is_due(self, session: Session, now: datetime) -> bool:
        if self._options.disable_session_refresh:
            return False
        # Compared as durations: an update_age that means "never" would overflow as a moment.
        since_extended = now - (session.expires_at - self._options.expires_in)
        return since_extended >= self._options.update_age

    def _extend(self, signed_in: SignedIn, cookies: Mapping[str, str]) -> Resolution:
        now = self._clock()
        try:
            session = self._store.update(
                signed_in.session.token,
                {"expires_at": now + self._options.expires_in, "updated_at": now},
            )
        except APIError as exc:  # a database hook's own
            return Resolution(None, refusal=exc)
        if session is None:
            lost = APIError(error_codes.FAILED_TO_GET_SESSION)
            return Resolution(None, self.expiring_cookies(cookies), refusal=lost)
        extended = SignedIn(session, signed_in.user)
        return Resolution(extended, self.cookies_for(extended, remember=True, held=cookies))

    def _sign_anew(self, session: Session, *, remembered: bool) -> tuple[str, ...]:
        # A row of another server may outlive what a cookie can.
        left = min((session.expires_at - self._clock()).total_seconds(), MAX_COOKIE_AGE)
        return self._token_cookies(
            session, max_age=left if remembered else None, remember=remembered
        )

    def _token_cookies(
        self, session: Session, *, max_age: float | None, remember: bool
    ) -> tuple[str, ...]:
        jar = self._cookies
        token = serialize_signed(jar.session_token, session.token, self._secret, max_age=max_age)
        if remember:
            return (token,)
        mark = serialize_signed(jar.dont_remember, "true", self._secret, max_age=DEFAULT_AGE)
        return (token, mark)

    def _unsign(self, cookies: Mapping[str, str], name: str) -> Unsigned | None:
        text = cookies.get(name)
        return None if not text else unsign(text, self._secrets)
