"""Paths against patterns with ``*`` and ``**``."""

import re
from collections.abc import Sequence
from fnmatch import translate

DEEP = "**"
"""A segment that stands for any number of segments, none included."""

Segment = str | re.Pattern[str] | None
"""One segment of a pattern: a text, a pattern of one, or None for :data:`DEEP`."""


class PathPattern:
    """A pattern of paths: ``*`` and ``?`` stay within a segment, ``**`` crosses them.

    ``/sign-in/*`` is about ``/sign-in/email``; ``/sign-in/**`` also about ``/sign-in`` itself and
    everything below it.

    Source: Better Auth 1.6.9, ``utils/wildcard.ts``; differs: there ``/sign-in/**`` also takes
    ``/sign-information``.
    """

    def __init__(self, text: str) -> None:
        self._segments = tuple(_read_segment(part) for part in text.split("/") if part)

    def matches(self, path: str) -> bool:
        """Return whether the pattern is about ``path``, in time that grows with both lengths."""
        segments = [part for part in path.split("/") if part]
        pattern = self._segments
        at, wanted = 0, 0
        retry_at, retry_wanted = -1, -1
        while at < len(segments):
            if wanted < len(pattern) and pattern[wanted] is None:
                retry_at, retry_wanted = at, wanted
                wanted += 1
            elif wanted < len(pattern) and _fits(pattern[wanted], segments[at]):
                at, wanted = at + 1, wanted + 1
            elif retry_wanted >= 0:
                # The last ** takes one segment more.
                retry_at += 1
                at, wanted = retry_at, retry_wanted + 1
            else:
                return False
        return _only_deep(pattern[wanted:])


def _read_segment(text: str) -> Segment:
    if text == DEEP:
        return None
    if "*" not in text and "?" not in text:
        return text
    return re.compile(translate(text.replace("[", "[[]")))


def _fits(pattern: Segment, segment: str) -> bool:
    if isinstance(pattern, str):
        return pattern == segment
    return pattern is not None and pattern.match(segment) is not None


def _only_deep(pattern: Sequence[Segment]) -> bool:
    return all(part is None for part in pattern)
