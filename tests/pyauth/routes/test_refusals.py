"""What the endpoints refuse with is what they list: each code under its right status.

The OpenAPI document is made of these lists. What a handler may refuse with is read off its source
and that of the functions it uses, as far as they belong to the routes, the plugins that come with
pyauth, the guards and the call.
"""

import ast
import inspect
from collections.abc import Iterator
from dataclasses import replace
from textwrap import dedent
from types import FunctionType
from typing import Any

import pytest

from pyauth import error_codes
from pyauth.error_codes import ErrorCode
from pyauth.errors import APIError
from pyauth.http import Call, Endpoint, endpoint
from pyauth.http.openapi.errors import error_responses
from pyauth.routes import CORE_ENDPOINTS
from tests.support.endpoints import shipped_endpoints

FOLLOWED = ("pyauth.routes.", "pyauth.plugins.", "pyauth.http.guards")
SHIPPED = shipped_endpoints()
PASSED_ON = {("get_session", "FAILED_TO_GET_SESSION", 401)}
"""What an endpoint passes on of the session manager, and so does not name itself."""

AnyEndpoint = Endpoint[Any, Any]
Refusal = tuple[str, int]


def refusals_of(subject: AnyEndpoint) -> set[Refusal]:
    """Return code and status of everything that the source of an endpoint refuses with."""
    waiting: list[Any] = [subject.handler, *subject.guards]
    seen: set[Any] = set()
    found: set[Refusal] = set()
    while waiting:
        function = waiting.pop()
        if function in seen:
            continue
        seen.add(function)
        tree = ast.parse(dedent(inspect.getsource(function)))
        for node in ast.walk(tree):
            waiting += functions_named_by(node, function.__globals__)
            if isinstance(node, ast.Call):
                found |= {(code.code, code.status) for code in codes_in(node, function.__globals__)}
    return found


def functions_named_by(node: ast.AST, names: dict[str, Any]) -> Iterator[FunctionType]:
    """Yield the function of ours that a name or an attribute stands for."""
    if is_method_of_call(node):
        assert isinstance(node, ast.Attribute)
        method = vars(Call).get(node.attr)
        if isinstance(method, FunctionType) and node.attr != "sign_in":
            yield method
    elif isinstance(node, ast.Name | ast.Attribute):
        value = evaluate(node, names)
        if isinstance(value, FunctionType) and value.__module__.startswith(FOLLOWED):
            yield value


def codes_in(node: ast.Call, names: dict[str, Any]) -> Iterator[ErrorCode]:
    """Yield the code of the error that an expression makes, or that a sign-in may raise."""
    keywords = {keyword.arg: keyword.value for keyword in node.keywords}
    if is_method_of_call(node.func):
        assert isinstance(node.func, ast.Attribute)
        if node.func.attr == "sign_in":
            given = keywords.get("refusal")
            usual = inspect.signature(Call.sign_in).parameters["refusal"].default
            yield usual if given is None else evaluate(given, names)
        return
    made = evaluate(node.func, names) if isinstance(node.func, ast.Name) else None
    if isinstance(made, type) and issubclass(made, APIError) and node.args:
        code = evaluate(node.args[0], names)
        assert isinstance(code, ErrorCode), f"cannot read {ast.unparse(node)}"
        assert "status" not in keywords, f"{ast.unparse(node)}: write code.at(status)"
        yield code


def is_method_of_call(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in {"call", "self"}
    )


def evaluate(node: ast.expr, names: dict[str, Any]) -> Any:
    """Return what an expression of module-level names is, or None."""
    try:
        return eval(ast.unparse(node), names)
    except (NameError, AttributeError):
        return None


def documented_by(subject: AnyEndpoint) -> set[Refusal]:
    """Return code and status of everything that the OpenAPI document shows for an endpoint."""
    return {
        (code, int(status))
        for method in subject.methods
        for status, response in error_responses(subject, method).items()
        for code in response["content"]["application/json"]["examples"]
    }


@pytest.mark.parametrize("subject", SHIPPED, ids=lambda item: f"{item.source}-{item.name}")
def test_what_an_endpoint_refuses_with_is_documented(subject: AnyEndpoint) -> None:
    assert refusals_of(subject) <= documented_by(subject)


@pytest.mark.parametrize("subject", SHIPPED, ids=lambda item: f"{item.source}-{item.name}")
def test_what_an_endpoint_lists_can_happen(subject: AnyEndpoint) -> None:
    on_the_way = documented_by(replace(subject, errors=()))
    passed_on = {(code, status) for name, code, status in PASSED_ON if name == subject.name}
    listed = {(code.code, code.status) for code in subject.errors}
    assert listed <= refusals_of(subject) | on_the_way | passed_on


def test_the_reading_finds_what_helpers_methods_and_guards_raise() -> None:
    by_name = {item.name: item for item in CORE_ENDPOINTS}
    changing = refusals_of(by_name["change_password"])
    assert {
        ("PASSWORD_TOO_SHORT", 400),
        ("FAILED_TO_UPDATE_USER", 400),
        ("FAILED_TO_GET_SESSION", 500),
        ("UNAUTHORIZED", 401),
    } <= changing
    assert ("SESSION_NOT_FRESH", 403) in refusals_of(by_name["list_sessions"])
    assert ("FAILED_TO_CREATE_SESSION", 500) in refusals_of(by_name["verify_email"])


def test_a_code_under_another_status_is_not_documented() -> None:
    @endpoint("POST", "/brew", errors=(error_codes.INVALID_TOKEN,))
    def brew(_call: Call) -> None:
        raise APIError(error_codes.INVALID_TOKEN.at(404))

    assert not refusals_of(brew) <= documented_by(brew)
