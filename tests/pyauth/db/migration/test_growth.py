"""A database that grows: from the core alone, plugin by plugin, to renamed fields and tables."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from pyauth import Contributions, Plugin, PyAuth
from pyauth.db.adapter import Adapter, Where
from pyauth.db.migration.named import NamedMigration
from pyauth.options.fields import Field, Reference
from pyauth.plugin import ModelSchema
from tests.support.migration import adapter_of, only_on, run


def refer(model: str, *, on_delete: Any = "cascade", required: bool = True) -> Field:
    target = Reference(model=model, on_delete=on_delete)
    return Field(type="string", required=required, index=True, references=target)


class Teams(Plugin):
    """Tables that refer to one another, and a field of the session."""

    id = "teams"

    def contribute(self) -> Contributions:
        fields: dict[str, Field] = {"team_id": refer("team", on_delete="set null", required=False)}
        return Contributions(
            schema=[
                ModelSchema("team", {"name": Field(type="string", unique=True)}),
                ModelSchema("member", {"team_id": refer("team"), "user_id": refer("user")}),
                ModelSchema("session", fields),
            ]
        )


class Badges(Plugin):
    """Fields of the user, and work on the users that are there."""

    id = "badges"

    def contribute(self) -> Contributions:
        fields = {
            "badge": Field(type="string", default="none", index=True),
            "number": Field(type="string", required=False, unique=True),
            "earned": Field(type="string[]", default=[]),
        }
        return Contributions(
            schema=[ModelSchema("user", fields)],
            migrations=[NamedMigration("numbers", self._number)],
        )

    def _number(self, adapter: Adapter) -> None:
        for place, user in enumerate(adapter.find_many("user")):
            adapter.update_one("user", [Where("id", user["id"])], {"number": f"no{place}"})


class Audit(Plugin):
    """A table with two references, one of which forbids deletions."""

    id = "audit"

    def contribute(self) -> Contributions:
        fields = {
            "actor_id": refer("user", on_delete="restrict"),
            "team_id": refer("team", on_delete="set null", required=False),
            "event": Field(type="json"),
            "at": Field(type="date"),
        }
        return Contributions(schema=[ModelSchema("entry", fields)])


ADDITIONAL = {
    "motto": Field(type="string", default="it's 100% :fine"),
    "boss_id": refer("user", on_delete="no action", required=False),
}
STAGES: list[dict[str, Any]] = [
    {},
    {"plugins": [Teams()]},
    {"plugins": [Teams(), Badges()]},
    {"plugins": [Teams(), Badges(), Audit()]},
    {"plugins": [Teams(), Badges(), Audit()], "user": {"additional_fields": ADDITIONAL}},
]
RENAMED = {
    "plugins": STAGES[-1]["plugins"],
    "user": {
        "additional_fields": ADDITIONAL,
        "model_name": "members_of_old",
        "fields": {"email": "mail", "image": "picture"},
    },
    "session": {"model_name": "order"},
}


@pytest.fixture
def open_auth(url: Any) -> Iterator[Callable[..., PyAuth]]:
    opened: list[PyAuth] = []

    def open_one(**arguments: Any) -> PyAuth:
        auth = PyAuth(
            secret="GrowingDatabase-3c5e7a9b1d2f4068",
            base_url="http://localhost",
            mode="test",
            database=url,
            **arguments,
        )
        opened.append(auth)
        return auth

    yield open_one
    for auth in opened:
        auth.close()


def fill(auth: PyAuth) -> None:
    """Create rows of whatever models there are."""
    adapter = auth.context.adapter
    user = adapter.create("user", {"name": "Ada", "email": "ada@example.com"})
    session = {"token": "t", "expires_at": datetime.now(UTC), "user_id": user["id"]}
    adapter.create("session", session)
    models = auth.context.schema.models
    if "team" in models:
        team = adapter.create("team", {"name": "a"})
        adapter.create("member", {"team_id": team["id"], "user_id": user["id"]})
    if "entry" in models:
        entry = {"actor_id": user["id"], "event": {"a": 1}, "at": datetime.now(UTC)}
        adapter.create("entry", entry)


def assert_whole(auth: PyAuth, stage: int) -> None:
    """The rows are there, and what was added serves."""
    assert auth.plan().describe() == []
    adapter = auth.context.adapter
    (user,) = adapter.find_many("user")
    assert user["email"] == "ada@example.com"
    assert adapter.count("session") == 1
    if stage >= 2:
        assert (user["badge"], user["earned"], user["number"]) == ("none", [], "no0")
    if stage >= 4:
        assert user["motto"] == "it's 100% :fine"
        boss = {"name": "Bob", "email": "bob@example.com", "boss_id": user["id"]}
        bob = adapter.create("user", boss)
        adapter.delete_many("user", [Where("id", bob["id"])])


def test_plugins_come_one_by_one(open_auth: Any) -> None:
    auth = open_auth()
    auth.migrate()
    fill(auth)
    for stage, arguments in enumerate(STAGES):
        auth = open_auth(**arguments)
        plan = auth.plan()
        assert plan.problems == plan.warnings == ()
        auth.migrate()
        assert_whole(auth, stage)


@pytest.mark.full
@pytest.mark.parametrize("start", [0, 1, 2, 3])
def test_every_earlier_schema_becomes_the_last(open_auth: Any, start: int) -> None:
    auth = open_auth(**STAGES[start])
    auth.migrate()
    fill(auth)
    if start >= 2:
        run(adapter_of(auth), "UPDATE users SET number = 'no0'")
    last = open_auth(**STAGES[-1])
    last.migrate()
    assert_whole(last, len(STAGES) - 1)


@only_on("sqlite")
def test_plugins_may_go_and_come_back(open_auth: Any) -> None:
    auth = open_auth(**STAGES[2])
    auth.migrate()
    # What a plugin leaves behind is kept, and refused where it would forbid new rows.
    assert open_auth().plan().problems == tuple(
        f"table users: column {column} demands a value, and pyauth does not know it; give it a "
        "default or let it be NULL"
        for column in ("badge", "earned")
    )
    assert open_auth(**STAGES[2]).plan().describe() == []


_STATEMENT = re.compile(r"\((ALTER TABLE .*?)\)")


def test_renamed_fields_and_tables_are_refused_until_renamed_by_hand(open_auth: Any) -> None:
    auth = open_auth(**STAGES[-1])
    auth.migrate()
    fill(auth)
    run(adapter_of(auth), "UPDATE users SET number = 'no0'")
    renamed = open_auth(**RENAMED)
    plan = renamed.plan()
    told = "\n".join((*plan.problems, *plan.warnings))
    assert "table members_of_old is new; table users looks like the one it was" in told
    assert "table order is new; table sessions looks like the one it was" in told
    with pytest.raises(Exception, match="rename the table that is to be members_of_old"):
        renamed.migrate()
    assert adapter_of(auth).count("user") == 1
    for _ in range(2):  # tables first, then their columns
        plan = renamed.plan()
        words = "\n".join((*plan.problems, *plan.warnings))
        run(adapter_of(renamed), *dict.fromkeys(_STATEMENT.findall(words)))
    assert renamed.migrate().describe() == []
    assert_whole(renamed, len(STAGES) - 1)
