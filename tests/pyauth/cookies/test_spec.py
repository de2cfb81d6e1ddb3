import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyauth.cookies import (
    MAX_COOKIE_AGE,
    CookieAttributes,
    CookieSpec,
    expire,
    serialize,
    serialize_signed,
)
from pyauth.errors import ConfigurationError
from tests.vectors.upstream import load_vectors

PYTHON_NAMES = {"maxAge": "max_age", "httpOnly": "http_only", "sameSite": "same_site"}
BARE = {"path": None, "http_only": False, "same_site": None}
SPEC = CookieSpec("better-auth.session_token", CookieAttributes(max_age=604800))


@pytest.mark.parametrize(
    "vector", load_vectors()["cookie_attributes"], ids=lambda v: v["set_cookie"]
)
def test_attributes_are_written_as_upstream_writes_them(vector: dict[str, Any]) -> None:
    options = {PYTHON_NAMES.get(name, name): value for name, value in vector["options"].items()}
    spec = CookieSpec(vector["name"], CookieAttributes().changed({**BARE, **options}))
    assert serialize(spec, "v") == vector["set_cookie"]


@pytest.mark.parametrize("vector", load_vectors()["plain_cookies"], ids=lambda v: repr(v["value"]))
def test_values_are_encoded_as_upstream_encodes_them(vector: dict[str, Any]) -> None:
    spec = CookieSpec("name", CookieAttributes().changed(BARE))
    assert serialize(spec, vector["value"]) == vector["set_cookie"]


@pytest.mark.parametrize("vector", load_vectors()["signed_cookies"], ids=lambda v: repr(v["value"]))
def test_signed_values_are_written_as_upstream_writes_them(vector: dict[str, Any]) -> None:
    spec = CookieSpec("name", CookieAttributes().changed(BARE))
    written = serialize_signed(spec, vector["value"], load_vectors()["secret"])
    assert written == vector["set_cookie"]


def test_all_attributes_stand_in_one_order() -> None:
    spec = CookieSpec(
        "a",
        CookieAttributes(
            max_age=60,
            domain=".example.com",
            path="/x",
            secure=True,
            http_only=True,
            same_site="none",
            partitioned=True,
        ),
    )
    assert serialize(spec, "v") == (
        "a=v; Max-Age=60; Domain=.example.com; Path=/x; HttpOnly; Secure; SameSite=None;"
        " Partitioned"
    )


def test_the_defaults_are_httponly_lax_and_the_whole_site() -> None:
    assert serialize(CookieSpec("a"), "v") == "a=v; Path=/; HttpOnly; SameSite=Lax"


def test_the_age_can_be_given_left_out_or_left_to_the_spec() -> None:
    assert "; Max-Age=604800;" in serialize(SPEC, "v")
    assert "; Max-Age=60;" in serialize(SPEC, "v", max_age=60)
    assert "Max-Age" not in serialize(SPEC, "v", max_age=None)
    assert "; Max-Age=60;" in serialize_signed(SPEC, "v", "secret", max_age=60)
    assert "Max-Age" not in serialize_signed(SPEC, "v", "secret", max_age=None)


def test_an_expired_cookie_is_empty_and_keeps_its_attributes() -> None:
    spec = SPEC.changed(domain="example.com", path="/x")
    assert expire(spec) == (
        "better-auth.session_token=; Max-Age=0; Domain=example.com; Path=/x; HttpOnly; SameSite=Lax"
    )


@pytest.mark.parametrize(("age", "written"), [(59.9, 59), (0.9, 0), (0, 0), (-1, 0), (-0.5, 0)])
def test_ages_are_rounded_down_and_never_negative(age: float, written: int) -> None:
    assert f"; Max-Age={written};" in serialize(SPEC, "v", max_age=age)


def test_400_days_are_the_limit() -> None:
    assert MAX_COOKIE_AGE == 400 * 24 * 60 * 60
    assert f"; Max-Age={MAX_COOKIE_AGE};" in serialize(SPEC, "v", max_age=MAX_COOKIE_AGE)
    at_the_limit = CookieSpec("a", CookieAttributes(max_age=MAX_COOKIE_AGE))
    assert f"; Max-Age={MAX_COOKIE_AGE};" in serialize(at_the_limit, "v")


@pytest.mark.parametrize("age", [MAX_COOKIE_AGE + 1, MAX_COOKIE_AGE + 0.5, math.inf, math.nan])
def test_a_longer_age_is_refused(age: float) -> None:
    with pytest.raises(ValueError, match="400 days"):
        serialize(SPEC, "v", max_age=age)
    with pytest.raises(ConfigurationError, match="400 days"):
        CookieSpec("a", CookieAttributes(max_age=age))


def test_a_negative_age_cannot_be_configured() -> None:
    with pytest.raises(ConfigurationError, match="max_age"):
        CookieSpec("a", CookieAttributes(max_age=-1))


def test_the_secure_prefix_makes_a_cookie_secure() -> None:
    spec = CookieSpec("__Secure-a", CookieAttributes(secure=False))
    assert spec.attributes.secure
    assert "; Secure" in serialize(spec, "v")
    assert "; Secure" in expire(spec)


def test_the_host_prefix_binds_a_cookie_to_this_host() -> None:
    spec = CookieSpec("__Host-a", CookieAttributes(domain="example.com", path="/x"))
    assert serialize(spec, "v") == "__Host-a=v; Path=/; HttpOnly; Secure; SameSite=Lax"


def test_a_partitioned_cookie_is_secure() -> None:
    assert "; Secure;" in serialize(CookieSpec("a", CookieAttributes(partitioned=True)), "v")


@pytest.mark.parametrize("same_site", ["lax", "Lax", "LAX"])
def test_same_site_is_capitalised(same_site: str) -> None:
    spec = CookieSpec("a", CookieAttributes(same_site=same_site))
    assert serialize(spec, "v").endswith("; SameSite=Lax")


def test_an_unknown_same_site_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="same_site"):
        CookieSpec("a", CookieAttributes(same_site="sometimes"))


@pytest.mark.parametrize(
    "name", ["", "a b", "a=b", "a;b", "a,b", "a\r\nb", 'a"', "a\n", "é", "a\0"]
)
def test_a_name_that_no_header_can_carry_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match="cookie name"):
        CookieSpec(name)
    with pytest.raises(ConfigurationError, match="cookie name"):
        SPEC.renamed(name)


@pytest.mark.parametrize("text", ["/;x", "/\r\nSet-Cookie: a=b", "/ x", "/a,b", "/é", "/\0", "/\n"])
@pytest.mark.parametrize("attribute", ["path", "domain"])
def test_an_attribute_that_no_header_can_carry_is_refused(attribute: str, text: str) -> None:
    with pytest.raises(ConfigurationError, match=attribute):
        SPEC.changed(**{attribute: text})


def test_every_problem_is_reported() -> None:
    with pytest.raises(ConfigurationError) as caught:
        CookieSpec("a;", CookieAttributes(path=";", domain=";", same_site="x", max_age=-1))
    assert len(caught.value.problems) == 5


def test_an_unknown_attribute_is_named() -> None:
    with pytest.raises(ConfigurationError, match="'maxAge' is not one; known: domain, http_only"):
        CookieAttributes().changed({"maxAge": 1})


def test_a_renamed_cookie_keeps_its_attributes() -> None:
    assert serialize(SPEC.renamed("b"), "v") == serialize(SPEC, "v").replace(SPEC.name, "b", 1)


@given(value=st.text())
def test_no_value_reaches_beyond_itself(value: str) -> None:
    for written in (serialize(SPEC, value), serialize_signed(SPEC, value, "secret")):
        assert written.isascii()
        assert written.isprintable()
        head, _, rest = written.partition(";")
        assert rest == " Max-Age=604800; Path=/; HttpOnly; SameSite=Lax"
        assert not set(head.removeprefix(f"{SPEC.name}=")) & set('=, "\\;')
