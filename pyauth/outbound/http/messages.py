"""What is asked and what comes back, as the callers of the client see it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Literal, Protocol
from urllib.parse import urlencode

from werkzeug.datastructures import Headers

from pyauth import codec
from pyauth.outbound.http.errors import UnreadableResponse
from pyauth.outbound.http.urls import Target

Form = Mapping[str, str] | Sequence[tuple[str, str]]
"""Names and values to be sent as a form."""

Redirects = Literal["refuse", "follow"]

_METHOD = re.compile(r"[A-Z]{1,20}")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_OWN_HEADERS = {"host", "content-length", "transfer-encoding", "connection", "accept-encoding"}


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """The whole answer of another server.

    Attributes:
        status: the HTTP status, of whatever class.
        headers: by any letter case.
        body: decompressed.
    """

    status: int
    headers: Headers = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The body as text, what is no UTF-8 in it replaced."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """Read the body as JSON, as strictly as a request's.

        Raises:
            UnreadableResponse: it is not JSON; the text quotes nothing of it.
        """
        try:
            return codec.loads(self.body)
        except ValueError:
            raise UnreadableResponse("the body of the answer is not JSON") from None


class HttpClient(Protocol):
    """Asks other servers: the guarded client, or whatever an app or a test puts in its place.

    Whoever replaces it owns the policy: which addresses are asked, for how long, how much is read.
    """

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        data: Form | bytes | None = None,
        json: Any = None,
        timeout: timedelta | None = None,
        redirects: Redirects = "refuse",
    ) -> HttpResponse:
        """Ask, and return the answer whatever its status.

        Args:
            method: such as ``GET``.
            url: an ``http`` or ``https`` address without a user name.
            headers: sent beside the client's own.
            data: the body: a form, or bytes as they are.
            json: the body as JSON, in place of ``data``.
            timeout: how long the whole of it may take; the client's own bound by default.
            redirects: ``refuse`` where the answer is believed (tokens, keys, introspection).

        Raises:
            OutboundError: it came to nothing.
        """


@dataclass(frozen=True, slots=True)
class OutboundRequest:
    """One request, ready to be sent.

    Attributes:
        method: in capitals.
        target: where it goes.
        headers: of the caller and of the body.
        body: the bytes to send, or None.
    """

    method: str
    target: Target
    headers: Headers = field(repr=False)
    body: bytes | None = field(default=None, repr=False)

    @property
    def is_safe(self) -> bool:
        """Whether it changes nothing, so that it may be sent again."""
        return self.method in {"GET", "HEAD", "OPTIONS"}

    def redirected(self, target: Target, **changes: Any) -> "OutboundRequest":
        """Return the request for another target."""
        return replace(self, target=target, **changes)


def make_request(
    method: str,
    target: Target,
    *,
    headers: Mapping[str, str] | None,
    data: Form | bytes | None,
    json: Any,
) -> OutboundRequest:
    """Return a request with its body written out.

    Raises:
        ValueError: the method or a header cannot be sent, a header is the client's own, or there
            are two bodies. The message shows no value.
    """
    if not _METHOD.fullmatch(method):
        raise ValueError("a method is a word in capitals, such as GET")
    if data is not None and json is not None:
        raise ValueError("a request has one body: data or json")
    sent = Headers()
    for name, value in (headers or {}).items():
        _check_header(name, value)
        sent.set(name, value)
    body, media_type = _write_body(data, json)
    if media_type is not None:
        sent.setdefault("Content-Type", media_type)
    return OutboundRequest(method, target, sent, body)


def _check_header(name: str, value: str) -> None:
    if not _HEADER_NAME.fullmatch(name):
        raise ValueError("a header has a name that cannot be sent")
    if name.lower() in _OWN_HEADERS:
        raise ValueError(f"the header {name} is the client's own")
    if not _HEADER_VALUE.fullmatch(value):
        raise ValueError(f"the header {name} has a value that cannot be sent")


def _write_body(data: Form | bytes | None, json: Any) -> tuple[bytes | None, str | None]:
    if json is not None:
        return codec.dumps(json).encode(), "application/json"
    if data is None or isinstance(data, bytes):
        return data, None
    pairs = data.items() if isinstance(data, Mapping) else data
    return urlencode(list(pairs)).encode(), "application/x-www-form-urlencoded"
