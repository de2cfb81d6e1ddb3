"""The two routes for people and probes: the health check and the error page.

Source: Better Auth 1.6.9, ``api/routes/ok.ts`` and ``error.ts``; differs: ``/ok`` is plain text,
and the page is our own.
"""

import re

from markupsafe import escape
from werkzeug import Response

from pyauth.http.call import Call
from pyauth.http.endpoint import endpoint
from pyauth.http.outcome import Redirect, with_query
from pyauth.options import ErrorPage

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
        _render(page or ErrorPage(), code, description),
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


def _render(page: ErrorPage, code: str, description: str) -> str:
    message = description or page.message or _DEFAULT_MESSAGE
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(page.title)}</title>
<style>
body {{ margin: 0; min-height: 100vh; display: grid; place-items: center;
  background: {page.background}; color: {page.foreground}; font-family: {page.font_family}; }}
main {{ max-width: 30rem; padding: 2rem 1.5rem; }}
h1 {{ margin: 0 0 .75rem; font-size: 1.6rem; }}
p {{ line-height: 1.5; }}
code {{ display: inline-block; padding: .2rem .5rem; border-radius: .3rem; color: {page.accent};
  border: 1px solid {page.accent}; overflow-wrap: anywhere; }}
a {{ color: {page.muted}; }}
</style>
</head>
<body>
<main>
<h1>{escape(page.heading)}</h1>
<p><code>{escape(code)}</code></p>
<p>{escape(message)}</p>
<p><a href="{escape(page.home_url)}">Back to the site</a></p>
</main>
</body>
</html>
"""


_DEFAULT_MESSAGE = "The request could not be completed. Go back and try again."
