"""Fields and models that got other names: the plan says how to keep what they hold."""

import re
from typing import Any

import pytest
from sqlalchemy import inspect

from pyauth.db.schema import ModelSchema, Renaming
from pyauth.options.fields import Field
from tests.support.migration import add_user, run

STATEMENT = re.compile(r"\((ALTER TABLE .*?)\)")


def advice(texts: tuple[str, ...]) -> list[str]:
    """Return the statements that a plan's words advise."""
    return [found[1] for found in map(STATEMENT.search, texts) if found is not None]


def filled(open_with: Any, **named: Any) -> None:
    adapter = open_with(**named)
    adapter.migrate()
    add_user(adapter)


def test_a_required_field_under_another_column_is_refused(open_with: Any) -> None:
    filled(open_with)
    adapter = open_with(renamings={"user": Renaming(None, {"email": "mail"})})
    (problem, *others) = adapter.plan().problems
    assert "column mail is missing and required" in problem
    assert "column email looks like the one it was" in problem
    assert all("column email demands a value" in item for item in others)
    run(adapter, *advice((problem,)))
    assert adapter.migrate().describe() == []
    assert adapter.find_many("user")[0]["email"] == "ada@example.com"


def test_an_optional_field_under_another_column_is_warned_of(open_with: Any) -> None:
    filled(open_with)
    adapter = open_with(renamings={"user": Renaming(None, {"image": "picture"})})
    plan = adapter.plan()
    assert plan.problems == ()
    (warning,) = plan.warnings
    assert warning.startswith("table users: column picture is new; column image looks like")
    run(adapter, *advice(plan.warnings))
    assert adapter.plan().describe() == []


def test_an_additional_field_with_a_column_of_its_own_is_warned_of(open_with: Any) -> None:
    open_with({"motto": Field(type="string", required=False)}).migrate()
    changed = Field(type="string", required=False, field_name="order")
    adapter = open_with({"motto": changed})
    run(adapter, *advice(adapter.plan().warnings))
    assert adapter.plan().describe() == []


def test_a_model_under_another_table_is_warned_of(open_with: Any) -> None:
    filled(open_with)
    adapter = open_with(renamings={"user": Renaming("members", {})})
    plan = adapter.plan()
    assert plan.warnings == (
        "table members is new; table users looks like the one it was: to keep its rows, rename it "
        f"({advice(plan.warnings)[0]}) before you migrate",
    )
    assert any(
        item.startswith("table sessions: column user_id refers to users.id")
        and item.endswith("or rename the table that is to be members")
        for item in plan.problems
    )
    run(adapter, *advice(plan.warnings))
    assert adapter.plan().describe() == []
    assert adapter.count("user") == 1
    assert not inspect(adapter.engine).has_table("users")


def test_a_model_of_a_plugin_under_another_table_is_warned_of(open_with: Any) -> None:
    fields = {"text": Field(type="string")}
    open_with(models=[ModelSchema("note", fields, source="tests")]).migrate()
    adapter = open_with(models=[ModelSchema("note", fields, table="memos", source="tests")])
    (statement,) = advice(adapter.plan().warnings)
    run(adapter, statement)
    assert adapter.plan().describe() == []


@pytest.mark.parametrize(
    ("shared_url", "before", "after"),
    [
        ("sqlite", "better-auth", "pyauth"),
        ("postgresql", "pyauth", "better-auth"),
        ("mysql", "better-auth", "pyauth"),
    ],
    indirect=["shared_url"],
)
def test_another_naming_is_followed_by_hand(open_with: Any, before: Any, after: Any) -> None:
    filled(open_with, naming=before)
    adapter = open_with(naming=after)
    plan = adapter.plan()
    assert len(advice(plan.warnings)) == 4
    run(adapter, *advice(plan.warnings))
    for _ in range(3):  # a column that is refused hides no other, but tables come before columns
        plan = adapter.plan()
        run(adapter, *dict.fromkeys(advice((*plan.problems, *plan.warnings))))
    assert adapter.migrate().describe() == []
    assert adapter.find_many("user")[0]["email"] == "ada@example.com"


def test_a_prefix_added_later_is_warned_of(open_with: Any) -> None:
    filled(open_with)
    adapter = open_with(table_prefix="auth_")
    plan = adapter.plan()
    assert plan.problems == ()
    run(adapter, *advice(plan.warnings))
    assert adapter.plan().describe() == []
    assert adapter.count("user") == 1
