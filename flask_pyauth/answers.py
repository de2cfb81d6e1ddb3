"""Answers of the extension's own: errors as JSON, redirects to pages that ask people to sign in."""

from typing import Any

from flask import Flask, Response, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from pyauth import codec
from pyauth.errors import APIError
from pyauth.http.origins import is_safe_path
from pyauth.http.outcome import with_query

_HTML, _JSON = "text/html", "application/json"
_PAGE_METHODS = frozenset({"GET", "HEAD"})


def answer_error(error: APIError) -> Response:
    """Return the JSON answer of an error, as pyauth's own routes give it."""
    text = codec.dumps(error.body)
    response = current_app.response_class(text, error.status, mimetype=_JSON)
    for name, value in error.headers:
        response.headers.add(name, value)
    return response


def register_error_answer(app: Flask) -> None:
    """Answer an ``APIError`` that a view does not catch as JSON, unless the app does so itself."""
    if APIError not in app.error_handler_spec[None][None]:
        app.register_error_handler(APIError, answer_error)


def prefers_json() -> bool:
    """Return whether the client asks for JSON rather than for a page."""
    return request.accept_mimetypes.best_match([_HTML, _JSON], default=_HTML) == _JSON


def redirect_to_page(view: str) -> AnyResponse:
    """Send a browser to a page that leads back here afterwards.

    Args:
        view: an endpoint's name, or an address that starts with a slash or a scheme. It receives
            the path of this request as ``next``, where that is a page and safe to return to.
    """
    target = _path_of_request()
    query: dict[str, Any] = {} if target is None else {"next": target}
    if not view.startswith("/") and "://" not in view:
        return redirect(url_for(view, **query))
    return redirect(with_query(view, query))


def next_path(default: str = "/") -> str:
    """Return where a sign-in page should lead: the ``next`` of the query or form, if it is safe.

    Args:
        default: where to go without one. A ``next`` that is no plain path on this site counts as
            none: whoever made the link could otherwise lead people anywhere.
    """
    target = request.values.get("next", "")
    return target if is_safe_path(target) else default


def _path_of_request() -> str | None:
    if request.method not in _PAGE_METHODS:
        return None
    query = request.query_string.decode("ascii", "replace")
    path = f"{request.script_root}{request.path}"
    target = f"{path}?{query}" if query else path
    return target if is_safe_path(target) else None
