"""The OpenAPI document says what the endpoints, the schema and the plugins say."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, get_type_hints

import pytest
from openapi_spec_validator import validate

import pyauth.plugins
from pyauth import ConfigurationError, Contributions, ErrorCode, Plugin, PyAuth
from pyauth.error_codes import UNAUTHORIZED
from pyauth.http import Body, Call, Omittable, RedirectURL, endpoint, guards, require_session
from pyauth.plugins import Bearer
from tests.support.app import Visitor, make_auth
from tests.support.endpoints import shipped_endpoints, shipped_plugins

TEAPOT = ErrorCode("TEAPOT", "I am a teapot", 418)
SHIPPED = shipped_endpoints()


class Brew(Body):
    cups: int
    note: Omittable[str] = None
    name: str | None = None
    callback_url: Omittable[RedirectURL] = None


@endpoint("POST", "/brew/:pot", body=Brew, guards=(require_session,), errors=(TEAPOT,))
def brew(_call: Call, _body: Brew) -> dict[str, int]:
    """Brew some tea."""
    return {"cups": 1}


class Tea(Plugin):
    id = "tea"

    def contribute(self) -> Contributions:
        return Contributions(endpoints=[brew], openapi={"info": {"x-leaves": "green"}})


FIELDS = {
    "age": {"type": "number"},
    "nick": {"type": "string", "required": False, "unique": True},
    "tier": {"type": ["free", "paid"], "required": False},
    "role": {"type": "string", "input": False, "default": "user"},
    "secret_note": {"type": "string", "required": False, "returned": False},
    "tags": {"type": "string[]", "default": list},
    "born_at": {"type": "date", "required": False, "wire_name": "birthday"},
}


@pytest.fixture(scope="module")
def auth() -> PyAuth:
    return make_auth(plugins=[Bearer(), Tea()], user={"additional_fields": FIELDS})


@pytest.fixture(scope="module")
def document(auth: PyAuth) -> dict[str, Any]:
    return auth.openapi()


def operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in document["paths"].values():
        yield from item.values()


def body_schema(document: dict[str, Any], path: str) -> dict[str, Any]:
    found: dict[str, Any] = document["paths"][path]["post"]["requestBody"]["content"][
        "application/json"
    ]["schema"]
    return found


def test_a_validator_accepts_it(document: dict[str, Any]) -> None:
    validate(document)


def test_it_is_plain_json(document: dict[str, Any]) -> None:
    assert json.loads(json.dumps(document)) == document


def test_it_may_be_changed_without_changing_the_next(auth: PyAuth) -> None:
    first = auth.openapi()
    first["components"]["schemas"]["Error"]["properties"].clear()
    first["paths"].clear()
    assert auth.openapi() != first
    assert auth.openapi()["components"]["schemas"]["Error"]["properties"]


def test_every_route_is_in_it(auth: PyAuth, document: dict[str, Any]) -> None:
    routes = [item.endpoint for item in auth.site.registry.operations.values()]
    wanted = {
        (route.path.replace(":token", "{token}").replace(":pot", "{pot}"), method.lower())
        for route in routes
        if route.path is not None
        for method in route.methods
    }
    assert {(p, m) for p, item in document["paths"].items() for m in item} == wanted


def test_operation_ids_are_unique(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for operation in operations(document)]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("route", SHIPPED, ids=lambda route: f"{route.source}-{route.name}")
def test_every_endpoint_that_comes_with_pyauth_describes_itself(route: Any) -> None:
    assert list(omissions_of(route)) == []


def test_every_plugin_that_comes_with_pyauth_is_looked_at() -> None:
    assert {type(plugin).__name__ for plugin in shipped_plugins()} == set(pyauth.plugins.__all__)


def test_an_endpoint_that_leaves_something_out_is_noticed() -> None:
    @endpoint("POST", "/careless", guards=(require_session,))
    def careless(_call):  # type: ignore[no-untyped-def]
        return 1

    assert len(list(omissions_of(careless))) == 4
    assert list(omissions_of(replace(brew, operation_id="brew", errors=(UNAUTHORIZED,)))) == []


def omissions_of(route: Any) -> Iterator[str]:
    """Yield what the description of an endpoint lacks."""
    if not route.summary:
        yield "its handler has no docstring"
    if route.path is not None and not route.operation_id:
        yield "it has a path and no operation_id"
    if asks_for_session(route) and UNAUTHORIZED not in route.errors:
        yield "it has a guard that asks for a session, and does not list UNAUTHORIZED"
    returned = get_type_hints(route.handler).get("return", Any)
    if returned in (Any, object, dict, list):
        yield "its handler does not say what it returns"


def asks_for_session(route: Any) -> bool:
    """Return whether one of an endpoint's guards comes from the core: each asks for a session."""
    return any(guard.__module__ == guards.__name__ for guard in route.guards)


def test_a_session_may_be_shown_by_cookie_or_token(document: dict[str, Any]) -> None:
    operation = document["paths"]["/list-sessions"]["get"]
    assert operation["security"] == [{"sessionCookie": []}, {"bearerAuth": []}]
    assert document["components"]["securitySchemes"]["sessionCookie"] == {
        "type": "apiKey",
        "in": "cookie",
        "name": "better-auth.session_token",
        "description": "The signed session cookie that sign-in sets.",
    }
    assert "security" not in document["paths"]["/sign-in/email"]["post"]


def test_records_show_what_answers_show(document: dict[str, Any]) -> None:
    user = document["components"]["schemas"]["User"]
    assert "secretNote" not in user["properties"]
    assert user["properties"]["nick"] == {"type": ["string", "null"]}
    assert user["properties"]["tier"] == {
        "type": ["string", "null"],
        "enum": ["free", "paid", None],
    }
    assert user["properties"]["birthday"] == {"type": ["string", "null"], "format": "date-time"}
    assert set(user["required"]) == set(user["properties"])
    assert "password" not in document["components"]["schemas"]["Account"]["properties"]


def test_a_derived_record_has_what_it_adds_and_not_what_it_leaves_out(
    document: dict[str, Any],
) -> None:
    account = document["components"]["schemas"]["LinkedAccount"]
    assert account["properties"]["scopes"] == {"type": "array", "items": {"type": "string"}}
    assert "scopes" in account["required"]
    assert "scope" not in account["properties"]
    assert "providerId" in account["properties"]


def test_a_body_takes_the_additional_fields_open_to_input(document: dict[str, Any]) -> None:
    sign_up = body_schema(document, "/sign-up/email")
    assert set(sign_up["required"]) == {"name", "email", "password", "age"}
    assert sign_up["properties"]["nick"] == {"type": ["string", "null"], "maxLength": 255}
    assert sign_up["properties"]["tags"] == {"type": "array", "items": {"type": "string"}}
    assert "role" not in sign_up["properties"]


def test_what_may_be_left_out_may_still_not_be_null(document: dict[str, Any]) -> None:
    schema = body_schema(document, "/brew/{pot}")
    assert schema["required"] == ["cups"]
    assert schema["properties"]["note"] == {"type": "string"}
    assert schema["properties"]["callbackURL"] == {"type": "string"}
    assert schema["properties"]["name"] == {"anyOf": [{"type": "string"}, {"type": "null"}]}


def test_errors_are_listed_by_status_with_their_codes(document: dict[str, Any]) -> None:
    responses = document["paths"]["/brew/{pot}"]["post"]["responses"]
    teapot = responses["418"]["content"]["application/json"]
    assert teapot["schema"] == {"$ref": "#/components/schemas/Error"}
    assert teapot["examples"] == {
        "TEAPOT": {"value": {"code": "TEAPOT", "message": "I am a teapot"}}
    }
    refusals = responses["403"]["content"]["application/json"]["examples"]
    assert {"INVALID_ORIGIN", "INVALID_CALLBACK_URL"} <= set(refusals)
    assert "429" in document["paths"]["/ok"]["get"]["responses"]


def codes_of(operation: dict[str, Any]) -> set[tuple[str, str]]:
    return {
        (status, code)
        for status, response in operation["responses"].items()
        for code in response.get("content", {}).get("application/json", {}).get("examples", ())
    }


def test_every_route_may_find_its_query_unreadable(document: dict[str, Any]) -> None:
    assert all(("400", "BAD_REQUEST") in codes_of(item) for item in operations(document))
    answer = Visitor(make_auth()).get("/ok", query="x=%00")
    assert answer.refusal == (400, "BAD_REQUEST")


def test_a_session_that_is_lost_is_told_by_the_routes_that_are_about_it(
    document: dict[str, Any],
) -> None:
    telling = {
        item["operationId"]
        for item in operations(document)
        if ("401", "FAILED_TO_GET_SESSION") in codes_of(item)
    }
    assert telling == {"getSession", "getSessionByPost", "updateSession"}


def test_get_session_says_whether_the_session_waits_to_be_extended(
    document: dict[str, Any],
) -> None:
    schema = body_of(document, "/get-session")["application/json"]["schema"]
    assert [item.get("$ref", item.get("type")) for item in schema["anyOf"]] == [
        "#/components/schemas/SignedIn",
        "#/components/schemas/DeferredSession",
        "null",
    ]
    deferred = document["components"]["schemas"]["DeferredSession"]
    assert deferred["properties"]["needsRefresh"] == {"type": "boolean"}
    assert set(deferred["required"]) == {"session", "user", "needsRefresh"}


def test_the_error_page_is_html_and_takes_what_redirects_tell(document: dict[str, Any]) -> None:
    assert body_of(document, "/error") == {"text/html": {"schema": {"type": "string"}}}
    parameters = document["paths"]["/error"]["get"]["parameters"]
    assert [(item["name"], item["required"]) for item in parameters] == [
        ("error", False),
        ("error_description", False),
    ]


def body_of(document: dict[str, Any], path: str) -> dict[str, Any]:
    found: dict[str, Any] = document["paths"][path]["get"]["responses"]["200"]["content"]
    return found


def test_parameters_of_path_and_query_are_listed(document: dict[str, Any]) -> None:
    assert document["paths"]["/brew/{pot}"]["post"]["parameters"] == [
        {"name": "pot", "in": "path", "required": True, "schema": {"type": "string"}}
    ]
    names = {
        (item["name"], item["required"])
        for item in document["paths"]["/verify-email"]["get"]["parameters"]
    }
    assert names == {("token", True), ("callbackURL", False)}


def test_a_form_is_documented_where_one_is_taken(document: dict[str, Any]) -> None:
    content = document["paths"]["/sign-in/email"]["post"]["requestBody"]["content"]
    assert set(content) == {"application/json", "application/x-www-form-urlencoded"}


def test_plugins_add_to_it(document: dict[str, Any]) -> None:
    assert document["info"]["x-leaves"] == "green"
    assert document["paths"]["/brew/{pot}"]["post"]["tags"] == ["tea"]
    assert {"name": "tea", "description": "The plugin tea"} in document["tags"]


def test_an_endpoint_of_no_path_is_not_in_it() -> None:
    @endpoint("POST", None)
    def inside(_call: Call) -> None:
        """Only for Python."""

    assert "/inside" not in make_auth(plugins=[_adding(inside)]).openapi()["paths"]


def test_a_handler_that_does_not_say_what_it_returns_is_named() -> None:
    @endpoint("GET", "/vague")
    def vague(_call):  # type: ignore[no-untyped-def]
        return 1

    with pytest.raises(ConfigurationError, match="'vague' of plugin adder"):
        make_auth(plugins=[_adding(vague)]).openapi()


def test_the_base_url_is_the_server() -> None:
    assert make_auth().openapi()["servers"] == [{"url": "http://localhost:3000/api/auth"}]
    assert make_auth(base_url=None).openapi()["servers"] == [{"url": "/api/auth"}]


def _adding(added: Any) -> Plugin:
    class Adder(Plugin):
        id = "adder"

        def contribute(self) -> Contributions:
            return Contributions(endpoints=[added])

    return Adder()
