import hashlib
from typing import Any

import argon2
import bcrypt
import pytest
from werkzeug.security import generate_password_hash

from pyauth.crypto.password_schemes import (
    BETTER_AUTH_COST,
    Argon2,
    Bcrypt,
    BetterAuthScrypt,
    ScryptCost,
    WerkzeugHash,
)

CHEAP = BetterAuthScrypt.using(cost=ScryptCost(n=2, r=1, p=1))
BCRYPT = bcrypt.hashpw(b"password", bcrypt.gensalt(4)).decode()
ARGON2 = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("password")
WERKZEUG = generate_password_hash("password", "pbkdf2:sha256:1")


def test_the_default_cost_is_upstreams() -> None:
    assert ScryptCost(n=16384, r=16, p=1) == BETTER_AUTH_COST
    assert BetterAuthScrypt.cost == BETTER_AUTH_COST


@pytest.mark.parametrize("cost", [(0, 1, 1), (1, 1, 1), (3, 1, 1), (16, 0, 1), (16, 1, 0)])
def test_an_impossible_cost_is_refused(cost: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="scrypt"):
        ScryptCost(*cost)


def test_the_salt_text_and_not_its_bytes_goes_into_scrypt() -> None:
    salt, key = CHEAP.hash("password").split(":")
    derived = hashlib.scrypt(b"password", salt=salt.encode(), n=2, r=1, p=1, dklen=64)
    assert key == derived.hex()
    assert len(bytes.fromhex(salt)) == 16


def test_another_cost_makes_another_hash() -> None:
    assert not BetterAuthScrypt.using(cost=ScryptCost(n=4, r=1, p=1)).verify(
        "password", CHEAP.hash("password")
    )


@pytest.mark.parametrize("scheme", [BetterAuthScrypt, WerkzeugHash, Bcrypt, Argon2])
def test_each_format_is_taken_by_one_scheme(scheme: Any) -> None:
    owners = {
        CHEAP.hash("password"): BetterAuthScrypt,
        WERKZEUG: WerkzeugHash,
        generate_password_hash("password", "scrypt:1024:1:1"): WerkzeugHash,
        BCRYPT: Bcrypt,
        ARGON2: Argon2,
    }
    for text, owner in owners.items():
        assert scheme.identify(text) is (scheme is owner)


@pytest.mark.parametrize(
    ("scheme", "text"),
    [(WerkzeugHash, WERKZEUG), (Bcrypt, BCRYPT), (Argon2, ARGON2)],
    ids=["werkzeug", "bcrypt", "argon2"],
)
def test_foreign_schemes_verify_and_never_hash(scheme: Any, text: str) -> None:
    assert scheme.verify("password", text)
    assert not scheme.verify("Password", text)
    with pytest.raises(NotImplementedError, match="verified, never made"):
        scheme.hash("password")


@pytest.mark.parametrize("variant", ["$2a$", "$2b$", "$2y$"])
def test_every_sound_variant_of_bcrypt_verifies(variant: str) -> None:
    text = variant + BCRYPT.removeprefix("$2b$")
    assert Bcrypt.identify(text)
    assert Bcrypt.verify("password", text)


@pytest.mark.parametrize("variant", ["$2$", "$2x$"])
def test_broken_variants_of_bcrypt_are_not_taken(variant: str) -> None:
    assert not Bcrypt.identify(variant + BCRYPT.removeprefix("$2b$"))


def test_bcrypt_sees_the_first_72_bytes() -> None:
    text = bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode()
    assert Bcrypt.verify("x" * 100, text)
    assert not Bcrypt.verify("x" * 71, text)


def test_bcrypt_may_be_cut_within_a_character() -> None:
    password = "é" * 40
    text = bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(4)).decode()
    assert Bcrypt.verify(password, text)


def test_unused_bits_that_old_bcrypt_libraries_set_do_no_harm() -> None:
    symbols = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    last = symbols.index(BCRYPT[28])
    assert last % 16 == 0
    assert Bcrypt.verify("password", BCRYPT[:28] + symbols[last + 5] + BCRYPT[29:])
