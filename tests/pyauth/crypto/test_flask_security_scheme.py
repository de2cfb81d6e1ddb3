"""Flask-Security's hashes verify, once; those that it hashed twice need its salt."""

from typing import Any

import bcrypt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyauth import ConfigurationError, PyAuth
from pyauth.crypto.flask_security_scheme import mark_flask_security
from pyauth.crypto.hash_costs import UnreadableHash
from pyauth.crypto.passwords import PasswordHasher, Verified
from tests.support.app import CHEAP_COST, make_auth
from tests.vectors.foreign import load_foreign_hashes, name_of

CASES: list[dict[str, Any]] = load_foreign_hashes()["flask_security"]
CHEAP_CASES = [case for case in CASES if not case.get("usual")]
SALT: str = load_foreign_hashes()["flask_security_salt"]
TWICE = next(case for case in CHEAP_CASES if case["scheme"] == "bcrypt" and not case["single"])


@pytest.fixture
def hasher() -> PasswordHasher:
    return PasswordHasher(cost=CHEAP_COST, flask_security_salt=SALT)


def marked(case: dict[str, Any]) -> str:
    return mark_flask_security(case["hash"], single=case["single"])


@pytest.mark.parametrize("case", CASES, ids=map(name_of, CASES))
def test_a_hash_that_flask_security_made_verifies_and_is_replaced(
    hasher: PasswordHasher, case: dict[str, Any]
) -> None:
    hasher.check_readable(marked(case))
    verified = hasher.verify(case["password"], marked(case))
    assert verified.ok
    assert verified.replacement is not None
    assert hasher.verify(case["password"], verified.replacement) == Verified(ok=True)


@pytest.mark.parametrize("case", CHEAP_CASES, ids=map(name_of, CHEAP_CASES))
def test_another_password_or_salt_does_not(hasher: PasswordHasher, case: dict[str, Any]) -> None:
    assert hasher.verify("Y" + case["password"][1:], marked(case)) == Verified(ok=False)
    if marked(case).startswith("flask-security:double:"):
        other = PasswordHasher(cost=CHEAP_COST, flask_security_salt="another")
        assert other.verify(case["password"], marked(case)) == Verified(ok=False)


def test_djangos_formats_were_hashed_once_there() -> None:
    for case in CASES:
        times = "single" if case["single"] or case["scheme"].startswith("django_") else "double"
        assert marked(case) == f"flask-security:{times}:{case['hash']}"


def test_a_hash_without_its_mark_is_a_plain_one(hasher: PasswordHasher) -> None:
    assert hasher.verify(TWICE["password"], TWICE["hash"]) == Verified(ok=False)


def test_without_the_salt_nothing_that_was_hashed_twice_is_read() -> None:
    hasher = PasswordHasher(cost=CHEAP_COST)
    assert hasher.verify(TWICE["password"], marked(TWICE)) == Verified(ok=False)
    with pytest.raises(UnreadableHash, match="flask_security_salt"):
        hasher.check_readable(marked(TWICE))


def test_what_was_hashed_once_needs_no_salt() -> None:
    once = next(case for case in CHEAP_CASES if case["single"])
    assert PasswordHasher(cost=CHEAP_COST).verify(once["password"], marked(once)).ok


def test_the_password_is_in_the_form_that_flask_security_hashes(hasher: PasswordHasher) -> None:
    composed = next(case for case in CHEAP_CASES if case["password"].startswith("p\u00e4"))
    assert hasher.verify("pa\u0308sswo\u0308rd-composed", marked(composed)).ok


def test_a_password_that_bcrypt_saw_the_beginning_of_keeps_its_hash(
    hasher: PasswordHasher,
) -> None:
    # 40 letters of two code points each in NFKD, three bytes each.
    seen = ("a\u0308" * 40).encode()[:72]
    stored = bcrypt.hashpw(seen, bcrypt.gensalt(4)).decode()
    text = mark_flask_security(stored, single=True)
    assert hasher.verify("ä" * 40, text) == Verified(ok=True)
    assert hasher.verify(TWICE["password"] + "x" * 80, marked(TWICE)) == Verified(ok=False)


@given(
    case=st.sampled_from(CHEAP_CASES),
    place=st.integers(0, 200),
    extra=st.text(max_size=3),
    password=st.text(max_size=100),
)
@settings(deadline=None)
def test_no_change_of_a_hash_makes_verification_raise(
    case: dict[str, Any], place: int, extra: str, password: str
) -> None:
    text = marked(case)
    changed = text[:place] + extra + text[place + 1 :]
    if "$2" in changed and "$04$" not in changed:
        return  # a cost of bcrypt that takes seconds
    PasswordHasher(cost=CHEAP_COST, flask_security_salt=SALT).verify(password, changed)


def test_the_salt_is_an_option() -> None:
    settings = {"enabled": True, "password": {"flask_security_salt": SALT}}
    auth = make_auth(passwords=None, email_and_password=settings)
    assert auth.context.passwords.verify(TWICE["password"], marked(TWICE)).ok
    assert SALT not in repr(auth.context.options)


@pytest.mark.parametrize(
    "settings",
    [
        {"flask_security_salt": ""},
        {"flask_security_salt": SALT, "hash": str, "verify": lambda hash, password: True},
    ],
)
def test_a_salt_that_would_do_nothing_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        PyAuth(mode="test", email_and_password={"password": settings})
    assert SALT not in str(caught.value)
