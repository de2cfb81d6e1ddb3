"""The three forms of a cached session: as upstream writes them, and nothing altered is read."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyauth.cookies.cache_codec import (
    CacheCodec,
    CacheContent,
    CacheStrategy,
    build_cache_codec,
)
from pyauth.crypto.secret_keys import SecretKeys
from pyauth.crypto.signing import sign_url_safe
from pyauth.crypto.tokens import sign_token
from tests.vectors.upstream import load_cookie_caches

SECRET = "a-secret-of-the-tests-0123456789-ABCDEF"
OLDER = "an-older-secret-of-the-tests-0123456789"
KEYS = SecretKeys(SECRET)
ROTATED = SecretKeys.rotating([(2, SECRET), (1, OLDER)])
NOW = datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)
LIFE = timedelta(minutes=5)
STRATEGIES: tuple[CacheStrategy, ...] = ("compact", "jwt", "jwe")
CONTENT = CacheContent(
    session={"token": "t", "nested": {"b": [1, 2.5, None, True], "1": "ž\u2028"}},
    user={"id": "u"},
    version="7",
    expires_at=NOW + LIFE,
)


@pytest.fixture(params=STRATEGIES)
def strategy(request: pytest.FixtureRequest) -> CacheStrategy:
    chosen: CacheStrategy = request.param
    return chosen


@pytest.fixture
def codec(strategy: CacheStrategy) -> CacheCodec:
    return build_cache_codec(strategy, KEYS)


def encode_base64(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def test_what_is_encoded_is_decoded(codec: CacheCodec) -> None:
    decoded = codec.decode(codec.encode(CONTENT, now=NOW), now=NOW)
    assert decoded is not None
    assert (decoded.session, decoded.user) == (CONTENT.session, CONTENT.user)
    assert (decoded.version, decoded.stale) == ("7", False)
    assert timedelta(0) <= CONTENT.expires_at - decoded.expires_at < timedelta(seconds=1)


def test_the_text_needs_no_percent_encoding(codec: CacheCodec) -> None:
    text = codec.encode(CONTENT, now=NOW)
    assert text.isascii()
    assert not set(text) - set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


def test_a_cache_ends(codec: CacheCodec) -> None:
    text = codec.encode(CONTENT, now=NOW)
    assert codec.decode(text, now=NOW + LIFE - timedelta(seconds=1)) is not None
    assert codec.decode(text, now=NOW + LIFE + timedelta(milliseconds=1)) is None


@pytest.mark.parametrize(("strategy", "opens"), [("compact", False), ("jwt", False), ("jwe", True)])
def test_an_older_secret_opens_what_is_encrypted_only(strategy: CacheStrategy, opens: bool) -> None:
    text = build_cache_codec(strategy, SecretKeys(OLDER)).encode(CONTENT, now=NOW)
    decoded = build_cache_codec(strategy, ROTATED).decode(text, now=NOW)
    assert (decoded is not None) is opens
    if decoded is not None:
        assert decoded.stale


def test_no_other_secret_opens_it(strategy: CacheStrategy) -> None:
    text = build_cache_codec(strategy, SecretKeys("x" * 32)).encode(CONTENT, now=NOW)
    assert build_cache_codec(strategy, KEYS).decode(text, now=NOW) is None


def test_one_form_is_not_read_as_another(strategy: CacheStrategy) -> None:
    text = build_cache_codec(strategy, KEYS).encode(CONTENT, now=NOW)
    for other in set(STRATEGIES) - {strategy}:
        assert build_cache_codec(other, KEYS).decode(text, now=NOW) is None


def test_values_that_are_no_plain_data_are_refused(codec: CacheCodec) -> None:
    with pytest.raises((TypeError, ValueError)):
        codec.encode(CacheContent({"x": {1, 2}}, {}, "1", NOW + LIFE), now=NOW)


def test_the_signed_text_of_a_compact_cache_is_the_contracts() -> None:
    # contract/cookies.json, test_vectors.compact
    codec = build_cache_codec("compact", SecretKeys("contract-secret-0123456789abcdefABCDEF-xyz"))
    made = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    content = CacheContent({"token": "t"}, {"id": "u"}, "1", made + LIFE)
    assert codec.encode(content, now=made) == (
        "eyJzZXNzaW9uIjp7InNlc3Npb24iOnsidG9rZW4iOiJ0In0sInVzZXIiOnsiaWQiOiJ1In0sInVwZGF0ZWRBdCI6MT"
        "cwMDAwMDAwMDAwMCwidmVyc2lvbiI6IjEifSwiZXhwaXJlc0F0IjoxNzAwMDAwMzAwMDAwLCJzaWduYXR1cmUiOiJU"
        "QzU0YzVjbkgyc01TLXJYWUN1Sjl3UVZhQ3hkT0dJQ1dkMlZJS1pqb1RNIn0"
    )


def test_an_expiry_cannot_be_moved_into_the_signed_text() -> None:
    codec = build_cache_codec("compact", KEYS)
    envelope = json.loads(base64.urlsafe_b64decode(codec.encode(CONTENT, now=NOW).encode() + b"=="))
    for expires in (envelope["expiresAt"] + 1, 9_999_999_999_999, 0, -1, 1.5, "1", None):
        text = json.dumps({**envelope, "expiresAt": expires}, separators=(",", ":"))
        assert codec.decode(encode_base64(text), now=NOW) is None


@pytest.mark.parametrize(
    "inner",
    [
        "{}",
        '{"session":1,"user":{}}',
        '{"session":{},"user":null}',
        '{"session":{},"user":{},"version":5}',
        '{"session":{},"user":[]}',
        '{"session":{"a":NaN},"user":{}}',
        '{"session":{"a":"\\u0000"},"user":{}}',
        '{"session":{"a":"\\ud800"},"user":{}}',
        '{"session":{"a":9007199254740993},"user":{}}',
        "{no json}",
    ],
)
def test_odd_content_of_our_own_is_absent(inner: str) -> None:
    codec = build_cache_codec("compact", KEYS)
    ends = int((NOW + LIFE).timestamp() * 1000)
    signature = sign_url_safe(f'{inner[:-1]},"expiresAt":{ends}}}', SECRET)
    text = f'{{"session":{inner},"expiresAt":{ends},"signature":"{signature}"}}'
    assert codec.decode(encode_base64(text), now=NOW) is None


def test_a_mailed_token_is_no_cache() -> None:
    token = sign_token({"email": "ada@example.com"}, SECRET, now=NOW, expires_in=LIFE)
    assert build_cache_codec("jwt", KEYS).decode(token, now=NOW) is None


def test_without_a_version_it_is_the_first() -> None:
    claims: dict[str, Any] = {"session": {}, "user": {}}
    token = sign_token(claims, SECRET, now=NOW, expires_in=LIFE)
    decoded = build_cache_codec("jwt", KEYS).decode(token, now=NOW)
    assert decoded is not None
    assert decoded.version == "1"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "=",
        "e30",
        "e30=",
        "!!",
        "a.b.c",
        "a.b.c.d.e",
        "....",
        "é",
        "\x00",
        "\ud800",
        "-_" * 9,
    ],
)
def test_garbage_is_absent(codec: CacheCodec, text: str) -> None:
    assert codec.decode(text, now=NOW) is None


@given(st.sampled_from(STRATEGIES), st.text())
def test_any_text_is_absent(strategy: CacheStrategy, text: str) -> None:
    assert build_cache_codec(strategy, KEYS).decode(text, now=NOW) is None


@given(st.text())
def test_any_text_in_base64_is_absent(text: str) -> None:
    encoded = base64.urlsafe_b64encode(text.encode("utf-8", "surrogatepass")).decode()
    assert build_cache_codec("compact", KEYS).decode(encoded, now=NOW) is None


@given(
    st.sampled_from(STRATEGIES),
    st.integers(0, 2000),
    st.integers(0, 3),
    st.text("Aa0-_.=", max_size=3),
)
def test_no_edit_changes_what_is_read(
    strategy: CacheStrategy, position: int, cut: int, put: str
) -> None:
    codec = build_cache_codec(strategy, KEYS)
    text = codec.encode(CONTENT, now=NOW)
    position %= len(text)
    edited = text[:position] + put + text[position + cut :]
    decoded = codec.decode(edited, now=NOW)
    assert decoded is None or decoded == codec.decode(text, now=NOW)


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(codec="utf-8", exclude_characters="\x00")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("abc012", max_size=3), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(st.sampled_from(STRATEGIES), st.dictionaries(st.text("xyz19"), PLAIN, max_size=4))
def test_any_content_comes_back(strategy: CacheStrategy, session: dict[str, Any]) -> None:
    codec = build_cache_codec(strategy, KEYS)
    content = CacheContent(session, {}, "1", NOW + LIFE)
    decoded = codec.decode(codec.encode(content, now=NOW), now=NOW)
    assert decoded is not None
    assert decoded.session == session


@pytest.mark.parametrize(
    "case", load_cookie_caches()["cases"], ids=lambda case: f"{case['strategy']}-{case['version']}"
)
def test_what_upstream_wrote_is_read(case: dict[str, Any]) -> None:
    caches = load_cookie_caches()
    secrets = [(2, caches["secret"]), (1, caches["older"])]
    keys = SecretKeys.rotating(secrets)
    values = [
        text.partition(";")[0].partition("=")[2] for text in case["cookies"] if "_data" in text
    ]
    made = datetime.fromtimestamp(case["made_at"] / 1000, UTC)
    decoded = build_cache_codec(case["strategy"], keys).decode("".join(values), now=made)
    if decoded is None:
        # Signed with the older secret, which opens encrypted caches only.
        codec = build_cache_codec(case["strategy"], SecretKeys(caches["older"]))
        assert case["strategy"] != "jwe"
        decoded = codec.decode("".join(values), now=made)
    assert decoded is not None
    assert decoded.version == case["version"]
    assert dict(decoded.session) == case["session"]["session"]
    assert dict(decoded.user) == case["session"]["user"]
