"""Defaults that columns bring to the rows that are there."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pyauth.db.adapter import Where
from pyauth.db.fields import SchemaField
from pyauth.db.migration.defaults import constant_default
from pyauth.options.fields import Field
from tests.support.migration import add_user

NASTY = "it's \"50%\" %s %(x)s :name ::text \\ \\' \\\\ `x` $1 ? ; -- é 🎈"
MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)

FIELDS = {
    "open_text": Field(type="string", default=NASTY),
    "keyed_text": Field(type="string", default=NASTY, index=True),
    "empty_text": Field(type="string", default=""),
    "choice": Field(type=("low", "high"), default="low"),
    "yes": Field(type="boolean", default=True),
    "no": Field(type="boolean", default=False, required=False),
    "zero": Field(type="number", default=0),
    "big": Field(type="number", default=-(2**53), bigint=True),
    "since": Field(type="date", default=MOMENT),
    "words": Field(type="string[]", default=[]),
    "numbers": Field(type="number[]", default=[1, 2]),
    "extra": Field(type="json", default={"a": NASTY, "b": [None, True]}),
    "plain": Field(type="json", default="text"),
}
MADE = {name: spec.default for name, spec in FIELDS.items()}


def test_every_constant_reaches_the_rows_that_are_there(open_with: Any) -> None:
    before = open_with()
    before.migrate()
    user = add_user(before)
    adapter = open_with(FIELDS)
    assert adapter.plan().problems == ()
    adapter.migrate()
    assert adapter.plan().describe() == []
    found = adapter.find_one("user", [Where("id", user["id"])])
    assert found == user | MADE
    new = add_user(adapter, "Bob")
    assert adapter.find_one("user", [Where("id", new["id"])]) == new
    assert {name: new[name] for name in MADE} == MADE


def test_a_plan_tells_the_definition_of_a_column(open_with: Any, kind: str) -> None:
    open_with().migrate()
    adapter = open_with({"role": Field(type="string", default="it's")})
    (column,) = adapter.plan().add_columns
    assert (
        column.definition
        == {
            "sqlite": "TEXT DEFAULT 'it''s' NOT NULL",
            "postgresql": "TEXT DEFAULT 'it''s' NOT NULL",
            "mysql": "TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT ('it''s')",
        }[kind]
    )
    assert column.definition in adapter.plan().statements[0]


@pytest.mark.parametrize(
    "spec",
    [
        Field(type="string"),
        Field(type="string", default=None, required=False),
        Field(type="date", default=lambda: MOMENT),
        Field(type="number", default="7"),
        Field(type="date", default="2026-01-01"),
        Field(type="string", default="two\nlines"),
        Field(type="string", default="a\ttab"),
        Field(type="string", default="\0"),
    ],
)
def test_what_is_no_plain_constant_is_none(spec: Field) -> None:
    assert constant_default(_field(spec)) is None


def _field(spec: Field) -> SchemaField:
    return SchemaField("x", "x", "x", spec, "tests", additional=True)
