from typing import Any, ClassVar

import pytest
from pydantic import ConfigDict

from pyauth.errors import ValidationFailed
from pyauth.http.inputs import (
    Body,
    EmailAddress,
    Input,
    Omittable,
    Query,
    QueryFlag,
    RedirectURL,
    shape_of,
)
from pyauth.http.validation import ABSENT, validate


class Person(Body):
    full_name: str
    email: EmailAddress
    age: Omittable[int] = None
    is_admin: Omittable[bool] = None
    tags: Omittable[list[str]] = None
    callback_url: Omittable[RedirectURL] = None
    extra_data: Omittable[dict[str, Any]] = None


class Open(Body):
    model_config = ConfigDict(extra="allow")
    object_words: ClassVar[tuple[str, ...]] = ("object", "record")

    name: str


class Flags(Query):
    disable_cache: QueryFlag = False


def issues_of(model: type[Input], value: Any, where: str = "body") -> tuple[str, ...]:
    with pytest.raises(ValidationFailed) as caught:
        validate(model, shape_of(model), value, where=where)
    return caught.value.issues


ADA = {"full_name": "Ada", "email": "ada@example.com"}


def test_what_fits_is_read() -> None:
    person = validate(Person, shape_of(Person), {**ADA, "age": 36, "unknown": 1}, where="body")
    assert (person.full_name, person.age, person.is_admin) == ("Ada", 36, None)
    assert person.extras() == {}


@pytest.mark.parametrize(
    ("value", "issue"),
    [
        ({}, "[body.fullName] Invalid input: expected string, received undefined"),
        ({"full_name": None}, "[body.fullName] Invalid input: expected string, received null"),
        ({"full_name": 1}, "[body.fullName] Invalid input: expected string, received number"),
        ({"full_name": 1.5}, "[body.fullName] Invalid input: expected string, received number"),
        ({"full_name": True}, "[body.fullName] Invalid input: expected string, received boolean"),
        ({"full_name": []}, "[body.fullName] Invalid input: expected string, received array"),
        ({"full_name": {}}, "[body.fullName] Invalid input: expected string, received object"),
        ({"email": "ada"}, "[body.email] Invalid email address"),
        ({"age": "36"}, "[body.age] Invalid input: expected number, received string"),
        ({"age": True}, "[body.age] Invalid input: expected number, received boolean"),
        ({"age": None}, "[body.age] Invalid input: expected number, received null"),
        ({"is_admin": "yes"}, "[body.isAdmin] Invalid input: expected boolean, received string"),
        ({"is_admin": 1}, "[body.isAdmin] Invalid input: expected boolean, received number"),
        ({"is_admin": None}, "[body.isAdmin] Invalid input: expected boolean, received null"),
        ({"tags": "a"}, "[body.tags] Invalid input: expected array, received string"),
        ({"tags": [1]}, "[body.tags.0] Invalid input: expected string, received number"),
        ({"callback_url": 5}, "[body.callbackURL] Invalid input: expected string, received number"),
        ({"extra_data": []}, "[body.extraData] Invalid input: expected record, received array"),
    ],
)
def test_mismatches_are_worded_as_upstream_words_them(value: dict[str, Any], issue: str) -> None:
    filled = value if value == {} else {**ADA, **value}
    assert issue in issues_of(Person, filled)


def test_every_mismatch_is_listed() -> None:
    assert issues_of(Person, {"email": 1}) == (
        "[body.fullName] Invalid input: expected string, received undefined",
        "[body.email] Invalid input: expected string, received number",
    )


@pytest.mark.parametrize(
    ("value", "received"),
    [(ABSENT, "undefined"), (None, "null"), ([], "array"), ("x", "string"), (1, "number")],
)
def test_a_body_that_is_no_object_is_refused(value: Any, received: str) -> None:
    assert issues_of(Person, value) == (
        f"[body] Invalid input: expected object, received {received}",
    )
    assert issues_of(Open, value) == (
        f"[body] Invalid input: expected object, received {received}",
        f"[body] Invalid input: expected record, received {received}",
    )


def test_extras_come_beside_the_attributes() -> None:
    opened = validate(Open, shape_of(Open), {"name": "a", "nickname": "b"}, where="body")
    assert opened.extras() == {"nickname": "b"}


@pytest.mark.parametrize(
    ("text", "flag"), [("", False), ("true", True), ("false", True), ("0", True), (["a"], True)]
)
def test_any_text_but_the_empty_one_is_yes(text: Any, flag: bool) -> None:
    assert validate(Flags, shape_of(Flags), {"disable_cache": text}, where="query") == Flags(
        disable_cache=flag
    )
