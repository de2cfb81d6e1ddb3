"""The server keeps to its own document: generated requests, answers held against the schemas."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)

from pyauth import PyAuth
from tests.support.app import ORIGIN, Outbox, Visitor, make_auth

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

EXAMPLES = 20
"""Requests an operation; the whole takes well under a minute."""


def build() -> PyAuth:
    return make_auth(
        verification=Outbox(),
        user={"additional_fields": {"age": {"type": "number", "required": False}}},
        session={"additional_fields": {"device": {"type": "string", "required": False}}},
    )


AUTH = build()


def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    if environ["PATH_INFO"] == "/openapi.json":
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(AUTH.openapi()).encode()]
    answer: Iterable[bytes] = AUTH.wsgi_app(environ, start_response)
    return answer


SCHEMA = schemathesis.openapi.from_wsgi("/openapi.json", app)


def signed_in_headers() -> dict[str, str]:
    visitor = Visitor(AUTH)
    if AUTH.context.users.find_by_email("ada@example.com") is None:
        visitor.sign_up()
    visitor.sign_in()
    return {"Cookie": visitor.cookie_header, "Origin": ORIGIN}


@SCHEMA.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_answers_are_as_documented(case: Any) -> None:
    case.call_and_validate(
        headers=signed_in_headers(),
        checks=[
            not_a_server_error,
            status_code_conformance,
            content_type_conformance,
            response_schema_conformance,
        ],
    )
