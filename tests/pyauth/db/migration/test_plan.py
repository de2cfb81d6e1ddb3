"""What a plan says of itself."""

from dataclasses import replace

from pyauth.db.migration.plan import AddedColumn, AddedIndex, Plan

PLAN = Plan(
    dialect="sqlite",
    create_schemas=("auth",),
    create_tables=("users",),
    add_columns=(AddedColumn("session", "team", "sessions", "team", "TEXT"),),
    create_indexes=(AddedIndex("ix_sessions_team", "sessions", "team", unique=True),),
    run_migrations=("teams/backfill",),
    problems=("table accounts: column id is missing",),
    warnings=("table users: column x",),
    statements=("CREATE TABLE users (id TEXT)", "ALTER TABLE sessions ADD COLUMN team TEXT"),
)


def test_a_plan_describes_itself() -> None:
    assert PLAN.describe() == [
        "create schema auth",
        "create table users",
        "add column sessions.team TEXT",
        "create unique index ix_sessions_team on sessions (team)",
        "run migration teams/backfill",
        "problem: table accounts: column id is missing",
        "warning: table users: column x",
    ]
    assert PLAN.has_steps
    assert not PLAN.is_empty


def test_an_empty_plan_has_nothing_to_say() -> None:
    assert Plan().is_empty
    assert Plan().describe() == []


def test_a_warning_alone_leaves_a_plan_empty() -> None:
    assert Plan(warnings=("table users: column x",)).is_empty


def test_a_problem_alone_makes_no_steps() -> None:
    plan = Plan(problems=("table accounts: column id is missing",))
    assert not plan.is_empty
    assert not plan.has_steps


def test_the_hash_names_the_steps_alone() -> None:
    assert replace(PLAN, problems=(), warnings=()).hash == PLAN.hash
    changed = [
        replace(PLAN, dialect="postgresql"),
        replace(PLAN, statements=PLAN.statements[:1]),
        replace(PLAN, statements=PLAN.statements[::-1]),
        replace(PLAN, run_migrations=()),
        replace(PLAN, statements=(*PLAN.statements, *PLAN.run_migrations), run_migrations=()),
    ]
    assert len({PLAN.hash, *(plan.hash for plan in changed)}) == 6
    assert len(PLAN.hash) == 64
