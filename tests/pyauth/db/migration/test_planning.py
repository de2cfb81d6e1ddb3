"""Plans and their execution, on every database."""

import os
import subprocess
import sys
from typing import Any

import pytest
from sqlalchemy import inspect

from pyauth.db.adapter import Where
from pyauth.db.migration.plan import AddedIndex
from pyauth.errors import StoreUnavailable
from pyauth.options.fields import Field, Reference
from tests.support.migration import add_user, columns_of, open_adapter

FRIEND = Field(
    type="string", required=False, references=Reference(model="user", on_delete="set null")
)


def test_an_empty_database_gets_every_table(open_with: Any) -> None:
    adapter = open_with()
    plan = adapter.plan()
    assert set(plan.create_tables) == {"users", "sessions", "accounts", "verifications"}
    assert plan.create_tables.index("users") < plan.create_tables.index("sessions")
    assert plan.add_columns == plan.create_indexes == plan.problems == plan.warnings == ()
    assert not inspect(adapter.engine).has_table("users")
    assert adapter.migrate() == plan
    assert adapter.plan().describe() == []
    assert adapter.migrate().is_empty


def test_what_is_planned_from_nothing_is_what_an_empty_database_lacks(
    open_with: Any, kind: str
) -> None:
    adapter = open_with()
    assert adapter.plan(dialect=kind) == adapter.plan()
    assert adapter.create_schema() == "".join(f"{item};\n\n" for item in adapter.plan().statements)


def test_migrating_twice_keeps_the_rows(open_with: Any) -> None:
    adapter = open_with()
    adapter.migrate()
    add_user(adapter)
    adapter.migrate()
    assert adapter.count("user") == 1


def test_missing_columns_are_added(open_with: Any) -> None:
    before = open_with()
    before.migrate()
    user = add_user(before)
    adapter = open_with(
        {
            "nickname": Field(type="string", required=False, unique=True),
            "role": Field(type="string", default="member"),
            "points": Field(type="number", default=7, bigint=True),
            "seen_at": Field(type="date", required=False, index=True),
            "extra": Field(type="json", required=False),
            "friend_id": FRIEND,
        }
    )
    plan = adapter.plan()
    assert plan.problems == plan.warnings == ()
    names = ["nickname", "role", "points", "seen_at", "extra", "friend_id"]
    assert [item.field for item in plan.add_columns] == names
    assert plan.create_indexes == (
        AddedIndex("ix_users_nickname", "users", "nickname", unique=True),
        AddedIndex("ix_users_seen_at", "users", "seen_at", unique=False),
    )
    assert adapter.migrate() == plan
    assert adapter.plan().describe() == []
    added = dict.fromkeys(names) | {"role": "member", "points": 7}
    assert adapter.find_one("user", [Where("id", user["id"])]) == user | added


def test_an_added_reference_is_kept_by_the_database(open_with: Any) -> None:
    open_with().migrate()
    adapter = open_with({"friend_id": FRIEND})
    adapter.migrate()
    ada = add_user(adapter)
    bob = adapter.create(
        "user", {"name": "Bob", "email": "bob@example.com", "friend_id": ada["id"]}
    )
    adapter.delete_many("user", [Where("id", ada["id"])])
    found = adapter.find_one("user", [Where("id", bob["id"])])
    assert found is not None
    assert found["friend_id"] is None


def test_a_plan_with_a_problem_is_refused_whole(open_with: Any) -> None:
    before = open_with()
    before.migrate()
    add_user(before)
    fields = {"nickname": Field(type="string", required=False), "born": Field(type="date")}
    adapter = open_with(fields)
    assert [item.column for item in adapter.plan().add_columns] == ["nickname"]
    with pytest.raises(Exception, match="column born"):
        adapter.migrate()
    assert "nickname" not in columns_of(adapter, "users")


def test_planning_reads_only_what_is_ours(open_with: Any, kind: str) -> None:
    adapter = open_with()
    adapter.migrate()
    asked = _statements(adapter)
    adapter.plan()
    assert asked
    assert not [text for text in asked if text.lstrip().upper().startswith(("CREATE", "ALTER"))]


def _statements(adapter: Any) -> list[str]:
    from sqlalchemy import event

    asked: list[str] = []
    event.listen(
        adapter.engine, "before_cursor_execute", lambda *arguments: asked.append(arguments[2])
    )
    return asked


def test_an_unreachable_database_is_unavailable() -> None:
    adapter = open_adapter("postgresql://u@127.0.0.1:1/d")
    with pytest.raises(StoreUnavailable):
        adapter.migrate()
    with pytest.raises(StoreUnavailable):
        adapter.plan()


HASHES = """
from tests.support.migration import many_references, open_adapter
adapter = open_adapter("sqlite://", models=[many_references()])
names = ("sqlite", "postgresql", "mysql", "mariadb")
print(adapter.plan().hash, *(adapter.plan(dialect=name).hash for name in names))
"""


def test_the_hash_of_a_plan_is_the_same_in_every_process() -> None:
    running = [
        subprocess.Popen(
            [sys.executable, "-c", HASHES],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        for seed in ("1", "2")
    ]
    told = {process.communicate()[0] for process in running}
    assert [process.returncode for process in running] == [0, 0]
    (hashes,) = told
    from_empty, *others = hashes.split()
    assert from_empty == others[0]
    assert len(set(others)) == 4
