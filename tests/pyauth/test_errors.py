import json
from pathlib import Path

import pytest

from pyauth import error_codes, errors
from pyauth.error_codes import CORE_ERROR_CODES, ErrorCode
from pyauth.errors import (
    APIError,
    ConfigurationError,
    ConflictError,
    PyAuthError,
    ServiceUnavailable,
    StoreError,
    StoreUnavailable,
    UniqueViolation,
    ValidationFailed,
)

TEAPOT = ErrorCode("TEAPOT", "I am a teapot", 418)
CORE_MESSAGES = Path(__file__).parent.parent / "vectors" / "core_error_codes.json"


def test_an_api_error_takes_what_its_code_says() -> None:
    error = APIError(TEAPOT)
    assert (error.status, error.code, error.message) == (418, "TEAPOT", "I am a teapot")
    assert error.body == {"code": "TEAPOT", "message": "I am a teapot"}
    assert (error.headers, error.details) == ([], {})


def test_an_api_error_can_say_more() -> None:
    error = APIError(
        TEAPOT, message="short", status=400, headers=[("X-Spout", "1")], details={"stout": True}
    )
    assert error.body == {"code": "TEAPOT", "message": "short", "stout": True}
    assert (error.status, error.headers) == (400, [("X-Spout", "1")])
    assert repr(error) == "APIError(400, 'TEAPOT', 'short')"


def test_a_code_can_stand_under_another_status() -> None:
    assert TEAPOT.at(400) == ErrorCode("TEAPOT", "I am a teapot", 400)
    assert APIError(TEAPOT.at(400)).status == 400


def test_an_empty_message_is_a_message() -> None:
    assert APIError(TEAPOT, message="").message == ""


def test_validation_failures_are_joined_as_upstream_joins_them() -> None:
    error = ValidationFailed(["[body.a] one", "[body.b] two"])
    assert error.body == {"code": "VALIDATION_ERROR", "message": "[body.a] one; [body.b] two"}
    assert (error.status, error.issues) == (400, ("[body.a] one", "[body.b] two"))


def test_unavailable_is_503() -> None:
    assert ServiceUnavailable().status == 503
    assert ServiceUnavailable("Later.").body == {"code": "SERVICE_UNAVAILABLE", "message": "Later."}


def test_a_configuration_error_lists_every_problem() -> None:
    assert ConfigurationError("one").problems == ("one",)
    assert str(ConfigurationError(["one", "two"])) == "one; two"


def test_a_conflict_names_both_sides_and_the_cure() -> None:
    error = ConflictError("table x", first="plugin a", second="plugin b", cure="rename one")
    assert str(error) == "table x is contributed by plugin a and by plugin b; rename one"
    assert (error.what, error.first, error.second) == ("table x", "plugin a", "plugin b")


def test_a_unique_violation_names_fields_and_no_values() -> None:
    error = UniqueViolation("user", ["email"])
    assert (error.model, error.fields) == ("user", ("email",))
    assert str(error) == "a unique value of user is taken (email)"
    assert str(UniqueViolation("user")) == "a unique value of user is taken (unknown)"


@pytest.mark.parametrize(
    ("child", "parent"),
    [
        (APIError, PyAuthError),
        (ValidationFailed, APIError),
        (ServiceUnavailable, APIError),
        (ConfigurationError, PyAuthError),
        (ConflictError, ConfigurationError),
        (StoreError, PyAuthError),
        (UniqueViolation, StoreError),
        (StoreUnavailable, StoreError),
    ],
)
def test_the_tree_is_the_one_drawn_in_the_module(
    child: type[Exception], parent: type[Exception]
) -> None:
    assert child.__bases__ == (parent,)
    assert child.__name__ in (errors.__doc__ or "")


def test_each_code_is_listed_under_its_own_name() -> None:
    assert set(CORE_ERROR_CODES) == {name for name in dir(error_codes) if name.isupper()} - {
        "CORE_ERROR_CODES"
    }
    for name, error in CORE_ERROR_CODES.items():
        assert name == error.code
        assert getattr(error_codes, name) is error
        assert error.message
        assert 400 <= error.status < 600


def test_upstreams_codes_have_upstreams_words() -> None:
    upstream: dict[str, str] = json.loads(CORE_MESSAGES.read_text("utf-8"))
    for code, message in upstream.items():
        assert CORE_ERROR_CODES[code].message == message
