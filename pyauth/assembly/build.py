"""Building one instance: its parts in their order, checked together, once."""

from pyauth.assembly.context import build_context
from pyauth.assembly.keys import read_keys
from pyauth.assembly.limits import build_limiter, build_rules, check_limits
from pyauth.assembly.parts import Parts
from pyauth.assembly.plugins import attribute, configure, index_plugins
from pyauth.assembly.posture import check_posture
from pyauth.assembly.registry import build_registry, warn_of_idle_paths
from pyauth.assembly.schema import build_effective_schema
from pyauth.assembly.stateless import settle_cookie_cache
from pyauth.codec import make_writer
from pyauth.http.pipeline import Site
from pyauth.http.rendering import make_encoder
from pyauth.options import Options


def assemble(options: Options, parts: Parts) -> Site:
    """Build everything of one instance.

    Raises:
        ConfigurationError: the options contradict one another, or the posture forbids them.
        ConflictError: two contributors claim one thing.
    """
    plugins = index_plugins(parts.plugins)
    for plugin in plugins.values():
        options = configure(plugin, options)
    contributions = {
        plugin_id: attribute(plugin_id, plugin.contribute())
        for plugin_id, plugin in plugins.items()
    }
    options = settle_cookie_cache(options, parts)
    keys = read_keys(options)
    check_posture(options, parts, keys)
    check_limits(options, parts)
    schema = build_effective_schema(options, contributions, parts.clock)
    context = build_context(options, parts, keys, schema, plugins, contributions)
    registry = build_registry(options, schema, contributions)
    warn_of_idle_paths(registry, parts.logger)
    rules = build_rules(options, contributions, registry, parts.logger)
    limiter = build_limiter(context, rules) if context.rate_limit_enabled else None
    encode = make_encoder(schema)
    site = Site(context, registry, rules, limiter, encode, make_writer(encode))
    for plugin in plugins.values():
        plugin.start(context)
    return site
