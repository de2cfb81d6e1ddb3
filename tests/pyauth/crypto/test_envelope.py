from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyauth.crypto import SecretKeys
from pyauth.crypto.envelope import DecryptionFailed, decrypt, encrypt
from tests.vectors.upstream import ask_upstream, load_vectors

VECTORS = load_vectors()
SINGLE = SecretKeys(VECTORS["secret"])
ROTATING = SecretKeys.rotating(
    [(2, VECTORS["secret"]), (1, VECTORS["older"])], legacy=VECTORS["legacy"]
)
CONTRACT_KEYS = SecretKeys("contract-secret-0123456789abcdefABCDEF-xyz")
CONTRACT_VALUE = (
    "070707070707070707070707070707070707070707070707"
    "f44edd39e5e99fe3380957a98e25fb1cb1e24e6af60931e341aa14"
)


def test_a_recorded_value_opens() -> None:
    assert decrypt(CONTRACT_VALUE, CONTRACT_KEYS) == "hello world"


def test_a_value_is_bare_hex_of_nonce_text_and_tag() -> None:
    value = encrypt("hello world", SINGLE)
    assert value == value.lower()
    assert len(bytes.fromhex(value)) == 24 + len("hello world") + 16


def test_no_nonce_is_used_twice() -> None:
    assert len({encrypt("hello", SINGLE)[:48] for _ in range(100)}) == 100


def test_a_rotating_value_names_its_version() -> None:
    value = encrypt("hello", ROTATING)
    assert value.startswith("$ba$2$")
    assert decrypt(value, ROTATING) == "hello"


@given(text=st.text())
def test_every_text_comes_back(text: str) -> None:
    assert decrypt(encrypt(text, ROTATING), ROTATING) == text


@pytest.mark.parametrize("kind", ["rotating", "older", "legacy"])
def test_upstreams_values_open_while_rotating(kind: str) -> None:
    for vector in VECTORS["envelopes"][kind]:
        assert decrypt(vector["value"], ROTATING) == vector["text"]


def test_upstreams_values_open_with_a_single_secret() -> None:
    for vector in VECTORS["envelopes"]["single"]:
        assert decrypt(vector["value"], SINGLE) == vector["text"]


@pytest.mark.node
def test_upstream_opens_our_values() -> None:
    rotating_key = {
        "keys": [[2, VECTORS["secret"]], [1, VECTORS["older"]]],
        "currentVersion": 2,
        "legacySecret": VECTORS["legacy"],
    }
    texts = [vector["text"] for vector in VECTORS["envelopes"]["single"]]
    before = SecretKeys(VECTORS["legacy"])
    made: list[dict[str, Any]] = []
    for text in texts:
        made.append({"key": VECTORS["secret"], "value": encrypt(text, SINGLE)})
        made.append({"key": rotating_key, "value": encrypt(text, ROTATING)})
        made.append({"key": rotating_key, "value": encrypt(text, before)})
    expected = [text for text in texts for _ in range(3)]
    assert ask_upstream(envelopes=made)["envelopes"] == expected


def test_a_bare_value_opens_with_an_older_numbered_secret() -> None:
    before = encrypt("hello", SecretKeys(VECTORS["older"]))
    rotated = SecretKeys.rotating([(2, VECTORS["secret"]), (1, VECTORS["older"])])
    assert decrypt(before, rotated) == "hello"


def test_a_bare_value_needs_a_configured_secret() -> None:
    before = encrypt("hello", SecretKeys(VECTORS["legacy"]))
    rotated = SecretKeys.rotating([(2, VECTORS["secret"]), (1, VECTORS["older"])])
    with pytest.raises(DecryptionFailed):
        decrypt(before, rotated)


def test_a_retired_version_is_named() -> None:
    value = encrypt("hello", SecretKeys.rotating([(7, VECTORS["older"])]))
    with pytest.raises(DecryptionFailed, match="version 7 is unknown or retired"):
        decrypt(value, ROTATING)


def test_a_marked_value_opens_with_its_own_version_only() -> None:
    value = encrypt("hello", ROTATING).replace("$ba$2$", "$ba$1$")
    with pytest.raises(DecryptionFailed):
        decrypt(value, ROTATING)


def test_a_marked_value_does_not_open_without_versions() -> None:
    with pytest.raises(DecryptionFailed):
        decrypt(encrypt("hello", ROTATING), SINGLE)


@pytest.mark.parametrize("position", [0, 47, 50, -1])
def test_an_altered_value_does_not_open(position: int) -> None:
    value = list(encrypt("hello", SINGLE))
    value[position] = "0" if value[position] != "0" else "1"
    with pytest.raises(DecryptionFailed):
        decrypt("".join(value), SINGLE)


@pytest.mark.parametrize(
    "value",
    ["", "00", "zz", "é", "0" * 79, "0" * 80, "$ba$", "$ba$2", "$ba$2$", "$ba$-1$00", "$ba$x$00"],
)
@pytest.mark.parametrize("keys", [SINGLE, ROTATING], ids=["single", "rotating"])
def test_a_malformed_value_does_not_open(value: str, keys: SecretKeys) -> None:
    with pytest.raises(DecryptionFailed):
        decrypt(value, keys)


@given(value=st.text())
def test_no_text_raises_anything_else(value: str) -> None:
    with pytest.raises(DecryptionFailed):
        decrypt("$ba$2$" + value, ROTATING)


def test_nothing_of_the_value_shows_in_the_error() -> None:
    value = encrypt("hello", SINGLE)
    with pytest.raises(DecryptionFailed) as caught:
        decrypt(value, SecretKeys(VECTORS["older"]))
    assert value not in str(caught.value)
    assert VECTORS["older"] not in str(caught.value)
