"""The errors of an endpoint as responses: by status, each code an example."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from pyauth import error_codes
from pyauth.error_codes import ErrorCode
from pyauth.http.endpoint import Endpoint
from pyauth.http.openapi.fields import JSONSchema
from pyauth.http.origin_checks import REDIRECT_ERRORS

ERROR_COMPONENT: JSONSchema = {
    "type": "object",
    "properties": {
        "code": {"type": "string", "description": "Stable; what programs decide by."},
        "message": {"type": "string", "description": "For people."},
    },
    "required": ["code", "message"],
}
"""The body of every error."""

_ALWAYS = (
    error_codes.BAD_REQUEST,  # every query is read, and every host judged
    error_codes.NOT_FOUND,
    error_codes.TOO_MANY_REQUESTS,
    error_codes.INTERNAL_SERVER_ERROR,
    error_codes.SERVICE_UNAVAILABLE,
)
_STATE_CHANGING = (
    error_codes.PAYLOAD_TOO_LARGE,
    error_codes.UNSUPPORTED_MEDIA_TYPE,
    error_codes.INVALID_ORIGIN,
    error_codes.MISSING_OR_NULL_ORIGIN,
    error_codes.CONFLICT,
)
_EXTRAS = (error_codes.FIELD_NOT_ALLOWED, error_codes.MISSING_FIELD)


def error_responses(endpoint: Endpoint[Any, Any], method: str) -> dict[str, JSONSchema]:
    """Return what may be refused: the endpoint's own codes and those of the way to it."""
    by_status: dict[int, dict[str, ErrorCode]] = {}
    for code in (*endpoint.errors, *_implied(endpoint, method)):
        by_status.setdefault(code.status, {}).setdefault(code.code, code)
    return {
        str(status): _response(status, by_status[status].values()) for status in sorted(by_status)
    }


def _implied(endpoint: Endpoint[Any, Any], method: str) -> Iterable[ErrorCode]:
    yield from _ALWAYS
    if method not in {"GET", "HEAD"}:
        yield from _STATE_CHANGING
        if endpoint.faces_strangers:
            yield error_codes.CROSS_SITE_NAVIGATION_LOGIN_BLOCKED
    if endpoint.body is not None or endpoint.query is not None:
        yield error_codes.VALIDATION_ERROR
    if endpoint.body is not None and endpoint.body.extras_of is not None:
        yield from _EXTRAS
    for shape in (endpoint.body_shape, endpoint.query_shape):
        for name in () if shape is None else shape.redirects:
            yield REDIRECT_ERRORS.get(name, error_codes.INVALID_REDIRECT_URL)


def _response(status: int, codes: Iterable[ErrorCode]) -> JSONSchema:
    examples = {
        code.code: {"value": {"code": code.code, "message": code.message}} for code in codes
    }
    schema = {"$ref": "#/components/schemas/Error"}
    return {
        "description": HTTPStatus(status).phrase,
        "content": {"application/json": {"schema": schema, "examples": examples}},
    }
