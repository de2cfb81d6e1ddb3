"""Indexes that are missing, partial, or in the way."""

from typing import Any

import pytest
from sqlalchemy import exc

from pyauth.db.migration.plan import AddedIndex
from pyauth.options.fields import Field
from tests.support.migration import add_user, drop_index, only_on, run

UNIQUE_EMAIL = AddedIndex("ix_users_email", "users", "email", unique=True)


def without_index(open_with: Any) -> Any:
    adapter = open_with()
    adapter.migrate()
    drop_index(adapter, "ix_users_email")
    return adapter


def test_missing_indexes_are_added(open_with: Any) -> None:
    adapter = without_index(open_with)
    assert adapter.plan().create_indexes == (UNIQUE_EMAIL,)
    adapter.migrate()
    assert adapter.plan().describe() == []


def test_duplicates_forbid_a_unique_index(open_with: Any) -> None:
    adapter = without_index(open_with)
    add_user(adapter)
    add_user(adapter)
    (problem,) = adapter.plan().problems
    assert problem == (
        "table users: column email must be unique and holds duplicates; remove them first"
    )


def test_absent_values_are_no_duplicates(open_with: Any) -> None:
    before = open_with({"nickname": Field(type="string", required=False, index=True)})
    before.migrate()
    add_user(before, "Ada")
    add_user(before, "Bob")
    drop_index(before, "ix_users_nickname")
    adapter = open_with({"nickname": Field(type="string", required=False, unique=True)})
    adapter.migrate()
    assert adapter.plan().describe() == []


def test_indexes_count_whatever_their_names(open_with: Any) -> None:
    adapter = without_index(open_with)
    run(adapter, "CREATE UNIQUE INDEX other ON users (email)")
    assert adapter.plan().describe() == []


def test_an_index_that_begins_with_the_column_finds_it_quickly(open_with: Any, kind: str) -> None:
    adapter = open_with({"team": Field(type="string", required=False, index=True)})
    adapter.migrate()
    drop_index(adapter, "ix_users_team")
    run(adapter, "CREATE INDEX other ON users (email, team)")
    assert [item.name for item in adapter.plan().create_indexes] == ["ix_users_team"]
    run(adapter, "CREATE INDEX another ON users (team, email)")
    assert adapter.plan().describe() == []


PARTIAL = [
    ("sqlite", "(email) WHERE name <> ''"),
    ("postgresql", "(email) WHERE name <> ''"),
    ("mysql", "(email(10))"),
    ("sqlite", "(lower(email))"),
    ("postgresql", "(lower(email))"),
    ("postgresql", "(lower(email), email)"),
    ("sqlite", "(email, name)"),
    ("postgresql", "(email, name)"),
    ("mysql", "(email, name(10))"),
]


@pytest.mark.parametrize(("shared_url", "what"), PARTIAL, indirect=["shared_url"])
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection:sqlalchemy.exc.SAWarning")
def test_a_narrower_index_does_not_make_unique(open_with: Any, what: str) -> None:
    adapter = without_index(open_with)
    run(adapter, f"CREATE UNIQUE INDEX other ON users {what}")
    assert adapter.plan().create_indexes == (UNIQUE_EMAIL,)
    # Under the name of ours it is in the way.
    drop_index(adapter, "other")
    run(adapter, f"CREATE UNIQUE INDEX ix_users_email ON users {what}")
    (problem,) = adapter.plan().problems
    assert "ix_users_email" in problem
    assert "by hand, and migrate again" in problem
    drop_index(adapter, "ix_users_email")
    adapter.migrate()
    assert adapter.plan().describe() == []


@only_on("postgresql")
def test_an_index_that_was_given_up_does_not_count(open_with: Any) -> None:
    adapter = without_index(open_with)
    add_user(adapter)
    add_user(adapter)
    with pytest.raises(exc.IntegrityError):
        run(adapter, "CREATE UNIQUE INDEX CONCURRENTLY other ON users (email)")
    adapter.delete_many("user", ())
    assert adapter.plan().create_indexes == (UNIQUE_EMAIL,)
    run(adapter, "ALTER INDEX other RENAME TO ix_users_email")
    assert "does not make column email unique; drop it by hand" in adapter.plan().problems[0]


def test_an_index_of_our_name_that_is_not_unique_is_refused(open_with: Any) -> None:
    adapter = without_index(open_with)
    run(adapter, "CREATE INDEX ix_users_email ON users (email)")
    (problem,) = adapter.plan().problems
    assert problem == (
        "table users: index ix_users_email is there and does not make column email unique; drop it "
        "by hand, and migrate again"
    )


@pytest.mark.parametrize("present", [True, False])
def test_a_name_that_another_table_has_is_refused(open_with: Any, kind: str, present: bool) -> None:
    adapter = without_index(open_with)
    if not present:
        run(adapter, *(f"DROP TABLE {table}" for table in ("accounts", "sessions", "users")))
    run(
        adapter,
        "CREATE TABLE other (email VARCHAR(99))",
        "CREATE INDEX ix_users_email ON other (email)",
    )
    if kind == "mysql":
        assert adapter.plan().problems == ()  # there, the name is the table's own
        return
    (problem,) = adapter.plan().problems
    assert "index ix_users_email, and that name belongs to other; rename that by hand" in problem


@only_on("mysql")
def test_a_text_of_open_length_has_no_index(open_with: Any) -> None:
    open_with({"code": Field(type="string", required=False)}).migrate()
    adapter = open_with({"code": Field(type="string", required=False, unique=True)})
    (problem,) = adapter.plan().problems
    assert "column code is a text of open length, which has no index" in problem
    wanted = problem.partition("by hand to ")[2].partition(", and")[0]
    run(adapter, f"ALTER TABLE users MODIFY code {wanted}")
    adapter.migrate()
    assert adapter.plan().describe() == []


@only_on("postgresql", "sqlite")
def test_an_open_text_becomes_unique(open_with: Any) -> None:
    open_with({"code": Field(type="string", required=False)}).migrate()
    adapter = open_with({"code": Field(type="string", required=False, unique=True)})
    assert [item.name for item in adapter.plan().create_indexes] == ["ix_users_code"]
    adapter.migrate()
    assert adapter.plan().describe() == []


def test_a_column_that_is_refused_gets_no_index(open_with: Any) -> None:
    before = open_with()
    before.migrate()
    add_user(before)
    plan = open_with({"code": Field(type="string", unique=True)}).plan()
    assert len(plan.problems) == 1
    assert plan.create_indexes == ()
