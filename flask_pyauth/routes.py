"""The routes of an instance: everything below its base path."""

from collections.abc import Callable

from flask import Flask, Request, Response, current_app, request
from werkzeug.routing import BaseConverter
from werkzeug.wrappers import Response as AnyResponse

from flask_pyauth.config import DEFAULT_NAME
from flask_pyauth.installation import get_installation
from flask_pyauth.request_state import open_state
from pyauth import ConfigurationError, PyAuth
from pyauth.http.pipeline import path_below

_CONVERTER = "pyauth_path"
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

View = Callable[..., AnyResponse]


class AnyPath(BaseConverter):
    """Whatever follows: empty, with doubled slashes, with line breaks. pyauth answers them all."""

    regex = r"[\s\S]*"
    part_isolating = False
    weight = 300


def endpoint_name(name: str) -> str:
    """Return the Flask endpoint of an instance's routes, for ``url_for(endpoint, path="ok")``."""
    return "pyauth" if name == DEFAULT_NAME else f"pyauth_{name}"


def add_routes(app: Flask, name: str, auth: PyAuth) -> View:
    """Serve an instance below its base path; an app's own routes there come first.

    Returns:
        The view.

    Raises:
        ConfigurationError: the app already has an endpoint of that name.
    """
    endpoint = endpoint_name(name)
    if endpoint in app.view_functions:
        raise ConfigurationError(
            f"the app {app.name!r} already has an endpoint {endpoint!r}; rename one of the two"
        )
    view = _make_view(name)
    app.url_map.converters.setdefault(_CONVERTER, AnyPath)
    for path in (auth.base_path, f"{auth.base_path}/<{_CONVERTER}:path>"):
        if path:
            # Without methods, so that pyauth answers those that Flask does not know, too.
            rule = app.url_rule_class(path, endpoint=endpoint, methods=None, merge_slashes=False)
            app.url_map.add(rule)
    app.view_functions[endpoint] = view
    return view


def _make_view(name: str) -> View:
    def answer(path: str = "") -> AnyResponse:  # noqa: ARG001 - pyauth reads it off the request
        auth = get_installation(name).auth
        current: Request = request._get_current_object()  # type: ignore[attr-defined]
        if current.method == "OPTIONS":
            return _answer_options(auth)
        response = auth.handle(current)
        state = open_state(name, auth)
        state.learn_cookies(response.headers)
        state.forget()
        return response

    return answer


def _answer_options(auth: PyAuth) -> Response:
    """Answer as Flask answers OPTIONS itself; extensions for CORS add what browsers ask for."""
    path = path_below(auth.base_path, request.path) or ""
    response = current_app.response_class()
    response.allow.update(
        [
            "OPTIONS",
            *(method for method in _METHODS if auth.site.registry.router.find(method, path)),
        ]
    )
    return response
