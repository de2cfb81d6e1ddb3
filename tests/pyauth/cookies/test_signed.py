from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyauth.cookies import (
    Unsigned,
    append_signature,
    parse_cookie_header,
    sign_value,
    unsign,
)
from tests.vectors.upstream import ask_upstream, load_vectors

SECRET = "contract-secret-0123456789abcdefABCDEF-xyz"
OLDER = "older-secret-0123456789abcdefABCDEF-xyz"
TOKEN = "AbCdEfGhIjKlMnOpQrStUvWxYz012345"
SIGNATURE = "ify+ppKdOjtjbUiHPTlW0Q1MS4tdyE/8juM2tZkJq6A="
WIRE = f"{TOKEN}.ify%2BppKdOjtjbUiHPTlW0Q1MS4tdyE%2F8juM2tZkJq6A%3D"


def test_the_wire_text_is_percent_encoded() -> None:
    assert sign_value(TOKEN, SECRET) == WIRE


def test_the_plain_text_is_value_dot_signature() -> None:
    assert append_signature(TOKEN, SECRET) == f"{TOKEN}.{SIGNATURE}"


@pytest.mark.parametrize("wire", [WIRE, f"{TOKEN}.{SIGNATURE}"], ids=["encoded", "raw"])
def test_encoded_and_raw_cookies_are_accepted(wire: str) -> None:
    text = parse_cookie_header(f"session={wire}")["session"]
    assert unsign(text, [SECRET]) == Unsigned(TOKEN, stale=False)


def test_an_older_secret_makes_a_cookie_stale() -> None:
    text = append_signature(TOKEN, OLDER)
    assert unsign(text, [SECRET, OLDER]) == Unsigned(TOKEN, stale=True)
    assert unsign(text, [OLDER, SECRET]) == Unsigned(TOKEN, stale=False)
    assert unsign(text, [SECRET]) is None


def test_without_a_secret_nothing_is_accepted() -> None:
    assert unsign(append_signature(TOKEN, SECRET), []) is None


def test_the_last_dot_separates() -> None:
    assert unsign(append_signature("a.b.c", SECRET), [SECRET]) == Unsigned("a.b.c", stale=False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        TOKEN,
        SIGNATURE,
        f"{TOKEN}.",
        f".{SIGNATURE}",
        append_signature("", SECRET),
        f"{TOKEN}.{SIGNATURE[:-1]}",
        f"{TOKEN}.{SIGNATURE}=",
        f"{TOKEN}.{SIGNATURE[:-1]}A",
        f"{TOKEN}.{SIGNATURE.replace('+', ' ')}",
        f"{TOKEN}.{SIGNATURE.replace('q6A=', 'q6B=')}",
        f"{TOKEN}.{'A' * 43}=",
        f"{TOKEN}.{'é' * 43}=",
        f"{TOKEN}x.{SIGNATURE}",
        f"{TOKEN} .{SIGNATURE}",
        f"{TOKEN.lower()}.{SIGNATURE}",
        f"\ud800{TOKEN}.{SIGNATURE}",
        WIRE,
    ],
    ids=ascii,
)
def test_anything_else_is_no_signed_cookie(text: str) -> None:
    assert unsign(text, [SECRET, OLDER]) is None


@pytest.mark.parametrize("vector", load_vectors()["signed_cookies"], ids=lambda v: repr(v["value"]))
def test_upstreams_signed_cookies_are_made_and_read(vector: dict[str, Any]) -> None:
    secret = load_vectors()["secret"]
    assert f"name={sign_value(vector['value'], secret)}" == vector["set_cookie"]
    text = parse_cookie_header(vector["set_cookie"])["name"]
    assert unsign(text, [secret]) == Unsigned(vector["value"], stale=False)


@pytest.mark.node
def test_upstream_reads_our_signed_cookies() -> None:
    values = [vector["value"] for vector in load_vectors()["signed_cookies"]]
    made = [
        {"header": f"a=1; name={sign_value(value, SECRET)}; b=2", "name": "name", "secret": SECRET}
        for value in values
    ]
    forged = {**made[0], "secret": OLDER}
    assert ask_upstream(signed_cookies=[*made, forged])["signed_cookies"] == [*values, False]


@given(value=st.text(min_size=1))
def test_every_value_comes_back(value: str) -> None:
    text = parse_cookie_header(f"name={sign_value(value, SECRET)}")["name"]
    assert unsign(text, [SECRET]) == Unsigned(value, stale=False)


@given(text=st.text(st.characters(categories=None)), signature=st.text(max_size=43))
def test_no_text_makes_it_raise(text: str, signature: str) -> None:
    assert unsign(text, [SECRET]) is None
    assert unsign(f"{text}.{signature:A<43}=", [SECRET]) is None
