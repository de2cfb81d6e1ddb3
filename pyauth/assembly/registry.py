"""What can run: endpoints, hooks and middlewares of the core, the app and the plugins."""

import logging

from pyauth.assembly.plugins import ByPlugin, flatten
from pyauth.db.schema import Schema
from pyauth.http.hooks import AfterHook, BeforeHook
from pyauth.http.registry import Contributed, Registry
from pyauth.options import Options
from pyauth.routes import CORE_ENDPOINTS


def build_registry(options: Options, schema: Schema, contributions: ByPlugin) -> Registry:
    """Return the endpoints with the hooks and middlewares that apply to each."""
    all_of = contributions.values()
    endpoints = [*CORE_ENDPOINTS, *flatten(item.endpoints for item in all_of)]
    hooks = options.hooks
    app_before = [BeforeHook(hooks.before)] if hooks.before else []
    app_after = [AfterHook(hooks.after)] if hooks.after else []
    disabled = [
        f"/{path.strip('/')}"
        for path in (*options.disabled_paths, *flatten(item.disabled_paths for item in all_of))
    ]
    contributed = Contributed(
        before=[*app_before, *flatten(item.before for item in all_of)],
        after=[*app_after, *flatten(item.after for item in all_of)],
        middlewares=flatten(item.middlewares for item in all_of),
        on_request=flatten(item.on_request for item in all_of),
        on_response=flatten(item.on_response for item in all_of),
        disabled_paths=frozenset(disabled),
        openapi=[item.openapi for item in contributions.values() if item.openapi],
    )
    return Registry(endpoints, contributed, schema)


def warn_of_idle_paths(registry: Registry, logger: logging.Logger) -> None:
    """Log each disabled path that no endpoint has: it may be a misspelt one."""
    for path in sorted(registry.contributed.disabled_paths):
        if not registry.router.knows(path):
            logger.warning("disabled path %r leads to no endpoint", path)
