"""What a call comes to, before it is rendered."""

from dataclasses import dataclass
from typing import Any

from pyauth.errors import APIError


@dataclass(frozen=True, slots=True)
class Redirect:
    """A result that sends the browser elsewhere; the target has been checked.

    Attributes:
        location: where it goes.
        status: the HTTP status.
        content_type: of the empty body; None for an answer without that header.
    """

    location: str
    status: int = 302
    content_type: str | None = "application/json"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A result, or the error that stands in its place."""

    result: Any = None
    error: APIError | None = None
    status: int = 200
