import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyauth.naming import spelling_in, spellings, to_camel, to_snake

PAIRS = [
    ("email", "email"),
    ("email_verified", "emailVerified"),
    ("callback_url", "callbackURL"),
    ("error_callback_url", "errorCallbackURL"),
    ("redirect_uri", "redirectURI"),
    ("url", "url"),
    ("id_token", "idToken"),
    ("two_factor_enabled", "twoFactorEnabled"),
    ("redirect_to", "redirectTo"),
]


@pytest.mark.parametrize(("python", "wire"), PAIRS)
def test_names_travel_both_ways(python: str, wire: str) -> None:
    assert (to_camel(python), to_snake(wire)) == (wire, python)


@pytest.mark.parametrize(
    ("wire", "python"),
    [("userID", "user_id"), ("HTTPServer", "http_server"), ("baseURL", "base_url")],
)
def test_runs_of_capitals_are_one_word(wire: str, python: str) -> None:
    assert to_snake(wire) == python


_words = st.lists(st.from_regex(r"[a-z][a-z]{0,8}", fullmatch=True), min_size=1, max_size=5)


@given(_words)
def test_every_snake_case_name_of_letters_comes_back(words: list[str]) -> None:
    # One-letter words meet a neighbour's capitals, and the acronyms only end a name.
    words = [word for word in words if len(word) > 1 and word not in {"url", "uri"}] or ["name"]
    name = "_".join(words)
    assert to_snake(to_camel(name)) == name


@given(_words)
def test_a_camel_case_name_has_no_underscore(words: list[str]) -> None:
    assert "_" not in to_camel("_".join(words))


@pytest.mark.parametrize(
    ("name", "camel"),
    [
        ("disable_csrf_check", ("disableCsrfCheck", "disableCSRFCheck")),
        ("on_api_error", ("onApiError", "onAPIError")),
        ("base_url", ("baseUrl", "baseURL")),
        ("email_and_password", ("emailAndPassword", "emailAndPassword")),
    ],
)
def test_options_are_written_in_three_ways(name: str, camel: tuple[str, str]) -> None:
    assert spellings(name) == (name, *camel)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"base_url": 1}, "base_url"),
        ({"baseUrl": 1}, "baseUrl"),
        ({"baseURL": 1, "secret": 2}, "baseURL"),
        ({}, "base_url"),
    ],
)
def test_the_spelling_in_use_is_found(given: dict[str, int], found: str) -> None:
    assert spelling_in(given, "base_url") == found
