from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyauth.cookies import decode_uri_component, encode_uri_component

UNESCAPED = "ABCXYZabcxyz0123456789-_.!~*'()"


def test_what_javascript_leaves_alone_is_left_alone() -> None:
    assert encode_uri_component(UNESCAPED) == UNESCAPED


def test_every_other_ascii_character_is_escaped() -> None:
    for character in map(chr, range(128)):
        if not character.isalnum() and character not in UNESCAPED:
            assert encode_uri_component(character) == f"%{ord(character):02X}"


def test_the_rest_is_escaped_as_utf8() -> None:
    assert encode_uri_component("ž🍪") == "%C5%BE%F0%9F%8D%AA"


@pytest.mark.parametrize(
    "text",
    [
        "%",
        "%4",
        "%zz",
        "a%4",
        "%+1",
        "% 41",
        "%41%",
        "%C5",
        "%C5x",
        "%C5%C5",
        "%80",
        "%FF",
        "%C0%AF",  # overlong
        "%E0%80%AF",  # overlong
        "%ED%A0%80",  # a surrogate
        "%F4%90%80%80",  # beyond Unicode
        "%\uff14\uff11",  # digits, and not ASCII ones
    ],
)
def test_what_makes_javascript_throw_is_none(text: str) -> None:
    assert decode_uri_component(text) is None


@pytest.mark.parametrize(
    ("text", "decoded"),
    [
        ("", ""),
        ("plain+text", "plain+text"),
        ("%41%6a%6A", "Ajj"),
        ("%25%34%31", "%41"),
        ("%C5%BE", "ž"),
        ("ž%C5%BE", "žž"),
        ("%00%0D%0A%3B", "\x00\r\n;"),
        ("%F4%8F%BF%BF", "\U0010ffff"),
    ],
)
def test_escapes_are_read_once_and_as_utf8(text: str, decoded: str) -> None:
    assert decode_uri_component(text) == decoded


@given(text=st.text())
def test_every_text_comes_back(text: str) -> None:
    encoded = encode_uri_component(text)
    assert encoded.isascii()
    assert decode_uri_component(encoded) == text == unquote(encoded)


@given(text=st.text(st.characters(categories=None)))
def test_decoding_never_raises(text: str) -> None:
    decode_uri_component(text)
    decode_uri_component("%" + text)
