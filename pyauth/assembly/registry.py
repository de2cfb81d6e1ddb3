"""What can run: endpoints, hooks and middlewares of the core, the app and the plugins."""

import logging
from collections.abc import Iterator

from pyauth.assembly.plugins import ByPlugin, flatten
from pyauth.db.fields import SchemaField
from pyauth.db.schema import Schema
from pyauth.errors import ConfigurationError
from pyauth.http.hooks import AfterHook, BeforeHook
from pyauth.http.registry import Contributed, Operation, Registry
from pyauth.options import Options
from pyauth.routes import CORE_ENDPOINTS


def build_registry(options: Options, schema: Schema, contributions: ByPlugin) -> Registry:
    """Return the endpoints with the hooks and middlewares that apply to each.

    Raises:
        ConfigurationError: an additional field bears the name of something else in the body of an
            endpoint that takes such fields.
        ConflictError: two contributors claim one endpoint.
    """
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
    registry = Registry(endpoints, contributed, schema)
    problems = [
        f"field {item.name!r} of model {model!r} ({item.source}) bears the name of something else "
        f"in the body of endpoint {operation.endpoint.name!r}, so that no client could send it "
        "there; rename the field"
        for operation in registry.operations.values()
        for model, item in _hidden_fields(operation, schema)
    ]
    if problems:
        raise ConfigurationError(problems)
    return registry


def _hidden_fields(operation: Operation, schema: Schema) -> Iterator[tuple[str, SchemaField]]:
    """Yield the additional fields that the body's own attributes hide, over HTTP or in process."""
    body, shape = operation.endpoint.body, operation.endpoint.body_shape
    if body is None or shape is None or body.extras_of is None:
        return
    names_by_wire = operation.body_names.names_by_wire
    for item in schema.model(body.extras_of).additional:
        is_own = item.name in shape.wire_by_name or item.wire_name in shape.names_by_wire
        if is_own or names_by_wire[item.wire_name] != item.name:
            yield body.extras_of, item


def warn_of_idle_paths(registry: Registry, logger: logging.Logger) -> None:
    """Log each disabled path that no endpoint has: it may be a misspelt one."""
    for path in sorted(registry.contributed.disabled_paths):
        if not registry.router.knows(path):
            logger.warning("disabled path %r leads to no endpoint", path)
