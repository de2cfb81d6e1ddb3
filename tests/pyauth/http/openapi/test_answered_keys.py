"""What a success holds is what the document says of it: no key more, and none that never comes."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from tests.pyauth.http.openapi.stage import KNOWN, Known, Stage

STAGE = Stage()
CLIENT = Client(STAGE.kit.auth.wsgi_app, use_cookies=False)
DOCUMENT: dict[str, Any] = STAGE.kit.auth.openapi()
PATHS = sorted(DOCUMENT["paths"])
NO_JSON = {"/ok", "/error", "/reset-password/{token}"}
JSON = "application/json"

Schema = Mapping[str, Any]


@pytest.mark.parametrize("path", PATHS)
def test_answered_keys_are_the_documented_keys(path: str) -> None:
    answered: set[str] = set()
    documented: set[str] = set()
    for schema, body in answers_of(path):
        assert fits(body, schema), f"{body} is not what the document says: {schema}"
        answered |= keys_of(body)
        documented |= documented_keys(schema)
    assert answered == documented
    assert (documented == set()) is (path in NO_JSON)


def test_the_comparison_notices_what_is_not_documented_or_not_answered() -> None:
    user = {"$ref": "#/components/schemas/User"}
    (schema, body), *_ = answers_of("/sign-in/email")
    assert fits(body["user"], user)
    assert not fits({**body["user"], "extra": 1}, user)
    assert not fits({name: body["user"][name] for name in ("id", "email")}, user)
    assert "url" in documented_keys(schema) - keys_of(body)


def answers_of(path: str) -> Iterator[tuple[Schema, Any]]:
    """Yield the documented schema and the body of every success of a route that is JSON."""
    for method, operation in DOCUMENT["paths"][path].items():
        for way in KNOWN.get(operation["operationId"], [lambda _: Known()]):
            answer = ask(method, path, way)
            response = operation["responses"][str(answer.status_code)]
            assert answer.status_code < 400, answer.text
            if JSON in response.get("content", {}):
                yield response["content"][JSON]["schema"], answer.get_json()


def ask(method: str, path: str, way: Callable[[Stage], Known]) -> TestResponse:
    """Send what Ada knows, signed in."""
    STAGE.set()
    known = way(STAGE)
    return CLIENT.open(
        "/api/auth" + re.sub(r"\{(\w+)\}", lambda found: known.path[found[1]], path),
        method=method.upper(),
        json=known.body or None,
        query_string=known.query,
        headers=STAGE.headers,
    )


def fits(value: Any, schema: Schema) -> bool:
    """Return whether every object within a value has the documented keys, and no others."""
    schema = resolved(schema)
    if "anyOf" in schema:
        return any(fits(value, member) for member in schema["anyOf"])
    if schema.get("type") == "null":
        return value is None
    if schema.get("type") == "array":
        return isinstance(value, list) and all(fits(item, schema["items"]) for item in value)
    if "properties" not in schema:
        return not isinstance(value, dict) or schema.get("type") in {"object", None}
    properties = schema["properties"]
    return (
        isinstance(value, dict)
        and set(schema.get("required", ())) <= set(value) <= set(properties)
        and all(fits(item, properties[name]) for name, item in value.items())
    )


def keys_of(value: Any) -> set[str]:
    """Return the keys of an answer, or of the records that it lists."""
    if isinstance(value, list):
        return {name for item in value for name in item}
    return set(value or ())


def documented_keys(schema: Schema) -> set[str]:
    """Return the keys that an answer may have, in any of its forms."""
    schema = resolved(schema)
    inner = [*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else [])]
    found = {name for member in inner for name in documented_keys(member)}
    return found | set(schema.get("properties", ()))


def resolved(schema: Schema) -> Schema:
    """Return the component that a reference names."""
    while "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema
