import subprocess
import sys
import threading
import unicodedata
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import argon2
import bcrypt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.security import generate_password_hash

from pyauth.crypto import (
    MAX_PASSWORD_LENGTH,
    CustomPasswords,
    PasswordHasher,
    Passwords,
    ScryptCost,
    Verified,
)
from pyauth.crypto.password_schemes import BetterAuthScrypt
from pyauth.errors import ServiceUnavailable
from tests.vectors.upstream import ask_upstream, load_vectors

CHEAP = ScryptCost(n=2, r=1, p=1)
UPSTREAM_HASH = (
    "00112233445566778899aabbccddeeff:"
    "f5b22309b28fe412c82a4b2cab57498b8f8a42c849af16cb908974048f61c139"
    "33421858db3a8f111430bdc493c7cef90f61f904061c77206e3820a2e8b11bc2"
)
DECODED_SALT_HASH = (
    "00112233445566778899aabbccddeeff:"
    "2c6582b6884f1944cf63bbc01ef161c2b10a31711b17cd5fc858a8ad1020bfc8"
    "66c4fdac798a0c9b618ca84a925b536d065180ed6486ac061a0b213e5eda4c80"
)

BCRYPT = bcrypt.hashpw(b"password", bcrypt.gensalt(4)).decode()
ARGON2 = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("password")
FOREIGN = {
    "bcrypt": BCRYPT,
    "argon2": ARGON2,
    "werkzeug scrypt": generate_password_hash("password", "scrypt:1024:1:1"),
    "werkzeug pbkdf2": generate_password_hash("password", "pbkdf2:sha256:1"),
}
MALFORMED = [
    "",
    ":",
    "plain text",
    "password",
    UPSTREAM_HASH[:-1],
    UPSTREAM_HASH + "0",
    UPSTREAM_HASH + "\n",
    UPSTREAM_HASH.upper(),
    UPSTREAM_HASH.replace(":", ""),
    BCRYPT[:-1],
    BCRYPT + "x",
    BCRYPT.replace("$04$", "$99$"),
    BCRYPT.replace("$04$", "$00$"),
    BCRYPT.replace("$2b$", "$2x$"),
    "$2b$04$" + "é" * 53,
    ARGON2[:-1],
    ARGON2 + "é",
    ARGON2.rsplit("$", 1)[0],
    ARGON2.replace("m=8", "m=1"),
    ARGON2.replace("m=8", "m=99999999999999999999"),
    ARGON2.replace("t=1", "t=0"),
    ARGON2.replace("p=1", "p=1,data=aaaa"),
    "$argon2id$",
    "scrypt:3:1:1$salt$00",
    "scrypt:2:1$salt$00",
    "scrypt:two:1:1$salt$00",
    "scrypt:99999999999999999999:1:1$salt$00",
    "pbkdf2:nope:1$salt$00",
    "pbkdf2:sha256:0$salt$00",
    "pbkdf2:sha256:99999999999999999999$salt$00",
    "pbkdf2:sha256:1$salt$é",
    "pbkdf2:sha256:1$salt",
    "scrypt::::$salt$00",
    "\ud800",
    "$pbkdf2-sha256$1$$",
    "$pbkdf2-sha256$0$c2FsdA$c2FsdA",
    "$pbkdf2-sha256$1$c$c",
    "$pbkdf2-sha512$1$c2FsdA$c2FsdA",
    "$pbkdf2-md5$1$c2FsdA$c2FsdA",
    "pbkdf2_sha256$1$salt$",
    "pbkdf2_sha256$1$salt$====",
    "pbkdf2_sha256$0$salt$c2FsdA==",
    "pbkdf2_md5$1$salt$c2FsdA==",
    "pbkdf2_sha256$1$\ud800$c2FsdA==",
    "scrypt$3$salt$1$1$c2FsdA==",
    "scrypt$2$salt$0$1$c2FsdA==",
    "argon2$argon2id$",
    "argon2" + ARGON2[:-1],
    "bcrypt$" + BCRYPT[:-1],
    "bcrypt$" + BCRYPT.replace("$04$", "$99$"),
    "bcrypt_sha256$$$",
    "md5$salt$5f4dcc3b5aa765d61d8327deb882cf99",
    "!unusable",
    "flask-security:",
    "flask-security:double:",
    "flask-security:double:" + ARGON2,
    "flask-security:single:" + BCRYPT[:-1],
    "flask-security:single:flask-security:single:" + BCRYPT,
    "flask-security:triple:" + BCRYPT,
]


@pytest.fixture
def hasher() -> PasswordHasher:
    return PasswordHasher(cost=CHEAP)


@pytest.fixture
def derivations(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The passwords that scrypt was run on."""
    seen: list[str] = []

    def counted(cls: Any, password: str, salt: str) -> str:
        text = f"{len(password.encode()):0128x}"  # a lone surrogate fails here, as in scrypt
        seen.append(password)
        return text

    monkeypatch.setattr(BetterAuthScrypt, "_derive", classmethod(counted))
    return seen


def test_a_password_verifies_against_its_own_hash_only(hasher: PasswordHasher) -> None:
    made = hasher.hash("password")
    assert hasher.verify("password", made) == Verified(ok=True)
    assert hasher.verify("Password", made) == Verified(ok=False)


def test_the_outcome_is_as_true_as_ok() -> None:
    assert Verified(ok=True)
    assert not Verified(ok=False)


def test_two_hashes_of_one_password_differ(hasher: PasswordHasher) -> None:
    assert hasher.hash("password") != hasher.hash("password")


def test_a_recorded_upstream_hash_verifies_with_the_default_cost() -> None:
    hasher = PasswordHasher()
    assert hasher.verify("correct horse battery staple", UPSTREAM_HASH) == Verified(ok=True)
    assert not hasher.verify("correct horse battery staplf", UPSTREAM_HASH)
    assert not hasher.verify("correct horse battery staple", DECODED_SALT_HASH)


def test_upstreams_hashes_verify() -> None:
    hasher = PasswordHasher()
    for vector in load_vectors()["passwords"]:
        assert hasher.verify(vector["password"], vector["hash"]) == Verified(ok=True)
    assert not hasher.verify("wrong", load_vectors()["passwords"][0]["hash"])


@pytest.mark.node
def test_upstream_verifies_our_hashes() -> None:
    hasher = PasswordHasher()
    passwords = [vector["password"] for vector in load_vectors()["passwords"]]
    made = [{"password": password, "hash": hasher.hash(password)} for password in passwords]
    wrong = {"password": "wrong", "hash": made[0]["hash"]}
    assert ask_upstream(passwords=[*made, wrong])["passwords"] == [True] * len(made) + [False]


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_every_unicode_form_of_a_password_is_the_same_password(
    hasher: PasswordHasher, form: Any
) -> None:
    made = hasher.hash("pässwörd-ﬁ-①")
    assert hasher.verify(unicodedata.normalize(form, "pässwörd-ﬁ-①"), made)


@pytest.mark.parametrize("stored", FOREIGN.values(), ids=FOREIGN.keys())
def test_a_right_foreign_hash_is_replaced_by_the_default_scheme(
    hasher: PasswordHasher, stored: str
) -> None:
    verified = hasher.verify("password", stored)
    assert verified.ok
    assert verified.replacement is not None
    assert hasher.verify("password", verified.replacement) == Verified(ok=True)


@pytest.mark.parametrize("stored", FOREIGN.values(), ids=FOREIGN.keys())
def test_a_wrong_password_replaces_nothing(hasher: PasswordHasher, stored: str) -> None:
    assert hasher.verify("wrong", stored) == Verified(ok=False)


def test_a_foreign_hash_was_made_of_the_password_as_typed(hasher: PasswordHasher) -> None:
    stored = generate_password_hash("ﬁnal-①", "pbkdf2:sha256:1")
    verified = hasher.verify("ﬁnal-①", stored)
    assert verified.ok
    assert not hasher.verify(unicodedata.normalize("NFKC", "ﬁnal-①"), stored)
    assert verified.replacement is not None
    assert hasher.verify("final-1", verified.replacement).ok


def test_a_password_that_bcrypt_saw_the_beginning_of_keeps_its_hash(
    hasher: PasswordHasher,
) -> None:
    # Whatever was typed beyond 72 bytes fits: a new hash of it could lock its owner out.
    stored = bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode()
    verified = hasher.verify("x" * 72 + "mistyped", stored)
    assert verified.ok
    assert verified.replacement is None


def test_a_new_hash_is_not_shown() -> None:
    assert "secret" not in repr(Verified(ok=True, replacement="secret"))


@pytest.mark.parametrize("stored", [*FOREIGN.values()], ids=FOREIGN.keys())
@pytest.mark.parametrize("password", ["", "a\0b", "\ud800", "x" * 5000, "é" * 100])
def test_odd_passwords_are_wrong_ones(hasher: PasswordHasher, stored: str, password: str) -> None:
    assert hasher.verify(password, stored) == Verified(ok=False)


@pytest.mark.parametrize("password", ["", "a\0b", "x" * 73, "x" * MAX_PASSWORD_LENGTH])
def test_the_default_scheme_hashes_any_text_up_to_the_bound(
    hasher: PasswordHasher, password: str
) -> None:
    assert hasher.verify(password, hasher.hash(password))


def test_nothing_beyond_the_bound_reaches_the_hash(
    hasher: PasswordHasher, derivations: list[str]
) -> None:
    huge = "x" * (MAX_PASSWORD_LENGTH + 1)
    with pytest.raises(ValueError, match="at most 4096"):
        hasher.hash(huge)
    assert not hasher.verify(huge, UPSTREAM_HASH)
    hasher.dummy(huge)
    assert huge not in derivations


@pytest.mark.parametrize("stored", MALFORMED, ids=range(len(MALFORMED)))
def test_a_malformed_hash_is_a_wrong_one(hasher: PasswordHasher, stored: str) -> None:
    assert hasher.verify("password", stored) == Verified(ok=False)


@given(
    stored=st.one_of(
        st.text(),
        st.sampled_from([*MALFORMED, *FOREIGN.values(), UPSTREAM_HASH])
        .flatmap(
            lambda text: st.builds(
                lambda cut, extra: text[:cut] + extra + text[cut + 1 :],
                st.integers(0, max(len(text) - 1, 0)),
                st.text(max_size=2),
            )
        )
        .filter(lambda text: "$1" not in text[3:6]),  # a cost of bcrypt that takes seconds
    )
)
@settings(deadline=None)
def test_no_stored_text_makes_verification_raise(stored: str) -> None:
    hasher = PasswordHasher(cost=CHEAP, flask_security_salt="salt")
    assert hasher.verify("not the password", stored) == Verified(ok=False)


@pytest.mark.parametrize("password", ["password", "", "\ud800", "x" * 5000])
def test_an_unknown_account_costs_as_much_as_a_wrong_password(
    hasher: PasswordHasher, derivations: list[str], password: str
) -> None:
    hasher.verify(password, hasher.hash("something else"))
    derivations.clear()
    hasher.verify(password, UPSTREAM_HASH)
    for_known = len(derivations)
    derivations.clear()
    hasher.dummy(password)
    assert len(derivations) == for_known == 1


def test_an_unreadable_hash_costs_as_much_as_a_wrong_password(
    hasher: PasswordHasher, derivations: list[str]
) -> None:
    hasher.verify("password", "unreadable")
    assert len(derivations) == 1


def _occupy(hasher: PasswordHasher) -> Any:
    return hasher._gate.turn()


@pytest.mark.parametrize(
    "use",
    [
        lambda hasher: hasher.hash("password"),
        lambda hasher: hasher.verify("password", UPSTREAM_HASH),
        lambda hasher: hasher.dummy("password"),
    ],
    ids=["hash", "verify", "dummy"],
)
def test_too_many_hashes_at_once_are_refused_after_a_while(
    use: Callable[[PasswordHasher], object],
) -> None:
    hasher = PasswordHasher(cost=CHEAP, max_concurrent=1, max_wait=timedelta(0))
    with _occupy(hasher), pytest.raises(ServiceUnavailable):
        use(hasher)
    use(hasher)


def test_the_bound_defaults_to_the_cores_and_at_most_four(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pyauth.crypto.passwords.os.cpu_count", lambda: 64)
    hasher = PasswordHasher(cost=CHEAP, max_wait=timedelta(0))
    with _occupy(hasher), _occupy(hasher), _occupy(hasher):
        hasher.hash("password")
        with _occupy(hasher), pytest.raises(ServiceUnavailable):
            hasher.hash("password")


def test_threads_may_share_a_hasher() -> None:
    hasher = PasswordHasher(cost=CHEAP, max_concurrent=2)
    right: list[bool] = []

    def work(number: int) -> None:
        for stored in (hasher.hash(str(number)), BCRYPT):
            right.append(hasher.verify(str(number), stored).ok)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(right) == [False] * 16 + [True] * 16


def test_two_functions_of_the_application_stand_in() -> None:
    passwords: Passwords = CustomPasswords(
        hash=lambda password: f"custom:{password}",
        verify=lambda hash, password: hash == f"custom:{password}",
    )
    assert passwords.hash("password") == "custom:password"
    assert passwords.verify("password", "custom:password") == Verified(ok=True)
    assert passwords.verify("wrong", "custom:password") == Verified(ok=False)


def test_custom_hashing_works_for_unknown_accounts_too() -> None:
    hashed: list[str] = []

    def hash_it(password: str) -> str:
        hashed.append(password)
        return "stored"

    CustomPasswords(hash=hash_it, verify=lambda hash, password: False).dummy("password")
    assert hashed == ["password"]


def test_the_product_hasher_satisfies_the_seam(hasher: PasswordHasher) -> None:
    passwords: Passwords = hasher
    assert passwords.verify("password", passwords.hash("password"))


def test_foreign_backends_and_libsodium_load_only_when_needed() -> None:
    # cryptography, which PyJWT loads where it is installed, imports bcrypt for SSH keys.
    late = {"argon2", "bcrypt", "nacl", "passlib.handlers.argon2", "passlib.handlers.bcrypt"}
    code = (
        "import sys; sys.modules['cryptography'] = None\n"
        "import pyauth.crypto\n"
        "pyauth.crypto.PasswordHasher()\n"
        f"print(sorted({late} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
