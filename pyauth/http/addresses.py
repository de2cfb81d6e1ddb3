"""Client addresses: whose request it is, one spelling each, and groups for the rate limit.

Source: Better Auth 1.6.21, ``core/src/utils/ip.ts``; differs: the peer's address decides whether a
header counts at all.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TypeAlias

from werkzeug.datastructures import Headers

from pyauth.options import IPAddressOptions

IPAddress: TypeAlias = IPv4Address | IPv6Address

_DEFAULT_HEADERS = ("x-forwarded-for",)
_LONGEST_ENTRY = 100
_IPV4_AND_PORT = re.compile(r"([0-9.]+):[0-9]{1,5}")
_BRACKETED = re.compile(r"\[([^\[\]]+)\](?::[0-9]{1,5})?")


def find_client_address(
    peer: str | None, headers: Headers, options: IPAddressOptions
) -> str | None:
    """Return the address of the client that sent a request, in its one spelling.

    It is the peer's, unless that is a trusted proxy. Then the first configured header that the
    request has is read from its right end: each trusted proxy wrote whom it got the request from,
    so the first address that is not trusted is the client, and what stands left of it may be
    anything. A chain that breaks off, with an entry that is no address or with nothing but proxies,
    names no client.

    Args:
        peer: the address that the server saw, ``REMOTE_ADDR``.
        headers: of the request.
        options: which proxies are trusted, and which headers they write.

    Returns:
        None where the client is unknown.
    """
    if not options.trusted_proxies:
        return normalize_address(peer)
    address = _read_peer(peer)
    if _is_trusted(address, options):
        for name in options.ip_address_headers or _DEFAULT_HEADERS:
            chain = ",".join(headers.getlist(name))
            if chain.strip(", \t"):
                address = _walk(chain, _READERS.get(name, _read_entry), options)
                break
    return None if address is None else str(address)


@lru_cache(maxsize=1024)
def normalize_address(text: str | None) -> str | None:
    """Return an address in its one spelling, IPv4-mapped IPv6 as IPv4; None when it is none.

    Brackets, a port and a zone are left out.
    """
    address = _read_entry(text or "")
    return None if address is None else str(address)


@lru_cache(maxsize=1024)
def group_address(text: str, *, ipv6_subnet: int) -> str:
    """Return the text under which requests from an address are counted.

    Args:
        text: a normalised address.
        ipv6_subnet: prefix length by which IPv6 addresses count as one.
    """
    address = _read_entry(text)
    if not isinstance(address, IPv6Address):
        return text
    network = IPv6Network((int(address), ipv6_subnet), strict=False)
    return network.network_address.exploded


def _walk(
    chain: str, read: Callable[[str], IPAddress | None], options: IPAddressOptions
) -> IPAddress | None:
    for entry in _split_from_right(chain):
        if not entry:
            continue
        address = read(entry)
        if address is None or not _is_trusted(address, options):
            return address
    return None


def _is_trusted(address: IPAddress | None, options: IPAddressOptions) -> bool:
    if address is None:
        return "unix" in options.trusted_proxies
    return any(
        network != "unix" and network.version == address.version and address in network
        for network in options.trusted_proxies
    )


def _split_from_right(chain: str) -> Iterator[str]:
    """Yield the entries of a list, the last one first; a comma within quotes separates nothing.

    From the right, because only there stands what a proxy wrote: an open quote that a client sent
    must not swallow that.
    """
    end, quoted = len(chain), False
    for position in range(len(chain) - 1, -1, -1):
        character = chain[position]
        if character == '"':
            quoted = not quoted
        elif character == "," and not quoted:
            yield chain[position + 1 : end].strip(" \t")
            end = position
    yield chain[:end].strip(" \t")


@lru_cache(maxsize=1024)
def _read_peer(text: str | None) -> IPAddress | None:
    return _read_entry(text or "")


def _read_entry(text: str) -> IPAddress | None:
    """Return the address of one entry, which may have brackets, a port and a zone."""
    if len(text) > _LONGEST_ENTRY:
        return None
    bracketed = _BRACKETED.fullmatch(text)
    with_port = _IPV4_AND_PORT.fullmatch(text)
    if bracketed is not None:
        return _parse(bracketed.group(1)) if ":" in bracketed.group(1) else None
    return _parse(text if with_port is None else with_port.group(1))


def _parse(text: str) -> IPAddress | None:
    plain, separator, zone = text.partition("%")
    try:
        address = ip_address(plain)
    except ValueError:
        return None
    if isinstance(address, IPv4Address):
        return None if separator else address
    if separator and not zone:
        return None
    return address if address.ipv4_mapped is None else address.ipv4_mapped


def _read_forwarded(element: str) -> IPAddress | None:
    """Return the address of one element of ``Forwarded``, such as ``for="[2001:db8::1]:4711"``.

    Source: RFC 7239, sections 4 and 6; ``unknown`` and obfuscated names are no addresses, and what
    is escaped or said twice names nobody.
    """
    if "\\" in element:
        return None
    values = []
    for pair in element.split(";"):
        name, separator, value = pair.partition("=")
        if separator and name.strip(" \t").lower() == "for":
            values.append(value.strip(" \t"))
    if len(values) != 1:
        return None
    (value,) = values
    if value.startswith('"') and value.endswith('"') and len(value) > 1:
        value = value[1:-1]
    return _read_entry(value)


_READERS: dict[str, Callable[[str], IPAddress | None]] = {"forwarded": _read_forwarded}
