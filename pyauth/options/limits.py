"""Options of the rate limit."""

from datetime import timedelta
from typing import Literal

from pydantic import Field, field_validator

from pyauth.options.base import OptionModel


class RateLimit(OptionModel):
    """How many requests one client may make to one path.

    Source: Better Auth 1.6.9, ``rateLimit``; differs: counts before the work, in one step, and a
    client without a known address is refused rather than let through.
    """

    enabled: bool | None = None
    """Unset: on in production, off in development and test."""
    window: timedelta = timedelta(seconds=10)
    max: int = Field(default=100, ge=1)
    """Requests per window, client and path, where no narrower rule applies."""
    unknown_address: Literal["deny", "share", "allow"] = "deny"
    """A client whose address is unknown: refuse it, count all such together, or do not count."""

    @field_validator("window")
    @classmethod
    def _check_window(cls, window: timedelta) -> timedelta:
        if window <= timedelta(0):
            raise ValueError("window must be positive")
        return window
