"""Where people are sent, and where they may be sent back to."""

import pytest
from flask import Flask

from flask_pyauth import next_path
from flask_pyauth.answers import redirect_to_page

UNSAFE = [
    "",
    "//evil.example",
    "/\\evil.example",
    "https://evil.example",
    "javascript:alert(1)",
    "/%2f/evil.example",
    "/%5cevil.example",
    "members",
    "/a b",
    "/\n/evil.example",
    "@evil.example",
]


@pytest.mark.parametrize("target", ["/members", "/members?page=2&sort=name", "/a/b.html"])
def test_a_path_on_this_site_is_followed(target: str) -> None:
    with Flask("site").test_request_context(query_string={"next": target}):
        assert next_path("/account") == target


@pytest.mark.parametrize("target", UNSAFE)
def test_anything_else_is_not(target: str) -> None:
    with Flask("site").test_request_context(query_string={"next": target}):
        assert next_path("/account") == "/account"


def test_a_form_may_carry_the_target() -> None:
    app = Flask("site")
    with app.test_request_context(method="POST", data={"next": "/members"}):
        assert next_path() == "/members"


def test_without_a_target_it_is_the_default() -> None:
    with Flask("site").test_request_context():
        assert next_path() == "/"


@pytest.mark.parametrize("path", ["/a%20b", "/a%5Cb", "/a?next=%2F%2Fevil.example", "/a%0Ab"])
def test_a_page_with_an_unsafe_path_is_no_place_to_return_to(path: str) -> None:
    with Flask("site").test_request_context(path):
        assert redirect_to_page("/sign-in").location == "/sign-in"
