"""The effective schema: its look-ups, the parser of what clients send, and what is refused."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pyauth import APIError, ConfigurationError, ConflictError, PyAuth, ValidationFailed
from pyauth.clock import utc_now
from pyauth.db.core_schema import core_models
from pyauth.db.schema import ModelSchema, Renaming, Schema, build_schema
from pyauth.options import Field, Reference

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "parse_input.json").read_text())
NONE = "(none)"


def schema_of(**fields: Field) -> Schema:
    return build_schema(core_models(utc_now), [ModelSchema("user", fields, source="tests")])


# Look-ups -----------------------------------------------------------------------------------------


@pytest.fixture
def renamed() -> Schema:
    return build_schema(
        core_models(utc_now),
        [ModelSchema("user", {"home_page_url": Field(type="string", field_name="home")})],
        renamings={"user": Renaming("people", {"email": "mail_address"})},
    )


def test_tables_and_models_find_each_other(renamed: Schema) -> None:
    assert renamed.table_of("user") == "people"
    assert renamed.table_of("session") == "sessions"
    assert renamed.model_of_table("people") is renamed.model("user")


def test_fields_columns_and_wire_names_find_each_other(renamed: Schema) -> None:
    user = renamed.model("user")
    assert user.column_of("email") == "mail_address"
    assert user.field_of_column("mail_address") == "email"
    assert user.column_of("home_page_url") == "home"
    assert user.wire_name_of("home_page_url") == "homePageURL"
    assert user.field_of_wire_name("homePageURL") == "home_page_url"
    assert user.field("email_verified").spec.type == "boolean"


def test_every_name_leads_there_and_back() -> None:
    schema = build_schema(core_models(utc_now), naming="better-auth")
    for name, model in schema.models.items():
        assert schema.model_of_table(schema.table_of(name)).name == name
        for field in model.fields:
            assert model.field_of_column(model.column_of(field)) == field
            assert model.field_of_wire_name(model.wire_name_of(field)) == field


@pytest.mark.parametrize(
    ("look_up", "words"),
    [
        (lambda schema: schema.model("users"), "unknown model 'users'; there are: account"),
        (lambda schema: schema.table_of("users"), "unknown model 'users'"),
        (lambda schema: schema.model_of_table("users"), "unknown table 'users'; there are: acc"),
        (lambda schema: schema.model("user").field("mail"), "no field 'mail'; there are: name"),
        (lambda schema: schema.model("user").column_of("mail"), "no field 'mail'"),
        (lambda schema: schema.model("user").wire_name_of("mail"), "no field 'mail'"),
        (
            lambda schema: schema.model("user").field_of_column("email"),
            "no column 'email'; there are: name, mail_address",
        ),
        (
            lambda schema: schema.model("user").field_of_wire_name("email_verified"),
            "no wire name 'email_verified'",
        ),
    ],
)
def test_a_name_that_is_not_there_is_told_from_those_that_are(
    renamed: Schema, look_up: Any, words: str
) -> None:
    with pytest.raises(ConfigurationError, match=words):
        look_up(renamed)


def test_what_answers_must_not_show_is_left_out() -> None:
    model = schema_of(note=Field(type="string", returned=False)).model("user")
    assert model.visible({"name": "Ada", "note": "hidden"}) == {"name": "Ada"}


def test_a_stored_row_is_shown_as_its_fields_want_it() -> None:
    model = schema_of(shout=Field(type="string", required=False, transform_output=str.upper)).model(
        "user"
    )
    row = {"shout": "hello", "name": "Ada"}
    assert model.shown(row) == {"shout": "HELLO", "name": "Ada"}
    assert model.shown({"shout": None}) == {"shout": None}
    assert row["shout"] == "hello"


# Reading what clients send ------------------------------------------------------------------------


def is_left_to_the_database(vector: dict[str, Any]) -> bool:
    """Tell where upstream lets a required field pass without a value; here it is bad input."""
    return vector["required"] and vector["input"] and vector["value"] is None


@pytest.mark.parametrize(
    "vector",
    [vector for vector in VECTORS["vectors"] if not is_left_to_the_database(vector)],
    ids=lambda vector: " ".join(
        str(vector[key]) for key in ("action", "input", "required", "default", "value")
    ),
)
def test_a_field_is_read_as_upstream_reads_it(vector: dict[str, Any]) -> None:
    facts = {"type": "string", "required": vector["required"], "input": vector["input"]}
    if vector["default"] != NONE:
        facts["default"] = vector["default"]
    schema = schema_of(plan=Field(**facts))
    sent = {} if vector["value"] == NONE else {"plan": vector["value"]}
    try:
        outcome: dict[str, Any] = {"parsed": schema.parse_input("user", sent, vector["action"])}
    except APIError as error:
        outcome = {"refusal": [error.status, error.code, error.message]}
    assert outcome == {key: vector[key] for key in ("parsed", "refusal") if key in vector}


@pytest.mark.parametrize("action", ["create", "update"])
def test_null_for_a_required_field_is_bad_input(action: Any) -> None:
    with pytest.raises(ValidationFailed, match="expected string, received null"):
        schema_of(plan=Field(type="string")).parse_input("user", {"plan": None}, action)


@pytest.mark.parametrize("action", ["create", "update"])
@pytest.mark.parametrize("value", [[], {}])
def test_an_empty_list_or_object_is_a_value_that_a_closed_field_refuses(
    value: Any, action: Any
) -> None:
    """As in JavaScript, where both are true."""
    schema = schema_of(plan=Field(type="json", required=False, input=False))
    with pytest.raises(APIError) as caught:
        schema.parse_input("user", {"plan": value}, action)
    assert (caught.value.status, caught.value.code) == (400, "FIELD_NOT_ALLOWED")


def test_a_function_makes_the_default_of_each_record() -> None:
    made = iter("abc")
    schema = schema_of(tag=Field(type="string", default=lambda: next(made)))
    assert [schema.parse_input("user", {}, "create")["tag"] for _ in "ab"] == ["a", "b"]


def test_a_default_of_none_is_a_default() -> None:
    schema = schema_of(tag=Field(type="string", required=False, default=None))
    assert schema.parse_input("user", {}, "create") == {"tag": None}


def test_the_validator_is_asked_before_the_transform() -> None:
    def check(value: str) -> str:
        if value != value.lower():
            raise ValueError("Write it in small letters")
        return value

    schema = schema_of(
        tag=Field(type="string", required=False, validator=check, transform_input=str.upper)
    )
    assert schema.parse_input("user", {"tag": "abc"}, "update") == {"tag": "ABC"}
    assert schema.parse_input("user", {"tag": None}, "update") == {"tag": None}
    with pytest.raises(APIError) as caught:
        schema.parse_input("user", {"tag": "Abc"}, "update")
    assert (caught.value.status, caught.value.code, caught.value.message) == (
        400,
        "VALIDATION_ERROR",
        "Write it in small letters",
    )


def test_a_number_that_no_float_holds_is_bad_input() -> None:
    with pytest.raises(ValidationFailed, match=r"\[body\.it\]"):
        schema_of(it=Field(type="number")).parse_input("user", {"it": 10**400}, "create")


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("string", ["", "x", "é"], [1, True, None, [], {}, "x" * 16_001]),
        ("number", [0, -1, 2**53 - 1, 3.0], ["1", True, None, 1.5, 2**53 + 1, float("nan")]),
        ("boolean", [True, False], ["true", 1, 0, None]),
        ("json", [{}, [], {"a": [1]}, "x", 0, False], [None]),
        ("string[]", [[], ["a"]], ["a", [1], [None], {}]),
        ("number[]", [[], [1, 2.5]], [1, ["1"], [True]]),
        (("s", "m"), ["s"], ["x", "", 1, ["s"], {}]),
        (
            "date",
            ["2026-01-02T03:04:05.678Z", datetime(2026, 1, 2, tzinfo=UTC)],
            ["soon", 5, True, datetime(2026, 1, 2)],  # noqa: DTZ001 - naive on purpose
        ),
    ],
    ids=str,
)
def test_values_are_held_to_their_kind(kind: Any, good: list[Any], bad: list[Any]) -> None:
    schema = schema_of(it=Field(type=kind))
    for value in good:
        assert "it" in schema.parse_input("user", {"it": value}, "create")
    for value in bad:
        with pytest.raises(ValidationFailed, match=r"\[body\.it\]"):
            schema.parse_input("user", {"it": value}, "create")


def test_names_that_the_schema_does_not_know_are_left_out() -> None:
    schema = schema_of(tag=Field(type="string", required=False))
    assert schema.parse_input("user", {"other": 1, "name": "x", "id": "y"}, "update") == {}


def test_a_provider_cannot_fill_what_is_closed_to_input() -> None:
    schema = schema_of(
        tag=Field(type="string", required=False, transform_input=str.lower),
        role=Field(type="string", required=False, input=False),
        plan=Field(type="string", required=False, input=False, default="free"),
    )
    profile = {"tag": "ABC", "role": "admin", "plan": "gold", "email_verified": True}
    assert schema.parse_profile("user", profile, "create") == {"tag": "abc", "plan": "free"}
    assert schema.parse_profile("user", profile, "update") == {"tag": "abc"}


# What cannot be -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("contribution", "words"),
    [
        ({"items": Field(type="string")}, "bears a reserved name; reserved are: get, items"),
        ({"Tag": Field(type="string")}, "is not a snake_case name"),
        ({"_tag": Field(type="string")}, "is not a snake_case name"),
        ({"tag": Field(type="string", field_name="a b")}, "cannot name a table or column"),
        ({"tag": Field(type="string", field_name="email")}, "have the same column 'email'"),
        ({"tag": Field(type="string", field_name="EMAIL")}, "'email' and 'tag'.*column 'EMAIL'"),
        ({"tag": Field(type="string", wire_name="email")}, "have the same wire name 'email'"),
        (
            {"tag": Field(type="string", references=Reference(model="nobody"))},
            r"references nobody\.id, which does not exist",
        ),
    ],
)
def test_a_field_that_cannot_work_is_refused(contribution: dict[str, Field], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        schema_of(**contribution)


def test_wire_names_may_differ_by_letter_case_alone() -> None:
    """JSON tells them apart; SQL does not tell columns apart."""
    assert (
        schema_of(tag=Field(type="string", wire_name="eMail")).model("user").names_by_wire["eMail"]
        == "tag"
    )


def test_a_field_of_the_core_cannot_be_taken() -> None:
    with pytest.raises(ConflictError, match=r"'email' of model 'user'.*core.*tests"):
        schema_of(email=Field(type="string"))


@pytest.mark.parametrize("model", ["session", "account", "verification"])
def test_the_server_cannot_make_records_whose_fields_nobody_fills(model: str) -> None:
    field = {"additional_fields": {"label": {"type": "string"}}}
    with pytest.raises(ConfigurationError, match=f"'label' of model '{model}'.*required=False"):
        PyAuth(mode="test", **{model: field})  # type: ignore[arg-type]
