"""The two routes for people and probes: the health check and the error page.

Source: Better Auth 1.6.9, ``api/routes/ok.ts`` and ``error.ts``; differs: ``/ok`` is plain text,
and the page is our own: it fetches nothing and links to nobody else.
"""

import re
from typing import Annotated

from pydantic import BeforeValidator, Field
from werkzeug import Response

from pyauth.http.call import Call
from pyauth.http.endpoint import endpoint
from pyauth.http.inputs import Query
from pyauth.http.outcome import Redirect, with_query
from pyauth.options import ErrorPage
from pyauth.routes.error_page import render_error_page

_CODE = re.compile(r"['A-Za-z0-9_-]+")
UNKNOWN = "UNKNOWN"
"""The code shown where the given one is missing or holds other characters."""


def _first_text(value: object) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    return value if isinstance(value, str) else ""


LenientText = Annotated[str, BeforeValidator(_first_text)]
"""A text of a query that refuses nothing: the first of several, and an empty one for none."""


class ErrorQuery(Query):
    """What went wrong, as redirects tell it."""

    error: LenientText = ""
    error_description: Annotated[LenientText, Field(alias="error_description")] = ""


@endpoint("GET", "/ok", operation_id="ok")
def ok(_call: Call) -> str:
    """Answer that the server is there."""
    return "OK"


@endpoint(
    "GET",
    "/error",
    query=ErrorQuery,
    operation_id="error",
    openapi={"responses": {"200": {"content": {"text/html": {"schema": {"type": "string"}}}}}},
)
def error(call: Call, query: ErrorQuery) -> Response | Redirect:
    """Show a browser what went wrong, or send it where errors are shown."""
    code = query.error if _CODE.fullmatch(query.error) else UNKNOWN
    description = query.error_description
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


def _with_error(target: str, code: str, description: str) -> str:
    parameters = {"error": code}
    if description:
        parameters["error_description"] = description
    return with_query(target, parameters)
