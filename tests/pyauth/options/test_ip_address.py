from ipaddress import ip_network
from typing import Any

import pytest

from pyauth.errors import ConfigurationError
from pyauth.options import Environment, IPAddressOptions, read_options


def read(**given: Any) -> IPAddressOptions:
    options = read_options({"advanced": {"ip_address": given}}, Environment(), None)
    return options.advanced.ip_address


def problem_of(**given: Any) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read(**given)
    (problem,) = caught.value.problems
    return problem


def test_proxies_are_networks() -> None:
    options = read(
        trustedProxies=[
            "10.0.0.5",
            "10.1.2.3/16",
            "::1",
            "fc00::/7",
            "::ffff:10.2.0.0/112",
            "unix",
        ],
        ipAddressHeaders=["X-Real-IP"],
    )
    assert options.trusted_proxies == (
        ip_network("10.0.0.5/32"),
        ip_network("10.1.0.0/16"),
        ip_network("::1/128"),
        ip_network("fc00::/7"),
        ip_network("10.2.0.0/16"),
        "unix",
    )
    assert options.ip_address_headers == ("x-real-ip",)


@pytest.mark.parametrize(
    "entry",
    ["10.0.0./8", "10.0.0.0/8x", "10.0.0.0/33", "10.0.0.0/3.5", "10.0.0.0/", "proxy", "", 10, None],
)
def test_an_entry_that_cannot_work_is_named(entry: Any) -> None:
    problem = problem_of(trusted_proxies=["10.0.0.0/8", entry])
    assert repr(entry) in problem
    assert "10.0.0.0/24" in problem


@pytest.mark.parametrize("entry", ["0.0.0.0/0", "::/0", "::ffff:0:0/96"])
def test_trusting_everybody_is_refused(entry: str) -> None:
    assert "trusts every address" in problem_of(trusted_proxies=[entry])


def test_a_text_is_no_list() -> None:
    assert "trusted_proxies" in problem_of(trusted_proxies="10.0.0.0/8")


def test_a_header_needs_the_proxies_that_write_it() -> None:
    problem = problem_of(ip_address_headers=["X-Forwarded-For"])
    assert "ip_address_headers needs trusted_proxies: anybody can send x-forwarded-for" in problem


@pytest.mark.parametrize("name", ["", "x forwarded", "x_forwarded_for", "x:y"])
def test_a_header_has_a_name_that_travels(name: str) -> None:
    problem = problem_of(ip_address_headers=[name], trusted_proxies=["10.0.0.1"])
    assert "is no header name" in problem
