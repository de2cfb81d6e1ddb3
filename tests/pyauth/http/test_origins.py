import json
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from pyauth.http.origins import (
    find_origin,
    find_pattern_flaw,
    is_safe_path,
    is_trusted_origin,
    is_trusted_target,
)

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "vectors" / "trusted_origins.json").read_text("utf-8")
)
PATTERNS = [VECTORS["base_url"], *VECTORS["trusted_origins"]]

STRICTER = {
    "https://x@a.host.test": "a user name before the host is how look-alikes are built",
    "/a?x=%2f": "an encoded slash is refused anywhere, in the query too (RustAuth 0.2.0)",
}
"""Vectors that upstream trusts and pyauth does not, each with its reason."""


@pytest.mark.parametrize("vector", VECTORS["absolute"], ids=lambda vector: vector["url"] or "empty")
def test_absolute_addresses_are_judged_as_upstream_judges_them(vector: dict[str, Any]) -> None:
    url, trusted = vector["url"], vector["trusted"]
    if url in STRICTER:
        assert trusted, "only what upstream trusts can be an intended difference"
        trusted = False
    assert is_trusted_origin(url, PATTERNS) is trusted
    assert is_trusted_target(url, PATTERNS) is trusted


@pytest.mark.parametrize("vector", VECTORS["relative"], ids=lambda vector: ascii(vector["url"]))
def test_paths_are_judged_as_upstream_judges_them(vector: dict[str, Any]) -> None:
    url, trusted = vector["url"], vector["trusted_as_callback"]
    if url in STRICTER:
        assert trusted, "only what upstream trusts can be an intended difference"
        trusted = False
    assert is_trusted_target(url, PATTERNS) is trusted
    assert is_trusted_origin(url, PATTERNS) is False


DISGUISES = [
    "https:evil.com/.example.com",
    "https:/evil.com/.example.com",
    "https:///evil.com/.example.com",
    "https://evil.com:x@a.example.com",
    "https://evil.com\\@a.example.com",
    "https://evil.com%2f.example.com",
    "https://evil.com%00.example.com",
    "https://evil.com:99999/.example.com",
    "https://evil.com:/.example.com",
    "https://evil.com;.example.com",
    "https://a.example.com\t",
    " https://a.example.com",
    "https://a.example.com\n.evil.com",
    "https://a.example.com\x00",
    "https://\u212a.example.com",
    "https://a.example.com\u3002evil.com",
    "https://a\u2024example.com",
    "https://",
    "https://?.example.com",
    "https://#.example.com",
    "//a.example.com",
    "\\\\a.example.com",
    "a.example.com",
    "javascript://a.example.com/%0aalert(1)",
    "javascript:alert(1)//https://a.example.com",
    "data:text/html,https://a.example.com",
    "blob:https://a.example.com/x",
    "file://a.example.com/x",
    "ftp://a.example.com",
    "null",
]


@pytest.mark.parametrize("pattern", ["https://*.example.com", "*.example.com", "*://*.example.com"])
@pytest.mark.parametrize("url", DISGUISES, ids=ascii)
def test_what_parsers_read_differently_fits_no_pattern(url: str, pattern: str) -> None:
    assert not is_trusted_origin(url, [pattern])
    assert not is_trusted_target(url, [pattern])


@pytest.mark.parametrize(
    ("url", "pattern"),
    [
        ("https://example.com.evil.com", "https://example.com"),
        ("https://evil-example.com", "https://*.example.com"),
        ("https://evilexample.com", "*.example.com"),
        ("https://example.com.evil.com", "*.example.com"),
        ("https://example.com:8443", "https://example.com"),
        ("http://example.com", "https://example.com"),
        ("https://axexample.com", "https://a.example.com"),
        ("https://x.com", "https://example.com"),
        ("https://a.example.com.", "https://*.example.com"),
    ],
)
def test_look_alikes_are_not_the_origin(url: str, pattern: str) -> None:
    assert not is_trusted_origin(url, [pattern])


@pytest.mark.parametrize(
    ("url", "pattern"),
    [
        ("https://example.com/any/path?and=query#fragment", "https://example.com"),
        ("HTTPS://EXAMPLE.COM", "https://example.com"),
        ("https://example.com", "https://Example.com/"),
        ("https://example.com:443", "https://example.com"),
        ("http://example.com:80/x", "http://example.com"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:*"),
        ("https://a.example.com", "*://*.example.com"),
        ("http://a.example.com", "*://*.example.com"),
        ("https://a.example.com", "*.example.com"),
        ("https://a.example.com", "https://?.example.com"),
        ("exp://192.168.1.5:8081/--/", "exp://192.168.*.*:*/**"),
        ("myapp://Callback/one", "myapp://Callback/*"),
    ],
)
def test_what_is_meant_is_trusted(url: str, pattern: str) -> None:
    assert is_trusted_origin(url, [pattern])


@pytest.mark.parametrize(
    ("url", "pattern", "fits"),
    [
        ("myapp://", "myapp://", True),
        ("myapp://anything/at/all", "myapp://", True),
        ("MYAPP://x", "myapp://", True),
        ("myapp-evil://x", "myapp://", False),
        ("myapp://host/cb", "myapp://host", True),
        ("myapp://other/cb", "myapp://host", False),
        ("myapp://host.evil/cb", "myapp://host", False),
        ("myapp://host/cb/more", "myapp://host/cb", True),
        ("myapp://host/cbx", "myapp://host/cb", False),
        ("myapp://host/cb/../other", "myapp://host/cb", False),
        ("myapp://host/cb/%2e%2e/other", "myapp://host/cb", False),
        ("https://evil.com", "myapp://", False),
    ],
)
def test_schemes_of_native_apps(url: str, pattern: str, fits: bool) -> None:
    assert is_trusted_origin(url, [pattern]) is fits


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://A.example.com:443/x?y#z", "https://a.example.com"),
        ("http://a.example.com:0080", "http://a.example.com:80"),
        ("http://a.example.com:8080", "http://a.example.com:8080"),
        ("http://[2001:DB8::1]/", "http://[2001:db8::1]"),
        ("https://x@a.example.com", None),
        ("https://a.example.com:65536", None),
        ("ftp://a.example.com", None),
        ("a.example.com", None),
    ],
)
def test_origins_have_one_form(url: str, origin: str | None) -> None:
    assert find_origin(url) == origin


@pytest.mark.parametrize(
    ("pattern", "flawed"),
    [
        ("https://example.com", False),
        ("https://Example.com/", False),
        ("https://*.example.com", False),
        ("*.example.com", False),
        ("myapp://", False),
        ("example.com", True),
        ("https://example.com/path", True),
        ("https://user@example.com", True),
    ],
)
def test_patterns_that_can_never_match_are_found(pattern: str, flawed: bool) -> None:
    assert (find_pattern_flaw(pattern) is not None) is flawed


_url_text = st.text(st.sampled_from("https:/\\@.?#%&=-_aevilexmpco0123 \t\n[];\u3002"), max_size=40)


@given(_url_text.map("https://".__add__) | _url_text)
@example("https://evil.com/.example.com")
def test_no_text_is_trusted_whose_host_is_another(url: str) -> None:
    if not is_trusted_origin(url, ["https://*.example.com", "*.example.com"]):
        return
    assert (urlsplit(url).hostname or "").endswith(".example.com")
    assert urlsplit(url).username is None


@given(_url_text.map("/".__add__))
@example("/.//evil.com")
@example("/a/..//evil.com")
def test_a_safe_path_stays_on_the_site(path: str) -> None:
    assume(is_safe_path(path))
    assert urlsplit(urljoin("https://a.example/deep/er", path)).netloc == "a.example"
    assert not path.startswith(("//", "/\\"))


def test_an_exact_pattern_is_read_as_an_origin_is() -> None:
    assert is_trusted_origin("https://a.example", ["https://A.example:443/"])
    assert find_pattern_flaw("https://a.example:443") is None
    assert find_pattern_flaw("https://a.example/path") is not None
