"""Options of the sessions: how long they live, when they are extended, where they are kept."""

from datetime import timedelta

from pydantic import model_validator

from pyauth.options.records import RecordOptions

_NO_TIME = timedelta(0)


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
    fresh_age: timedelta = timedelta(days=1)
    """How long after sign-in a session counts as fresh; 0 turns the check off."""

    @model_validator(mode="after")
    def _check_durations(self) -> "SessionOptions":
        if self.expires_in <= _NO_TIME:
            raise ValueError("expires_in must be positive")
        if self.update_age < _NO_TIME or self.fresh_age < _NO_TIME:
            raise ValueError("update_age and fresh_age must not be negative")
        return self
