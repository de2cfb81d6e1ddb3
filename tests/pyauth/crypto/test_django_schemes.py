"""Django's hashes verify, once."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyauth.crypto.django_schemes import DJANGO_SCHEMES, DjangoBcrypt, DjangoPbkdf2, DjangoScrypt
from pyauth.crypto.hash_costs import UnreadableHash
from pyauth.crypto.passwords import PasswordHasher, Verified
from tests.support.app import CHEAP_COST
from tests.vectors.foreign import load_foreign_hashes, name_of

CASES: list[dict[str, Any]] = load_foreign_hashes()["django"]


@pytest.fixture
def hasher() -> PasswordHasher:
    return PasswordHasher(cost=CHEAP_COST)


@pytest.mark.parametrize("case", CASES, ids=map(name_of, CASES))
def test_a_hash_that_django_made_verifies_and_is_replaced(
    hasher: PasswordHasher, case: dict[str, Any]
) -> None:
    hasher.check_readable(case["hash"])
    verified = hasher.verify(case["password"], case["hash"])
    assert verified.ok
    assert verified.replacement is not None
    assert hasher.verify(case["password"], verified.replacement) == Verified(ok=True)


@pytest.mark.parametrize("case", CASES, ids=map(name_of, CASES))
def test_another_password_does_not(hasher: PasswordHasher, case: dict[str, Any]) -> None:
    if case.get("usual"):
        pytest.skip("the cheap ones say it")
    assert hasher.verify("Y" + case["password"][1:], case["hash"]) == Verified(ok=False)


@pytest.mark.parametrize("scheme", ["pbkdf2_sha256", "pbkdf2_sha1", "argon2", "bcrypt", "scrypt"])
def test_each_format_is_taken_by_one_scheme(scheme: str) -> None:
    for case in CASES:
        if case["scheme"] == scheme:
            assert sum(taker.identify(case["hash"]) for taker in DJANGO_SCHEMES) == 1


def test_a_password_that_bcrypt_saw_the_beginning_of_keeps_its_hash(
    hasher: PasswordHasher,
) -> None:
    (whole,) = [
        case for case in CASES if case["scheme"] == "bcrypt" and case["password"] == "x" * 72
    ]
    assert hasher.verify("x" * 73, whole["hash"]) == Verified(ok=True)
    assert not DjangoBcrypt.sees_all("x" * 73, whole["hash"])


def test_a_digest_before_bcrypt_sees_the_whole_password(hasher: PasswordHasher) -> None:
    (whole,) = [
        case for case in CASES if case["scheme"] == "bcrypt_sha256" and case["password"] == "x" * 72
    ]
    assert hasher.verify("x" * 73, whole["hash"]) == Verified(ok=False)
    assert hasher.verify("x" * 72, whole["hash"]).replacement is not None


@pytest.mark.parametrize(
    "stored",
    ["md5$salt$5f4dcc3b5aa765d61d8327deb882cf99", "sha1$salt$00", "!unusable", "unsalted"],
)
def test_what_django_itself_calls_weak_or_unusable_is_not_read(
    hasher: PasswordHasher, stored: str
) -> None:
    with pytest.raises(UnreadableHash, match="no known scheme"):
        hasher.check_readable(stored)


@pytest.mark.parametrize("scheme", DJANGO_SCHEMES)
def test_they_are_never_made(scheme: Any) -> None:
    with pytest.raises(NotImplementedError, match="verified, never made"):
        scheme.hash("password")


@given(
    case=st.sampled_from([case for case in CASES if not case.get("usual")]),
    place=st.integers(0, 200),
    extra=st.text(max_size=3),
    password=st.text(max_size=100),
)
@settings(deadline=None)
def test_no_change_of_a_hash_makes_verification_raise(
    case: dict[str, Any], place: int, extra: str, password: str
) -> None:
    text = case["hash"]
    changed = text[:place] + extra + text[place + 1 :]
    if "$2" in changed and "$04$" not in changed:
        return  # a cost of bcrypt that takes seconds
    PasswordHasher(cost=CHEAP_COST).verify(password, changed)


@given(salt=st.text(min_size=1, max_size=20))
def test_any_salt_that_django_allows_is_read(salt: str) -> None:
    stored = f"pbkdf2_sha256$1${salt}$c2FsdA=="
    assert DjangoPbkdf2.identify(stored) is ("$" not in salt)
    assert DjangoScrypt.identify(f"scrypt$2${salt}$1$1$c2FsdA==") is ("$" not in salt)
