"""Where an answer leads, and what may go there.

Source: Fetch, "HTTP-redirect fetch"; RFC 9110 section 15.4. differs: to another origin only headers
known to be harmless go along, never a body, and never from https to http.
"""

from werkzeug.datastructures import Headers

from pyauth.outbound.http.errors import RedirectRefused
from pyauth.outbound.http.messages import HttpResponse, OutboundRequest
from pyauth.outbound.http.urls import join_target

MAX_REDIRECTS = 10

_STATUSES = {301, 302, 303, 307, 308}
_HARMLESS = {"accept", "accept-language", "user-agent"}
_OF_THE_BODY = {"content-type", "content-encoding", "content-language", "content-location"}


def is_redirect(response: HttpResponse) -> bool:
    """Return whether an answer sends its reader elsewhere."""
    return response.status in _STATUSES


def follow(request: OutboundRequest, response: HttpResponse) -> OutboundRequest:
    """Return the request that an answer asks for.

    Raises:
        RedirectRefused: it says not where, leads from https to http, or asks to send the body to
            another origin.
        UrlRefused, AddressRefused: what it says is no address to ask.
    """
    origin = request.target.origin
    location = response.headers.get("Location")
    if location is None:
        raise RedirectRefused("the redirect does not say where", origin=origin)
    target = join_target(request.target, _as_utf8(location))
    if request.target.scheme == "https" and target.scheme == "http":
        raise RedirectRefused("the redirect leads to an unprotected address", origin=origin)
    is_foreign = target.origin != origin
    headers = _headers_for(request.headers, _HARMLESS) if is_foreign else request.headers
    if _becomes_get(request.method, response.status):
        kept = Headers([pair for pair in headers if pair[0].lower() not in _OF_THE_BODY])
        return request.redirected(target, method="GET", headers=kept, body=None)
    if is_foreign and request.body is not None:
        raise RedirectRefused("the redirect asks for the body elsewhere", origin=origin)
    return request.redirected(target, headers=headers)


def _becomes_get(method: str, status: int) -> bool:
    if status == 303:
        return method not in {"GET", "HEAD"}
    return method == "POST" and status in {301, 302}


def _headers_for(headers: Headers, names: set[str]) -> Headers:
    return Headers([pair for pair in headers if pair[0].lower() in names])


def _as_utf8(text: str) -> str:
    # Header bytes arrive as Latin-1; addresses that are not ASCII are sent as UTF-8.
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text
