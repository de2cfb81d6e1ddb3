"""Everything that can run, resolved once: endpoints, their hooks, their middlewares.

Nothing here is decided per request: which hooks apply to which endpoint is a look-up.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pyauth.db.schema import Schema
from pyauth.errors import ConfigurationError, ConflictError
from pyauth.http.endpoint import Endpoint
from pyauth.http.hooks import AfterHook, BeforeHook, OnRequest, OnResponse, PathMiddleware
from pyauth.http.inputs import Input, Shape
from pyauth.http.origin_checks import REDIRECT_ERRORS
from pyauth.http.router import Router
from pyauth.naming import to_camel

AnyEndpoint = Endpoint[Any, Any]


@dataclass(frozen=True, slots=True)
class WireNames:
    """How the raw keys of one input are read: wire name to Python name, and what is not one."""

    names_by_wire: Mapping[str, str]
    not_on_the_wire: frozenset[str]

    def to_python(self, value: Any) -> Any:
        """Return a raw object under Python names; keys that are no wire names of theirs go."""
        if not isinstance(value, dict):
            return value
        names = self.names_by_wire
        return {
            names.get(key, key): item
            for key, item in value.items()
            if key in names or key not in self.not_on_the_wire
        }


@dataclass(frozen=True, slots=True)
class Operation:
    """An endpoint with everything that runs around it, in order."""

    endpoint: AnyEndpoint
    before: tuple[BeforeHook, ...]
    after: tuple[AfterHook, ...]
    middlewares: tuple[PathMiddleware, ...]
    body_names: WireNames
    query_names: WireNames


@dataclass(frozen=True, slots=True)
class Contributed:
    """What runs around endpoints, in order: the app's first, then plugins' in list order."""

    before: Sequence[BeforeHook] = ()
    after: Sequence[AfterHook] = ()
    middlewares: Sequence[PathMiddleware] = ()
    on_request: Sequence[OnRequest] = ()
    on_response: Sequence[OnResponse] = ()
    disabled_paths: frozenset[str] = field(default_factory=frozenset)
    openapi: Sequence[Mapping[str, Any]] = ()


class Registry:
    """The resolved operations of one instance.

    Args:
        endpoints: the core's, then the plugins', in order.
        contributed: what runs around them.
        schema: knows the wire names of additional fields.

    Raises:
        ConflictError: two endpoints claim one name, or one method and path, and the later one
            does not declare that it replaces the core's.
        ConfigurationError: a hook names an endpoint that does not exist.
    """

    def __init__(
        self, endpoints: Iterable[AnyEndpoint], contributed: Contributed, schema: Schema
    ) -> None:
        chosen = _resolve_names(endpoints)
        self.contributed = contributed
        self.router = Router(chosen.values())
        _check_hooks([*contributed.before, *contributed.after], chosen)
        self.operations = {
            name: _operate(endpoint, contributed, schema) for name, endpoint in chosen.items()
        }

    def find(self, name: str) -> Operation | None:
        """Return an operation by the name of its endpoint, or None."""
        return self.operations.get(name)


def _resolve_names(endpoints: Iterable[AnyEndpoint]) -> dict[str, AnyEndpoint]:
    chosen: dict[str, AnyEndpoint] = {}
    for endpoint in endpoints:
        earlier = chosen.get(endpoint.name)
        if earlier is not None and not (endpoint.replaces and earlier.source == "core"):
            raise ConflictError(
                f"endpoint {endpoint.name!r}",
                first=earlier.source,
                second=endpoint.source,
                cure="use one of them; a plugin that takes a core endpoint's place declares it",
            )
        chosen[endpoint.name] = endpoint
    return chosen


def _check_hooks(
    hooks: Iterable[BeforeHook | AfterHook], endpoints: Mapping[str, AnyEndpoint]
) -> None:
    problems = [
        f"a hook of {hook.source} names the endpoint {name!r}, which does not exist"
        for hook in hooks
        for name in sorted(hook.endpoints - set(endpoints))
    ]
    if problems:
        raise ConfigurationError(problems)


def _operate(endpoint: AnyEndpoint, contributed: Contributed, schema: Schema) -> Operation:
    name, path = endpoint.name, endpoint.path or ""
    return Operation(
        endpoint=endpoint,
        before=tuple(hook for hook in contributed.before if _applies(hook, name)),
        after=tuple(hook for hook in contributed.after if _applies(hook, name)),
        middlewares=tuple(item for item in contributed.middlewares if item.matches(path)),
        body_names=_wire_names(endpoint.body, endpoint.body_shape, schema),
        query_names=_wire_names(endpoint.query, endpoint.query_shape, schema),
    )


def _applies(hook: BeforeHook | AfterHook, name: str) -> bool:
    return not hook.endpoints or name in hook.endpoints


def _wire_names(model: type[Input] | None, shape: Shape | None, schema: Schema) -> WireNames:
    names = {to_camel(name): name for name in REDIRECT_ERRORS}
    if shape is not None:
        names.update(shape.names_by_wire)
    if model is not None and model.extras_of is not None:
        for item in schema.model(model.extras_of).additional:
            names.setdefault(item.wire_name, item.name)
    return WireNames(names, frozenset(names.values()) - frozenset(names))
