"""Reading what a request carries: media type, JSON, forms, queries, parameters of the path.

Every odd input has one answer, given here and never by a driver: 413 for a body beyond the limit,
415 for a wrong media type, 400 for unreadable text.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from werkzeug import Request
from werkzeug.exceptions import RequestEntityTooLarge

from pyauth import codec, error_codes
from pyauth.errors import APIError
from pyauth.http.endpoint import FORM
from pyauth.http.validation import ABSENT

MAX_FORM_FIELDS = 1000


def read_body(request: Request, media_types: Sequence[str], *, max_size: int) -> Any:
    """Return the body of a request: the JSON value, the form as a dict, or ``ABSENT``.

    Args:
        request: the request.
        media_types: the content types that are allowed.
        max_size: the longest body, in bytes.

    Raises:
        APIError: 413, 415 or 400.
    """
    data = _read_bytes(request, max_size)
    if not data:
        return ABSENT
    content_type = request.headers.get("Content-Type", "")
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type not in media_types:
        raise _unsupported(content_type, media_types)
    if media_type == FORM:
        return _read_form(data)
    try:
        return codec.loads(data)
    except codec.UnreadableText as exc:
        raise APIError(
            error_codes.BAD_REQUEST, message="The request body is not valid JSON"
        ) from exc


def read_query(request: Request) -> dict[str, Any]:
    """Return the query: one text a name, or the list of texts of a repeated one.

    Raises:
        APIError: 400 for a NUL, or for text that is not UTF-8.
    """
    raw = request.query_string
    if not raw:
        return {}
    query: dict[str, Any] = {}
    for name, value in _read_pairs(raw, "The query is not readable text"):
        if name not in query:
            query[name] = value
        elif isinstance(query[name], list):
            query[name].append(value)
        else:
            query[name] = [query[name], value]
    return query


def check_params(params: Mapping[str, str]) -> None:
    """Refuse values of a path's parameters that no store could keep.

    Raises:
        APIError: 400 for a NUL or a lone surrogate.
    """
    try:
        codec.check_value(dict(params))
    except codec.UnreadableText as exc:
        raise APIError(error_codes.BAD_REQUEST, message="The path is not readable text") from exc


def _read_bytes(request: Request, max_size: int) -> bytes:
    # A body of unknown length is cut at Werkzeug's limit; one byte more tells that there was more.
    request.max_content_length = max_size + 1
    try:
        data = request.get_data(cache=True)
    except RequestEntityTooLarge as exc:
        raise APIError(error_codes.PAYLOAD_TOO_LARGE) from exc
    except Exception as exc:
        # Servers have errors of their own for a broken stream.
        raise _incomplete() from exc
    if len(data) > max_size:
        raise APIError(error_codes.PAYLOAD_TOO_LARGE)
    if len(data) < (request.content_length or 0):
        raise _incomplete()
    return data


def _incomplete() -> APIError:
    return APIError(error_codes.BAD_REQUEST, message="The body did not arrive whole")


def _read_form(data: bytes) -> dict[str, Any]:
    pairs = _read_pairs(data, "The form is not readable text, or has too many fields")
    return {name: _FLAGS.get(value, value) for name, value in pairs}


_FLAGS: dict[str, Any] = {"true": True, "false": False}


def _read_pairs(data: bytes, complaint: str) -> list[tuple[str, str]]:
    try:
        pairs = parse_qsl(
            data.decode("utf-8"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MAX_FORM_FIELDS,
        )
        for name, value in pairs:
            codec.check_text(name)
            codec.check_text(value)
    except ValueError as exc:
        raise APIError(error_codes.BAD_REQUEST, message=complaint) from exc
    return pairs


def _unsupported(content_type: str, media_types: Sequence[str]) -> APIError:
    allowed = ", ".join(media_types)
    complaint = (
        f'Content-Type "{content_type}" is not allowed'
        if content_type
        else "Content-Type is required"
    )
    return APIError(
        error_codes.UNSUPPORTED_MEDIA_TYPE, message=f"{complaint}. Allowed types: {allowed}"
    )
