# ruff: noqa: RUF001 - characters that look alike are what this is about
"""An address has one spelling, on which every reader agrees."""

from ipaddress import IPv4Address
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from requests import PreparedRequest

from pyauth.outbound.http import AddressRefused, GuardedClient, OutboundError, UrlRefused
from pyauth.outbound.http.urls import join_target, parse_target


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("https://accounts.example", "https://accounts.example/"),
        ("HTTPS://Accounts.Example:443/Path?q=A#part", "https://accounts.example/Path?q=A"),
        ("http://accounts.example:80", "http://accounts.example/"),
        ("http://accounts.example:8080?q", "http://accounts.example:8080/?q"),
        ("https://accounts.example./x", "https://accounts.example/x"),
        ("https://under_score.example/", "https://under_score.example/"),
        ("http://8.8.8.8/", "http://8.8.8.8/"),
        ("http://8.8.8.8./", "http://8.8.8.8/"),
        ("http://[2606:4700:0::1111]:8080/", "http://[2606:4700::1111]:8080/"),
        ("https://bücher.example/ä", "https://xn--bcher-kva.example/ä"),
        ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"),
        ("https://accounts。example/", "https://accounts.example/"),
    ],
)
def test_an_address_is_put_into_its_one_spelling(url: str, canonical: str) -> None:
    assert parse_target(url).url == canonical


@pytest.mark.parametrize(
    "url",
    [
        "",
        "accounts.example",
        "//accounts.example/",
        "ftp://accounts.example/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_x",
        "data:text/plain,x",
        "javascript:alert(1)",
        "https:/accounts.example",
        "https:accounts.example",
        "https://",
        "https:///path",
        "https://:443/",
        "https://s3cret@accounts.example/",
        "https://user:s3cret@accounts.example/",
        "https://accounts.example@127.0.0.1/",
        "https://accounts.example:80@127.0.0.1/",
        "https://@127.0.0.1/",
        "https://accounts.example\\@127.0.0.1/",
        "https://127.0.0.1\\.accounts.example/",
        "https:\\\\127.0.0.1/",
        " https://accounts.example/",
        "https://accounts.example/\n",
        "https://accounts.exa\tmple/",
        "https://accounts.example/a b",
        "https://accounts.example/\x00",
        "https://accounts.example/\ud800",
        "https://accounts.example:0/",
        "https://accounts.example:65536/",
        "https://accounts.example:99999999999/",
        "https://accounts.example:+80/",
        "https://accounts.example:８０/",
        "https://accounts.example:80:80/",
        "https://accounts..example/",
        "https://accounts.example../",
        "https://.accounts.example/",
        "https://-accounts.example/",
        "https://accounts%2eexample/",
        "https://*.example/",
        "https://[::1/",
        "https://::1/",
        "https://[::1]a/",
        "https://[127.0.0.1]/",
        "https://[v1.x]/",
        "https://[::1%25]/",
        "https://" + "a" * 64 + ".example/",
        "https://" + "a." * 130 + "example/",
        "https://accounts.example/" + "a" * 20_000,
        "https://a\u200b\u2028.example/",
    ],
)
def test_what_readers_could_take_for_something_else_is_refused(url: str) -> None:
    with pytest.raises(UrlRefused) as caught:
        parse_target(url)
    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "host",
    [
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "127.0.1",
        "0127.0.0.1",
        "127.0.0.01",
        "127.0.0.1.0",
        "256.1.1.1",
        "8.8.8.010",
        "134744072",  # a public address, but not as everybody reads it
        "0x",
        "a.0x7f",
        "①②⑦.1",
        "１２７.１",
        "0X7F.0.0.1",
        "127%2e0.0.1",
    ],
)
def test_a_number_in_another_spelling_than_the_usual_one_is_refused(host: str) -> None:
    with pytest.raises(AddressRefused):
        parse_target(f"http://{host}/")


@pytest.mark.parametrize("host", ["１２７.0.0.1", "127。0。0。1", "①②⑦.⓪.⓪.①", "127.0.0.1."])
def test_digits_of_other_scripts_are_read_as_what_they_stand_for(host: str) -> None:
    assert parse_target(f"http://{host}/").address == IPv4Address("127.0.0.1")


@pytest.mark.parametrize("host", ["ⓛocalhost", "LOCALHOST", "localhost.", "ｌｏｃａｌｈｏｓｔ"])
def test_letters_too(host: str) -> None:
    assert parse_target(f"http://{host}/").host == "localhost"


@pytest.mark.parametrize(
    ("location", "canonical"),
    [
        ("/there?q=1", "https://accounts.example/there?q=1"),
        ("there", "https://accounts.example/a/there"),
        ("?q=2", "https://accounts.example/a/b?q=2"),
        ("//other.example/x", "https://other.example/x"),
        ("http://127.0.0.1/", "http://127.0.0.1/"),
    ],
)
def test_a_redirect_is_read_relative_to_where_it_came_from(location: str, canonical: str) -> None:
    base = parse_target("https://accounts.example/a/b")
    assert join_target(base, location).url == canonical


@pytest.mark.parametrize(
    "location",
    [
        "javascript:alert(1)",
        "https://a@b.example/",
        "\\\\127.0.0.1",
        "/\t/127.0.0.1",
        "//[::1",
        "/ ",
    ],
)
def test_a_redirect_to_no_address_is_refused(location: str) -> None:
    with pytest.raises(UrlRefused):
        join_target(parse_target("https://accounts.example/"), location)


def test_nothing_but_the_origin_is_shown() -> None:
    target = parse_target("https://accounts.example/path-s3cret?token=s3cret")
    assert "s3cret" not in repr(target) + target.origin


# Whatever the spelling ---------------------------------------------------------------------------


def _never(name: str, port: int) -> list[str]:
    raise AssertionError("an address is never looked up")


_INTERNAL = st.sampled_from(
    ["127.0.0.1", "127.8.9.10", "10.0.0.1", "169.254.169.254", "192.168.0.1", "172.31.255.254",
     "100.64.1.1", "0.0.0.0", "224.0.0.1", "198.18.0.1", "255.255.255.255"],
).map(IPv4Address)  # fmt: skip
_FULL_WIDTH = str.maketrans("0123456789.", "０１２３４５６７８９．")


def _spell_part(number: int, base: int) -> str:
    return {8: f"0{number:o}", 10: str(number), 16: f"0x{number:x}"}[base]


@st.composite
def _spellings(draw: st.DrawFn) -> str:
    address = draw(_INTERNAL)
    number = int(address)
    count = draw(st.integers(1, 4))
    shifts = [24, 16, 8][: count - 1]
    parts = [number >> shift & 0xFF for shift in shifts]
    parts.append(number & (1 << 8 * (5 - count)) - 1)
    dotted = ".".join(_spell_part(part, draw(st.sampled_from([8, 10, 16]))) for part in parts)
    groups = f"{number >> 16:x}:{number & 0xFFFF:x}"
    flipped = f"{~number >> 16 & 0xFFFF:x}:{~number & 0xFFFF:x}"
    spelt = draw(
        st.sampled_from(
            [
                dotted,
                str(address),
                str(address).translate(_FULL_WIDTH),
                dotted.translate(_FULL_WIDTH),
                f"[::ffff:{address}]",
                f"[::ffff:{groups}]",
                f"[0:0:0:0:0:FFFF:{groups}]",
                f"[::ffff:0:{address}]",
                f"[::{address}]",
                f"[64:ff9b::{address}]",
                f"[64:ff9b:1::{address}]",
                f"[2002:{groups}::]",
                f"[2001::{flipped}]",
                "[::]",
                "[::1]",
                "[fe80::1%25eth0]",
                "localhost",
                "a.localhost",
                "ＬＯＣＡＬＨＯＳＴ",
            ]
        )
    )
    dot = "" if spelt.startswith("[") else draw(st.sampled_from(["", ".", "。"]))
    return draw(st.sampled_from([str.lower, str.upper]))(spelt) + dot


@given(_spellings(), st.sampled_from(["http", "https", "HTTP"]), st.sampled_from(["", ":80", ":8"]))
@settings(max_examples=500, deadline=None)
@example("0177.1", "http", "")
def test_no_spelling_of_an_internal_address_is_asked(host: str, scheme: str, port: str) -> None:
    with pytest.raises(OutboundError):
        GuardedClient(resolver=_never).request("GET", f"{scheme}://{host}{port}/")


_PIECES = st.sampled_from(
    ["http:", "https:", "/", "//", "\\", "@", ":", "#", "?", "%", "%2f", "[", "]", ".", "a", "b-c",
     "127.0.0.1", "[::1]", "localhost", "80", "é", "。", " ", "\t", "\x00", "..", "-", "xn--a"],
)  # fmt: skip


@given(st.lists(_PIECES, max_size=10).map("".join), st.sampled_from(["http://", "https://", ""]))
@settings(max_examples=1000, deadline=None)
def test_all_readers_agree_about_what_is_accepted(rest: str, start: str) -> None:
    try:
        target = parse_target(start + rest)
    except (UrlRefused, AddressRefused):
        return
    assert parse_target(target.url).origin == target.origin
    split = urlsplit(target.url)
    assert (split.hostname, split.port or {"http": 80, "https": 443}[split.scheme]) == (
        target.host,
        target.port,
    )
    prepared = PreparedRequest()
    prepared.prepare_url(target.url, None)
    assert urlsplit(prepared.url or "").netloc == target.authority
