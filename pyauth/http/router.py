"""From method and path to an endpoint: one look-up, and a pattern for the few with parameters."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pyauth.errors import ConflictError
from pyauth.http.endpoint import Endpoint


@dataclass(frozen=True, slots=True)
class Match:
    """An endpoint and the values of its path's parameters."""

    endpoint: Endpoint[Any, Any]
    params: Mapping[str, str]


class Router:
    """Finds endpoints.

    Raises:
        ConflictError: two endpoints have one method and path.
    """

    def __init__(self, endpoints: Iterable[Endpoint[Any, Any]]) -> None:
        self._static: dict[tuple[str, str], Match] = {}
        self._patterns: dict[str, list[tuple[tuple[str, ...], Endpoint[Any, Any]]]] = {}
        taken: dict[tuple[str, str], Endpoint[Any, Any]] = {}
        for endpoint in endpoints:
            if endpoint.path is None:
                continue
            for method in endpoint.methods:
                self._add(method, endpoint.path, endpoint, taken)
        self._static_paths = frozenset(path for _, path in self._static)

    def find(self, method: str, path: str) -> Match | None:
        """Return the endpoint of a method and a path below the base path, or None."""
        match = self._static.get((method, path))
        if match is not None:
            return match
        segments = tuple(path.split("/"))
        for pattern, endpoint in self._patterns.get(method, ()):
            params = _match_segments(pattern, segments)
            if params is not None:
                return Match(endpoint, params)
        return None

    def declared_path(self, method: str, path: str) -> str:
        """Return a path as its endpoint declares it, so that it holds no value of a parameter."""
        found = self.find(method, path.rstrip("/") or "/")
        return path if found is None else found.endpoint.path or path

    def knows(self, path: str) -> bool:
        """Return whether any method reaches a path."""
        if path in self._static_paths:
            return True
        segments = tuple(path.split("/"))
        return any(
            _match_segments(pattern, segments) is not None
            for patterns in self._patterns.values()
            for pattern, _ in patterns
        )

    def _add(
        self,
        method: str,
        path: str,
        endpoint: Endpoint[Any, Any],
        taken: dict[tuple[str, str], Endpoint[Any, Any]],
    ) -> None:
        pattern = tuple(path.split("/"))
        key = (method, "/".join(":" if part.startswith(":") else part for part in pattern))
        if key in taken:
            raise ConflictError(
                f"endpoint {method} {path}", first=taken[key].source, second=endpoint.source
            )
        taken[key] = endpoint
        if ":" in key[1]:
            self._patterns.setdefault(method, []).append((pattern, endpoint))
        else:
            self._static[(method, path)] = Match(endpoint, {})


def _match_segments(pattern: tuple[str, ...], segments: tuple[str, ...]) -> dict[str, str] | None:
    if len(pattern) != len(segments):
        return None
    params: dict[str, str] = {}
    for part, segment in zip(pattern, segments, strict=True):
        if part.startswith(":") and segment:
            params[part[1:]] = segment
        elif part != segment:
            return None
    return params
