"""Options of the sessions: how long they live, when they are extended, where they are kept."""

from collections.abc import Callable
from datetime import timedelta
from typing import Literal

from pydantic import field_validator, model_validator

from pyauth.models import Session, User
from pyauth.options.base import OptionModel
from pyauth.options.records import RecordOptions

_NO_TIME = timedelta(0)
_SECOND = timedelta(seconds=1)


class RefreshCache(OptionModel):
    """When a cache is made anew that has no store behind it."""

    update_age: timedelta | None = None
    """How long before its end; by default a fifth of its ``max_age``."""


class CookieCache(OptionModel):
    """The session in a cookie, so that reading it costs no query.

    Source: Better Auth 1.6.9, ``session.cookieCache``.
    """

    enabled: bool = False
    max_age: timedelta = timedelta(minutes=5)
    """How long the cache is believed: how late the end of a session may be noticed."""
    strategy: Literal["compact", "jwt", "jwe"] = "compact"
    """The form: signed text, a signed token, or an encrypted token that browsers cannot read."""
    refresh_cache: bool | RefreshCache = False
    """Make the cache anew before it ends; only where there is no store to read from."""
    version: str | Callable[[Session, User], str] = "1"
    """Another version makes every cache of the ones before worthless; a function receives the
    session and the user with the fields that the cache keeps."""

    @field_validator("max_age")
    @classmethod
    def _check_max_age(cls, age: timedelta) -> timedelta:
        if age < _SECOND:
            raise ValueError("must be at least a second; enabled=False turns the cache off")
        return age

    @property
    def refresh_before(self) -> timedelta | None:
        """How long before its end the cache is made anew; None for never."""
        refresh = self.refresh_cache
        if refresh is False:
            return None
        given = None if refresh is True else refresh.update_age
        return given if given is not None else timedelta(seconds=self.max_age // _SECOND // 5)


class SessionOptions(RecordOptions):
    """The sessions: how long they live and when they are extended.

    Source: Better Auth 1.6.9, ``session``.
    """

    expires_in: timedelta = timedelta(days=7)
    """How long a session lives after its last extension."""
    update_age: timedelta = timedelta(days=1)
    """How old an extension must be before the next one; 0 extends at every use."""
    disable_session_refresh: bool = False
    """Never extend."""
    defer_session_refresh: bool = False
    """Let reading write nothing: ``GET /get-session`` says ``needsRefresh``, and ``POST`` extends;
    for reading from a replica of the database."""
    fresh_age: timedelta = timedelta(days=1)
    """How long after sign-in a session counts as fresh; 0 turns the check off."""
    cookie_cache: CookieCache = CookieCache()
    store_session_in_database: bool = False
    """With a secondary storage, keep sessions in the database too, and read them there when the
    storage has lost them."""
    preserve_session_in_database: bool = False
    """With ``store_session_in_database``, let the rows of ended sessions stay as a record; what the
    storage lacks has ended then."""

    @model_validator(mode="after")
    def _check_durations(self) -> "SessionOptions":
        if self.expires_in <= _NO_TIME:
            raise ValueError("expires_in must be positive")
        if self.update_age < _NO_TIME or self.fresh_age < _NO_TIME:
            raise ValueError("update_age and fresh_age must not be negative")
        return self
