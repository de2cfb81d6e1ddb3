"""Guards that endpoints declare: who is signed in, how surely, and what is his."""

from typing import Any

import pytest

from pyauth import Contributions, Plugin, PyAuth
from pyauth.db.memory import MemoryAdapter
from pyauth.error_codes import ErrorCode
from pyauth.http.call import Call
from pyauth.http.endpoint import Endpoint, Guard, endpoint
from pyauth.http.guards import (
    get_owned_resource,
    require_fresh_session,
    require_live_session,
    require_resource_ownership,
    require_session,
)
from pyauth.http.inputs import Body, Query
from tests.pyauth.conftest import NewVisitor
from tests.support.app import Answer, FrozenClock, Visitor, make_auth, rows_of, token_of
from tests.support.watched import WatchedAdapter

HIDDEN = ErrorCode("HIDDEN", "Hidden", 404)


class Ask(Query):
    session_id: str = ""


class Send(Body):
    session_id: str


class Host(Plugin):
    id = "host"

    def __init__(self, *endpoints: Endpoint[Any, Any]) -> None:
        self._endpoints = list(endpoints)

    def contribute(self) -> Contributions:
        return Contributions(endpoints=self._endpoints)


def guarded(guard: Guard) -> Endpoint[Any, Any]:
    def run(call: Call) -> dict[str, str]:
        return {"email": call.get_session().user.email}

    return endpoint("GET", "/run", guards=(guard,), name="run")(run)


@pytest.fixture
def adapter() -> WatchedAdapter:
    return WatchedAdapter(MemoryAdapter())


def make(guard: Guard, adapter: WatchedAdapter, clock: FrozenClock) -> PyAuth:
    return make_auth(
        database=adapter,
        clock=clock,
        plugins=[Host(guarded(guard))],
        session={"cookie_cache": {"enabled": True, "max_age": 90_000}},
    )


GUARDS = [require_session, require_live_session, require_fresh_session]


@pytest.mark.parametrize("guard", GUARDS)
def test_nobody_is_refused(
    guard: Guard, adapter: WatchedAdapter, clock: FrozenClock, new_visitor: NewVisitor
) -> None:
    assert new_visitor(make(guard, adapter, clock)).call("run").refusal == (401, "UNAUTHORIZED")


@pytest.mark.parametrize(
    ("guard", "queries", "status"),
    [(require_session, 0, 200), (require_live_session, 1, 401), (require_fresh_session, 1, 401)],
)
def test_who_is_signed_in_passes_and_an_ended_session_by_the_cache_alone(
    guard: Guard,
    queries: int,
    status: int,
    adapter: WatchedAdapter,
    clock: FrozenClock,
    new_visitor: NewVisitor,
) -> None:
    auth = make(guard, adapter, clock)
    visitor = new_visitor(auth)
    visitor.sign_up()
    adapter.forget()
    assert visitor.call("run").json == {"email": "ada@example.com"}
    assert adapter.statements == ["find_joined session"] * queries
    auth.context.sessions.delete(token_of(visitor))
    assert visitor.call("run").status == status


@pytest.mark.parametrize(
    ("guard", "status"), [(require_live_session, 200), (require_fresh_session, 403)]
)
def test_an_old_session_is_live_but_not_fresh(
    guard: Guard,
    status: int,
    adapter: WatchedAdapter,
    clock: FrozenClock,
    new_visitor: NewVisitor,
) -> None:
    visitor = new_visitor(make(guard, adapter, clock))
    visitor.sign_up()
    clock.advance(days=1)
    answer = visitor.call("run")
    assert answer.status == status
    if status == 403:
        assert answer.code == "SESSION_NOT_FRESH"


# Ownership ----------------------------------------------------------------------------------------


def owning(**settings: Any) -> PyAuth:
    guard = require_resource_ownership("session", **settings)

    def show(call: Call, *_: Any) -> dict[str, Any]:
        return {"found": get_owned_resource(call)["id"]}

    made: dict[str, Endpoint[Any, Any]] = {
        "params": endpoint("GET", "/own/:session_id", guards=(guard,), name="own")(show),
        "query": endpoint("GET", "/own", query=Ask, guards=(guard,), name="own")(show),
        "body": endpoint("POST", "/own", body=Send, guards=(guard,), name="own")(show),
    }
    cache = {"cookie_cache": {"enabled": True}}
    return make_auth(plugins=[Host(made[settings.get("where", "params")])], session=cache)


def ask(visitor: Visitor, where: str, record_id: str) -> Answer:
    if where == "params":
        return visitor.get(f"/own/{record_id}")
    if where == "query":
        return visitor.get("/own", query={"sessionId": record_id})
    return visitor.post("/own", {"sessionId": record_id})


def two_people(auth: PyAuth) -> tuple[Visitor, str, str]:
    ada, eve = Visitor(auth), Visitor(auth)
    ada.sign_up("ada@example.com")
    eve.sign_up("eve@example.com")
    mine, theirs = (row["id"] for row in rows_of(auth, "session"))
    return ada, mine, theirs


@pytest.mark.parametrize("where", ["params", "query", "body"])
def test_the_owner_passes_and_nobody_else(where: Any) -> None:
    auth = owning(name="session_id", where=where)
    ada, mine, theirs = two_people(auth)
    assert ask(ada, where, mine).json == {"found": mine}
    others, none = ask(ada, where, theirs), ask(ada, where, "no-such-id")
    assert others.refusal == (403, "FORBIDDEN")
    assert (others.status, others.text) == (none.status, none.text), "not told apart"
    assert ask(Visitor(auth, origin=None), where, mine).refusal == (401, "UNAUTHORIZED")


def test_an_ended_session_owns_nothing_though_it_is_cached() -> None:
    auth = owning(name="session_id")
    ada, _, theirs = two_people(auth)
    auth.context.sessions.delete(token_of(ada))
    assert ask(ada, "params", theirs).refusal == (401, "UNAUTHORIZED")


def test_the_refusals_can_be_ones_own() -> None:
    auth = owning(name="session_id", refusal=HIDDEN)
    ada, _, theirs = two_people(auth)
    assert ask(ada, "params", theirs).refusal == (404, "HIDDEN")
    told = owning(name="session_id", missing=HIDDEN)
    ada, _, theirs = two_people(told)
    assert ask(ada, "params", theirs).refusal == (403, "FORBIDDEN")
    assert ask(ada, "params", "no-such-id").refusal == (404, "HIDDEN")


def test_a_missing_parameter_is_named() -> None:
    ada, _, _ = two_people(owning(name="session_id", where="query"))
    answer = ada.get("/own")
    assert answer.refusal == (400, "BAD_REQUEST")
    assert answer.json["message"] == "Missing required parameter: session_id"


def test_the_owners_field_can_be_another() -> None:
    auth = owning(name="session_id", owner="ip_address")
    ada, mine, _ = two_people(auth)
    assert ask(ada, "params", mine).refusal == (403, "FORBIDDEN")


def test_a_record_is_there_only_behind_the_guard() -> None:
    seen: list[str] = []

    def run(call: Call) -> None:
        try:
            get_owned_resource(call)
        except LookupError as exc:
            seen.append(str(exc))

    Visitor(make_auth(plugins=[Host(endpoint("POST", "/run", name="run")(run))])).post("/run")
    assert seen == ["the endpoint has no guard that requires a resource to be owned"]
