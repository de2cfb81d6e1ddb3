"""Which hosts the server may be sent to: public unicast addresses, and nothing else.

Whoever can name an address for the server to ask (an issuer, a key set, a redirect) could otherwise
reach what only the server can: itself, its neighbours, the metadata service of its cloud.

Source: RFC 6890 and the IANA registries of special-purpose addresses; Better Auth 1.7.1,
``core/src/utils/host.ts``. differs: of IPv6 only what is global unicast passes, instead of all
that no list names; addresses within addresses (NAT64, 6to4, Teredo) are refused whatever they hold.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_LOCAL: tuple[tuple[Network, str], ...] = (
    (IPv4Network("10.0.0.0/8"), "a private address"),
    (IPv4Network("100.64.0.0/10"), "an address shared by a carrier's customers"),
    (IPv4Network("127.0.0.0/8"), "a loopback address"),
    (IPv4Network("172.16.0.0/12"), "a private address"),
    (IPv4Network("192.168.0.0/16"), "a private address"),
    (IPv6Network("::1/128"), "a loopback address"),
    (IPv6Network("fc00::/7"), "a private address"),
)
"""What a developer's machine and its network use: open where private addresses are allowed."""

_NEVER: tuple[tuple[Network, str], ...] = (
    (IPv4Network("0.0.0.0/8"), "an address of no host"),
    (IPv4Network("169.254.0.0/16"), "a link-local address"),
    (IPv4Network("192.0.0.0/24"), "a reserved address"),
    (IPv4Network("192.0.2.0/24"), "an address for documentation"),
    (IPv4Network("192.88.99.0/24"), "a reserved address"),
    (IPv4Network("198.18.0.0/15"), "an address for benchmarks"),
    (IPv4Network("198.51.100.0/24"), "an address for documentation"),
    (IPv4Network("203.0.113.0/24"), "an address for documentation"),
    (IPv4Network("224.0.0.0/4"), "a multicast address"),
    (IPv4Network("240.0.0.0/4"), "a reserved address"),
    (IPv6Network("2001::/23"), "a reserved address"),
    (IPv6Network("2001:db8::/32"), "an address for documentation"),
    (IPv6Network("2002::/16"), "an address that holds another one"),
    (IPv6Network("3fff::/20"), "an address for documentation"),
    (IPv6Network("fe80::/10"), "a link-local address"),
    (IPv6Network("ff00::/8"), "a multicast address"),
)

_GLOBAL_UNICAST = IPv6Network("2000::/3")

_METADATA = frozenset(
    {
        IPv4Address("100.100.100.200"),  # Alibaba Cloud
        IPv4Address("168.63.129.16"),  # Azure, public by number, answering its own machines alone
        IPv6Address("fd00:ec2::254"),  # AWS
        IPv6Address("fd20:ce::254"),  # Google Cloud
    }
)
"""Metadata services outside of the link-local range."""

_METADATA_NAMES = frozenset(
    {
        "instance-data",
        "instance-data.ec2.internal",
        "metadata",
        "metadata.goog",
        "metadata.google.internal",
    }
)


def read_address(text: str) -> Address | None:
    """Return what a resolver answered as an address; None when it is none."""
    try:
        return ip_address(text)
    except ValueError:
        return None


def find_refusal(address: Address, *, allow_private: bool = False) -> str | None:
    """Return what speaks against an address, or None for one that may be reached.

    Args:
        address: any; one that is IPv4 within IPv6 is judged as what it stands for.
        allow_private: let loopback and private addresses pass, never those of metadata services.
    """
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return "an address of one network interface"
        address = address.ipv4_mapped or address
    if address in _METADATA:
        return "the metadata service of a cloud"
    refusal = _look_up(address, _LOCAL)
    if refusal is not None:
        return None if allow_private else refusal
    refusal = _look_up(address, _NEVER)
    if refusal is None and isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return "no global unicast address"
    return refusal


def find_name_refusal(name: str, *, allow_private: bool = False) -> str | None:
    """Return what speaks against a name before anything is looked up, or None.

    Args:
        name: lower-case, without a trailing dot.
        allow_private: let ``localhost`` pass.
    """
    if name in _METADATA_NAMES:
        return "the metadata service of a cloud"
    if not allow_private and (name == "localhost" or name.endswith(".localhost")):
        return "a loopback address"
    return None


def unwrap(address: Address) -> Address:
    """Return the IPv4 address that an IPv4-mapped one stands for; others as they are."""
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address


def _look_up(address: Address, table: tuple[tuple[Network, str], ...]) -> str | None:
    return next((reason for network, reason in table if address in network), None)
