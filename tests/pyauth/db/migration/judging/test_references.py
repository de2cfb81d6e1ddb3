"""Foreign keys that are missing, or other ones."""

from typing import Any

import pytest

from pyauth.db.schema import ModelSchema
from pyauth.options.fields import Field, Reference
from tests.support.migration import only_on, run


def note(on_delete: Any = "cascade") -> ModelSchema:
    owner = Field(type="string", references=Reference(model="user", on_delete=on_delete))
    return ModelSchema("note", {"owner_id": owner}, source="tests")


def key_type(kind: str) -> str:
    if kind != "mysql":
        return "TEXT"
    return "VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"


def with_notes(open_with: Any, kind: str, owner: str, rest: str = "") -> Any:
    """Return the database with a table of notes written by hand."""
    adapter = open_with(models=[note()])
    open_with().migrate()
    text = key_type(kind)
    run(adapter, f"CREATE TABLE other (id {text} PRIMARY KEY)")
    run(
        adapter,
        f"CREATE TABLE notes (id {text} PRIMARY KEY, owner_id {text} NOT NULL {owner}{rest})",
    )
    return adapter


def foreign(target: str) -> str:
    return f", FOREIGN KEY (owner_id) REFERENCES {target}"


def test_an_equal_reference_is_served(open_with: Any, kind: str) -> None:
    adapter = with_notes(open_with, kind, "", foreign("users (id) ON DELETE CASCADE"))
    assert adapter.plan().describe() == []


@only_on("sqlite", "postgresql")
def test_a_reference_within_the_column_is_served(open_with: Any, kind: str) -> None:
    adapter = with_notes(open_with, kind, "REFERENCES users ON DELETE CASCADE")
    assert adapter.plan().describe() == []


def test_a_missing_reference_is_warned_of(open_with: Any, kind: str) -> None:
    adapter = with_notes(open_with, kind, "")
    plan = adapter.plan()
    assert plan.is_empty
    assert plan.warnings == (
        "table notes: column owner_id has no foreign key to users.id; pyauth keeps to it itself, "
        "other programs may not",
    )


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("other (id) ON DELETE CASCADE", "other.id ON DELETE CASCADE"),
        ("users (id)", "users.id ON DELETE RESTRICT"),
    ],
)
def test_another_reference_is_refused(open_with: Any, kind: str, target: str, told: str) -> None:
    adapter = with_notes(open_with, kind, "", foreign(target))
    assert adapter.plan().problems == (
        f"table notes: column owner_id refers to {told}, needed is users.id ON DELETE CASCADE; "
        "replace the foreign key by hand",
    )


def test_a_deletion_that_spreads_where_it_must_not_is_refused(open_with: Any, kind: str) -> None:
    inline = "REFERENCES users (id) ON DELETE CASCADE"
    if kind == "mysql":
        with_notes(open_with, kind, "", f", FOREIGN KEY (owner_id) {inline}")
    else:
        with_notes(open_with, kind, inline)
    (problem,) = open_with(models=[note("no action")]).plan().problems
    assert "refers to users.id ON DELETE CASCADE, needed is users.id ON DELETE RESTRICT" in problem


@pytest.mark.parametrize(
    ("wanted", "there"),
    [
        ("restrict", " ON DELETE NO ACTION"),
        ("no action", " ON DELETE RESTRICT"),
        pytest.param("restrict", "", marks=pytest.mark.full),
        pytest.param("no action", "", marks=pytest.mark.full),
    ],
)
def test_two_words_for_a_refused_deletion_are_one(
    open_with: Any, kind: str, wanted: str, there: str
) -> None:
    with_notes(open_with, kind, "", foreign(f"users (id){there}"))
    assert open_with(models=[note(wanted)]).plan().describe() == []


def test_one_of_two_references_is_enough(open_with: Any, kind: str) -> None:
    both = foreign("other (id)") + foreign("users (id) ON DELETE CASCADE")
    assert with_notes(open_with, kind, "", both).plan().describe() == []


@only_on("postgresql")
def test_the_same_table_of_another_schema_is_another(open_with: Any, kind: str) -> None:
    adapter = open_with()
    run(adapter, "CREATE SCHEMA old", "CREATE TABLE old.users (id TEXT PRIMARY KEY)")
    adapter = with_notes(open_with, kind, "", foreign("old.users (id) ON DELETE CASCADE"))
    assert "refers to users.id" in adapter.plan().problems[0]


@only_on("mysql")
def test_mysql_refers_to_no_text_of_another_collation(open_with: Any) -> None:
    adapter = open_with(models=[note()])
    open_with().migrate()
    run(
        adapter,
        "ALTER TABLE sessions DROP FOREIGN KEY sessions_ibfk_1",
        "ALTER TABLE accounts DROP FOREIGN KEY accounts_ibfk_1",
        "ALTER TABLE users MODIFY id VARCHAR(36) CHARACTER SET utf8mb4 "
        "COLLATE utf8mb4_general_ci NOT NULL",
    )
    (problem,) = adapter.plan().problems
    assert problem.startswith(
        "table users: column id is varchar(36) with the collation utf8mb4_general_ci, and "
        "notes.owner_id cannot refer to it; change it by hand to VARCHAR(255)"
    )
    run(adapter, f"ALTER TABLE users MODIFY id {problem.partition('by hand to ')[2]} NOT NULL")
    adapter.migrate()
    assert adapter.plan().is_empty


@only_on("mysql")
def test_mysql_refers_to_no_number_of_another_width(open_with: Any) -> None:
    open_with(id_policy="serial").migrate()
    adapter = open_with(models=[note()], id_policy="serial")
    run(
        adapter,
        "ALTER TABLE sessions DROP FOREIGN KEY sessions_ibfk_1",
        "ALTER TABLE accounts DROP FOREIGN KEY accounts_ibfk_1",
        "ALTER TABLE users MODIFY id INT NOT NULL AUTO_INCREMENT",
    )
    (problem,) = adapter.plan().problems
    assert "column id is int(11), and notes.owner_id cannot refer to it" in problem
