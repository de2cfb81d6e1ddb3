"""Where a request may come from, and where it may lead; checked for every endpoint.

Source: Better Auth 1.6.9, ``api/middlewares/origin-check.ts``, with the stricter answers of later
releases: an ``Origin`` is checked on sign-in routes even without cookies, and a redirect target
that is no text is a 400.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pyauth import error_codes
from pyauth.error_codes import ErrorCode
from pyauth.errors import APIError
from pyauth.http.call import Call
from pyauth.http.inputs import Input, Shape
from pyauth.http.origins import holds_control, is_trusted_origin, is_trusted_target

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

REDIRECT_ERRORS: Mapping[str, ErrorCode] = {
    "callback_url": error_codes.INVALID_CALLBACK_URL,
    "redirect_to": error_codes.INVALID_REDIRECT_URL,
    "error_callback_url": error_codes.INVALID_ERROR_CALLBACK_URL,
    "new_user_callback_url": error_codes.INVALID_NEW_USER_CALLBACK_URL,
}
"""The redirect-target fields, and what each answers when its target is not trusted."""


def check_origin(call: Call) -> None:
    """Refuse a state-changing request that another site sent.

    Raises:
        APIError: 403 ``MISSING_OR_NULL_ORIGIN``, ``INVALID_ORIGIN`` or
            ``CROSS_SITE_NAVIGATION_LOGIN_BLOCKED``.
    """
    endpoint = call.endpoint
    if call.method in _SAFE_METHODS or endpoint is None or endpoint.bypass_origin_security:
        return
    advanced = call.context.options.advanced
    if advanced.disable_csrf_check or (
        advanced.disable_csrf_check is None and advanced.disable_origin_check
    ):
        return
    headers = call.headers
    if "Cookie" in headers:
        _require_trusted_origin(call)
    elif endpoint.faces_strangers:
        _check_first_contact(call)


def check_redirect_fields(call: Call) -> None:
    """Refuse a raw body or query that would redirect to an untrusted place.

    Raises:
        APIError: 403 with the field's own code, or 400 for a target that is no text.
    """
    endpoint = call.endpoint
    if call.method in _SAFE_METHODS or endpoint is None or endpoint.bypass_origin_security:
        return
    body = call.body if isinstance(call.body, dict) else {}
    for name in REDIRECT_ERRORS:
        _check_target(call, name, body.get(name))
    _check_target(call, "callback_url", call.query.get("callback_url"))


def check_redirect_inputs(call: Call, shape: Shape, values: Input) -> None:
    """Refuse validated input whose declared redirect targets are not trusted.

    Raises:
        APIError: 403 with the field's own code.
    """
    for name in shape.redirects:
        _check_target(call, name, getattr(values, name))


def _check_first_contact(call: Call) -> None:
    headers = call.headers
    site = headers.get("Sec-Fetch-Site", "").strip()
    mode = headers.get("Sec-Fetch-Mode", "").strip()
    if site == "cross-site" and mode == "navigate":
        raise APIError(error_codes.CROSS_SITE_NAVIGATION_LOGIN_BLOCKED)
    from_browser = site or mode or headers.get("Sec-Fetch-Dest", "").strip()
    if from_browser or headers.get("Origin") or headers.get("Referer"):
        _require_trusted_origin(call)


def _require_trusted_origin(call: Call) -> None:
    origin = call.headers.get("Origin") or call.headers.get("Referer") or ""
    if not origin or origin == "null":
        raise APIError(error_codes.MISSING_OR_NULL_ORIGIN)
    if not is_trusted_origin(origin, _trusted_patterns(call)):
        call.context.logger.warning(
            "refused the origin %.200r; add it to trusted_origins if it is yours", origin
        )
        raise APIError(error_codes.INVALID_ORIGIN)


def _trusted_patterns(call: Call) -> Iterator[str]:
    yield from call.static_origins
    # The app's functions may be slow: they are asked about what nothing else trusts.
    yield from call.trusted_origins


def _check_target(call: Call, name: str, target: Any) -> None:
    unchecked = call.context.options.advanced.disable_origin_check
    if unchecked and not (isinstance(target, str) and holds_control(target)):
        return
    # Nothing, an empty text, 0 and false name no target; the input model judges them.
    if not target and not isinstance(target, list | dict):
        return
    error = REDIRECT_ERRORS.get(name, error_codes.INVALID_REDIRECT_URL)
    if not isinstance(target, str):
        message = f"{error.message}: expected a string"
        raise APIError(error_codes.BAD_REQUEST, message=message)
    if unchecked or not is_trusted_target(target, _trusted_patterns(call)):
        call.context.logger.warning("refused to redirect to %.200r (%s)", target, name)
        raise APIError(error)
