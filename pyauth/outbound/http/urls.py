"""An address as text, taken apart once: everything after works with the parts.

Two readers that disagree about one text are how guards are passed. So the text is held to the
spelling on which all agree, and only what is rebuilt from its parts is handed on.
"""

import re
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urljoin

from pyauth.outbound.http.addresses import Address
from pyauth.outbound.http.errors import AddressRefused, UrlRefused

_URL = re.compile(r"(https?)://([^/?#]*)([^?#]*)(\?[^#]*)?(?:#.*)?", re.IGNORECASE | re.DOTALL)
_AUTHORITY = re.compile(r"(\[[^\[\]]*\]|[^:\[\]]*)(?::([0-9]{1,5}))?")
_UNWANTED = re.compile(r"[\x00-\x20\x7f-\xa0\\\ud800-\udfff]")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_MAX_URL = 16_384
_MAX_NAME = 253
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes.

    Attributes:
        scheme: ``http`` or ``https``.
        host: lower-case ASCII without a trailing dot; an IPv6 address without brackets.
        port: from 1 to 65535.
        resource: path and query; they may hold secrets.
        address: the host as an address; None for a name.
    """

    scheme: str
    host: str
    port: int
    resource: str = field(repr=False)
    address: Address | None = None

    @property
    def authority(self) -> str:
        """Host and port, as the ``Host`` header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port: all of it that a message may show."""
        return f"{self.scheme}://{self.authority}"

    @property
    def url(self) -> str:
        """The address in its one spelling."""
        return self.origin + self.resource


def parse_target(url: str) -> Target:
    """Take an address apart.

    Raises:
        UrlRefused: it is not ``http`` or ``https``, holds a user name or a character that no
            address holds, or is otherwise no address.
        AddressRefused: the host is a number that is not an IPv4 address in its usual spelling.
    """
    if len(url) > _MAX_URL:
        raise UrlRefused(f"an address has at most {_MAX_URL} characters")
    _check_characters(url)
    match = _URL.fullmatch(url)
    if match is None:
        raise UrlRefused("an address starts with http:// or https://")
    scheme, authority, path, query = match.groups()
    if "@" in authority:
        raise UrlRefused("an address with a user name or password is not asked")
    parts = _AUTHORITY.fullmatch(authority)
    if parts is None:
        raise UrlRefused("the host or the port of the address is malformed")
    scheme = scheme.lower()
    host, address = _read_host(parts[1])
    return Target(
        scheme=scheme,
        host=host,
        port=_read_port(parts[2], scheme),
        resource=f"{path or '/'}{query or ''}",
        address=address,
    )


def join_target(base: Target, location: str) -> Target:
    """Take apart where an answer leads.

    Args:
        base: whom the answer is from.
        location: its ``Location``, whole or relative.

    Raises:
        UrlRefused, AddressRefused: as :func:`parse_target`.
    """
    _check_characters(location)
    try:
        return parse_target(urljoin(base.url, location))
    except UrlRefused:
        raise
    except ValueError:
        raise UrlRefused("the address of a redirect cannot be read") from None


def _check_characters(text: str) -> None:
    if _UNWANTED.search(text):
        raise UrlRefused("an address holds no spaces, control characters or backslashes")


def _read_port(digits: str | None, scheme: str) -> int:
    if not digits:
        return _DEFAULT_PORTS[scheme]
    port = int(digits)
    if not 0 < port < 65536:
        raise UrlRefused("a port is between 1 and 65535")
    return port


def _read_host(text: str) -> tuple[str, Address | None]:
    if text.startswith("["):
        return _read_ipv6(text[1:-1])
    name = _to_ascii(text).lower().removesuffix(".")
    if _NUMBER.fullmatch(name.rpartition(".")[2]):
        return _read_ipv4(name)
    if len(name) > _MAX_NAME or not all(map(_LABEL.fullmatch, name.split("."))):
        raise UrlRefused("the host of the address is not a name")
    return name, None


def _read_ipv6(text: str) -> tuple[str, Address]:
    try:
        address = IPv6Address(text.replace("%", "?"))  # no zones: an interface is no address
    except ValueError:
        raise UrlRefused("the host of the address is not an IPv6 address") from None
    return str(address), address


def _read_ipv4(text: str) -> tuple[str, Address]:
    # Readers disagree about 127.1, 0177.0.0.1 and 2130706433, so there is one spelling.
    try:
        address = IPv4Address(text)
    except ValueError:
        raise AddressRefused("a number is no host, unless spelt like 192.0.2.1") from None
    return str(address), address


def _to_ascii(host: str) -> str:
    if host.isascii():
        return host
    import idna  # noqa: PLC0415 - most hosts are ASCII, and its tables are large

    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        raise UrlRefused("the host of the address is not a name") from None
