"""Which limit applies to a path, and under which name the path is counted.

The first match of each kind, the narrowest kind first: the app's custom rules, plugins' rules, the
core's special ones, the default. What a client sends never becomes part of a count's name: a path
with parameters counts under its pattern, and paths that lead nowhere count as one, so that neither
made-up paths nor made-up parameters get a fresh count.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from pyauth.events import RequestInfo
from pyauth.http.rate_limit.patterns import PathPattern
from pyauth.options.limits import CustomRule, RateLimitRule, RateRuleFunction

UNKNOWN_PATH = "*"
"""What all paths that lead nowhere are counted as."""


@dataclass(frozen=True, slots=True)
class RateRule:
    """A limit for some paths.

    Attributes:
        max: requests per window.
        window: the window.
        paths: exact paths below the base path.
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
        return decided


@dataclass(frozen=True, slots=True)
class _Custom:
    path: str
    rule: CustomRule
    pattern: PathPattern | None

    def matches(self, path: str) -> bool:
        return path == self.path if self.pattern is None else self.pattern.matches(path)


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
        self._custom = [
            _Custom(path, rule, PathPattern(path) if "*" in path else None)
            for path, rule in (custom or {}).items()
        ]
        self._rules = [(rule, RateLimitRule(window=rule.window, max=rule.max)) for rule in rules]
        paths = list(endpoint_paths)
        self._patterns = [(path, path.split("/")) for path in paths if "/:" in path]
        named = {path for path in paths if "/:" not in path}
        named |= {item.path for item in self._custom if item.pattern is None}
        named |= {path for rule in rules for path in rule.paths}
        self._known = {path: self._resolve(path, path) for path in named}

    def find(self, path: str) -> Limit:
        """Return what applies to a path that has no slash at its end."""
        return self._known.get(path) or self._resolve(path, None)

    def _resolve(self, path: str, counted_as: str | None) -> Limit:
        rule = self._find_rule(path)
        custom = next((item for item in self._custom if item.matches(path)), None)
        if custom is None:
            return Limit(counted_as or self._name(path), rule)
        name = counted_as or custom.path
        if custom.rule is False:
            return Limit(name, None)
        if isinstance(custom.rule, RateLimitRule):
            return Limit(name, custom.rule)
        return Limit(name, rule, custom.rule)

    def _find_rule(self, path: str) -> RateLimitRule:
        return next((limit for rule, limit in self._rules if rule.matches(path)), self._default)

    def _name(self, path: str) -> str:
        segments = path.split("/")
        for name, pattern in self._patterns:
            if len(pattern) == len(segments) and all(
                part == segment or (part.startswith(":") and segment)
                for part, segment in zip(pattern, segments, strict=True)
            ):
                return name
        return UNKNOWN_PATH
