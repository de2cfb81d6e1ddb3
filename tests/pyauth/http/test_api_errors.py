"""``on_api_error``: who is told of errors, and who gets them."""

from dataclasses import replace
from typing import Any

import pytest
from werkzeug import Request
from werkzeug.test import EnvironBuilder

from pyauth import APIError, Contributions, ErrorInfo, Plugin, PyAuth, StoreUnavailable
from pyauth.context import AuthContext
from pyauth.error_codes import CONFLICT
from pyauth.http import Call, endpoint
from pyauth.http.pipeline import answer
from tests.support.app import FOREIGN, ORIGIN, Visitor, make_auth


class Boom(Exception):
    """What nobody expects."""


@endpoint("GET", "/boom", openapi={"responses": {"200": {"description": "never"}}})
def boom(call: Call) -> None:
    """Fail."""
    raise Boom("sEcReT")


@endpoint("GET", "/down", openapi={"responses": {"200": {"description": "never"}}})
def down(call: Call) -> None:
    """Fail as a database does."""
    raise StoreUnavailable("locked")


class Failing(Plugin):
    id = "failing"

    def contribute(self) -> Contributions:
        return Contributions(endpoints=[boom, down])


class Told:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.errors: list[tuple[Exception, ErrorInfo]] = []

    def __call__(self, error: Exception, info: ErrorInfo) -> None:
        self.errors.append((error, info))


def failing_auth(**on_api_error: Any) -> PyAuth:
    return make_auth(plugins=[Failing()], on_api_error=on_api_error)


def test_what_nobody_expected_is_told_with_its_place() -> None:
    told = Told()
    answer = Visitor(failing_auth(on_error=told)).get("/boom", query={"token": "sEcReT"})
    assert answer.refusal == (500, "INTERNAL_SERVER_ERROR")
    assert "sEcReT" not in answer.text
    ((error, info),) = told.errors
    assert isinstance(error, Boom)
    assert (info.method, info.path) == ("GET", "/boom")
    assert info.request is not None
    assert "sEcReT" not in info.request.url


def test_a_store_that_fails_is_told() -> None:
    told = Told()
    assert Visitor(failing_auth(on_error=told)).get("/down").status == 503
    assert [type(error) for error, _ in told.errors] == [StoreUnavailable]


@pytest.mark.parametrize(
    ("path", "arguments", "code"),
    [
        ("/sign-out", {"headers": {"Origin": FOREIGN, "Cookie": "a=b"}}, "INVALID_ORIGIN"),
        ("/sign-in/email", {"data": b"x", "content_type": "text/plain"}, "UNSUPPORTED_MEDIA_TYPE"),
        ("/sign-in/email", {"data": b"{", "content_type": "application/json"}, "BAD_REQUEST"),
    ],
)
def test_a_refusal_ahead_of_the_endpoint_is_told(
    path: str, arguments: dict[str, Any], code: str
) -> None:
    told = Told()
    answer = Visitor(failing_auth(on_error=told)).post(path, **arguments)
    assert answer.code == code
    ((error, _),) = told.errors
    assert isinstance(error, APIError)
    assert error.code == code


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/sign-in/email", {"email": "a@example.com", "password": "wrong password"}, 401),
        ("/sign-in/email", {"email": 1}, 400),
        ("/nope", {}, 404),
    ],
)
def test_ordinary_answers_are_told_to_nobody(path: str, body: Any, status: int) -> None:
    told = Told()
    assert Visitor(failing_auth(on_error=told)).post(path, body).status == status
    assert told.errors == []


def test_a_refusal_of_a_before_hook_is_told() -> None:
    told = Told()

    def refuse(call: Call) -> None:
        raise APIError(CONFLICT)

    auth = make_auth(hooks={"before": refuse}, on_api_error={"on_error": told})
    assert Visitor(auth).get("/ok").status == 409
    assert len(told.errors) == 1


def test_being_told_changes_nothing_and_its_own_failure_is_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(error: Exception, info: ErrorInfo) -> None:
        raise ValueError("in on_error")

    visitor = Visitor(failing_auth(on_error=fail))
    assert visitor.get("/boom").refusal == (500, "INTERNAL_SERVER_ERROR")
    assert visitor.post("/sign-in/email", data=b"{", content_type="application/json").status == 400
    failures = [record for record in caplog.records if "on_error failed" in record.message]
    assert len(failures) == 2
    assert [record.message for record in caplog.records].count(
        "an error nobody expected, at GET /boom"
    ) == 1


def test_what_nobody_expected_can_be_thrown() -> None:
    told = Told()
    auth = failing_auth(throw=True, on_error=told)
    request = EnvironBuilder(path="/api/auth/boom", base_url=ORIGIN).get_request(Request)
    with pytest.raises(Boom):
        auth.handle(request)
    with pytest.raises(Boom):
        Visitor(auth).get("/boom")
    assert told.errors == []


@pytest.mark.parametrize(
    ("path", "status"), [("/down", 503), ("/nope", 404), ("/list-sessions", 401)]
)
def test_what_has_an_answer_is_not_thrown(path: str, status: int) -> None:
    assert Visitor(failing_auth(throw=True)).get(path).status == status


@pytest.mark.parametrize("thrown", [False, True])
def test_what_goes_wrong_before_there_is_a_call_is_answered_too(
    caplog: pytest.LogCaptureFixture, *, thrown: bool
) -> None:
    def fail(_origin: str) -> AuthContext:
        raise Boom("sEcReT")

    auth = make_auth(base_url=None, on_api_error={"throw": thrown})
    site = replace(auth.site, context=replace(auth.context, host_contexts=fail))
    request = EnvironBuilder(path="/api/auth/ok").get_request()
    if thrown:
        with pytest.raises(Boom):
            answer(site, request)
        return
    response = answer(site, request)
    assert (response.status_code, response.get_json()["code"]) == (500, "INTERNAL_SERVER_ERROR")
    assert "an error nobody expected" in caplog.text


def test_in_process_the_caller_gets_the_error_and_nobody_is_told() -> None:
    told = Told()
    auth = failing_auth(on_error=told)
    with pytest.raises(Boom):
        auth.api.invoke("boom")
    assert told.errors == []
