from ipaddress import IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyauth.http.addresses import group_address, normalize_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("::FFFF:CB00:7107", "203.0.113.7"),
        ("0:0:0:0:0:ffff:cb00:7107", "203.0.113.7"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("", None),
        (None, None),
        ("unix:", None),
        ("localhost", None),
        ("203.0.113.7, 10.0.0.1", None),
        ("0x7f.1", None),
        ("127.1", None),
        ("203.0.113.07", None),
        ("203.0.113.256", None),
        ("\u0661.1.1.1", None),
    ],
)
def test_every_address_has_one_spelling(text: str | None, address: str | None) -> None:
    assert normalize_address(text) == address


@pytest.mark.parametrize(
    ("first", "second", "subnet", "together"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", 64, True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", 64, False),
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
    spellings = {str(address), address.exploded, address.exploded.upper(), f"[{address}]"}
    found = {normalize_address(text) for text in spellings}
    assert len(found) == 1
    normal = found.pop()
    assert normal is not None
    assert normalize_address(normal) == normal


@given(st.text(max_size=45))
def test_any_text_is_an_address_or_none(text: str) -> None:
    found = normalize_address(text)
    assert found is None or normalize_address(found) == found
