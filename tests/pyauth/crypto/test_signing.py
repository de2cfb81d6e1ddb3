from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyauth.crypto import (
    constant_time_equal,
    sign,
    sign_url_safe,
    verify,
    verify_url_safe,
)
from tests.vectors.upstream import load_vectors

SECRET = "contract-secret-0123456789abcdefABCDEF-xyz"
VALUE = "AbCdEfGhIjKlMnOpQrStUvWxYz012345"
SIGNATURE = "ify+ppKdOjtjbUiHPTlW0Q1MS4tdyE/8juM2tZkJq6A="


def test_a_signature_is_padded_base64_of_hmac_sha256() -> None:
    assert sign(VALUE, SECRET) == SIGNATURE
    assert verify(VALUE, SIGNATURE, SECRET)


@pytest.mark.parametrize("vector", load_vectors()["signatures"], ids=lambda v: repr(v["value"]))
def test_signatures_are_upstreams(vector: dict[str, Any]) -> None:
    assert sign(vector["value"], load_vectors()["secret"]) == vector["signature"]


def test_the_url_safe_signature_has_no_padding() -> None:
    signed = (
        '{"session":{"token":"t"},"user":{"id":"u"},"updatedAt":1700000000000,'
        '"version":"1","expiresAt":1700000300000}'
    )
    signature = "TC54c5cnH2sMS-rXYCuJ9wQVaCxdOGICWd2VIKZjoTM"
    assert sign_url_safe(signed, SECRET) == signature
    assert verify_url_safe(signed, signature, SECRET)
    assert not verify_url_safe(signed, signature + "=", SECRET)


@pytest.mark.parametrize(
    ("value", "signature", "secret"),
    [
        (VALUE + "x", SIGNATURE, SECRET),
        (VALUE, SIGNATURE, SECRET + "x"),
        (VALUE, SIGNATURE[:-1], SECRET),
        (VALUE, "J" + SIGNATURE[1:], SECRET),
        (VALUE, SIGNATURE.replace("q6A=", "q6B="), SECRET),  # decodes to the same bytes
        (VALUE, SIGNATURE + "\n", SECRET),
        (VALUE, "", SECRET),
        ("", SIGNATURE, SECRET),
    ],
)
def test_anything_altered_does_not_verify(value: str, signature: str, secret: str) -> None:
    assert not verify(value, signature, secret)


@given(value=st.text(), signature=st.text())
def test_no_text_makes_verification_raise(value: str, signature: str) -> None:
    assert not verify(value + "\ud800", signature, SECRET)
    assert not verify(value, signature + "é", SECRET)
    assert not verify_url_safe(value, signature + "\udfff", SECRET)


def test_a_lone_surrogate_is_not_taken_for_a_replacement_character() -> None:
    for replaced in ("a?", "a\ufffd"):
        assert not verify("a\ud800", sign(replaced, SECRET), SECRET)


def test_comparison_is_by_the_whole_text() -> None:
    assert constant_time_equal("žluť", "žluť")
    assert not constant_time_equal("žluť", "žlut")
