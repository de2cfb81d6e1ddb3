"""Hooks, path middlewares and request handlers: what may run around endpoints, as data."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from werkzeug import Request, Response

from pyauth.context import AuthContext
from pyauth.http.call import Call

BeforeHandler = Callable[[Call], Any]
"""May edit the call's body, query and cookies; a result other than None is the answer."""

AfterHandler = Callable[[Call], Any]
"""Sees ``call.outcome``; a result other than None, or an error raised, takes its place."""

OnRequest = Callable[[Request, AuthContext], Request | Response | None]
"""May replace the request, or answer it; an answer leaves at once."""

OnResponse = Callable[[Response, AuthContext], Response | None]
"""May replace the response; the first replacement wins."""


@dataclass(frozen=True, slots=True)
class BeforeHook:
    """Runs before the named endpoints, on the raw body.

    Attributes:
        handler: what runs.
        endpoints: names of endpoints; empty for all.
        when: a test of the call, for the rare hook that names are not enough for.
        source: who contributes it.
    """

    handler: BeforeHandler
    endpoints: frozenset[str] = frozenset()
    when: Callable[[Call], bool] | None = None
    source: str = "app"


@dataclass(frozen=True, slots=True)
class AfterHook:
    """Runs after the named endpoints, on their outcome; attributes as :class:`BeforeHook`."""

    handler: AfterHandler
    endpoints: frozenset[str] = frozenset()
    when: Callable[[Call], bool] | None = None
    source: str = "app"


@dataclass(frozen=True, slots=True)
class PathMiddleware:
    """Runs as a guard, after the origin check, for paths that start with ``prefix``.

    It may raise an ``APIError``; no hook sees that error.
    """

    handler: Callable[[Call], None]
    prefix: str = "/"
    source: str = "app"

    def matches(self, path: str) -> bool:
        """Return whether ``path`` is the prefix or lies below it."""
        prefix = self.prefix.rstrip("/")
        return not prefix or path == prefix or path.startswith(f"{prefix}/")
