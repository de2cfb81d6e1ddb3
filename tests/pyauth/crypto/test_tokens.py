import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyauth.crypto import TokenError, TokenExpired, TokenInvalid, read_token, sign_token
from tests.vectors.upstream import ask_upstream, load_vectors

SECRET = "contract-secret-0123456789abcdefABCDEF-xyz"
NOW = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
HOUR = timedelta(hours=1)
CLAIMS = {"email": "ada@example.com"}


def encode(part: object) -> str:
    text = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def decode(part: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def forge(header: object, payload: object, *, secret: str = SECRET, digest: str = "sha256") -> str:
    head = f"{encode(header)}.{encode(payload)}"
    return f"{head}.{encode(hmac.digest(secret.encode(), head.encode(), digest))}"


def test_a_token_gives_its_claims_back() -> None:
    token = sign_token(CLAIMS, SECRET, now=NOW, expires_in=HOUR)
    assert read_token(token, SECRET, now=NOW) == {
        **CLAIMS,
        "iat": SECONDS,
        "exp": SECONDS + 3600,
    }


def test_the_header_is_the_algorithm_alone() -> None:
    header, payload, _ = sign_token(CLAIMS, SECRET, now=NOW, expires_in=HOUR).split(".")
    assert decode(header) == {"alg": "HS256"}
    assert list(decode(payload)) == ["email", "iat", "exp"]


@pytest.mark.parametrize("vector", load_vectors()["tokens"], ids=lambda v: v["claims"]["email"])
def test_upstreams_tokens_are_read(vector: dict[str, Any]) -> None:
    payload = decode(vector["token"].split(".")[1])
    now = datetime.fromtimestamp(payload["iat"], UTC)
    claims = read_token(vector["token"], load_vectors()["secret"], now=now)
    assert claims == {**vector["claims"], "iat": payload["iat"], "exp": payload["iat"] + 3600}


def test_upstreams_token_is_made_byte_for_byte() -> None:
    vector = load_vectors()["tokens"][1]
    now = datetime.fromtimestamp(decode(vector["token"].split(".")[1])["iat"], UTC)
    made = sign_token(vector["claims"], load_vectors()["secret"], now=now, expires_in=HOUR)
    assert made == vector["token"]


@pytest.mark.node
def test_upstream_reads_our_tokens() -> None:
    # Upstream holds the token against its own clock.
    now = datetime.now(UTC)
    token = sign_token({"email": "ž@example.com"}, SECRET, now=now, expires_in=HOUR)
    old = sign_token(CLAIMS, SECRET, now=now - 2 * HOUR, expires_in=HOUR)
    answer = ask_upstream(
        tokens=[
            {"token": token, "secret": SECRET},
            {"token": token, "secret": SECRET + "x"},
            {"token": old, "secret": SECRET},
        ]
    )
    issued = int(now.timestamp())
    expected = {"email": "ž@example.com", "iat": issued, "exp": issued + 3600}
    assert answer["tokens"] == [expected, None, None]


def test_a_token_ends_at_its_second() -> None:
    token = sign_token(CLAIMS, SECRET, now=NOW, expires_in=HOUR)
    last = datetime.fromtimestamp(SECONDS + 3600, UTC) - timedelta(milliseconds=1)
    assert read_token(token, SECRET, now=last)
    with pytest.raises(TokenExpired) as caught:
        read_token(token, SECRET, now=last + timedelta(milliseconds=1))
    assert caught.value.expired_at == datetime.fromtimestamp(SECONDS + 3600, UTC)


def test_the_given_time_decides_and_no_clock() -> None:
    long_ago = datetime(1999, 1, 1, tzinfo=UTC)
    token = sign_token(CLAIMS, SECRET, now=long_ago, expires_in=HOUR)
    assert read_token(token, SECRET, now=long_ago + timedelta(minutes=59))
    far_ahead = datetime(2999, 1, 1, tzinfo=UTC)
    assert read_token(
        sign_token(CLAIMS, SECRET, now=far_ahead, expires_in=HOUR), SECRET, now=far_ahead
    )


@pytest.mark.parametrize("expires", [-5, 0, 0.5])
def test_a_token_that_ended_long_ago_has_expired(expires: float) -> None:
    with pytest.raises(TokenExpired):
        read_token(forge({"alg": "HS256"}, {"exp": expires}), SECRET, now=NOW)


def test_both_refusals_are_token_errors() -> None:
    assert issubclass(TokenInvalid, TokenError)
    assert issubclass(TokenExpired, TokenError)


FUTURE = SECONDS + 60
UNSIGNED = f"{encode({'alg': 'none'})}.{encode({'exp': FUTURE})}."


@pytest.mark.parametrize(
    "token",
    [
        UNSIGNED,
        UNSIGNED.replace(encode({"alg": "none"}), encode({"alg": "HS256"})),
        forge({"alg": "none"}, {"exp": FUTURE}),
        forge({"alg": "None"}, {"exp": FUTURE}),
        forge({"alg": "hs256"}, {"exp": FUTURE}),
        forge({"alg": "HS384"}, {"exp": FUTURE}, digest="sha384"),
        forge({"alg": "HS512"}, {"exp": FUTURE}, digest="sha512"),
        forge({"alg": "RS256"}, {"exp": FUTURE}),
        forge({}, {"exp": FUTURE}),
        forge({"alg": ["HS256"]}, {"exp": FUTURE}),
        forge({"alg": "HS256", "crit": ["x"], "x": 1}, {"exp": FUTURE}),
        forge({"alg": "HS256", "crit": ["b64"], "b64": False}, {"exp": FUTURE}),
        forge({"alg": "HS256"}, {"exp": FUTURE}, secret="another secret"),
        forge({"alg": "HS256"}, {}),
        forge({"alg": "HS256"}, {"exp": None}),
        forge({"alg": "HS256"}, {"exp": str(FUTURE)}),
        forge({"alg": "HS256"}, {"exp": True}),
        forge({"alg": "HS256"}, b'{"exp": NaN}'),
        forge({"alg": "HS256"}, b'{"exp": Infinity}'),
        forge({"alg": "HS256"}, {"exp": 10**400}),
        forge({"alg": "HS256"}, {"exp": FUTURE, "nbf": SECONDS + 1}),
        forge({"alg": "HS256"}, {"exp": FUTURE, "nbf": "soon"}),
        forge({"alg": "HS256"}, [1, 2]),
        forge({"alg": "HS256"}, "text"),
        forge({"alg": "HS256"}, b"not json"),
        forge({"alg": "HS256"}, b"\xff"),
        forge({"alg": "HS256"}, b"[" * 100_000),
        forge(b"[" * 100_000, {"exp": FUTURE}),
        forge(b"1" * 10_000, {"exp": FUTURE}),
        "",
        "...",
        "a.b",
        "a.b.c.d",
        "é.é.é",
        "\ud800.a.b",
        "\x00",
    ],
    ids=lambda token: ascii(token[:40]),
)
def test_what_we_did_not_sign_with_hs256_is_invalid(token: str) -> None:
    with pytest.raises(TokenInvalid):
        read_token(token, SECRET, now=NOW)


def test_a_public_key_does_not_serve_as_a_secret() -> None:
    header, payload, _ = sign_token(CLAIMS, SECRET, now=NOW, expires_in=HOUR).split(".")
    public = b"-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n"
    made = hmac.new(public, f"{header}.{payload}".encode(), hashlib.sha256).digest()
    with pytest.raises(TokenInvalid):
        read_token(f"{header}.{payload}.{encode(made)}", SECRET, now=NOW)


def test_an_altered_claim_is_noticed() -> None:
    header, _, signature = sign_token(CLAIMS, SECRET, now=NOW, expires_in=HOUR).split(".")
    payload = encode({"email": "eve@example.com", "iat": SECONDS, "exp": SECONDS + 3600})
    with pytest.raises(TokenInvalid):
        read_token(f"{header}.{payload}.{signature}", SECRET, now=NOW)


@pytest.mark.parametrize("secret", ["s", "short", "-----BEGIN PUBLIC KEY-----", '{"kty":"oct"}'])
def test_a_weak_secret_works_without_a_warning(secret: str) -> None:
    token = sign_token(CLAIMS, secret, now=NOW, expires_in=HOUR)
    assert read_token(token, secret, now=NOW)["email"] == "ada@example.com"


def test_upstreams_token_made_with_a_short_secret_is_read() -> None:
    token = load_vectors()["token_with_a_short_secret"]
    now = datetime.fromtimestamp(decode(token.split(".")[1])["iat"], UTC)
    assert read_token(token, "short", now=now)["email"] == "ada@example.com"


def test_nothing_of_the_token_shows_in_the_error() -> None:
    token = forge({"alg": "HS256"}, {"email": "ada@example.com"})
    with pytest.raises(TokenInvalid) as caught:
        read_token(token, SECRET, now=NOW)
    assert token not in str(caught.value)
    assert caught.value.__cause__ is None


def test_the_shared_algorithms_of_pyjwt_are_left_alone() -> None:
    assert {"HS256", "none"} <= set(jwt.PyJWS().get_algorithms())


@given(token=st.text())
def test_no_text_raises_anything_else(token: str) -> None:
    with pytest.raises(TokenInvalid):
        read_token(token, SECRET, now=NOW)
