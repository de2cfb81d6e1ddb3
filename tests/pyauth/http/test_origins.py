import json
import random
import re
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from werkzeug.urls import iri_to_uri

from pyauth.http.origins import (
    MAX_URL_LENGTH,
    find_origin,
    find_pattern_flaw,
    is_safe_path,
    is_trusted_origin,
    is_trusted_target,
)
from tests.support.node import require_node_packages

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
    "url",
    [
        "myapp:///a\r\nX: y",
        "myapp:///a\nX: y",
        "myapp:\\evil",
        "myapp:///a b",
        "myapp:/\\evil",
        "myapp://host\\@evil/a",
        "myapp:///a\tb",
        "myapp:///a\x00",
        "myapp:///a\x7f",
        "myapp://host/a ",
        "myapp:///a?x=\r\n",
        "myapp:///a#\r\nX: y",
    ],
    ids=ascii,
)
@pytest.mark.parametrize("pattern", ["myapp://", "myapp:/", "myapp://*", "myapp:*", "myapp://host"])
def test_no_link_into_an_app_holds_what_breaks_a_header(url: str, pattern: str) -> None:
    assert not is_trusted_origin(url, [pattern])
    assert not is_trusted_target(url, [pattern])


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JAVASCRIPT://x",
        "data:text/html,x",
        "blob:https://a.example/x",
        "file:///etc/passwd",
        "vbscript:x",
        "about:blank",
        "filesystem:https://a.example/x",
    ],
)
@pytest.mark.parametrize("pattern", ["", "{scheme}:", "{scheme}://", "{scheme}://*", "{scheme}:*"])
def test_no_pattern_trusts_code_or_files(url: str, pattern: str) -> None:
    written = pattern.format(scheme=url.partition(":")[0])
    assert not is_trusted_origin(url, [written, "*", "*://*"])
    assert not is_trusted_target(url, [written, "*", "*://*"])


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
        ("myapp:/", False),
        ("HTTPS://*.example.com", False),
        ("https://*.example.com:443", False),
        ("*.example.com:443", False),
        ("*.example.com:*", False),
        ("http*://example.com", False),
        ("*://*.example.com", False),
        ("http://[::1]:*", False),
        ("*", False),
        ("exp://192.168.*.*:*/**", False),
        ("*.example.com/", True),
        ("*.example.com/path", True),
        ("*.example.com:", True),
        ("user@*.example.com", True),
        ("* .example.com", True),
        ("*.ex\u00e4mple.com", True),
        ("*://*.example.com/", True),
        ("https://*.example.com:", True),
        ("https://*@example.com", True),
        ("HTTPS://*.example.com/", True),
        ("https://*.example.com/", True),
        ("https://*.example.com/path", True),
        ("javascript://", True),
        ("data://*", True),
        ("example.com", True),
        ("https://example.com/path", True),
        ("https://user@example.com", True),
    ],
)
def test_patterns_that_can_never_match_are_found(pattern: str, flawed: bool) -> None:
    assert (find_pattern_flaw(pattern) is not None) is flawed


UNWRITABLE = [
    "https://a..example.com/",
    "https://.a.example.com/",
    f"https://{'a' * 64}.example.com/",
    "https://[1]/.example.com",
    "https://[::1::2]/.example.com",
    "https://[1.2.3.4]/.example.com",
    "myapp://[x",
    "myapp://[x]/cb",
    "myapp://\u2100.com/cb",
    "myapp://host:65536/cb",
    "myapp://a..b/cb",
    "myapp://user@host/cb",
]
"""Addresses that make Werkzeug fail, or mean something else, where it writes a ``Location``."""


@pytest.mark.parametrize("url", UNWRITABLE, ids=ascii)
def test_what_no_location_header_can_name_is_trusted_by_no_pattern(url: str) -> None:
    assert not is_trusted_target(url, ["https://*", "*.example.com", "myapp://", "myapp://*"])


_url_text = st.text(st.sampled_from("https:/\\@.?#%&=-_aevilexmpco0123 \t\n[];\u3002"), max_size=40)


@given(_url_text.map("https://".__add__) | _url_text)
@example("https://evil.com/.example.com")
def test_no_text_is_trusted_whose_host_is_another(url: str) -> None:
    if not is_trusted_origin(url, ["https://*.example.com", "*.example.com"]):
        return
    assert (urlsplit(url).hostname or "").endswith(".example.com")
    assert urlsplit(url).username is None


@given(
    (_url_text | st.text(max_size=20)).flatmap(
        lambda text: st.sampled_from(
            [f"{way}{text}" for way in ("https://", "myapp://", "myapp:", "/")]
        )
    )
)
def test_whatever_is_trusted_can_be_written_into_a_location_header(target: str) -> None:
    if is_trusted_target(target, ["https://*", "myapp://", "myapp://*"]):
        iri_to_uri(target)


@given(_url_text.map("/".__add__))
@example("/.//evil.com")
@example("/a/..//evil.com")
def test_a_safe_path_stays_on_the_site(path: str) -> None:
    if not is_safe_path(path):
        return
    assert urlsplit(urljoin("https://a.example/deep/er", path)).netloc == "a.example"
    assert not path.startswith(("//", "/\\"))


def test_an_exact_pattern_is_read_as_an_origin_is() -> None:
    assert is_trusted_origin("https://a.example", ["https://A.example:443/"])
    assert find_pattern_flaw("https://a.example:443") is None
    assert find_pattern_flaw("https://a.example/path") is not None


@pytest.mark.parametrize(
    ("pattern", "trusted", "foreign"),
    [
        (
            "https://*.example.com:443",
            ["https://a.example.com", "https://a.example.com:443"],
            ["https://a.example.com:8443", "http://a.example.com", "http://a.example.com:443"],
        ),
        (
            "http://*.example.com:80",
            ["http://a.example.com"],
            ["https://a.example.com", "https://a.example.com:80"],
        ),
        (
            "*.example.com:443",
            ["https://a.example.com", "http://a.example.com:443"],
            ["http://a.example.com", "https://a.example.com:8443"],
        ),
        ("http?://*.example.com:443", ["https://a.example.com"], ["http://a.example.com"]),
        ("https://[::?]:443", ["https://[::1]"], ["https://[::1]:444"]),
        ("https://*.example.com:44*", ["https://a.example.com:444"], ["https://a.example.com"]),
        ("https://*.example.com:*", ["https://a.example.com:444"], ["https://a.example.com"]),
    ],
)
def test_a_pattern_may_name_the_port_that_is_the_schemes_own(
    pattern: str, trusted: list[str], foreign: list[str]
) -> None:
    assert [url for url in (*trusted, *foreign) if is_trusted_origin(url, [pattern])] == trusted


# What a browser makes of a target -----------------------------------------------------------------

BASE = "https://app.example.com/deep/page?x#y"
TRUSTED = [
    "https://app.example.com",
    "https://*.example.com",
    "*.host.test",
    "http://localhost:*",
    "myapp://",
]


def leads_home(scheme: str, host: str, port: str) -> bool:
    """Return whether an address, as a browser has read it, is covered by ``TRUSTED``."""
    if scheme == "myapp":
        return True
    if scheme == "http" and host == "localhost":
        return port != ""
    if port or scheme not in {"http", "https"}:
        return False
    return host.endswith(".host.test") or (scheme == "https" and host.endswith(".example.com"))


def browse(target: str) -> tuple[str, str, str] | None:
    """Return scheme, host and port of a target read on the page ``BASE``, as browsers read it.

    A model of the URL Standard (url.spec.whatwg.org, section 4.4) of its own, for the web's
    schemes; None where it cannot be read.
    """
    text = re.sub(r"^[\x00-\x20]+|[\x00-\x20]+$", "", target)
    text = re.sub(r"[\t\n\r]", "", text)
    found = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", text)
    if found is None:
        rest, scheme = text, "https"
        if not re.match(r"[/\\]{2}", rest):
            return "https", "app.example.com", ""
    else:
        rest, scheme = text[found.end() :], found[1].lower()
        if scheme not in {"http", "https", "ws", "wss", "ftp", "file"}:
            return scheme, "", ""
        if scheme == "https" and not re.match(r"[/\\]{2}", rest):
            return "https", "app.example.com", ""
    if scheme == "file":
        return "file", "", ""
    authority = re.split(r"[/\\?#]", rest.lstrip("/\\"), maxsplit=1)[0].rpartition("@")[2]
    split = re.fullmatch(r"(\[[^\]]*\]|[^:]*)(?::([0-9]*))?", authority)
    if split is None or not split[1]:
        return None
    host = unquote(split[1]).lower()
    if not host.isascii() or re.search(r"[\x00-\x20#/:<>?@\[\\\]^|%\x7f]", host):
        return None if host.isascii() and not host.startswith("[") else (scheme, "unknown", "")
    default = {"http": "80", "https": "443"}.get(scheme)
    return scheme, host, "" if split[2] in (default, None, "") else str(int(split[2]))


PIECES = [
    "https:", "http:", "HTTPS:", "myapp:", "javascript:", "data:", "file:", "blob:", "ftp:", "ws:",
    "//", "/", "\\", "///", "/\\", "./", "../", "..", ".", "@", ":", "?", "#", "%", "%2f", "%5c",
    "%2e", "%00", "%09", " ", "\t", "\n", "\r", "\x00", "\x1f", "\x7f", "\u3002", "\uff0f",
    "\u2024", "\u212a", "\xad", "\u200b", "\ud7ff", "[", "]", "::1", ";", ",", "|", "^", "~", "!",
    "*", "(", "'", '"', "<", "&", "=", "+", "-", "_", "a", "A", "0", "80", "443", "8080", "65536",
    "app.example.com", "a.example.com", "example.com", ".example.com", "evil.example",
    "x.host.test", ".host.test", "localhost", "localhost:5173", "user", "127.0.0.1", "0x7f.1",
    "2130706433",
]  # fmt: skip
SEEDS = [
    "https://app.example.com", "https://a.b.example.com/x?y#z", "http://x.host.test/",
    "http://localhost:5173/x", "myapp://open/x", "/home", "/a/b?c=d&e=%41", "/", "/.//evil.example",
    "/a/..//evil.example", "https:evil.example", "https:/evil.example", "//evil.example",
    "https://evil.example", "https://evil.example\\.host.test", "/@evil.example",
]  # fmt: skip

_mixed = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)


@settings(max_examples=1500)
@given(_mixed | st.tuples(st.sampled_from(SEEDS), _mixed).map("".join) | st.text(max_size=20))
@example("https://a.example.com:443")
@example("https:a.example.com")
@example("https://evil.example%2f.example.com")
def test_no_accepted_target_leaves_the_trusted_origins_by_the_url_standard(target: str) -> None:
    if not is_trusted_target(target, TRUSTED):
        return
    read = browse(target)
    assert read is not None
    assert leads_home(*read)


READ_IN_NODE = """
const [base, targets] = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const read = (target) => {
  try {
    const url = new URL(target, base);
    return [url.protocol.slice(0, -1), url.hostname, url.port];
  } catch {
    return null;
  }
};
process.stdout.write(JSON.stringify(targets.map(read)));
"""


def make_targets(count: int) -> list[str]:
    """Return texts around the edge of what is accepted: the same ones in every run."""
    chance = random.Random(20260102)
    made = []
    for _ in range(count):
        text = chance.choice([*SEEDS, ""])
        for _ in range(chance.randrange(5)):
            at = chance.randrange(len(text) + 1)
            removed = chance.choice([0, 0, 0, 1, 2])
            text = text[:at] + chance.choice(PIECES) + text[at + removed :]
        made.append(text)
    return made


@pytest.mark.parametrize(
    ("url", "pattern"),
    [
        ("http://" + "a." * 4000 + "x", "http://*.*.*.example.com"),
        ("http://" + "a." * 4000 + "x", "*.*.*.example.com"),
        ("myapp://" + "/a" * 4000, "myapp://*/*/*/cb"),
    ],
    ids=["origin", "host", "custom scheme"],
)
def test_several_wildcards_cost_no_more_than_one(url: str, pattern: str) -> None:
    # Going back over the wildcards would take hours: whoever hangs here has lost.
    assert not is_trusted_origin(url, [pattern])


@pytest.mark.parametrize("start", ["/", "http://a.host.test/", "https://a.host.test/?"])
def test_an_address_has_an_end(start: str) -> None:
    patterns = ["http://a.host.test", "https://a.host.test"]
    longest = start + "a" * (MAX_URL_LENGTH - len(start))
    assert is_trusted_target(longest, patterns)
    assert not is_trusted_target(longest + "a", patterns)
    assert find_origin(longest + "a") is None


@pytest.mark.node
def test_no_accepted_target_leaves_the_trusted_origins_in_a_browsers_parser() -> None:
    """Node.js reads addresses by the URL Standard, as browsers do."""
    require_node_packages("node")
    targets = [text for text in make_targets(60_000) if is_trusted_target(text, TRUSTED)]
    for scheme in ("https", "http", "myapp"):
        assert sum(text.lower().startswith(f"{scheme}:") for text in targets) > 100
    assert sum(text.startswith("/") for text in targets) > 500
    done = subprocess.run(
        ["node", "-e", READ_IN_NODE],
        input=json.dumps([BASE, targets]),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    for target, read in zip(targets, json.loads(done.stdout), strict=True):
        if target.lower().startswith("myapp:"):
            assert read is None or read[0] == "myapp", target
            continue
        assert read is not None, target
        assert leads_home(*read), (target, read)
        assert browse(target) == tuple(read), "the model reads as the parser does"
