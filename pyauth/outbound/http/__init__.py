"""Asking other servers over HTTP: one client that cannot be led astray."""

from pyauth.outbound.http.client import GuardedClient
from pyauth.outbound.http.errors import (
    AddressRefused,
    ConnectionFailed,
    OutboundError,
    OutboundTimeout,
    RedirectRefused,
    ResponseTooLarge,
    UnreadableResponse,
    UrlRefused,
)
from pyauth.outbound.http.messages import Form, HttpClient, HttpResponse, Redirects
from pyauth.outbound.http.resolver import Resolver

__all__ = [
    "AddressRefused",
    "ConnectionFailed",
    "Form",
    "GuardedClient",
    "HttpClient",
    "HttpResponse",
    "OutboundError",
    "OutboundTimeout",
    "RedirectRefused",
    "Redirects",
    "Resolver",
    "ResponseTooLarge",
    "UnreadableResponse",
    "UrlRefused",
]
