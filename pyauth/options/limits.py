"""Options of the rate limit."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal, Protocol, TypeAlias, runtime_checkable

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from pyauth.events import RequestInfo
from pyauth.naming import to_snake
from pyauth.options.base import OptionModel
from pyauth.options.durations import Duration

MAX_DECIDED_WINDOW = timedelta(days=1)
"""The longest window that is decided while serving, by a function of ``custom_rules`` or a plugin's
``count_attempt``. Counts of a database are kept for that long, and for the longest rule."""


@runtime_checkable
class RateLimitStore(Protocol):
    """Counts requests: what ``rate_limit.custom_storage`` has to be.

    ``consume`` is called by many threads at once, before the work and outside of transactions.
    Whatever it raises is logged and answered as ``rate_limit.store_unavailable`` says.
    """

    def consume(self, key: str, *, max_requests: int, window: timedelta) -> timedelta | None:
        """Count one request against a limit in one atomic step.

        The window runs from the last admitted request; a refused request changes nothing.

        Args:
            key: who is counted for what: at most 255 characters.
            max_requests: how many are admitted per window.
            window: how long a pause ends the count.

        Returns:
            None when it is admitted; otherwise how long to wait.
        """


class RateLimitRule(OptionModel):
    """So many requests per window."""

    window: Duration
    max: int = Field(ge=1)


RateRuleFunction: TypeAlias = Callable[
    [RequestInfo, RateLimitRule], RateLimitRule | Literal[False] | None
]
"""``function(request, rule)``: receives the request and the rule that would apply; returns another
rule, False not to count the request, or None to leave it at that. A window that it makes up is at
most a day."""


def _kind_of(value: Any) -> str | None:
    if value is False:
        return "off"
    if isinstance(value, Mapping | RateLimitRule):
        return "rule"
    return "function" if callable(value) else None


CustomRule: TypeAlias = Annotated[
    Annotated[RateLimitRule, Tag("rule")]
    | Annotated[Literal[False], Tag("off")]
    | Annotated[RateRuleFunction, Tag("function")],
    Discriminator(
        _kind_of,
        custom_error_type="rate_rule",
        custom_error_message="must be a rule with window and max, False, or a function",
    ),
]
"""What applies to a path in place of its usual rule; False does not count it."""

StorageName: TypeAlias = Literal["memory", "database", "secondary-storage"]


class HybridRateLimit(OptionModel):
    """A count in this process ahead of a shared store, which a flood then does not reach."""

    enabled: bool = False
    local_multiplier: int = Field(default=2, ge=1)
    """How many times a rule's ``max`` one process lets through to the store per window."""


class RateLimit(OptionModel):
    """How many requests one client may make to one path.

    Source: Better Auth 1.6.9, ``rateLimit``; differs: counts before the work, in one step, and a
    client without a known address is refused rather than let through. ``hybrid``,
    ``memory_cleanup_interval``, ``unknown_address``: RustAuth 0.2.0.
    """

    enabled: bool | None = None
    """Unset: on in production, off in development and test."""
    window: Duration = timedelta(seconds=10)
    max: int = Field(default=100, ge=1)
    """Requests per window, client and path, where no narrower rule applies."""
    custom_rules: Mapping[str, CustomRule] = {}
    """By path below the base path: a rule, False not to count it, or a function that decides per
    request. ``*`` stands for a part of a segment, ``**`` for any segments; the first match wins."""
    storage: StorageName | None = None
    """Where the counts are kept; unset: in the secondary storage if there is one, else in the
    memory of each process."""
    custom_storage: RateLimitStore | None = None
    """A store of the app's own, in place of ``storage``."""
    model_name: str | None = None
    """The table of ``storage="database"``."""
    fields: Mapping[str, str] = {}
    """Its field names (``key``, ``count``, ``last_request``) to columns, where they differ."""
    hybrid: HybridRateLimit = HybridRateLimit()
    memory_cleanup_interval: Duration = timedelta(hours=1)
    """How often counts whose window is over leave the memory."""
    unknown_address: Literal["deny", "share", "allow"] = "deny"
    """A client whose address is unknown: refuse it, count all such together, or do not count."""
    store_unavailable: Literal["deny", "allow"] = "deny"
    """When the store fails: answer 503, or let requests through uncounted."""

    @field_validator("custom_rules")
    @classmethod
    def _check_paths(cls, rules: Mapping[str, CustomRule]) -> Mapping[str, CustomRule]:
        for path in rules:
            if path != "**" and not path.startswith("/"):
                raise ValueError(f"the path {path!r} must start with a slash, such as /sign-in/*")
            if path != "/" and path.endswith("/"):
                raise ValueError(f"the path {path!r} must not end with a slash: none is counted so")
        return rules

    @field_validator("fields")
    @classmethod
    def _read_names(cls, fields: Mapping[str, str]) -> Mapping[str, str]:
        return {to_snake(name): column for name, column in fields.items()}

    @model_validator(mode="after")
    def _check_storage(self) -> "RateLimit":
        if self.custom_storage is not None and self.storage is not None:
            raise ValueError("storage and custom_storage both say where to count; give one of them")
        if self.hybrid.enabled and self.storage == "memory":
            raise ValueError(
                "hybrid counts ahead of a shared store, but storage is 'memory'; choose "
                "'database', 'secondary-storage' or a custom_storage"
            )
        return self
