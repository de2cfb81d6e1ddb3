"""Which limit applies to a path, and under which name the path is counted.

The first match of each kind, the narrowest kind first: the app's custom rules, plugins' rules, the
core's special ones, the default. What a client sends never becomes part of a count's name: a path
with parameters counts under its pattern, and paths that lead nowhere count as one, so that neither
made-up paths nor made-up parameters get a fresh count.

A rule may name a path as it is sent (``/callback/github``) or as its endpoint declares it
(``/callback/:id``, whatever the parameter is called there).
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from pyauth.events import RequestInfo
from pyauth.http.rate_limit.patterns import PathPattern
from pyauth.options.limits import (
    MAX_DECIDED_WINDOW,
    CustomRule,
    RateLimitRule,
    RateRuleFunction,
)

UNKNOWN_PATH = "*"
"""What all paths that lead nowhere are counted as."""


@dataclass(frozen=True, slots=True)
class RateRule:
    """A limit for some paths.

    Attributes:
        max: requests per window.
        window: the window.
        paths: exact paths below the base path, as they are sent or as endpoints declare them.
        prefixes: beginnings of paths.
    """

    max: int
    window: timedelta
    paths: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()

    def matches(self, path: str) -> bool:
        """Return whether the rule is about ``path``."""
        return path in self.paths or path.startswith(self.prefixes)


SPECIAL_RULES = (
    RateRule(
        max=3,
        window=timedelta(seconds=10),
        prefixes=("/sign-in", "/sign-up", "/change-password", "/change-email"),
    ),
    RateRule(
        max=3,
        window=timedelta(seconds=60),
        paths=(
            "/request-password-reset",
            "/send-verification-email",
            "/email-otp/send-verification-otp",
            "/email-otp/request-password-reset",
        ),
        prefixes=("/forget-password",),
    ),
)
"""The core's narrower limits for guessing and for sending mail (contract: routes.json)."""


@dataclass(frozen=True, slots=True)
class Limit:
    """What applies to a path.

    Attributes:
        counted_as: the name under which it is counted.
        rule: the rule; None for a path that is not counted.
        function: decides per request, from that rule.
    """

    counted_as: str
    rule: RateLimitRule | None
    function: RateRuleFunction | None = None

    def rule_for(self, request: RequestInfo | None) -> RateLimitRule | None:
        """Return the rule for one request, or None when it is not counted.

        Raises:
            TypeError: the app's function returned something else.
            ValueError: its window is longer than counts are kept for.
        """
        if self.function is None or self.rule is None or request is None:
            return self.rule
        decided = self.function(request, self.rule)
        if decided is None:
            return self.rule
        if decided is False:
            return None
        if not isinstance(decided, RateLimitRule):
            raise TypeError(
                f"the function of rate_limit.custom_rules for {self.counted_as!r} returned a "
                f"{type(decided).__name__}; it must return a RateLimitRule, False or None"
            )
        longest = max(self.rule.window, MAX_DECIDED_WINDOW)
        if decided.window > longest:
            raise ValueError(
                f"the function of rate_limit.custom_rules for {self.counted_as!r} returned a "
                f"window of {decided.window}; the longest it may return is {longest}"
            )
        return decided


class _Custom:
    """A rule of the app and the paths that it is about."""

    def __init__(self, path: str, rule: CustomRule) -> None:
        self.path = path
        self.rule = rule
        self.is_pattern = "*" in path
        self._fits_sent = _matcher(path)
        # A wildcard fits what is sent. It must not fit the mark of a parameter as if that were a
        # text of one character, unless the rule itself is about parameters.
        is_declared = not self.is_pattern or "/:" in path
        self._fits_shape = _matcher(_shape_of(path)) if is_declared else None

    def matches(self, path: str, shape: str | None) -> bool:
        if self._fits_sent(path):
            return True
        return shape is not None and self._fits_shape is not None and self._fits_shape(shape)


def _matcher(text: str) -> Callable[[str], bool]:
    return PathPattern(text).matches if "*" in text else text.__eq__


class _Contributed:
    """A rule of a plugin or of the core."""

    def __init__(self, rule: RateRule) -> None:
        self.limit = RateLimitRule(window=rule.window, max=rule.max)
        self._rule = rule
        self._shapes = replace(
            rule,
            paths=tuple(map(_shape_of, rule.paths)),
            prefixes=tuple(map(_shape_of, rule.prefixes)),
        )

    def matches(self, path: str, shape: str | None) -> bool:
        return self._rule.matches(path) or (shape is not None and self._shapes.matches(shape))


class RuleBook:
    """Finds the limit of a path; the answers for known paths are ready before the first request.

    Args:
        custom: the app's rules by path or pattern, in order.
        rules: plugins' rules, then the core's; the first match wins.
        default: the rule for every other path.
        endpoint_paths: the paths that lead somewhere, such as ``/ok`` and ``/callback/:id``.
    """

    def __init__(
        self,
        *,
        default: RateLimitRule,
        custom: Mapping[str, CustomRule] | None = None,
        rules: Sequence[RateRule] = (),
        endpoint_paths: Iterable[str] = (),
    ) -> None:
        self._default = default
        self._custom = [_Custom(path, rule) for path, rule in (custom or {}).items()]
        self._rules = [_Contributed(rule) for rule in rules]
        paths = list(endpoint_paths)
        self._patterns = [(path, path.split("/")) for path in paths if "/:" in path]
        self._static = frozenset(path for path in paths if "/:" not in path)
        named = {item.path for item in self._custom if not item.is_pattern}
        named |= {path for rule in rules for path in rule.paths}
        self._known = {path: self._resolve(path, path) for path in self._static | named}

    def find(self, path: str) -> Limit:
        """Return what applies to a path that has no slash at its end."""
        return self._known.get(path) or self._resolve(path, None)

    def _resolve(self, path: str, counted_as: str | None) -> Limit:
        declared = self._find_declared(path)
        shape = None if declared is None else _shape_of(declared)
        rule = self._find_rule(path, shape)
        custom = next((item for item in self._custom if item.matches(path, shape)), None)
        if custom is None:
            return Limit(counted_as or declared or UNKNOWN_PATH, rule)
        name = counted_as or declared or custom.path
        if custom.rule is False:
            return Limit(name, None)
        if isinstance(custom.rule, RateLimitRule):
            return Limit(name, custom.rule)
        return Limit(name, rule, custom.rule)

    def _find_rule(self, path: str, shape: str | None) -> RateLimitRule:
        fitting = (item.limit for item in self._rules if item.matches(path, shape))
        return next(fitting, self._default)

    def _find_declared(self, path: str) -> str | None:
        """Return a path as its endpoint declares it; None where it leads nowhere."""
        if path in self._static:
            return path
        segments = path.split("/")
        for name, pattern in self._patterns:
            if len(pattern) == len(segments) and all(
                part == segment or (part.startswith(":") and segment)
                for part, segment in zip(pattern, segments, strict=True)
            ):
                return name
        return None


def _shape_of(path: str) -> str:
    """Return a path with its parameters unnamed: ``/callback/:id`` as ``/callback/:``."""
    return re.sub("/:[^/]*", "/:", path)
