"""What can go wrong when the server asks another one.

::

    OutboundError              the request came to nothing
    ├── UrlRefused             the text is no address that this client asks
    ├── AddressRefused         the host leads where no request may go
    ├── ConnectionFailed       the name, the connection or the certificate
    ├── OutboundTimeout        a bound on time was reached
    ├── RedirectRefused        the answer leads elsewhere, and that is not followed
    ├── ResponseTooLarge       the body is longer than allowed
    └── UnreadableResponse     the answer is no HTTP, or not what it says it is

A message names the origin at most: paths, queries, headers and bodies may hold secrets. For the
same reason none of these errors has a cause that would print them.
"""

from pyauth.errors import PyAuthError


class OutboundError(PyAuthError):
    """A request to another server came to nothing.

    Args:
        what: what happened, without anything that was sent or received.
        origin: whom was asked, such as ``https://accounts.example``; None where it is not known.
    """

    def __init__(self, what: str, *, origin: str | None = None) -> None:
        self.origin = origin
        super().__init__(f"{origin}: {what}" if origin else what)


class UrlRefused(OutboundError, ValueError):
    """The text is not an ``http`` or ``https`` address, or is spelt so that readers disagree."""


class AddressRefused(OutboundError):
    """The host leads to an address that is not on the public internet."""


class ConnectionFailed(OutboundError):
    """The name could not be resolved, or no connection was to be had, or its certificate is bad."""


class OutboundTimeout(OutboundError):
    """The other server took longer than it may."""


class RedirectRefused(OutboundError):
    """The answer is a redirect that must not be followed."""


class ResponseTooLarge(OutboundError):
    """The body is longer than allowed, as sent or once decompressed."""


class UnreadableResponse(OutboundError):
    """The answer breaks off, is no HTTP, or cannot be read as what it claims to be."""
