"""Named migrations of plugins: run once, recorded, in order, all or nothing."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import inspect

from pyauth import ConfigurationError, Contributions, Plugin, PyAuth
from pyauth.db.adapter import Adapter, Where
from pyauth.db.migration.named import NamedMigration
from pyauth.errors import StoreError, UniqueViolation
from pyauth.options.fields import Field
from pyauth.plugin import ModelSchema
from tests.support.migration import adapter_of, run

SECRET = "NamedMigrations-7a1c9e5b3d2f4068"


class Steps(Plugin):
    """A plugin whose migrations note that they ran."""

    def __init__(
        self, names: Sequence[str], failing: Callable[[Adapter], object] | None = None
    ) -> None:
        self.ran: list[str] = []
        self._names = names
        self._failing = failing

    def contribute(self) -> Contributions:
        return Contributions(migrations=[self._make(name) for name in self._names])

    def _make(self, name: str) -> NamedMigration:
        def apply(adapter: Adapter) -> None:
            self.ran.append(name)
            adapter.create("user", {"name": name, "email": f"{self.id}.{name}@example.com"})
            if name == "fail" and self._failing is not None:
                self._failing(adapter)

        return NamedMigration(name, apply)


def make_steps(
    plugin_id: str, *names: str, failing: Callable[[Adapter], object] | None = None
) -> Steps:
    """Return a plugin of some id with migrations of some names."""
    kind: type[Steps] = type("OtherSteps", (Steps,), {"id": plugin_id})
    return kind(names, failing)


@pytest.fixture
def open_auth(url: Any) -> Iterator[Callable[..., PyAuth]]:
    opened: list[PyAuth] = []

    def open_one(*plugins: Plugin, **options: Any) -> PyAuth:
        auth = PyAuth(
            secret=SECRET,
            base_url="http://localhost",
            mode="test",
            database=url,
            plugins=plugins,
            **options,
        )
        opened.append(auth)
        return auth

    yield open_one
    for auth in opened:
        auth.close()


def recorded(auth: PyAuth) -> list[str]:
    rows = auth.context.adapter.find_many("pyauth_migration")
    return sorted(row["name"] for row in rows)


def names_of(auth: PyAuth) -> Sequence[str]:
    return sorted(row["name"] for row in auth.context.adapter.find_many("user"))


def test_an_empty_database_runs_them_too_once_and_in_order(open_auth: Any) -> None:
    first, second = make_steps("first", "b", "a"), make_steps("second", "a")
    auth = open_auth(first, second)
    plan = auth.plan()
    assert plan.run_migrations == ("first/b", "first/a", "second/a")
    assert plan.describe()[-3:] == [
        "run migration first/b",
        "run migration first/a",
        "run migration second/a",
    ]
    assert auth.migrate() == plan
    assert (first.ran, second.ran) == (["b", "a"], ["a"])
    assert recorded(auth) == ["first/a", "first/b", "second/a"]
    assert auth.plan().describe() == []
    assert auth.migrate().is_empty
    assert first.ran == ["b", "a"]


def test_later_ones_run_alone(open_auth: Any) -> None:
    open_auth(make_steps("first", "a")).migrate()
    first, second = make_steps("first", "a", "b"), make_steps("second", "a")
    auth = open_auth(second, first)
    assert auth.plan().describe() == ["run migration second/a", "run migration first/b"]
    auth.migrate()
    assert (first.ran, second.ran) == (["b"], ["a"])


def test_without_them_there_is_no_record(open_auth: Any) -> None:
    auth = open_auth()
    auth.migrate()
    assert not inspect(adapter_of(auth).engine).has_table("pyauth_migrations")
    with_steps = open_auth(make_steps("first", "a"))
    assert with_steps.plan().describe()[0] == "create table pyauth_migrations"
    with_steps.migrate()
    assert open_auth().plan().describe() == []


def test_a_planned_one_counts_for_the_hash(open_auth: Any) -> None:
    open_auth(make_steps("first", "a")).migrate()
    one, two = (
        open_auth(make_steps("first", "a", "b")).plan(),
        open_auth(make_steps("first", "c")).plan(),
    )
    assert one.statements == two.statements == ()
    assert one.has_steps
    assert one.hash != two.hash


def boom(_adapter: Adapter) -> None:
    raise ValueError("a value nobody must see")


def swallow(adapter: Adapter) -> None:
    with suppress(UniqueViolation):
        adapter.create("user", {"name": "again", "email": "first.fail@example.com"})


@pytest.mark.parametrize("failing", [boom, swallow])
def test_a_failure_is_taken_back_and_tried_again(
    open_auth: Any, kind: str, failing: Callable[[Adapter], None]
) -> None:
    auth = open_auth(make_steps("first", "a", "fail", "c", failing=failing))
    with pytest.raises(StoreError, match="migration first/fail failed") as caught:
        auth.migrate()
    assert "nobody must see" not in str(caught.value)
    if kind == "mysql":
        # What MySQL has committed stays, and what is done is recorded.
        assert recorded(auth) == ["first/a"]
        assert names_of(auth) == ["a"]
        assert auth.plan().describe() == ["run migration first/fail", "run migration first/c"]
    else:
        assert inspect(adapter_of(auth).engine).get_table_names() == []
    mended = make_steps("first", "a", "fail", "c")
    auth = open_auth(mended)
    auth.migrate()
    assert mended.ran == (["fail", "c"] if kind == "mysql" else ["a", "fail", "c"])
    assert names_of(auth) == ["a", "c", "fail"]
    assert auth.plan().describe() == []


def test_a_refused_plan_runs_none(open_auth: Any) -> None:
    before = open_auth()
    before.migrate()
    run(adapter_of(before), "ALTER TABLE users DROP COLUMN image")
    run(adapter_of(before), "ALTER TABLE users ADD COLUMN image INTEGER")
    steps = make_steps("first", "a")
    with pytest.raises(ConfigurationError, match="column image is "):
        open_auth(steps).migrate()
    assert steps.ran == []


def test_they_see_the_schema_of_now(open_auth: Any) -> None:
    class Backfill(Plugin):
        id = "backfill"

        def contribute(self) -> Contributions:
            field = Field(type="string", required=False)
            return Contributions(
                schema=[ModelSchema("user", {"initial": field})],
                migrations=[NamedMigration("initials", self._fill)],
            )

        def _fill(self, adapter: Adapter) -> None:
            for row in adapter.find_many("user", [Where("initial", None)]):
                where = [Where("id", row["id"])]
                adapter.update_one("user", where, {"initial": row["name"][0]})

    before = open_auth(naming="better-auth")
    before.migrate()
    before.context.adapter.create("user", {"name": "Ada", "email": "ada@example.com"})
    auth = open_auth(Backfill(), naming="better-auth")
    assert auth.plan().create_tables == ("pyauthMigration",)
    auth.migrate()
    (user,) = auth.context.adapter.find_many("user")
    assert user["initial"] == "A"
    assert auth.plan().describe() == []


@pytest.mark.parametrize("policy", ["serial", "uuid"])
def test_the_record_has_ids_of_every_policy(open_auth: Any, policy: str) -> None:
    database = {"advanced": {"database": {"generate_id": policy}}}
    auth = open_auth(make_steps("first", "a"), **database)
    auth.migrate()
    assert open_auth(make_steps("first", "a"), **database).plan().describe() == []


@pytest.mark.parametrize("name", ["", "a b", "a/b", "a\nb", "x" * 101, "é"])
def test_a_name_is_short_and_plain(name: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot name a migration"):
        NamedMigration(name, boom)


def test_two_of_one_name_stop_the_start_up(tmp_path: Any) -> None:
    with pytest.raises(ConfigurationError, match="two migrations 'first/a'"):
        PyAuth(secret=SECRET, mode="test", plugins=[make_steps("first", "a", "a")])
