"""Client addresses: one spelling each, and groups for the rate limit.

Source: Better Auth 1.6.9, ``core/src/utils/ip.ts``.
"""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address


@lru_cache(maxsize=1024)
def normalize_address(text: str | None) -> str | None:
    """Return an address in its one spelling, IPv4-mapped IPv6 as IPv4; None when it is none."""
    address = _parse(text)
    return None if address is None else str(address)


@lru_cache(maxsize=1024)
def group_address(text: str, *, ipv6_subnet: int) -> str:
    """Return the text under which requests from an address are counted.

    Args:
        text: a normalised address.
        ipv6_subnet: prefix length by which IPv6 addresses count as one.
    """
    address = _parse(text)
    if not isinstance(address, IPv6Address):
        return text
    network = IPv6Network((int(address), ipv6_subnet), strict=False)
    return network.network_address.exploded


def _parse(text: str | None) -> IPv4Address | IPv6Address | None:
    if not text:
        return None
    try:
        address = ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
