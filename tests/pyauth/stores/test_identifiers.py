"""Under which names identifiers are stored."""

import pytest

from pyauth import ConfigurationError
from pyauth.options import VerificationOptions
from pyauth.stores.identifiers import Identifiers


def identifiers(store_identifier: object) -> Identifiers:
    options = VerificationOptions.model_validate({"store_identifier": store_identifier})
    return Identifiers(options.store_identifier)


def test_plain_is_the_default() -> None:
    assert Identifiers(VerificationOptions().store_identifier).names("i") == ("i",)


def test_a_hash_is_the_sha256_in_base64url_without_padding() -> None:
    # $ printf reset-password:abc | openssl dgst -sha256 -binary | basenc --base64url
    assert identifiers("hashed").stored("reset-password:abc") == (
        "IMUqJ3lXuvod79AbI4EdsWmdAkZeIP5syfKs7-d5fQQ"
    )


def test_a_function_decides() -> None:
    assert identifiers({"hash": lambda identifier: f"h({identifier})"}).stored("i") == "h(i)"


def test_a_function_must_return_a_text() -> None:
    with pytest.raises(ConfigurationError, match="must return a text, not a bytes"):
        identifiers({"hash": str.encode}).stored("i")


def test_the_first_beginning_that_fits_decides() -> None:
    rules = identifiers(
        {
            "default": "plain",
            "overrides": {"reset-": {"hash": lambda _: "reset"}, "reset-password:": "hashed"},
        }
    )
    assert [rules.stored(text) for text in ("reset-password:x", "sign-in-otp", "a-reset-")] == [
        "reset",
        "sign-in-otp",
        "a-reset-",
    ]


def test_values_from_before_the_option_are_looked_for_as_well() -> None:
    chosen = identifiers("hashed")
    assert chosen.names("reset-password:abc") == (
        chosen.stored("reset-password:abc"),
        "reset-password:abc",
    )


@pytest.mark.parametrize("option", ["hashed", {"hash": lambda identifier: identifier[::-1]}])
def test_a_stored_name_is_not_taken_for_an_identifier(option: object) -> None:
    chosen = identifiers(option)
    stolen = chosen.stored("a token of 43 characters.......................")
    assert stolen not in chosen.names(stolen)[1:]


@pytest.mark.parametrize("wrong", ["sha256", 7, {"default": "md5"}, {"hash": "x"}])
def test_an_unknown_way_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match=r"store_?[iI]dentifier"):
        identifiers(wrong)


def test_the_refusal_says_what_would_be_right() -> None:
    with pytest.raises(ValueError, match="must be 'plain', 'hashed'"):
        identifiers("sha256")
