"""Encrypted tokens."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwe
from joserfc.jwk import OctKey

from pyauth.crypto.jwe import CLOCK_TOLERANCE, TokenCipher
from pyauth.crypto.secret_keys import SecretKeys

SECRET = "a-secret-of-the-tests-0123456789-ABCDEF"
OLDER = "an-older-secret-of-the-tests-0123456789"
SALT = "better-auth-session"
NOW = datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)
HOUR = timedelta(hours=1)
CIPHER = TokenCipher(SecretKeys(SECRET), salt=SALT)
ROTATED = TokenCipher(SecretKeys.rotating([(2, SECRET), (1, OLDER)]), salt=SALT)


def key_of(cipher: TokenCipher) -> OctKey:
    return cipher._current


def made_by_hand(claims: Any, **header: Any) -> str:
    protected = {"alg": "dir", "enc": "A256CBC-HS512", **header}
    algorithms = [value for value in protected.values() if value not in {"none", None}]
    text = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    return jwe.encrypt_compact(protected, text, key_of(CIPHER), algorithms=algorithms)


def test_a_token_carries_its_claims() -> None:
    opened = CIPHER.decrypt(CIPHER.encrypt({"a": "ž"}, now=NOW, expires_in=HOUR), now=NOW)
    assert opened is not None
    assert opened.claims["a"] == "ž"
    assert opened.claims["iat"] == int(NOW.timestamp())
    assert opened.claims["exp"] == int(NOW.timestamp()) + 3600
    assert not opened.stale


def test_the_header_names_the_key_and_nothing_else() -> None:
    token = CIPHER.encrypt({}, now=NOW, expires_in=HOUR)
    head = token.partition(".")[0]
    header = json.loads(base64.urlsafe_b64decode(head + "=="))
    assert set(header) == {"alg", "enc", "kid"}
    assert (header["alg"], header["enc"]) == ("dir", "A256CBC-HS512")


def test_two_tokens_of_one_content_differ() -> None:
    one, two = (CIPHER.encrypt({}, now=NOW, expires_in=HOUR) for _ in range(2))
    assert one != two
    opened = [CIPHER.decrypt(token, now=NOW) for token in (one, two)]
    assert len({item.claims["jti"] for item in opened if item}) == 2


def test_the_key_is_derived_as_upstream_derives_it() -> None:
    # contract/cookies.json, test_vectors.hkdf
    cipher = TokenCipher(SecretKeys("contract-secret-0123456789abcdefABCDEF-xyz"), salt=SALT)
    assert key_of(cipher).thumbprint() == "i3EHFe8y5xVWTnwroT2vG8X9kjlPc-75Hhj7nYKMjpw"


def test_every_secret_opens_and_an_older_one_is_told() -> None:
    old = TokenCipher(SecretKeys(OLDER), salt=SALT).encrypt({"a": 1}, now=NOW, expires_in=HOUR)
    opened = ROTATED.decrypt(old, now=NOW)
    assert opened is not None
    assert opened.stale
    assert CIPHER.decrypt(old, now=NOW) is None, "a retired secret opens nothing"


def test_a_token_that_names_no_key_opens_with_any() -> None:
    token = made_by_hand({"exp": int(NOW.timestamp()) + 60})
    assert TokenCipher(SecretKeys.rotating([(2, OLDER), (1, SECRET)]), salt=SALT).decrypt(
        token, now=NOW
    )


@pytest.mark.parametrize("kid", ["x", "", 5, None, ["x"]])
def test_a_token_of_another_key_is_not_tried(kid: Any) -> None:
    token = CIPHER.encrypt({}, now=NOW, expires_in=HOUR)
    head, _, rest = token.partition(".")
    header = {**json.loads(base64.urlsafe_b64decode(head + "==")), "kid": kid}
    forged = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
    assert CIPHER.decrypt(f"{forged}.{rest}", now=NOW) is None


def test_a_token_of_another_purpose_does_not_open() -> None:
    token = TokenCipher(SecretKeys(SECRET), salt="better-auth-account").encrypt(
        {}, now=NOW, expires_in=HOUR
    )
    assert CIPHER.decrypt(token, now=NOW) is None


def test_a_token_ends_with_a_tolerance_for_clocks() -> None:
    token = CIPHER.encrypt({}, now=NOW, expires_in=HOUR)
    last = NOW.replace(microsecond=0) + HOUR + CLOCK_TOLERANCE
    assert CIPHER.decrypt(token, now=last - timedelta(milliseconds=1)) is not None
    assert CIPHER.decrypt(token, now=last) is None


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"exp": None},
        {"exp": True},
        {"exp": "9999999999"},
        {"exp": 9e15, "nbf": 9e14},
        {"exp": 9e15, "nbf": "now"},
        [],
        "text",
        b"no JSON",
        b"\xff",
        b'{"exp": NaN}',
    ],
)
def test_odd_claims_are_refused(claims: Any) -> None:
    assert CIPHER.decrypt(made_by_hand(claims), now=NOW) is None


def test_a_compressed_token_is_refused() -> None:
    token = made_by_hand({"exp": 9e9, "x": "a" * 10_000}, zip="DEF")
    assert CIPHER.decrypt(token, now=NOW) is None


@pytest.mark.parametrize("position", range(5))
def test_a_change_anywhere_is_noticed(position: int) -> None:
    parts = CIPHER.encrypt({"a": 1}, now=NOW, expires_in=HOUR).split(".")
    part = parts[position]
    parts[position] = "A" + part[1:] if part[:1] not in {"A", ""} else "B" + part[1:]
    assert CIPHER.decrypt(".".join(parts), now=NOW) is None


@given(st.text())
def test_any_text_is_refused(text: str) -> None:
    assert CIPHER.decrypt(text, now=NOW) is None


@given(st.integers(0, 400), st.text("AZaz09-_.=!é", min_size=0, max_size=4))
def test_no_edit_changes_the_content(position: int, put: str) -> None:
    token = CIPHER.encrypt({"a": 1}, now=NOW, expires_in=HOUR)
    position %= len(token)
    opened = CIPHER.decrypt(token[:position] + put + token[position + 1 :], now=NOW)
    # The last letters of base64 hold bits that mean nothing.
    assert opened is None or opened == CIPHER.decrypt(token, now=NOW)


@given(st.binary(max_size=200))
def test_any_content_is_read_without_an_error(content: bytes) -> None:
    assert CIPHER.decrypt(made_by_hand(content), now=NOW) is None


@pytest.mark.parametrize("keeps_kid", [True, False])
@pytest.mark.parametrize(
    "member",
    [{"crit": None}, {"crit": 1}, {"enc": []}, {"enc": {}}, {"alg": ["dir"]}, {"zip": "DEF"}],
    ids=str,
)
def test_a_header_with_members_of_unexpected_types_is_refused(
    member: dict[str, Any], *, keeps_kid: bool
) -> None:
    head, _, rest = CIPHER.encrypt({"a": 1}, now=NOW, expires_in=HOUR).partition(".")
    header = {**json.loads(base64.urlsafe_b64decode(head + "==")), **member}
    if not keeps_kid:
        del header["kid"]
    altered = base64.urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")
    assert CIPHER.decrypt(f"{altered}.{rest}", now=NOW) is None
