"""From what a call comes to, to the response that the server sends."""

from collections.abc import Callable
from typing import Any

from werkzeug import Response
from werkzeug.datastructures import Headers

from pyauth.errors import APIError
from pyauth.http.outcome import Outcome, Redirect

Write = Callable[[Any], str]
"""Turns a whole result into JSON text."""


def render_outcome(write: Write, outcome: Outcome) -> Response:
    """Return the response of a result, or of the error in its place."""
    if outcome.error is not None:
        return render_error(write, outcome.error)
    result = outcome.result
    if isinstance(result, Response):
        return result
    if isinstance(result, str):
        return Response(result, status=outcome.status, mimetype="text/plain")
    if isinstance(result, Redirect):
        return _render_redirect(result)
    return _render_json(write, result, outcome.status)


def render_error(write: Write, error: APIError) -> Response:
    """Return the response of an error."""
    response = _render_json(write, error.body, error.status)
    for name, value in error.headers:
        response.headers.add(name, value)
    return response


def put_headers(response: Response, headers: Headers) -> None:
    """Put the headers of a call on its response: cookies beside its own, others in their place."""
    for name in {name.lower() for name, _ in headers} - {"set-cookie"}:
        response.headers.remove(name)
    response.headers.extend(headers)


def _render_redirect(target: Redirect) -> Response:
    response = Response(status=target.status, headers={"Location": target.location})
    if target.content_type is None:
        del response.headers["Content-Type"]
    else:
        response.headers["Content-Type"] = target.content_type
    return response


def _render_json(write: Write, value: Any, status: int) -> Response:
    return Response(write(value), status=status, mimetype="application/json")
