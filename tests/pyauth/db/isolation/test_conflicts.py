"""Who gets in whose way: bounded waiting, a clean refusal, and nothing half-written."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Connection, Engine, create_engine, event, text

from pyauth import DatabaseEvent, PyAuth, StoreUnavailable
from pyauth.db.adapter import Where
from pyauth.db.sqlalchemy import SQLAlchemyAdapter, engine
from tests.pyauth.db.isolation.conftest import Serve
from tests.support.app import Answer, Visitor, row_counts, rows_of
from tests.support.databases import bind, fresh_database
from tests.support.threads import in_threads

UNAVAILABLE = '{"code":"SERVICE_UNAVAILABLE","message":"Service Unavailable"}'
PATIENCE = 5.0
"""Seconds within which a refusal must be there when a lock is waited for up to one second."""


def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let engines that pyauth makes wait for locks a short while only."""
    waits = {
        "sqlite": ("PRAGMA busy_timeout = 50", "PRAGMA foreign_keys = ON"),
        "postgresql": ("SET lock_timeout = '50ms'",),
        "mysql": ("SET SESSION innodb_lock_wait_timeout = 1",),
    }
    monkeypatch.setattr(engine, "_SESSION_SETTINGS", waits)


@contextmanager
def holding(url: URL, statement: str) -> Iterator[Connection]:
    """Keep what ``statement`` locks until the block ends."""
    own = create_engine(url)
    with own.connect() as connection:
        driver: Any = connection.connection.dbapi_connection
        if url.get_backend_name() == "sqlite":
            driver.isolation_level = None
        connection.execute(text(statement))
        yield connection
        connection.rollback()
        if url.get_backend_name() == "sqlite":
            driver.rollback()
    own.dispose()


# A lock that is held too long ---------------------------------------------------------------------

LOCKS = {
    "sqlite": "BEGIN IMMEDIATE",
    "postgresql": "UPDATE users SET name = name",
    "mysql": "UPDATE users SET name = name",
}


@pytest.mark.parametrize("kind", LOCKS)
def test_a_lock_that_is_held_too_long_is_a_clean_503(
    kind: str, tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    short_waits(monkeypatch)
    with fresh_database(kind, tmp_path) as url:
        auth = serve(url)
        visitor = Visitor(auth)
        visitor.sign_up()
        before = row_counts(auth)
        with holding(url, LOCKS[kind]):
            begin = time.monotonic()
            refused = [
                Visitor(auth).sign_in(),
                visitor.post("/update-user", {"name": "Grace"}),
            ]
            assert time.monotonic() - begin < 2 * PATIENCE
            assert visitor.get_session()["user"]["name"] == "Ada", "reading waits for nobody"
        for answer in refused:
            assert (answer.status, answer.text, answer.set_cookies) == (503, UNAVAILABLE, [])
        assert row_counts(auth) == before
        assert Visitor(auth).sign_in().status == 200
        assert visitor.post("/update-user", {"name": "Grace"}).status == 200


@pytest.mark.parametrize("work", ["statement", "transaction"])
def test_a_lock_on_sqlite_that_ends_soon_is_waited_for(
    work: str, tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the driver itself gives up at once."""
    monkeypatch.setattr(engine, "_SESSION_SETTINGS", {"sqlite": ("PRAGMA busy_timeout = 0",)})
    with fresh_database("sqlite", tmp_path) as url:
        adapter = serve(url).context.adapter
        assert isinstance(adapter, SQLAlchemyAdapter)
        with holding(url, "BEGIN IMMEDIATE") as other:
            refusals: list[str] = []

            @event.listens_for(adapter.engine, "handle_error")
            def let_go(context: Any) -> None:
                refusals.append(str(context.original_exception))
                other.exec_driver_sql("ROLLBACK")

            if work == "statement":
                adapter.create("user", {"name": "Ada", "email": "ada@example.com"})
            else:
                with adapter.transaction():
                    adapter.create("user", {"name": "Ada", "email": "ada@example.com"})
        assert refusals == ["database is locked"]
        assert adapter.count("user") == 1


def test_a_commit_that_sqlite_refuses_undoes_what_goes_with_it(tmp_path: Path) -> None:
    """Without WAL a reader can keep a writer from committing."""
    with fresh_database("sqlite", tmp_path) as url:
        own = create_engine(url, connect_args={"timeout": 0.05})
        adapter = SQLAlchemyAdapter(own)
        bind(adapter)
        adapter.migrate()
        ran: list[str] = []

        def change() -> None:
            with adapter.transaction():
                adapter.create("user", {"name": "Ada", "email": "ada@example.com"})
                adapter.after_commit(lambda: ran.append("committed"))
                adapter.after_rollback(lambda: ran.append("undone"))

        with holding(url, "BEGIN") as reader:
            reader.execute(text("SELECT * FROM users")).all()
            with pytest.raises(StoreUnavailable, match="SQLITE_BUSY"):
                change()
        assert ran == ["undone"]
        assert adapter.count("user") == 0
        change()
        assert ran == ["undone", "committed"]
        own.dispose()


# Deadlocks ----------------------------------------------------------------------------------------


def test_the_victim_of_a_deadlock_gets_a_clean_503_and_leaves_nothing(
    kind: str, url: URL, serve: Serve
) -> None:
    """A whole transaction is not repeated: its hooks would run twice."""
    both_hold_their_row = threading.Barrier(2)
    opposite: dict[str, str] = {}
    runs: Counter[str] = Counter()

    def touch_the_other(happening: DatabaseEvent) -> None:
        if not opposite:
            return
        user_id = happening.data["user_id"]
        runs[user_id] += 1
        both_hold_their_row.wait(20)
        auth.context.adapter.update_one(
            "user", [Where("id", opposite[user_id])], {"name": "touched"}
        )

    auth = serve(url, database_hooks={"session": {"create": {"before": touch_the_other}}})
    ids = [Visitor(auth).sign_up(email).json["user"]["id"] for email in ("a@x.test", "b@x.test")]
    opposite |= {ids[0]: ids[1], ids[1]: ids[0]}
    sessions = row_counts(auth)["session"]
    answers = in_threads(lambda n: Visitor(auth).sign_in(("a@x.test", "b@x.test")[n]), threads=2)
    assert Counter(answer.status for answer in answers) == {200: 1, 503: 1}
    (victim,) = [number for number, answer in enumerate(answers) if answer.status == 503]
    assert (answers[victim].text, answers[victim].set_cookies) == (UNAVAILABLE, [])
    assert runs == dict.fromkeys(ids, 1), "neither was repeated"
    names = {row["id"]: row["name"] for row in rows_of(auth, "user")}
    assert names == {ids[victim]: "touched", ids[1 - victim]: "Ada"}
    assert row_counts(auth)["session"] == sessions + 1
    opposite.clear()
    assert Visitor(auth).sign_in(("a@x.test", "b@x.test")[victim]).status == 200


# Lost updates -------------------------------------------------------------------------------------

CHANGES = 5


@pytest.mark.parametrize("kind", ["sqlite", "postgresql", "mysql"])
@pytest.mark.parametrize("isolation", ["as it is", "serializable"])
def test_no_update_is_lost_where_the_guard_is_what_was_read(
    kind: str, isolation: str, tmp_path: Path
) -> None:
    """Read, change, write if nobody was faster, else again: whatever the server's default is."""
    with fresh_database(kind, tmp_path) as url:
        adapter = SQLAlchemyAdapter(url if isolation == "as it is" else _strict(url))
        bind(adapter)
        adapter.migrate()
        row = adapter.create("sample", {"label": "a", "amount": 0})
        key = Where("id", row["id"])

        def add(_: int) -> None:
            done = 0
            while done < CHANGES:
                found = adapter.find_one("sample", [key])
                assert found is not None
                guard = [key, Where("amount", found["amount"])]
                changes = {"amount": found["amount"] + 1}
                done += adapter.update_one("sample", guard, changes) is not None

        in_threads(add, threads=8)
        found = adapter.find_one("sample", [key])
        assert found is not None
        assert found["amount"] == 8 * CHANGES
        adapter.close()


def _strict(url: URL) -> URL:
    """Return a database whose sessions are serializable unless they are told otherwise."""
    if url.get_backend_name() == "postgresql":
        option = "-c default_transaction_isolation=serializable"
        return url.update_query_dict({"options": option})
    if url.get_backend_name() == "mysql":
        command = "SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE"
        return url.update_query_dict({"init_command": command})
    return url


def test_serialization_conflicts_are_retried_in_bounds(url: URL, kind: str) -> None:
    """On an engine that is lent the server's default goes for single statements."""
    own = create_engine(_strict(url), pool_size=8)
    adapter = SQLAlchemyAdapter(own)
    bind(adapter)
    adapter.migrate()
    row = adapter.create("sample", {"label": "a", "amount": 0})
    key = [Where("id", row["id"])]

    def add(_: int) -> int:
        done = 0
        for _ in range(CHANGES):
            with suppress(StoreUnavailable):
                done += adapter.increment_one("sample", key, "amount") is not None
        return done

    done = sum(in_threads(add, threads=8))
    found = adapter.find_one("sample", key)
    assert found is not None
    assert 0 < found["amount"] == done
    own.dispose()


# Pools --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["sqlite", "postgresql", "mysql"])
def test_an_exhausted_pool_of_ours_is_a_clean_503_in_bounded_time(
    kind: str, tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "POOL_TIMEOUT", 0.05)
    with fresh_database(kind, tmp_path) as url:
        auth = serve(url)
        visitor = Visitor(auth)
        visitor.sign_up()
        adapter = auth.context.adapter
        assert isinstance(adapter, SQLAlchemyAdapter)
        with taken(adapter.engine) as connections:
            assert len(connections) == (32 if kind == "sqlite" else 15)
            begin = time.monotonic()
            answers = [visitor.get("/get-session"), Visitor(auth).sign_in()]
            assert time.monotonic() - begin < PATIENCE
        assert [(answer.status, answer.text) for answer in answers] == [(503, UNAVAILABLE)] * 2
        assert visitor.get_session()["user"]["name"] == "Ada"


@contextmanager
def taken(own: Engine) -> Iterator[list[Connection]]:
    """Take every connection that a pool gives."""
    connections: list[Connection] = []
    take: Callable[[], Connection] = own.connect
    try:
        while len(connections) < 100:
            try:
                connections.append(take())
            except Exception:
                break
        yield connections
    finally:
        for connection in connections:
            connection.close()


def test_more_threads_than_connections_are_served_one_after_another(
    url: URL, serve: Serve, kind: str
) -> None:
    own = create_engine(url, pool_size=2, max_overflow=0)
    auth: PyAuth = serve(own)
    Visitor(auth).sign_up()

    def come(_: int) -> Answer:
        return Visitor(auth).sign_in()

    assert {answer.status for answer in in_threads(come, threads=16)} == {200}
    own.dispose()
