"""The rate limit of one instance: where it counts, and by which rules."""

import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Literal

from pyauth.assembly.parts import Parts
from pyauth.assembly.plugins import ByPlugin, flatten
from pyauth.clock import Clock
from pyauth.context import AuthContext
from pyauth.db.adapter import Adapter
from pyauth.db.schema import ModelSchema, Renaming
from pyauth.errors import ConfigurationError
from pyauth.http.rate_limit import (
    SPECIAL_RULES,
    DatabaseRateLimitStore,
    GuardedRateLimitStore,
    HybridRateLimitStore,
    MemoryRateLimitStore,
    RateLimiter,
    RateLimitStore,
    RateRule,
    RuleBook,
    SecondaryRateLimitStore,
    rate_limit_model,
)
from pyauth.http.registry import Registry
from pyauth.options import Options, RateLimitRule
from pyauth.options.limits import MAX_DECIDED_WINDOW
from pyauth.plugin import source_of
from pyauth.storage import MemoryStorage, SecondaryStorage

Place = Literal["custom", "memory", "database", "secondary-storage"]


def is_rate_limited(options: Options) -> bool:
    """Return whether requests are counted: in production unless the options say otherwise."""
    if options.advanced.ip_address.disable_ip_tracking:
        return False
    wanted = options.rate_limit.enabled
    return options.is_production if wanted is None else wanted


def check_limits(options: Options, parts: Parts) -> None:
    """Refuse a rate limit that has nothing to count in.

    Raises:
        ConfigurationError: the storage that the options name is not there.
    """
    storage = options.rate_limit.storage
    place = find_place(options, parts.secondary_storage)
    problems = []
    if storage == "secondary-storage" and parts.secondary_storage is None:
        problems.append(
            "rate_limit.storage is 'secondary-storage', but there is none; set secondary_storage"
        )
    if storage == "database" and parts.database is None:
        problems.append("rate_limit.storage is 'database', but there is none; set database")
    if options.rate_limit.hybrid.enabled and place == "memory":
        problems.append(
            "rate_limit.hybrid counts ahead of a shared store, but there is none; set "
            "rate_limit.storage to 'database', secondary_storage, or rate_limit.custom_storage"
        )
    if problems:
        raise ConfigurationError(problems)


def find_place(options: Options, secondary_storage: SecondaryStorage | None) -> Place:
    """Return where the counts are kept."""
    settings = options.rate_limit
    if settings.custom_storage is not None:
        return "custom"
    if settings.storage is not None:
        return settings.storage
    return "memory" if secondary_storage is None else "secondary-storage"


def limit_models(options: Options, clock: Clock) -> list[ModelSchema]:
    """Return the model of the counts where the database keeps them, else none."""
    return [rate_limit_model(clock)] if options.rate_limit.storage == "database" else []


def limit_renamings(options: Options) -> dict[str, Renaming]:
    """Return the physical names that the options give to the counts."""
    settings = options.rate_limit
    return {"rate_limit": Renaming(settings.model_name, settings.fields)}


def build_store(
    options: Options, parts: Parts, adapter: Adapter, contributions: ByPlugin
) -> RateLimitStore:
    """Return what counts; its failures are answered as the options say."""
    settings = options.rate_limit
    store = _shared_store(options, parts, adapter, contributions)
    local = MemoryRateLimitStore(
        clock=parts.clock, cleanup_interval=settings.memory_cleanup_interval
    )
    chosen: RateLimitStore = local if store is None else store
    if store is not None and settings.hybrid.enabled:
        chosen = HybridRateLimitStore(
            local=local, shared=store, multiplier=settings.hybrid.local_multiplier
        )
    return GuardedRateLimitStore(
        chosen, on_failure=settings.store_unavailable, clock=parts.clock, logger=parts.logger
    )


def _shared_store(
    options: Options, parts: Parts, adapter: Adapter, contributions: ByPlugin
) -> RateLimitStore | None:
    settings = options.rate_limit
    if settings.custom_storage is not None:
        return settings.custom_storage
    place = find_place(options, parts.secondary_storage)
    if place == "database":
        return DatabaseRateLimitStore(
            adapter,
            clock=parts.clock,
            logger=parts.logger,
            longest_window=_longest_window(options, contributions),
        )
    if place == "secondary-storage" and parts.secondary_storage is not None:
        return SecondaryRateLimitStore(parts.secondary_storage)
    return None


def _longest_window(options: Options, contributions: ByPlugin) -> timedelta:
    """Return the longest window that any process of this configuration may count by."""
    settings = options.rate_limit
    rules: list[RateRule] = flatten(item.rate_rules for item in contributions.values())
    windows = [rule.window for rule in (*rules, *SPECIAL_RULES)]
    custom = settings.custom_rules.values()
    windows += [rule.window for rule in custom if isinstance(rule, RateLimitRule)]
    return max(MAX_DECIDED_WINDOW, settings.window, *windows)


def build_rules(
    options: Options, contributions: ByPlugin, registry: Registry, logger: logging.Logger
) -> RuleBook:
    """Return which limit applies to which path: plugins' rules ahead of the core's special ones.

    Raises:
        ConfigurationError: a rule matches no path, or admits nothing.
    """
    settings = options.rate_limit
    for path in settings.custom_rules:
        if "*" not in path and not registry.router.knows(path):
            logger.warning("rate_limit.custom_rules: %r leads to no endpoint", path)
    endpoints = (operation.endpoint for operation in registry.operations.values())
    return RuleBook(
        default=RateLimitRule(window=settings.window, max=settings.max),
        custom=settings.custom_rules,
        rules=[*_plugin_rules(contributions), *SPECIAL_RULES],
        endpoint_paths=[item.path for item in endpoints if item.path is not None],
    )


def build_limiter(context: AuthContext, rules: RuleBook) -> RateLimiter:
    """Return what counts requests by the rules."""
    return RateLimiter(
        store=context.rate_limit_store,
        rules=rules,
        logger=context.logger,
        ipv6_subnet=context.options.advanced.ip_address.ipv6_subnet,
        unknown_address=context.options.rate_limit.unknown_address,
        is_shared=_is_shared(context),
    )


def _is_shared(context: AuthContext) -> bool:
    """Return whether several processes have one count."""
    storage = context.secondary_storage
    place = find_place(context.options, storage)
    in_memory = place == "secondary-storage" and isinstance(storage, MemoryStorage)
    return place != "memory" and not in_memory


def _plugin_rules(contributions: ByPlugin) -> Iterable[RateRule]:
    for plugin_id, contribution in contributions.items():
        for rule in contribution.rate_rules:
            what = f"a rate rule of {source_of(plugin_id)}"
            if not (rule.paths or rule.prefixes):
                raise ConfigurationError(f"{what} names no paths and no prefixes")
            if rule.max < 1 or rule.window < timedelta(milliseconds=1):
                raise ConfigurationError(f"{what} admits nothing: max and window must be positive")
            yield rule
