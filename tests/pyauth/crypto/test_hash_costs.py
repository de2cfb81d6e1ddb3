"""Bounds on the work that a stored text can ask for."""

from collections.abc import Callable
from typing import Any

import pytest

from pyauth.crypto.hash_costs import (
    MAX_ARGON2_LANES,
    MAX_ARGON2_WORK,
    MAX_BCRYPT_COST,
    MAX_MEMORY,
    MAX_PBKDF2_ITERATIONS,
    UnreadableHash,
    check_argon2,
    check_bcrypt,
    check_pbkdf2,
    check_scrypt,
)
from pyauth.crypto.password_schemes import BetterAuthScrypt
from pyauth.crypto.passwords import PasswordHasher, Verified
from tests.support.app import CHEAP_COST

SALT = "c2FsdHNhbHQ"
BCRYPT_REST = "." * 53

ABSURD = {
    "werkzeug pbkdf2": "pbkdf2:sha256:999999999$salt$00",
    "werkzeug scrypt": "scrypt:1073741824:8:1$salt$00",
    "werkzeug scrypt, parallel": "scrypt:2:1:999999999$salt$00",
    "bcrypt": f"$2b$31${BCRYPT_REST}",
    "argon2 memory": f"$argon2id$v=19$m=4194304,t=1,p=1${SALT}${SALT}",
    "argon2 passes": f"$argon2id$v=19$m=8,t=4294967295,p=1${SALT}${SALT}",
    "argon2 lanes": f"$argon2id$v=19$m=80000,t=1,p=9999${SALT}${SALT}",
    "passlib pbkdf2": f"$pbkdf2-sha512$999999999${SALT}${SALT}",
    "django pbkdf2": "pbkdf2_sha256$999999999$salt$c2FsdA==",
    "django scrypt": "scrypt$1073741824$salt$8$1$c2FsdA==",
    "django bcrypt": f"bcrypt$$2b$31${BCRYPT_REST}",
    "django bcrypt over a digest": f"bcrypt_sha256$$2b$31${BCRYPT_REST}",
    "django argon2": f"argon2$argon2id$v=19$m=4194304,t=1,p=1${SALT}${SALT}",
    "flask-security, twice": f"flask-security:double:$2b$31${BCRYPT_REST}",
    "flask-security, once": "flask-security:single:pbkdf2_sha256$999999999$salt$c2FsdA==",
}


@pytest.mark.parametrize("stored", ABSURD.values(), ids=ABSURD.keys())
def test_a_hash_that_would_hang_the_server_is_a_wrong_one(stored: str) -> None:
    hasher = PasswordHasher(cost=CHEAP_COST, flask_security_salt="salt")
    assert hasher.verify("password", stored) == Verified(ok=False)
    with pytest.raises(UnreadableHash, match=r"from 1 to [0-9]+ are computed") as caught:
        hasher.check_readable(stored)
    assert stored not in str(caught.value)


@pytest.mark.parametrize("stored", ABSURD.values(), ids=ABSURD.keys())
def test_it_costs_as_much_as_a_wrong_password(stored: str, monkeypatch: pytest.MonkeyPatch) -> None:
    hasher = PasswordHasher(cost=CHEAP_COST, flask_security_salt="salt")
    derived: list[str] = []

    def derive(cls: Any, password: str, salt: str) -> str:
        derived.append(password)
        return "0"

    monkeypatch.setattr(BetterAuthScrypt, "_derive", classmethod(derive))
    hasher.verify("password", stored)
    assert len(derived) == 1


@pytest.mark.parametrize(
    ("at_the_bound", "beyond"),
    [
        (lambda: check_pbkdf2(MAX_PBKDF2_ITERATIONS), lambda: check_pbkdf2(5_000_001)),
        (lambda: check_bcrypt(MAX_BCRYPT_COST), lambda: check_bcrypt(16)),
        (lambda: check_scrypt(2**17, 8, 4), lambda: check_scrypt(2**17, 8, 5)),
        (lambda: check_scrypt(2**18, 8, 1), lambda: check_scrypt(2**19, 8, 1)),
        (
            lambda: check_argon2(memory=MAX_MEMORY // 1024, passes=4, lanes=MAX_ARGON2_LANES),
            lambda: check_argon2(memory=MAX_MEMORY // 1024 + 1, passes=1, lanes=1),
        ),
        (
            lambda: check_argon2(memory=MAX_ARGON2_WORK // 8, passes=8, lanes=1),
            lambda: check_argon2(memory=MAX_ARGON2_WORK // 8, passes=9, lanes=1),
        ),
        (lambda: check_pbkdf2(1), lambda: check_pbkdf2(0)),
        (lambda: check_bcrypt(1), lambda: check_bcrypt(0)),
        (lambda: check_scrypt(2, 1, 1), lambda: check_scrypt(3, 1, 1)),
        (lambda: check_scrypt(2, 1, 1), lambda: check_scrypt(1, 1, 1)),
        (lambda: check_scrypt(2, 1, 1), lambda: check_scrypt(2, 0, 1)),
    ],
)
def test_what_is_beyond_a_bound_is_refused(
    at_the_bound: Callable[[], None], beyond: Callable[[], None]
) -> None:
    at_the_bound()
    with pytest.raises(UnreadableHash):
        beyond()


def test_the_usual_costs_of_libraries_are_within_the_bounds() -> None:
    check_pbkdf2(1_500_000)  # Django 6.1
    check_scrypt(2**14, 8, 5)  # Django
    check_scrypt(2**15, 8, 1)  # Werkzeug
    check_scrypt(2**17, 8, 1)  # OWASP
    check_argon2(memory=102400, passes=2, lanes=8)  # Django
    check_argon2(memory=65536, passes=3, lanes=4)  # argon2-cffi, RFC 9106
    check_bcrypt(14)
