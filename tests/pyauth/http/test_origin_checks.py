"""Every redirect target of every route is a declared one, and a refused request changes nothing.

The lists are made of the registry, so a new route is held to them the day it is there.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, get_args

import pytest
from pydantic import BaseModel

import pyauth.plugins
from pyauth import PyAuth
from pyauth.http.endpoint import Endpoint
from pyauth.http.inputs import Body, Input, Omittable, Query, RedirectURL, shape_of
from pyauth.http.origin_checks import REDIRECT_ERRORS
from pyauth.naming import to_camel
from tests.support.app import FOREIGN, ORIGIN, Door, Outbox, Visitor, make_auth

# Every input of every route -----------------------------------------------------------------------

LEADS_AWAY = re.compile(
    r"(^|_)(url|uri|href|link|callback|redirect|return|goto|next|continue|forward|dest|destination|"
    r"target|success|failure|cancel)(_|$)"
)
"""Words in a field's name that sound as if a browser were sent there."""

NO_REDIRECTS: dict[tuple[str, str], str] = {}
"""Endpoint and field to the reason why a field that is named like a redirect is none."""


def make_full(**options: Any) -> tuple[PyAuth, Outbox]:
    """Return an instance with every feature that mails or redirects, and its outbox."""
    outbox = Outbox()
    chosen: dict[str, Any] = {
        "email_and_password": {"enabled": True, "send_reset_password": outbox},
        "user": {
            "change_email": {"enabled": True},
            "delete_user": {"enabled": True, "send_delete_account_verification": outbox},
        },
        "plugins": [getattr(pyauth.plugins, name)() for name in pyauth.plugins.__all__],
    }
    return make_auth(verification=outbox, **{**chosen, **options}), outbox


@dataclass(frozen=True)
class Field:
    """One field of an input."""

    endpoint: Endpoint[Any, Any]
    where: str
    name: str
    is_declared: bool

    def __str__(self) -> str:
        return f"{self.endpoint.name}-{self.where}-{self.name}"


def find_fields() -> Iterator[Field]:
    """Yield every field of every input, those of objects within it included."""
    auth, _ = make_full()
    for operation in auth.site.registry.operations.values():
        endpoint = operation.endpoint
        for where, model in (("body", endpoint.body), ("query", endpoint.query)):
            if model is not None:
                yield from fields_of(endpoint, where, model)


def fields_of(endpoint: Any, where: str, model: type[Input]) -> Iterator[Field]:
    """Yield the fields of one input."""
    declared = shape_of(model).redirects
    for name in model.model_fields:
        yield Field(endpoint, where, name, name in declared)
    for inner in models_within(model):
        for name in inner.model_fields:
            yield Field(endpoint, where, name, is_declared=False)


def models_within(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Yield the models of the objects that an input holds, at any depth."""
    for info in model.model_fields.values():
        for inner in parts_of(info.annotation):
            yield inner
            yield from models_within(inner)


def parts_of(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the models that an annotation is made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from parts_of(part)


FIELDS = list(find_fields())
REDIRECTS = [field for field in FIELDS if field.is_declared]


@pytest.mark.parametrize("field", FIELDS, ids=str)
def test_what_is_named_like_a_redirect_is_declared_as_one(field: Field) -> None:
    excused = (field.endpoint.name, field.name) in NO_REDIRECTS
    sounds = LEADS_AWAY.search(field.name) is not None or field.name in REDIRECT_ERRORS
    assert not sounds or field.is_declared or excused


def test_the_list_of_inputs_finds_what_is_hidden() -> None:
    class Inner(BaseModel):
        redirect_uri: str = ""

    class Hiding(Body):
        items: list[Inner] | None = None
        return_to: str = ""
        callback_url: Omittable[RedirectURL] = None

    class Asking(Query):
        next: str = ""

    found = {
        field.name: (field.is_declared, LEADS_AWAY.search(field.name) is not None)
        for model in (Hiding, Asking)
        for field in fields_of(None, "body", model)
    }
    assert found == {
        "items": (False, False),
        "return_to": (False, True),
        "callback_url": (True, True),
        "redirect_uri": (False, True),
        "next": (False, True),
    }


@pytest.mark.parametrize("excuse", NO_REDIRECTS, ids=str)
def test_no_excuse_outlives_its_field(excuse: tuple[str, str]) -> None:
    found = {(field.endpoint.name, field.name) for field in FIELDS if not field.is_declared}
    assert excuse in found


def test_every_route_of_the_contract_that_takes_a_target_is_among_them() -> None:
    found = {(field.endpoint.name, field.name) for field in REDIRECTS}
    assert {
        ("sign_up_email", "callback_url"),
        ("sign_in_email", "callback_url"),
        ("send_verification_email", "callback_url"),
        ("verify_email", "callback_url"),
        ("change_email", "callback_url"),
        ("delete_user", "callback_url"),
        ("delete_user_callback", "callback_url"),
        ("request_password_reset", "redirect_to"),
        ("request_password_reset_callback", "callback_url"),
    } <= found


# A refused target consumes nothing ----------------------------------------------------------------

TOKEN = "t" * 32
HOSTILE = [FOREIGN, "//evil.example", "/\\evil.example", "javascript:alert(1)", f"{ORIGIN}@evil"]


class Scene:
    """A signed-in user, and a live token of every kind that routes redeem."""

    def __init__(self, door: Door = "http") -> None:
        self.auth, self.outbox = make_full()
        self.visitor = Visitor(self.auth, door=door)
        self.visitor.sign_up()
        self.outbox.sent.clear()
        user = self.auth.context.users.find_by_email("ada@example.com")
        assert user is not None
        for identifier in (f"reset-password:{TOKEN}", f"delete-account-{TOKEN}"):
            self.auth.context.verifications.create(
                identifier=identifier,
                value=user.id,
                expires_at=self.auth.context.clock() + timedelta(hours=1),
            )
        self.before = self.everything()

    def everything(self) -> dict[str, Any]:
        """Return every row."""
        models = self.auth.context.schema.models
        return {name: self.auth.context.adapter.find_many(name, limit=1000) for name in models}

    def assert_unchanged(self) -> None:
        """Fail if a row changed or a mail went out."""
        assert self.everything() == self.before
        assert self.outbox.sent == []

    def verification_token(self) -> str:
        """Return a token that verifies the user's address."""
        self.visitor.call("send_verification_email", {"email": "ada@example.com"})
        token: str = self.outbox.sent.pop().token
        return token

    def values_for(self, field: Field) -> dict[str, Any]:
        """Return the other values that the endpoint needs to do its work."""
        token = self.verification_token() if field.endpoint.name == "verify_email" else TOKEN
        values = {
            "token": token,
            "email": "ada@example.com",
            "new_email": "new@example.com",
            "name": "Ada",
            "password": "correct horse",
            "new_password": "another horse",
        }
        if field.endpoint.name == "sign_up_email":
            values["email"] = "bob@example.com"
        if field.endpoint.name == "delete_user":
            del values["token"]
        model = field.endpoint.body if field.where == "body" else field.endpoint.query
        assert model is not None
        return {name: values[name] for name in model.model_fields if name in values}


def play(scene: Scene, field: Field, target: Any) -> Any:
    """Run the endpoint with a target by the scene's door."""
    values = {**scene.values_for(field), field.name: target}
    path = field.endpoint.path
    if scene.visitor.door == "api" or path is None:
        arguments: dict[str, Any] = {field.where: values}
        if path and ":" in path:
            pytest.skip("parameters of a path travel over HTTP here")
        return scene.visitor.call(
            field.endpoint.name, arguments.get("body"), query=arguments.get("query")
        )
    wire = {to_camel(name): value for name, value in values.items()}
    sent: dict[str, Any] = {"query": wire} if field.where == "query" else {"json": wire}
    url = re.sub(r":\w+", TOKEN, path)
    return scene.visitor.request(field.endpoint.methods[0], url, **sent)


@pytest.mark.parametrize("target", HOSTILE)
@pytest.mark.parametrize("door", ["http", "api"])
@pytest.mark.parametrize("field", REDIRECTS, ids=str)
def test_a_refused_target_consumes_nothing(field: Field, door: Door, target: str) -> None:
    scene = Scene(door)
    answer = play(scene, field, target)
    error = REDIRECT_ERRORS[field.name]
    assert answer.refusal == (403, error.code)
    assert answer.set_cookies == []
    assert "Location" not in answer.headers
    scene.assert_unchanged()


CONSUMES = {"verify_email", "delete_user_callback", "sign_up_email", "sign_in_email"}


@pytest.mark.parametrize("field", REDIRECTS, ids=str)
def test_the_same_request_with_a_target_of_ours_works(field: Field) -> None:
    scene = Scene()
    answer = play(scene, field, "/done")
    assert answer.status in {200, 302}, answer.text
    if field.endpoint.name in CONSUMES:
        with pytest.raises(AssertionError):
            scene.assert_unchanged()


@pytest.mark.parametrize("field", REDIRECTS, ids=str)
@pytest.mark.parametrize("value", [["/a", "/b"], {"url": "/a"}, 5, True])
def test_a_target_that_is_no_text_is_refused_and_consumes_nothing(field: Field, value: Any) -> None:
    if field.where == "query" and not isinstance(value, list):
        pytest.skip("a query holds texts and repeated names")
    scene = Scene()
    assert play(scene, field, value).status == 400
    scene.assert_unchanged()


@pytest.mark.parametrize("field", [item for item in REDIRECTS if item.where == "body"], ids=str)
def test_forms_are_no_way_around(field: Field) -> None:
    scene = Scene()
    path = field.endpoint.path
    assert path is not None
    form = {to_camel(name): str(value) for name, value in scene.values_for(field).items()}
    answer = scene.visitor.request("POST", path, form={**form, to_camel(field.name): FOREIGN})
    assert answer.status in {403, 415}
    scene.assert_unchanged()


# Where a state-changing request comes from --------------------------------------------------------

STATE_CHANGING = [
    item.endpoint
    for item in make_full()[0].site.registry.operations.values()
    if item.endpoint.path is not None and not set(item.endpoint.methods) <= {"GET", "HEAD"}
]


def name_of(endpoint: Endpoint[Any, Any]) -> str:
    """Return the name that a test shows."""
    return endpoint.name


@pytest.mark.parametrize("endpoint", STATE_CHANGING, ids=name_of)
@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Origin": FOREIGN}, "INVALID_ORIGIN"),
        ({"Origin": FOREIGN, "Referer": f"{ORIGIN}/page"}, "INVALID_ORIGIN"),
        ({"Origin": "null"}, "MISSING_OR_NULL_ORIGIN"),
        ({"Origin": "null", "Referer": f"{ORIGIN}/page"}, "MISSING_OR_NULL_ORIGIN"),
        ({}, "MISSING_OR_NULL_ORIGIN"),
        ({"Referer": f"{FOREIGN}/{ORIGIN}"}, "INVALID_ORIGIN"),
        ({"Origin": "", "Referer": FOREIGN}, "INVALID_ORIGIN"),
        ({"Sec-Fetch-Site": "same-origin"}, "MISSING_OR_NULL_ORIGIN"),
        ({"Sec-Fetch-Site": "same-site", "Origin": FOREIGN}, "INVALID_ORIGIN"),
        ({"Origin": f"{ORIGIN}, {FOREIGN}"}, "INVALID_ORIGIN"),
        ({"Origin": FOREIGN, "X-HTTP-Method-Override": "GET"}, "INVALID_ORIGIN"),
        ({"Origin": FOREIGN, "X-Requested-With": "XMLHttpRequest"}, "INVALID_ORIGIN"),
        ({"Origin": FOREIGN, "Access-Control-Request-Method": "POST"}, "INVALID_ORIGIN"),
    ],
    ids=str,
)
def test_with_cookies_every_state_changing_route_asks_for_the_own_origin(
    endpoint: Endpoint[Any, Any], headers: dict[str, str], code: str
) -> None:
    assert endpoint.path is not None
    scene = Scene()
    scene.visitor.origin = None
    path = re.sub(r":\w+", TOKEN, endpoint.path)
    body = {"token": TOKEN, "email": "ada@example.com", "newPassword": "another horse"}
    answer = scene.visitor.request("POST", path, json=body, headers=headers)
    assert answer.refusal == (403, code)
    assert answer.set_cookies == []
    scene.assert_unchanged()


@pytest.mark.parametrize("endpoint", STATE_CHANGING, ids=name_of)
@pytest.mark.parametrize("method", ["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_no_other_method_reaches_a_state_changing_route(
    endpoint: Endpoint[Any, Any], method: str
) -> None:
    assert endpoint.path is not None
    if method in endpoint.methods:
        return
    scene = Scene()
    path = re.sub(r":\w+", TOKEN, endpoint.path)
    headers = {"X-HTTP-Method-Override": "POST", "Origin": FOREIGN}
    query = {"_method": "POST", "token": TOKEN}
    answer = scene.visitor.request(method, path, headers=headers, query=query)
    assert answer.status == 404
    scene.assert_unchanged()


def test_an_origin_is_compared_whole_not_by_its_beginning() -> None:
    scene = Scene()
    for origin in (f"{ORIGIN}.evil.example", f"{ORIGIN}0", ORIGIN[:-1], "http://localhost"):
        answer = scene.visitor.post("/sign-out", {}, headers={"Origin": origin})
        assert answer.refusal == (403, "INVALID_ORIGIN"), origin


def test_the_path_of_a_referer_says_nothing() -> None:
    scene = Scene()
    scene.visitor.origin = None
    referer = {"Referer": f"https://evil.example/?{ORIGIN}#{ORIGIN}"}
    assert scene.visitor.post("/sign-out", {}, headers=referer).refusal == (403, "INVALID_ORIGIN")
    fine = scene.visitor.post("/sign-out", {}, headers={"Referer": f"{ORIGIN}/a?b#c"})
    assert fine.status == 200
