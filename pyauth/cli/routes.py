"""``routes``: what answers where, what runs around it, and who contributed each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click

from pyauth.auth import PyAuth
from pyauth.cli.failures import failures_shown
from pyauth.cli.output import is_terminal, print_json, print_table
from pyauth.cli.target import FindTarget
from pyauth.http.hooks import AfterHook, BeforeHook, PathMiddleware
from pyauth.http.rate_limit import Limit
from pyauth.http.registry import Operation

_HEADING = ("METHODS", "PATH", "NAME", "FROM")
_DETAILS = ("RATE LIMIT", "MIDDLEWARES", "BEFORE", "GUARDS", "AFTER")


@dataclass(frozen=True, slots=True)
class _Route:
    """One endpoint as it is shown."""

    methods: tuple[str, ...]
    path: str
    name: str
    source: str
    disabled: bool
    limit: Limit
    operation: Operation


def make_routes_command(find_target: FindTarget) -> click.Command:
    """Return the command."""

    @click.command("routes", short_help="List the routes and who contributes them.")
    @click.option(
        "-v", "--verbose", is_flag=True, help="Show the rate limit and what runs around each too."
    )
    @click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON.")
    @failures_shown()
    def routes(*, verbose: bool, as_json: bool) -> None:
        """List every route with its methods, the name it has in `auth.api`, and its contributor.

        What runs around a route is shown in the order in which it runs: path middlewares, hooks
        before, guards, hooks after.
        """
        auth = find_target().open_schema(database=False)
        found = sorted(_routes_of(auth), key=lambda route: (route.path, route.methods))
        if as_json:
            print_json(_as_data(auth, found))
        elif verbose:
            _print_details(auth, found)
        else:
            print_table(_HEADING, [_cells(route) for route in found])

    return routes


def _routes_of(auth: PyAuth) -> Iterable[_Route]:
    site = auth.site
    disabled = site.registry.contributed.disabled_paths
    for name, operation in site.registry.operations.items():
        endpoint = operation.endpoint
        if endpoint.path is not None:
            yield _Route(
                methods=endpoint.methods,
                path=f"{auth.base_path}{endpoint.path}",
                name=name,
                source=endpoint.source,
                disabled=endpoint.path in disabled,
                limit=site.rules.find(endpoint.path),
                operation=operation,
            )


def _cells(route: _Route) -> tuple[str, ...]:
    source = f"{route.source} (disabled)" if route.disabled else route.source
    return (",".join(route.methods), route.path, route.name, source)


def _print_details(auth: PyAuth, routes: Sequence[_Route]) -> None:
    if not is_terminal():
        print_table((), [(*_cells(route), *_details(route).values()) for route in routes])
        return
    for route in routes:
        methods, path, name, source = _cells(route)
        click.echo(click.style(f"{methods} {path}", bold=True) + f"  {name}, from {source}")
        for label, text in _details(route).items():
            if text:
                click.echo(f"    {label.lower():12} {text}")
    if auth.site.limiter is None:
        click.echo(f"Requests are not counted in the mode {auth.context.options.mode}.")


def _details(route: _Route) -> Mapping[str, str]:
    operation = route.operation
    texts = (
        _describe_limit(route.limit),
        _describe_hooks(operation.middlewares),
        _describe_hooks(operation.before),
        ", ".join(_name_of(guard) for guard in operation.endpoint.guards),
        _describe_hooks(operation.after),
    )
    return dict(zip(_DETAILS, texts, strict=True))


def _describe_limit(limit: Limit) -> str:
    if limit.rule is None:
        return "not counted"
    text = f"{limit.rule.max} in {limit.rule.window.total_seconds():g} s"
    return text if limit.function is None else f"{text}, unless {_name_of(limit.function)} decides"


def _describe_hooks(hooks: Iterable[BeforeHook | AfterHook | PathMiddleware]) -> str:
    return ", ".join(f"{_name_of(hook.handler)} ({hook.source})" for hook in hooks)


def _as_data(auth: PyAuth, routes: Sequence[_Route]) -> dict[str, Any]:
    contributed = auth.site.registry.contributed
    return {
        "base_path": auth.base_path,
        "rate_limited": auth.site.limiter is not None,
        "on_request": [_name_of(handler) for handler in contributed.on_request],
        "routes": [_route_as_data(route) for route in routes],
        "on_response": [_name_of(handler) for handler in contributed.on_response],
    }


def _route_as_data(route: _Route) -> dict[str, Any]:
    operation, rule = route.operation, route.limit.rule
    limit = None
    if rule is not None:
        limit = {
            "max": rule.max,
            "window_seconds": rule.window.total_seconds(),
            "decided_by": route.limit.function and _name_of(route.limit.function),
        }
    return {
        "methods": list(route.methods),
        "path": route.path,
        "name": route.name,
        "source": route.source,
        "disabled": route.disabled,
        "rate_limit": limit,
        "middlewares": _hooks_as_data(operation.middlewares),
        "before": _hooks_as_data(operation.before),
        "guards": [_name_of(guard) for guard in operation.endpoint.guards],
        "after": _hooks_as_data(operation.after),
    }


def _hooks_as_data(
    hooks: Iterable[BeforeHook | AfterHook | PathMiddleware],
) -> list[dict[str, str]]:
    return [{"handler": _name_of(hook.handler), "source": hook.source} for hook in hooks]


def _name_of(function: Any) -> str:
    """Return where a function is defined, as ``module.name``."""
    found = function if hasattr(function, "__qualname__") else type(function)
    return f"{found.__module__}.{found.__qualname__}"
