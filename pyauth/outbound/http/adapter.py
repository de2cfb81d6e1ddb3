"""The requests transport: like any other, except that it can reach checked addresses only.

Only :mod:`pyauth.outbound.http.client` loads this module, when the first request is sent: requests
takes a while to import, and many a server asks nobody.
"""

import http.client
import ssl
from collections.abc import Mapping
from typing import Any

import urllib3
from requests import PreparedRequest, RequestException, Response
from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidURL
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from werkzeug.datastructures import Headers

from pyauth.outbound.http.connections import IdleConnections, Peer, PinnedConnection
from pyauth.outbound.http.deadline import Deadline
from pyauth.outbound.http.errors import (
    ConnectionFailed,
    OutboundError,
    OutboundTimeout,
    ResponseTooLarge,
    UnreadableResponse,
    UrlRefused,
)
from pyauth.outbound.http.messages import HttpResponse, OutboundRequest
from pyauth.outbound.per_process import PerProcess

_CHUNK = 16_384
_ENCODINGS = {"", "identity", "gzip", "deflate"}


class PinnedAdapter(HTTPAdapter):
    """Sends one request over one connection, and reaches nothing else.

    Args:
        connection: to a checked address.
    """

    def __init__(self, connection: PinnedConnection) -> None:
        super().__init__()
        self._connection = connection

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make no pool: the connection is given."""

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        """Return what sends the request, whatever address it names."""
        return self

    def cert_verify(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing: the connection knows whose certificate it wants."""

    def urlopen(
        self, *, method: str, url: str, body: Any, headers: Mapping[str, str], **_: Any
    ) -> urllib3.HTTPResponse:
        """Send the request and read the head of the answer."""
        self._connection.request(method, url, body, dict(headers))
        head = self._connection.getresponse()
        return urllib3.HTTPResponse(
            body=head,
            headers=urllib3.HTTPHeaderDict(head.getheaders()),
            status=head.status,
            reason=head.reason,
            preload_content=False,
            original_response=head,
            request_method=method,
        )


class Transport:
    """Sends requests to addresses that were checked; safe in threads and after a fork.

    Args:
        user_agent: how the server calls itself.
        ca_bundle: path of the certificates to trust in place of the built-in ones.
        connect_seconds, read_seconds: how long connecting, and each wait for data, may take.
        max_size: the longest body, in bytes, once decompressed.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        ca_bundle: str | None,
        connect_seconds: float,
        read_seconds: float,
        max_size: int,
    ) -> None:
        self._user_agent = user_agent
        self._tls = ssl.create_default_context(cafile=ca_bundle or DEFAULT_CA_BUNDLE_PATH)
        self._connect_seconds = connect_seconds
        self._read_seconds = read_seconds
        self._max_size = max_size
        self._idle = PerProcess(IdleConnections)

    def send(
        self, request: OutboundRequest, addresses: tuple[str, ...], deadline: Deadline
    ) -> HttpResponse:
        """Send a request to the first of its addresses that can be connected to.

        Raises:
            OutboundError: it came to nothing.
        """
        peers = tuple(Peer.at(request.target, address) for address in addresses)
        # A waiting connection may be closed at any moment by the other side. Only a request that
        # may be sent twice takes that chance.
        waiting = self._idle.get().take(peers) if request.is_safe else None
        if waiting is not None:
            try:
                return self._exchange(request, waiting, deadline)
            except ConnectionFailed:
                deadline.check()
        return self._exchange(request, self._connect(request, peers, deadline), deadline)

    def close(self) -> None:
        """Close the connections of this process that are not in use."""
        self._idle.get().close()

    def _connect(
        self, request: OutboundRequest, peers: tuple[Peer, ...], deadline: Deadline
    ) -> PinnedConnection:
        origin = request.target.origin
        failure: OutboundError = ConnectionFailed("the name has no address", origin=origin)
        for peer in peers:
            connection = PinnedConnection(
                peer,
                self._tls,
                connect_seconds=self._connect_seconds,
                read_seconds=self._read_seconds,
            )
            connection.deadline = deadline
            try:
                connection.connect()
            except OSError as exc:
                failure = _explain(exc, origin)
                deadline.check()
            else:
                return connection
        raise failure

    def _exchange(
        self, request: OutboundRequest, connection: PinnedConnection, deadline: Deadline
    ) -> HttpResponse:
        connection.deadline = deadline
        is_reusable = False
        try:
            response = PinnedAdapter(connection).send(self._prepare(request), stream=True)
            body = _read_body(response, self._max_size, request)
            is_reusable = connection.is_reusable
            return HttpResponse(response.status_code, Headers(response.raw.headers.items()), body)
        except _FAILURES as exc:
            raise _explain(exc, request.target.origin) from None
        finally:
            if is_reusable:
                self._idle.get().put(connection)
            else:
                connection.close()

    def _prepare(self, request: OutboundRequest) -> PreparedRequest:
        headers = Headers({"User-Agent": self._user_agent, "Accept": "*/*"})
        headers.update(request.headers)
        headers.update({"Host": request.target.authority, "Accept-Encoding": "gzip, deflate"})
        prepared = PreparedRequest()
        prepared.prepare(
            method=request.method,
            url=request.target.url,
            headers=dict(headers),
            data=request.body,
        )
        return prepared


def _read_body(response: Response, max_size: int, request: OutboundRequest) -> bytes:
    origin = request.target.origin
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in _ENCODINGS:
        raise UnreadableResponse("the body is compressed in a way not asked for", origin=origin)
    length = response.headers.get("Content-Length", "")
    is_announced = request.method != "HEAD" and length.isdecimal() and int(length[:20]) > max_size
    body = bytearray()
    for chunk in () if is_announced else response.iter_content(_CHUNK):
        body += chunk
        if len(body) > max_size:
            break
    if is_announced or len(body) > max_size:
        raise ResponseTooLarge(f"the body is longer than {max_size} bytes", origin=origin)
    return bytes(body)


_FAILURES = (
    OSError,  # requests' own errors are of this kind too
    http.client.HTTPException,
    urllib3.exceptions.HTTPError,
)


def _explain(exc: BaseException, origin: str) -> OutboundError:
    """Say what happened in our words: those of the libraries may quote what was sent."""
    while isinstance(exc, RequestException | urllib3.exceptions.HTTPError):
        inner = exc.__cause__ or exc.__context__
        if inner is None:
            break
        exc = inner
    if isinstance(exc, InvalidURL):
        return UrlRefused("the host of the address is not a name", origin=origin)
    if isinstance(exc, TimeoutError):
        return OutboundTimeout("it did not answer in time", origin=origin)
    if isinstance(exc, ssl.SSLCertVerificationError):
        reason = f"its certificate is not accepted: {exc.verify_message}"
        return ConnectionFailed(reason, origin=origin)
    if isinstance(exc, ssl.SSLError):
        return ConnectionFailed("it speaks no TLS that is accepted", origin=origin)
    if isinstance(exc, OSError) and not isinstance(exc, RequestException):
        return ConnectionFailed(exc.strerror or "it closed the connection", origin=origin)
    return UnreadableResponse("the answer breaks off, or is no HTTP", origin=origin)
