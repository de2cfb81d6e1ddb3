"""What a call comes to, before it is rendered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from pyauth.errors import APIError


@dataclass(frozen=True, slots=True)
class Redirect:
    """A result that sends the browser elsewhere; the target has been checked.

    Attributes:
        location: where it goes; it may carry a token, and is not shown.
        status: the HTTP status.
        content_type: of the empty body; None for an answer without that header.
    """

    location: str = field(repr=False)
    status: int = 302
    content_type: str | None = "application/json"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A result, or the error that stands in its place."""

    result: Any = None
    error: APIError | None = None
    status: int = 200

    @property
    def answered_status(self) -> int:
        """The status that the answer has: the error's, where there is one."""
        return self.status if self.error is None else self.error.status


def with_query(url: str, parameters: Mapping[str, str]) -> str:
    """Return an address with parameters added to its query, whether it has one or not."""
    if not parameters:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode(parameters)}"
