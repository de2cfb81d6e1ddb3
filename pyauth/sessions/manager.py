"""What a session cookie means: issue a session, resolve it, extend it, end it.

Takes parsed cookies and returns the session, its user and the ``Set-Cookie`` texts to send; knows
nothing of requests. A cache of the session in a cookie, sessions in a secondary storage and
deferred extension hook in at :meth:`SessionManager.resolve`.

Source: Better Auth 1.6.9, ``api/routes/session.ts`` and ``cookies/index.ts``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pyauth import error_codes
from pyauth.clock import Clock
from pyauth.cookies import (
    DEFAULT_AGE,
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
from pyauth.stores import SessionStore

BROWSER_SESSION_LIFE = timedelta(days=1)
"""How long a session lives whose user does not want to be remembered."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session and the user it belongs to."""

    session: Session
    user: User


@dataclass(frozen=True, slots=True)
class Issued:
    """A session and the cookies that hand it to the browser."""

    session: Session
    cookies: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Resolution:
    """What the cookies of a request mean.

    Attributes:
        signed_in: the session and its user, or None.
        cookies: ``Set-Cookie`` texts that the answer should carry.
    """

    signed_in: SignedIn | None
    cookies: tuple[str, ...] = field(default=(), repr=False)


_NOBODY = Resolution(None)


class SessionManager:
    """Issues, resolves, extends and ends sessions of one configuration."""

    def __init__(
        self,
        *,
        store: SessionStore,
        cookies: AuthCookies,
        keys: SecretKeys,
        options: SessionOptions,
        clock: Clock,
    ) -> None:
        self._store = store
        self._cookies = cookies
        self._secret = keys.for_signing()
        self._secrets = keys.for_verifying()
        self._options = options
        self._clock = clock
        self._life_seconds = int(options.expires_in.total_seconds())

    def issue(
        self,
        user: User,
        *,
        remember: bool = True,
        ip_address: str | None = None,
        user_agent: str | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> Issued | None:
        """Open a session with a new token, whatever cookie came with the request.

        Args:
            user: who signed in.
            remember: False for a session that ends with the browser, and after a day.
            ip_address: the client address to keep with it.
            user_agent: the browser to keep with it.
            extra: further fields of the session.

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
        return Issued(session, self.cookies_for(session, remember=remember))

    def cookies_for(self, session: Session, *, remember: bool) -> tuple[str, ...]:
        """Return the cookies that hand a session to the browser."""
        return self._token_cookies(
            session, max_age=self._life_seconds if remember else None, remember=remember
        )

    def expiring_cookies(self) -> tuple[str, ...]:
        """Return the cookies that make a browser forget its session."""
        jar = self._cookies
        return (expire(jar.session_token), expire(jar.session_data), expire(jar.dont_remember))

    def find_token(self, cookies: Mapping[str, str]) -> str | None:
        """Return the session token that the cookies carry under a valid signature, or None."""
        unsigned = self._unsign(cookies, self._cookies.session_token.name)
        return None if unsigned is None else unsigned.value

    def is_remembered(self, cookies: Mapping[str, str]) -> bool:
        """Return whether the session behind the cookies outlives the browser."""
        return self._unsign(cookies, self._cookies.dont_remember.name) is None

    def resolve(self, cookies: Mapping[str, str], *, refresh: bool = True) -> Resolution:
        """Find the session that the cookies name, by one query, and extend it when it is due.

        Args:
            cookies: the request's cookies, parsed.
            refresh: False to read without extending.

        Returns:
            The session and its user, or nobody; a stale cookie is expired, an old signature made
            anew.

        Raises:
            APIError: 401 ``FAILED_TO_GET_SESSION`` when the session vanished while it was extended;
                the error carries the expiring cookies.
        """
        unsigned = self._unsign(cookies, self._cookies.session_token.name)
        if unsigned is None:
            return _NOBODY
        found = self._store.find_with_user(unsigned.value)
        if found is None:
            return Resolution(None, self.expiring_cookies())
        session, user = found
        now = self._clock()
        if session.expires_at < now:
            self._store.delete(session.token)
            return Resolution(None, self.expiring_cookies())
        signed_in = SignedIn(session, user)
        remembered = self.is_remembered(cookies)
        if refresh and remembered and self._is_due(session, now):
            return self._extend(signed_in)
        if unsigned.stale:
            return Resolution(signed_in, self._sign_anew(session, remembered=remembered))
        return Resolution(signed_in)

    def is_fresh(self, session: Session) -> bool:
        """Return whether its user proved who he is recently enough for sensitive work."""
        fresh_age = self._options.fresh_age
        return not fresh_age or self._clock() - session.created_at < fresh_age

    def _is_due(self, session: Session, now: datetime) -> bool:
        if self._options.disable_session_refresh:
            return False
        extended_at = session.expires_at - self._options.expires_in
        return extended_at + self._options.update_age <= now

    def _extend(self, signed_in: SignedIn) -> Resolution:
        now = self._clock()
        session = self._store.update(
            signed_in.session.token,
            {"expires_at": now + self._options.expires_in, "updated_at": now},
        )
        if session is None:
            headers = [("Set-Cookie", cookie) for cookie in self.expiring_cookies()]
            raise APIError(error_codes.FAILED_TO_GET_SESSION, headers=headers)
        return Resolution(
            SignedIn(session, signed_in.user), self.cookies_for(session, remember=True)
        )

    def _sign_anew(self, session: Session, *, remembered: bool) -> tuple[str, ...]:
        left = (session.expires_at - self._clock()).total_seconds()
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
