"""The base URL as an address, and as a rule."""

from typing import Any

import pytest

from pyauth import ConfigurationError, DynamicBaseURL
from pyauth.options import Environment, Options, read_options
from pyauth.options.base_url import allows_every_host, static_address


def read(mode: Any = "test", **given: Any) -> Options:
    return read_options(given, Environment(), mode)


def problem_of(**given: Any) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read(**given)
    (problem,) = caught.value.problems
    return problem


def test_a_rule_is_a_model_or_plain_data_in_either_spelling() -> None:
    rule = DynamicBaseURL(
        allowed_hosts=("a.example", "*.b.example"), fallback="https://a.example", protocol="https"
    )
    plain = {
        "allowed_hosts": ["a.example", "*.b.example"],
        "fallback": "https://a.example",
        "protocol": "https",
    }
    upstream = {
        "allowedHosts": ["a.example", "*.b.example"],
        "fallback": "https://a.example/",
        "protocol": "https",
    }
    assert read(base_url=rule).base_url == rule
    assert read(base_url=plain).base_url == rule
    assert read(baseURL=upstream).base_url == rule


def test_a_rule_has_upstreams_defaults() -> None:
    rule = read(base_url={"allowed_hosts": ["a.example"]}).base_url
    assert isinstance(rule, DynamicBaseURL)
    assert (rule.fallback, rule.protocol) == (None, "auto")


def test_a_rule_wins_over_the_environment() -> None:
    options = read_options(
        {"base_url": {"allowed_hosts": ["a.example"]}}, Environment(url="https://env.example"), None
    )
    assert isinstance(options.base_url, DynamicBaseURL)


@pytest.mark.parametrize(
    "host",
    [
        "app.example.com",
        "APP.example.com",
        "*.example.com",
        "preview-*.example.com",
        "app-??.example.com",
        "localhost:3000",
        "localhost:*",
        "127.0.0.1:8080",
        "[::1]:3000",
        "https://app.example.com",
        "http://localhost:3000/",
    ],
)
def test_what_an_allowed_host_may_be(host: str) -> None:
    rule = read(base_url={"allowed_hosts": [host]}).base_url
    assert isinstance(rule, DynamicBaseURL)


@pytest.mark.parametrize(
    "host",
    [
        "",
        " ",
        "app.example.com/path",
        "app.example.com#x",
        "user@app.example.com",
        "ftp://app.example.com",
        "app example.com",
        "app.example.com,other.example.com",
        "app.example.com\\x",
        "\u00e4.example.com",
        "app.example.com:port",
        "//app.example.com",
        "app.example.com\n",
    ],
)
def test_what_no_host_is_like_is_refused(host: str) -> None:
    assert "allowed_hosts" in problem_of(base_url={"allowed_hosts": ["a.example", host]})


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ({"allowed_hosts": []}, "must name at least one host"),
        ({}, "allowed_hosts"),
        ({"allowed_hosts": "a.example"}, "allowed_hosts"),
        ({"allowed_hosts": ["a.example"], "protocol": "ftp"}, "protocol"),
        ({"allowed_hosts": ["a.example"], "fallback": "a.example"}, "fallback"),
        ({"allowed_hosts": ["a.example"], "fallback": "https://u@a.example"}, "fallback"),
        ({"allowed_hosts": ["a.example"], "fallback": "https://a.example/x"}, "path"),
        ({"allowed_host": ["a.example"], "allowed_hosts": ["b"]}, "did you mean 'allowed_hosts'?"),
        (5, "an address such as https://app.example.com, or a DynamicBaseURL"),
        (["https://a.example"], "an address such as"),
    ],
)
def test_a_rule_that_cannot_work_is_one_clear_problem(given: Any, hint: str) -> None:
    problem = problem_of(base_url=given)
    assert problem.startswith(("option base_url", "base_url"))
    assert hint in problem


def test_no_problem_shows_a_value() -> None:
    assert "sEcReT" not in problem_of(base_url={"allowed_hosts": ["sEcReT/x"]})
    assert "sEcReT" not in problem_of(base_url="https://sEcReT@a.example")


@pytest.mark.parametrize("host", ["*", "**", "*.*", "*:*", "*:443", "https://*", "?.*", "[*]"])
def test_wildcards_alone_allow_every_host(host: str) -> None:
    assert allows_every_host(host)


@pytest.mark.parametrize("host", ["*.example.com", "localhost:*", "[::1]", "[::1]:*", "a", "1.2.*"])
def test_a_host_with_a_name_allows_not_every_host(host: str) -> None:
    assert not allows_every_host(host)
    assert read(mode="production", base_url={"allowed_hosts": [host]}).base_url is not None


def test_the_address_that_holds_without_a_request() -> None:
    rule = DynamicBaseURL(allowed_hosts=("a.example",))
    assert static_address(rule) is None
    assert static_address(None) is None
    assert static_address("https://a.example") == "https://a.example"
    with_fallback = DynamicBaseURL(allowed_hosts=("a.example",), fallback="https://b.example")
    assert static_address(with_fallback) == "https://b.example"


def test_shared_cookies_may_take_their_domain_from_the_rule() -> None:
    shared = {"cross_sub_domain_cookies": {"enabled": True}}
    options = read(base_url={"allowed_hosts": ["a.example"]}, advanced=shared)
    assert options.advanced.cross_sub_domain_cookies.enabled


def test_options_that_upstream_only_types_are_refused_by_name() -> None:
    shared = {"enabled": True, "domain": "example.com", "additionalCookies": ["x"]}
    problem = problem_of(advanced={"crossSubDomainCookies": shared})
    assert "additionalCookies" in problem
