from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import Headers

from pyauth.http.addresses import find_client_address, group_address, normalize_address
from pyauth.options import IPAddressOptions

PROXY = "10.0.0.5"
CLIENT = "198.51.100.10"


def options(*proxies: str, headers: tuple[str, ...] = (), **given: Any) -> IPAddressOptions:
    return IPAddressOptions.model_validate(
        {"trusted_proxies": list(proxies), "ip_address_headers": list(headers), **given}
    )


BEHIND = options("10.0.0.0/8")


def find(
    chain: str | None, *, peer: str | None = PROXY, given: IPAddressOptions = BEHIND
) -> str | None:
    headers = Headers() if chain is None else Headers([("X-Forwarded-For", chain)])
    return find_client_address(peer, headers, given)


# Spellings and groups -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"),
        ("2001:db8::0:1", "2001:db8::1"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("::FFFF:CB00:7107", "203.0.113.7"),
        ("0:0:0:0:0:ffff:cb00:7107", "203.0.113.7"),
        ("0:0:0:0:0:ffff:203.0.113.7", "203.0.113.7"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("[::ffff:203.0.113.7]:443", "203.0.113.7"),
        ("203.0.113.7:8080", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::1"),
        ("[fe80::1%eth0]:80", "fe80::1"),
        ("::1", "::1"),
        ("", None),
        (None, None),
        ("unix:", None),
        ("localhost", None),
        ("203.0.113.7, 10.0.0.1", None),
        ("0x7f.1", None),
        ("127.1", None),
        ("203.0.113.07", None),
        ("203.0.113.256", None),
        ("203.0.113.7:", None),
        ("203.0.113.7:x", None),
        ("203.0.113.7:123456", None),
        ("203.0.113.7%eth0", None),
        ("fe80::1%", None),
        ("[203.0.113.7]", None),
        ("[2001:db8::1", None),
        ("2001:db8::1]", None),
        ("[[2001:db8::1]]", None),
        ("[2001:db8::1]443", None),
        ("2001:db8::1::2", None),
        ("\u0661.1.1.1", None),
        ("1.1.1.1\n", None),
        ("1.1.1.1:8\u0660", None),
        ("1" * 10_000, None),
        ("fe80::1%" + "x" * 10_000, None),
    ],
)
def test_every_address_has_one_spelling(text: str | None, address: str | None) -> None:
    assert normalize_address(text) == address


@pytest.mark.parametrize(
    ("first", "second", "subnet", "together"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", 64, True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", 64, False),
        ("2001:db8:1:2::1", "2001:db8:1:ff::1", 56, True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", 48, True),
        ("2001:db8:1:2::1", "2001:db8:1:2::2", 128, False),
        ("203.0.113.7", "203.0.113.8", 32, False),
        ("::1", "::2", 32, True),
        ("::203.0.113.7", "203.0.113.7", 32, False),
    ],
)
def test_ipv6_counts_by_its_prefix_and_ipv4_alone(
    first: str, second: str, subnet: int, together: bool
) -> None:
    groups = {group_address(address, ipv6_subnet=subnet) for address in (first, second)}
    assert (len(groups) == 1) is together


def test_the_group_is_spelt_as_upstream_spells_it() -> None:
    assert (
        group_address("2001:db8:1:2::1", ipv6_subnet=64)
        == "2001:0db8:0001:0002:0000:0000:0000:0000"
    )


@given(st.ip_addresses(v=6))
def test_all_spellings_of_an_address_are_one_group(address: IPv6Address) -> None:
    spellings = {
        str(address),
        address.exploded,
        address.exploded.upper(),
        f"[{address}]",
        f"[{address}]:1",
        f"{address.exploded}%x",
    }
    found = {normalize_address(text) for text in spellings}
    assert len(found) == 1
    normal = found.pop()
    assert normal is not None
    assert normalize_address(normal) == normal


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_the_same_inside_of_ipv6(address: IPv4Address) -> None:
    number = int(address)
    mapped = f"::ffff:{number >> 16:x}:{number & 0xFFFF:x}"
    spellings = {str(address), f"::ffff:{address}", mapped, mapped.upper(), f"{address}:9"}
    assert {normalize_address(text) for text in spellings} == {str(address)}


@given(st.text(max_size=45))
def test_any_text_is_an_address_or_none(text: str) -> None:
    found = normalize_address(text)
    assert found is None or normalize_address(found) == found


# Behind proxies -----------------------------------------------------------------------------------


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_without_trusted_proxies_the_peer_is_the_client(header: str) -> None:
    headers = Headers([(header, CLIENT)])
    assert find_client_address("203.0.113.7", headers, IPAddressOptions()) == "203.0.113.7"


@pytest.mark.parametrize("peer", ["203.0.113.7", "11.0.0.5", "::1", "2001:db8::1"])
def test_a_peer_that_is_no_proxy_is_the_client_whatever_it_sends(peer: str) -> None:
    assert find(CLIENT, peer=peer) == peer


@pytest.mark.parametrize(
    ("chain", "client"),
    [
        ("198.51.100.10", CLIENT),
        ("198.51.100.10, 10.0.0.6", CLIENT),
        ("198.51.100.10,10.1.2.3,10.0.0.6", CLIENT),
        ("1.1.1.1, 198.51.100.10", CLIENT),
        ("10.9.9.9, 198.51.100.10, 10.0.0.6", CLIENT),
        ("rubbish, 198.51.100.10, 10.0.0.6", CLIENT),
        ('"quoted, 198.51.100.10, 10.0.0.6', CLIENT),
        (" 198.51.100.10 ,\t10.0.0.6 , ", CLIENT),
        ("198.51.100.10:4711, [::ffff:10.0.0.6]:80", CLIENT),
        ("2001:DB8::0:1, 10.0.0.6", "2001:db8::1"),
        ("198.51.100.10, ::ffff:10.0.0.6", CLIENT),
        ("198.51.100.10, not-an-ip", None),
        ("198.51.100.10, unknown, 10.0.0.6", None),
        ("198.51.100.10, 10.0.0.6:x", None),
        ("198.51.100.10 10.0.0.6", None),
        ("10.0.0.7, 10.0.0.6", None),
        ("10.0.0.6", None),
        (None, PROXY),
        ("", PROXY),
        (" , ,", PROXY),
    ],
)
def test_the_chain_is_read_from_the_right_past_trusted_proxies(
    chain: str | None, client: str | None
) -> None:
    assert find(chain) == client


def test_several_lines_of_a_header_are_one_chain() -> None:
    lines = Headers([("X-Forwarded-For", "1.1.1.1"), ("X-Forwarded-For", f"{CLIENT}, 10.0.0.6")])
    assert find_client_address(PROXY, lines, BEHIND) == CLIENT


@pytest.mark.parametrize(
    ("peer", "proxies", "client"),
    [
        ("192.0.2.1", ["192.0.2.1"], CLIENT),
        ("192.0.2.2", ["192.0.2.1"], "192.0.2.2"),
        ("192.0.2.77", ["192.0.2.5/24"], CLIENT),
        ("fc00::1", ["fc00::/7"], CLIENT),
        ("fc00::1%eth0", ["fc00::/7"], CLIENT),
        ("::ffff:10.0.0.5", ["10.0.0.0/8"], CLIENT),
        ("10.0.0.5", ["::ffff:10.0.0.0/104"], CLIENT),
        ("10.0.0.5", ["::ffff:10.0.0.5"], CLIENT),
        ("10.0.0.5", ["fc00::/7"], "10.0.0.5"),
        ("10.0.0.5", ["192.0.2.1", "10.0.0.5"], CLIENT),
        ("", ["unix"], CLIENT),
        (None, ["unix"], CLIENT),
        ("localhost", ["unix"], CLIENT),
        ("203.0.113.7", ["unix"], "203.0.113.7"),
        ("", ["10.0.0.0/8"], None),
    ],
)
def test_who_is_a_trusted_proxy(peer: str | None, proxies: list[str], client: str | None) -> None:
    assert find(CLIENT, peer=peer, given=options(*proxies)) == client


def test_a_unix_socket_without_a_header_has_no_client() -> None:
    assert find(None, peer="", given=options("unix")) is None


def test_the_first_listed_header_that_is_there_decides() -> None:
    given = options("10.0.0.0/8", headers=("CF-Connecting-IP", "X-Forwarded-For"))
    both = [("X-Forwarded-For", "198.51.100.20"), ("Cf-Connecting-Ip", CLIENT)]
    assert find_client_address(PROXY, Headers(both), given) == CLIENT
    assert find_client_address(PROXY, Headers(both[:1]), given) == "198.51.100.20"
    broken = [("CF-Connecting-IP", "x"), ("X-Forwarded-For", CLIENT)]
    assert find_client_address(PROXY, Headers(broken), given) is None, "no falling back"


def test_only_the_listed_headers_count() -> None:
    given = options("10.0.0.0/8", headers=("X-Real-IP",))
    assert find_client_address(PROXY, Headers([("X-Forwarded-For", CLIENT)]), given) == PROXY
    assert find_client_address(PROXY, Headers([("X-Real-IP", CLIENT)]), given) == CLIENT


@pytest.mark.parametrize(
    ("text", "client"),
    [
        ("for=198.51.100.10", CLIENT),
        ("For=198.51.100.10;proto=https;by=203.0.113.43", CLIENT),
        ("proto=https; for = 198.51.100.10", CLIENT),
        ('for="198.51.100.10:4711"', CLIENT),
        ("for=198.51.100.10:4711, for=10.0.0.6", CLIENT),
        ('for="[2001:db8:cafe::17]:4711"', "2001:db8:cafe::17"),
        ('for="[2001:db8:cafe::17]", for="10.0.0.6"', "2001:db8:cafe::17"),
        ("for=1.1.1.1, for=198.51.100.10", CLIENT),
        ('for=198.51.100.10;host="a,b", for=10.0.0.6', CLIENT),
        # An open quote of the client must not swallow what the proxy wrote.
        ('for=", for=198.51.100.10', CLIENT),
        ('for="1.1.1.1, for="198.51.100.10"', CLIENT),
        ('for=1.1.1.1;host="x\\", for=198.51.100.10', CLIENT),
        ("for=unknown", None),
        ("for=_hidden", None),
        ('for="_hidden:80"', None),
        ("proto=https", None),
        ("198.51.100.10", None),
        ("for=", None),
        ('for="', None),
        ("for=198.51.100.10;for=1.1.1.1", None),
        ('for="198.51.100.10', None),
        ('for=1.1.1.1;host="a\\", for=\\"6.6.6.6"', None),
        # What a client hides in a Host that its proxy escapes.
        ('for=198.51.100.10;host="x\\", for=6.6.6.6;y=\\"z"', None),
        ("by=203.0.113.43, for=10.0.0.6", None),
    ],
)
def test_the_forwarded_header_of_rfc_7239(text: str, client: str | None) -> None:
    given = options("10.0.0.0/8", headers=("Forwarded",))
    assert find_client_address(PROXY, Headers([("Forwarded", text)]), given) == client


_ENTRY = st.one_of(
    st.ip_addresses().map(str),
    st.sampled_from(["10.0.0.7", "unknown", "", '"', "[::1]:80", "\\"]),
    st.text(alphabet='0123456789abcdef.:,;"[]% =for', max_size=20),
)
_OUTSIDE = st.ip_addresses().filter(
    lambda address: (
        normalize_address(str(address)) == str(address) and not str(address).startswith("10.")
    )
)


@given(
    spoofed=st.lists(_ENTRY, max_size=5).map(",".join),
    client=_OUTSIDE,
    proxies=st.lists(st.ip_addresses(network="10.0.0.0/8").map(str), max_size=3),
    forwarded=st.booleans(),
)
def test_whatever_a_client_sends_its_own_address_is_found(
    spoofed: str, client: Any, proxies: list[str], forwarded: bool
) -> None:
    if forwarded:
        hops = [f'for="{hop}"' if ":" in hop else f"for={hop}" for hop in (str(client), *proxies)]
        given, name = options("10.0.0.0/8", headers=("Forwarded",)), "Forwarded"
    else:
        hops, given, name = [str(client), *proxies], BEHIND, "X-Forwarded-For"
    chain = ", ".join(([spoofed] if spoofed else []) + hops)
    assert find_client_address(PROXY, Headers([(name, chain)]), given) == str(client)


@given(chain=st.text(max_size=80).filter(lambda text: "\n" not in text and "\r" not in text))
def test_any_chain_names_an_address_or_nobody(chain: str) -> None:
    for header in ("X-Forwarded-For", "Forwarded"):
        given = options("10.0.0.0/8", headers=(header,))
        found = find_client_address(PROXY, Headers([(header, chain)]), given)
        assert found is None or str(ip_address(found)) == found
