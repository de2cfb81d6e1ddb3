"""The server keeps to its own document: generated requests, answers held against the schemas.

A request is sent as it was generated, by nobody or by somebody who is signed in, or with what is
known laid over it, so that every operation also succeeds.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)

from tests.pyauth.http.openapi.stage import KNOWN, Known, Stage

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

EXAMPLES = 40
"""Requests an operation; the whole takes well under a minute."""

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
STAGE = Stage()


def closed(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document whose results and records have no keys but those that it names."""
    for name, schema in document["components"]["schemas"].items():
        if name != "Error" and "properties" in schema:
            schema["additionalProperties"] = False
    return document


DOCUMENT = closed(STAGE.kit.auth.openapi())


def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Serve the instance; the visitor is named by a header, as Schemathesis drops ``Cookie``."""
    if environ["PATH_INFO"] == "/openapi.json":
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(DOCUMENT).encode()]
    environ["HTTP_ORIGIN"] = STAGE.kit.origin
    if environ.pop("HTTP_X_VISITOR") == "ada":
        environ["HTTP_COOKIE"] = STAGE.headers["Cookie"]
    answer: Iterable[bytes] = STAGE.kit.auth.wsgi_app(environ, start_response)
    return answer


SCHEMA: Any = schemathesis.openapi.from_wsgi("/openapi.json", app)
OPERATIONS = [found.ok() for found in SCHEMA.get_all_operations()]


class Seen:
    """Which operations were played, which of them succeeded, and which refused nobody with 401."""

    def __init__(self) -> None:
        self.played: set[str] = set()
        self.succeeded: set[str] = set()
        self.unauthorized: set[str] = set()

    def note(self, operation_id: str, status: int) -> None:
        """Keep what an operation answered."""
        if status < 400:
            self.succeeded.add(operation_id)
        elif status == 401:
            self.unauthorized.add(operation_id)


@pytest.fixture(scope="module")
def seen() -> Seen:
    return Seen()


@pytest.mark.parametrize("operation", OPERATIONS, ids=[item.label for item in OPERATIONS])
def test_answers_are_as_documented(operation: Any, seen: Seen) -> None:
    operation_id = id_of(operation)

    @given(case=cases_of(operation), turn=turns_of(operation))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Any, turn: tuple[str, Callable[[Stage], Known] | None]) -> None:
        visitor, way = turn
        STAGE.set()
        if way is not None:
            lay_over(case, way(STAGE))
        answer = case.call_and_validate(headers={"X-Visitor": visitor}, checks=CHECKS)
        seen.note(operation_id, answer.status_code)

    ask()
    seen.played.add(operation_id)


def test_every_operation_has_succeeded_and_every_guarded_one_has_refused_nobody(
    seen: Seen,
) -> None:
    every = {id_of(operation) for operation in OPERATIONS}
    if every != seen.played:
        pytest.skip("says something only after all operations")
    guarded = {
        id_of(operation) for operation in OPERATIONS if "security" in operation.definition.raw
    }
    assert every - seen.succeeded == set()
    assert guarded - seen.unauthorized == {"deleteUserCallback"}, "which answers nobody with 404"


def id_of(operation: Any) -> str:
    found: str = operation.definition.raw["operationId"]
    return found


def cases_of(operation: Any) -> st.SearchStrategy[Any]:
    """Return requests that fit the document, and such as do not where anything is said of them."""
    fitting = operation.as_strategy()
    if not (operation.body or operation.query or operation.path_parameters):
        return fitting  # type: ignore[no-any-return]
    return st.one_of(fitting, operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))


def turns_of(operation: Any) -> st.SearchStrategy[tuple[str, Callable[[Stage], Known] | None]]:
    """Return who asks, and what he knows."""
    ways = KNOWN.get(id_of(operation), [])
    return st.sampled_from([("nobody", None), ("ada", None), *(("ada", way) for way in ways)])


def lay_over(case: Any, known: Known) -> None:
    """Make a generated request one that succeeds; what is not known of it stays as it is."""
    case.query = _over(case.query, known.query, known.without)
    case.path_parameters = _over(case.path_parameters, known.path, ())
    if known.body:
        case.body = _over(case.body, known.body, known.without)
        case.media_type = case.media_type or "application/json"


def _over(generated: Any, values: dict[str, Any], without: tuple[str, ...]) -> dict[str, Any]:
    kept = dict(generated) if isinstance(generated, Mapping) else {}
    return {name: value for name, value in kept.items() if name not in without} | values
