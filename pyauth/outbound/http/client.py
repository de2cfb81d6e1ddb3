"""The one client by which the server asks others: bounded in time and size, and only in public."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pyauth.outbound.http.deadline import Deadline
from pyauth.outbound.http.errors import RedirectRefused
from pyauth.outbound.http.messages import (
    Form,
    HttpResponse,
    OutboundRequest,
    Redirects,
    make_request,
)
from pyauth.outbound.http.redirects import MAX_REDIRECTS, follow, is_redirect
from pyauth.outbound.http.resolver import Resolver, find_addresses, system_resolver
from pyauth.outbound.http.urls import parse_target
from pyauth.version import __version__

if TYPE_CHECKING:
    from pyauth.outbound.http.adapter import Transport


class GuardedClient:
    """Asks other servers over HTTP, and cannot be led to where only this server may go.

    A name is looked up once, every address found is checked, and the connection goes to one of
    those: an answer that changes in between changes nothing. Redirects are refused, or checked like
    a request of their own. Proxies and credentials of the environment are not used.

    One client serves all threads of a process; connections are kept for a while, and a child made
    by ``fork`` starts without any. requests is imported with the first request.

    Args:
        allow_private_addresses: reach loopback and private addresses too: for development, and for
            a provider within one's own network. Link-local addresses and the metadata services of
            clouds stay out of reach.
        timeout: how long a request may take in all, redirects included.
        connect_timeout: how long connecting to one address may take.
        read_timeout: how long the other server may be silent.
        max_body_size: the longest body, in bytes, once decompressed.
        ca_bundle: path of a file with the certificates to trust, in place of the built-in ones.
        user_agent: how the server calls itself.
        resolver: looks names up, in place of the operating system.

    Raises:
        ValueError: a bound is not positive.

    Source: rustauth-oauth 0.2.0 ``ssrf.rs``; Better Auth 1.7.1, ``core/src/utils/host.ts`` and
    ``core/src/oauth2/reject-redirects.ts``.
    """

    def __init__(
        self,
        *,
        allow_private_addresses: bool = False,
        timeout: timedelta = timedelta(seconds=10),
        connect_timeout: timedelta = timedelta(seconds=5),
        read_timeout: timedelta = timedelta(seconds=10),
        max_body_size: int = 1024 * 1024,
        ca_bundle: str | None = None,
        user_agent: str = f"pyauth/{__version__}",
        resolver: Resolver = system_resolver,
    ) -> None:
        for bound in (timeout, connect_timeout, read_timeout):
            _check_positive(bound)
        if max_body_size < 1:
            raise ValueError("max_body_size must be at least 1")
        self._allow_private = allow_private_addresses
        self._timeout = timeout
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._max_body_size = max_body_size
        self._ca_bundle = ca_bundle
        self._user_agent = user_agent
        self._resolver = resolver
        self._transports: dict[str, Transport] = {}

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
            headers: sent beside the client's own; to another origin only ``Accept``,
                ``Accept-Language`` and ``User-Agent`` follow a redirect.
            data: the body: a form, or bytes as they are.
            json: the body as JSON, in place of ``data``.
            timeout: in place of the client's own.
            redirects: ``refuse`` where the answer is believed (tokens, keys, introspection);
                ``follow`` goes along with at most ten, each checked like the first.

        Raises:
            OutboundError: it came to nothing; its kinds say why, its text shows no more than
                the origin.
            ValueError: the method, a header or the body cannot be sent.
        """
        if redirects not in ("refuse", "follow"):
            raise ValueError('redirects must be "refuse" or "follow"')
        deadline = Deadline(_check_positive(self._timeout if timeout is None else timeout))
        target = parse_target(url)
        request = make_request(method, target, headers=headers, data=data, json=json)
        for _ in range(MAX_REDIRECTS + 1):
            response = self._send(request, deadline)
            if not is_redirect(response):
                return response
            if redirects == "refuse":
                raise RedirectRefused(
                    "it redirects, which is refused here; configure the final address",
                    origin=request.target.origin,
                )
            request = follow(request, response)
        raise RedirectRefused(f"it redirects more than {MAX_REDIRECTS} times", origin=target.origin)

    def close(self) -> None:
        """Close the connections of this process that are not in use."""
        for transport in self._transports.values():
            transport.close()

    def _send(self, request: OutboundRequest, deadline: Deadline) -> HttpResponse:
        deadline.origin = request.target.origin
        addresses = find_addresses(
            request.target,
            resolver=self._resolver,
            allow_private=self._allow_private,
            deadline=deadline,
        )
        return self._open_transport().send(request, addresses, deadline)

    def _open_transport(self) -> "Transport":
        found = self._transports.get("")
        if found is not None:
            return found
        from pyauth.outbound.http.adapter import Transport  # noqa: PLC0415 - loads requests

        made = Transport(
            user_agent=self._user_agent,
            ca_bundle=self._ca_bundle,
            connect_seconds=self._connect_timeout.total_seconds(),
            read_seconds=self._read_timeout.total_seconds(),
            max_size=self._max_body_size,
        )
        # Of threads that race here one wins; a lock would stay locked in a child made by fork.
        return self._transports.setdefault("", made)


def _check_positive(bound: timedelta) -> float:
    seconds = bound.total_seconds()
    if seconds <= 0:
        raise ValueError("a timeout must be longer than nothing")
    return seconds
