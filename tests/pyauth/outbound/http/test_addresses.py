"""Which addresses the server may be sent to."""

import json
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyauth.outbound.http.addresses import find_name_refusal, find_refusal, read_address, unwrap

_VECTORS = Path(__file__).parents[3] / "vectors" / "ssrf.json"

STRICTER = {"192.88.99.1", "3fff::1"}
"""Addresses that the table lets pass; Better Auth refuses the first since 1.7.0, the second since
1.6.17."""


def _vectors() -> list[dict[str, Any]]:
    vectors: list[dict[str, Any]] = json.loads(_VECTORS.read_text(encoding="utf-8"))["vectors"]
    return vectors


@pytest.mark.parametrize("vector", _vectors(), ids=lambda vector: vector["ip"])
def test_an_address_of_the_table_is_judged_as_it_says(vector: dict[str, Any]) -> None:
    refusal = find_refusal(ip_address(vector["ip"]))

    assert (refusal is not None) == (vector["must_block"] or vector["ip"] in STRICTER)


@pytest.mark.parametrize(
    "address",
    [
        "2001:2::1",  # benchmarks
        "2001:10::1",  # ORCHID
        "64:ff9b::808:808",  # NAT64, even of a public address
        "2002:808:808::1",  # 6to4, even of a public address
        "::8.8.8.8",  # IPv4-compatible
        "5f00::1",  # segment routing
        "4000::1",  # not assigned
        "1::1",
        "fe80::1%eth0",
        "2606:4700::1111%eth0",
        "192.0.0.170",
        "168.63.129.16",
        "fd00:ec2::254",
        "100.100.100.200",
        "::ffff:168.63.129.16",
    ],
)
def test_what_is_not_global_unicast_is_refused(address: str) -> None:
    assert find_refusal(ip_address(address)) is not None


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "::1", "fc00::1",
     "::ffff:127.0.0.1"],
)  # fmt: skip
def test_private_addresses_can_be_allowed(address: str) -> None:
    assert find_refusal(ip_address(address)) is not None
    assert find_refusal(ip_address(address), allow_private=True) is None


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "168.63.129.16",
     "192.0.0.192", "0.0.0.0", "::", "fe80::1", "224.0.0.1", "255.255.255.255", "::127.0.0.1",
     "64:ff9b::7f00:1", "fc00::1%eth0"],
)  # fmt: skip
def test_metadata_services_and_special_addresses_never_can(address: str) -> None:
    assert find_refusal(ip_address(address), allow_private=True) is not None


@pytest.mark.parametrize("name", ["localhost", "app.localhost"])
def test_names_of_loopback_are_refused_before_any_look_up(name: str) -> None:
    assert find_name_refusal(name) is not None
    assert find_name_refusal(name, allow_private=True) is None


@pytest.mark.parametrize("name", ["metadata.google.internal", "metadata.goog", "instance-data"])
def test_names_of_metadata_services_are_always_refused(name: str) -> None:
    assert find_name_refusal(name, allow_private=True) is not None


def test_other_names_are_looked_up() -> None:
    assert find_name_refusal("accounts.example") is None
    assert find_name_refusal("notlocalhost") is None


def test_an_answer_that_is_no_address_is_seen() -> None:
    assert read_address("127.0.0.1.") is None
    assert read_address("not an address") is None


@given(st.ip_addresses())
@settings(max_examples=500, deadline=None)
def test_what_passes_is_global_for_the_standard_library_too(
    address: IPv4Address | IPv6Address,
) -> None:
    if find_refusal(address) is None:
        plain = unwrap(address)
        assert plain.is_global
        assert not plain.is_multicast


@given(st.ip_addresses(v=4))
@settings(max_examples=200, deadline=None)
def test_an_address_within_an_address_hides_nothing(address: IPv4Address) -> None:
    number = int(address)
    mapped = IPv6Address(0xFFFF << 32 | number)
    assert find_refusal(mapped) == find_refusal(address)
    assert unwrap(mapped) == address
    for wrapped in (
        IPv6Address(number | 2**31),  # IPv4-compatible
        IPv6Address(0xFFFF << 48 | number),  # IPv4-translated
        IPv6Address((0x64FF9B << 96) | number),  # NAT64
        IPv6Address((0x64FF9B0001 << 80) | number),  # NAT64, local
        IPv6Address((0x2002 << 112) | (number << 80)),  # 6to4
        IPv6Address((0x20010000 << 96) | (number ^ 0xFFFFFFFF)),  # Teredo
    ):
        assert find_refusal(wrapped, allow_private=True) is not None
