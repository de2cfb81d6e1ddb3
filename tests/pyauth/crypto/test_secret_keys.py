import base64

import pytest

from pyauth.crypto import (
    DEVELOPMENT_SECRET,
    SecretKeys,
    generate_secret,
    parse_secret_versions,
    secret_keys,
    weakness,
)
from pyauth.crypto.secret_keys import PLACEHOLDER, strict_weakness
from pyauth.errors import ConfigurationError

NEW = "new-secret-Zq7Vb2Nc9Xm4Lk8Jh3Gf6Ds1"
OLD = "old-secret-Pw5Et7Yr2Uq9Io4Ab8Cd3Ef6"
LEGACY = "legacy-secret-Mn6Bv3Cx8Za1Ls5Kd9Jf2"


def test_a_single_secret_signs_and_verifies() -> None:
    keys = SecretKeys(NEW)
    assert keys.for_signing() == NEW
    assert keys.for_verifying() == (NEW,)
    assert not keys.is_rotating
    assert keys.current_version is None


def test_the_first_version_signs_and_all_verify_in_order() -> None:
    keys = SecretKeys.rotating([(2, NEW), (1, OLD)], legacy=LEGACY)
    assert keys.for_signing() == NEW
    assert keys.for_verifying() == (NEW, OLD, LEGACY)
    assert keys.is_rotating
    assert keys.current_version == 2


def test_a_secret_that_is_both_version_and_legacy_is_tried_once() -> None:
    assert SecretKeys.rotating([(2, NEW), (1, OLD)], legacy=OLD).for_verifying() == (NEW, OLD)


def test_a_version_is_found_by_number() -> None:
    keys = SecretKeys.rotating([(2, NEW), (0, OLD)])
    assert keys.find_version(0) == OLD
    assert keys.find_version(1) is None


@pytest.mark.parametrize(
    "published", [DEVELOPMENT_SECRET, "better-auth-secret-12345678901234567890"]
)
def test_a_published_default_is_never_a_legacy_secret(published: str) -> None:
    assert SecretKeys.rotating([(1, NEW)], legacy=published).for_verifying() == (NEW,)


def test_repr_and_str_show_no_secret() -> None:
    keys = SecretKeys.rotating([(2, NEW), (1, OLD)], legacy=LEGACY)
    for text in (repr(keys), str(keys), f"{keys}", repr([keys])):
        assert not any(secret in text for secret in (NEW, OLD, LEGACY))
    assert repr(keys) == "SecretKeys(versions=[2, 1], legacy=True)"


@pytest.mark.parametrize("secret", ["", "   ", "broken-\udcff-secret"])
def test_an_unusable_secret_is_refused_without_being_shown(secret: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        SecretKeys(secret)
    assert "broken" not in str(caught.value)


def test_an_unusable_legacy_secret_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="legacy"):
        SecretKeys.rotating([(1, NEW)], legacy="broken-\udcff-secret")


def test_rotation_needs_a_secret() -> None:
    with pytest.raises(ConfigurationError, match="at least one"):
        SecretKeys.rotating([])


def test_the_current_secret_cannot_differ_from_the_first_version() -> None:
    with pytest.raises(ConfigurationError, match="first of the versions"):
        SecretKeys(current=OLD, versions=((2, NEW), (1, OLD)))


def test_versions_are_read_in_order() -> None:
    assert parse_secret_versions(f"2:{NEW},1:{OLD}") == ((2, NEW), (1, OLD))


def test_blanks_around_versions_and_secrets_are_dropped() -> None:
    assert parse_secret_versions(f" 2 : {NEW} , 0:{OLD} ") == ((2, NEW), (0, OLD))


def test_a_secret_may_hold_colons() -> None:
    assert parse_secret_versions("1:a:b:c") == ((1, "a:b:c"),)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"{NEW}", "entry 1 must be written"),
        (f"2:{NEW},{OLD}", "entry 2 must be written"),
        (f"x:{NEW}", "version of entry 1"),
        (f"-1:{NEW}", "version of entry 1"),
        (f"1.5:{NEW}", "version of entry 1"),
        (f"2x:{NEW}", "version of entry 1"),
        (f"²:{NEW}", "version of entry 1"),
        (f":{NEW}", "version of entry 1"),
        (f"{'9' * 5000}:{NEW}", "version of entry 1"),
        (f"{OLD}:{NEW}", "version of entry 1"),
        (f"1:{NEW},1:{OLD}", "version 1 appears twice"),
        (f"1:{NEW},01:{OLD}", "version 1 appears twice"),
        (f"2:{NEW},1:", "version 1: the secret must not be empty"),
        ("", "entry 1 must be written"),
        (f"2:{NEW},", "entry 2 must be written"),
    ],
)
def test_a_malformed_list_is_refused_without_showing_a_secret(text: str, problem: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_secret_versions(text)
    assert problem in str(caught.value)
    assert NEW not in str(caught.value)
    assert OLD not in str(caught.value)


def test_every_malformed_entry_is_reported() -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_secret_versions(f"{NEW},x:{OLD}")
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize(
    ("secret", "reason"),
    [
        (DEVELOPMENT_SECRET, "published default"),
        ("better-auth-secret-12345678901234567890", "published default"),
        ("", "shorter than 32"),
        ("Zq7Vb2Nc9Xm4Lk8Jh3Gf6Ds1Pw5Et7Y", "shorter than 32"),
        ("a" * 64, "repeats"),
        ("ab" * 50, "repeats"),  # 100 bits
        ("Change-Me-to-32-random-characters!", "example"),
        ("an-example-of-32-random-characters", "example"),
        (PLACEHOLDER, "example"),
    ],
)
def test_a_weak_secret_is_told_why(secret: str, reason: str) -> None:
    found = weakness(secret)
    assert found is not None
    assert reason in found
    assert not secret or secret not in found


@pytest.mark.parametrize("secret", [NEW, "ab" * 60, "Zq7Vb2Nc9Xm4Lk8Jh3Gf6Ds1Pw5Et7Yr"])
def test_a_strong_secret_has_no_weakness(secret: str) -> None:
    assert weakness(secret) is None


@pytest.mark.parametrize(
    "secret",
    [
        "abcdefghijklmnopqrstuvwxyz0123456789",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
        "abcdefghijklmnopqrstuvwxyz-,.;:_#+*",
        "Sh0rt",
    ],
)
def test_a_secret_to_be_chosen_has_three_kinds_of_characters(secret: str) -> None:
    found = strict_weakness(secret)
    assert found is not None
    assert secret not in found


@pytest.mark.parametrize("secret", [NEW, "0123456789abcdef" * 4])
def test_a_mixed_secret_and_32_bytes_in_hex_may_be_chosen(secret: str) -> None:
    assert strict_weakness(secret) is None


def test_a_generated_secret_is_strong_and_fits_a_rotation_list() -> None:
    secret = generate_secret()
    assert strict_weakness(secret) is None
    assert parse_secret_versions(f"1:{secret}") == ((1, secret),)
    assert secret != generate_secret()


def test_a_generated_secret_is_url_safe_base64_of_so_many_bytes() -> None:
    assert len(base64.urlsafe_b64decode(generate_secret() + "=")) == 32
    assert len(base64.urlsafe_b64decode(generate_secret(48))) == 48


def test_a_secret_that_chance_made_weak_is_not_handed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = [bytes(32), bytes(range(32))]
    monkeypatch.setattr(secret_keys, "random_bytes", lambda size: drawn.pop(0))
    assert generate_secret() == "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
    assert drawn == []
