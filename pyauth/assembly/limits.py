"""The rate limit of one instance."""

from pyauth.assembly.plugins import ByPlugin
from pyauth.context import AuthContext
from pyauth.errors import ConfigurationError
from pyauth.http.rate_limit import SPECIAL_RULES, MemoryRateLimitStore, RateLimiter, RateRule
from pyauth.options import Options
from pyauth.plugin import source_of


def is_rate_limited(options: Options) -> bool:
    """Return whether requests are counted: in production unless the options say otherwise."""
    wanted = options.rate_limit.enabled
    return options.is_production if wanted is None else wanted


def build_limiter(context: AuthContext, contributions: ByPlugin) -> RateLimiter:
    """Return the limiter with the plugins' rules ahead of the core's special ones.

    Raises:
        ConfigurationError: a rule matches no path.
    """
    settings = context.options.rate_limit
    rules = []
    for plugin_id, contribution in contributions.items():
        for rule in contribution.rate_rules:
            if not (rule.paths or rule.prefixes):
                raise ConfigurationError(
                    f"a rate rule of {source_of(plugin_id)} names no paths and no prefixes"
                )
            rules.append(rule)
    return RateLimiter(
        store=MemoryRateLimitStore(clock=context.clock),
        rules=[*rules, *SPECIAL_RULES],
        default=RateRule(max=settings.max, window=settings.window),
        unknown_address=settings.unknown_address,
        logger=context.logger,
    )
