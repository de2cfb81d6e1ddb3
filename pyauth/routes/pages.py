"""The two routes for people and probes: the health check and the error page.

Source: Better Auth 1.6.9, ``api/routes/ok.ts`` and ``error.ts``; differs: ``/ok`` is plain text,
and the page is our own: it fetches nothing and links to nobody else.
"""

import re

from werkzeug import Response

from pyauth.http.call import Call
from pyauth.http.endpoint import endpoint
from pyauth.http.outcome import Redirect, with_query
from pyauth.options import ErrorPage
from pyauth.routes.error_page import render_error_page

_CODE = re.compile(r"['A-Za-z0-9_-]+")
UNKNOWN = "UNKNOWN"
"""The code shown where the given one is missing or holds other characters."""


@endpoint("GET", "/ok", operation_id="ok")
def ok(_call: Call) -> str:
    """Answer that the server is there."""
    return "OK"


@endpoint("GET", "/error", operation_id="error")
def error(call: Call) -> Response | Redirect:
    """Show a browser what went wrong, or send it where errors are shown."""
    code = _first(call.query.get("error"))
    code = code if _CODE.fullmatch(code) else UNKNOWN
    description = _first(call.query.get("error_description"))
    options = call.context.options
    target = options.on_api_error.error_url
    page = options.on_api_error.customize_default_error_page
    if target is None and options.is_production and page is None:
        target = "/"
    if target is not None:
        return Redirect(_with_error(target, code, description), content_type=None)
    return Response(
        render_error_page(page or ErrorPage(), code, description),
        mimetype="text/html",
        headers={
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _first(value: object) -> str:
    if isinstance(value, list):
        value = value[0]
    return value if isinstance(value, str) else ""


def _with_error(target: str, code: str, description: str) -> str:
    parameters = {"error": code}
    if description:
        parameters["error_description"] = description
    return with_query(target, parameters)
