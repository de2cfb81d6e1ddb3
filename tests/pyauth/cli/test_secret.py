"""``secret``: what it makes, and what it refuses."""

from pathlib import Path

import pytest

from pyauth.crypto.secret_keys import strict_weakness
from tests.pyauth.cli.conftest import STRONG, Run

GOOD = "Secret strength looks good.\n"


def test_it_makes_a_strong_secret_each_time(run: Run) -> None:
    made = [run("secret").out.strip() for _ in range(2)]
    assert made[0] != made[1]
    assert [strict_weakness(secret) for secret in made] == [None, None]
    assert [len(secret) for secret in made] == [43, 43]


def test_the_number_of_bytes_may_grow_and_not_shrink(run: Run) -> None:
    assert len(run("secret", "--bytes", "64").out.strip()) == 86
    assert run("secret", "--bytes", "31").code == 2


def test_it_makes_a_line_for_an_env_file(run: Run) -> None:
    name, _, secret = run("secret", "--env-line").out.strip().partition("=")
    assert name == "PYAUTH_SECRET"
    assert strict_weakness(secret) is None


def test_a_good_secret_is_told_so(run: Run) -> None:
    done = run("secret", "--check", STRONG)
    assert (done.code, done.out) == (0, GOOD)


@pytest.mark.parametrize(
    ("secret", "flaw"),
    [
        ("", "is empty"),
        ("   ", "is empty"),
        ("rustauth-secret-123456789012345678901", "published"),
        ("Change-Me-7Vb2Nc9Xm4Lk8Jh3Gf6Ds1Pw5", "example"),
        ("kT9vQ2mXz7LpR4wYb8NcF6", "shorter than 32"),
        ("a" * 40, "repeats"),
        ("abcdefghijklmnopqrstuvwxyz0123456789", "fewer than 3 kinds"),
    ],
)
def test_a_bad_secret_is_refused_with_the_reason(run: Run, secret: str, flaw: str) -> None:
    done = run("secret", "--check", secret)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("Error: the secret ")
    assert flaw in done.err
    assert not secret.strip() or secret not in done.err


def test_in_development_it_need_only_be_there(run: Run) -> None:
    assert run("secret", "--dev", "--check", "short").out == GOOD
    assert run("secret", "--dev", "--check", "").code == 1


def test_a_variable_is_judged_with_the_env_files(folder: Path, run: Run) -> None:
    (folder / ".env").write_text(f"AUTH_SECRET={STRONG}\nWEAK=short\n")
    assert run("secret", "--check-env", "AUTH_SECRET").out == GOOD
    assert run("secret", "--check-env", "WEAK").err.startswith("Error: WEAK will not do: ")
    assert run("secret", "--check-env", "NOWHERE").err.startswith("Error: NOWHERE is empty")


def test_two_checks_at_once_are_a_mistake(run: Run) -> None:
    done = run("secret", "--check", STRONG, "--check-env", "X")
    assert done.code == 2
    assert "exclude each other" in done.err
