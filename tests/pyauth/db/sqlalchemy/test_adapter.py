"""What the adapter over SQLAlchemy promises beyond the suite that all adapters pass."""

import gc
import os
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.engine.interfaces import CacheStats
from sqlalchemy.exc import OperationalError

from pyauth.clock import utc_now
from pyauth.db.adapter import Row, Where
from pyauth.db.lifecycle import Migratable
from pyauth.db.sqlalchemy import SQLAlchemyAdapter
from pyauth.errors import (
    ConfigurationError,
    StoreError,
    StoreUnavailable,
    UniqueViolation,
)
from tests.support.databases import bind, empty_tables, fresh_database

KINDS = ("sqlite", "postgresql", "mysql")
SECRET = "s3cret-value"


@contextmanager
def opened(kind: str, folder: Path) -> Iterator[SQLAlchemyAdapter]:
    with fresh_database(kind, folder) as url:
        adapter = SQLAlchemyAdapter(url)
        bind(adapter)
        adapter.migrate()
        try:
            yield adapter
        finally:
            adapter.close()


@pytest.fixture(scope="module")
def databases(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[str], SQLAlchemyAdapter]]:
    """One database of each kind, for the tests that leave its tables as they are."""
    with ExitStack() as stack:

        @cache
        def get(kind: str) -> SQLAlchemyAdapter:
            return stack.enter_context(opened(kind, tmp_path_factory.mktemp(kind)))

        yield get


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def adapter(
    kind: str, databases: Callable[[str], SQLAlchemyAdapter]
) -> Iterator[SQLAlchemyAdapter]:
    adapter = databases(kind)
    yield adapter
    empty_tables(adapter)


@pytest.fixture
def sqlite(databases: Callable[[str], SQLAlchemyAdapter]) -> Iterator[SQLAlchemyAdapter]:
    adapter = databases("sqlite")
    yield adapter
    empty_tables(adapter)


@pytest.fixture
def mysql(databases: Callable[[str], SQLAlchemyAdapter]) -> Iterator[SQLAlchemyAdapter]:
    adapter = databases("mysql")
    yield adapter
    empty_tables(adapter)


def with_session(adapter: SQLAlchemyAdapter) -> Row:
    user = adapter.create("user", {"name": "Ada", "email": "ada@example.com"})
    data = {"token": "t", "expires_at": utc_now(), "user_id": user["id"]}
    return adapter.create("session", data)


@contextmanager
def statements(adapter: SQLAlchemyAdapter) -> Iterator[list[Any]]:
    """Collect the contexts of the statements that are executed."""
    found: list[Any] = []

    def note(_c: Any, _cursor: Any, sql: str, _p: Any, context: Any, _many: Any) -> None:
        found.append((sql, context.cache_hit))

    event.listen(adapter.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(adapter.engine, "before_cursor_execute", note)


def test_is_migratable(sqlite: SQLAlchemyAdapter) -> None:
    assert isinstance(sqlite, Migratable)


def test_needs_a_schema_first() -> None:
    with pytest.raises(ConfigurationError, match="bind"):
        SQLAlchemyAdapter("sqlite://").find_one("user", ())


class TestStatements:
    def test_session_and_user_take_one_query_that_is_compiled_once(
        self, adapter: SQLAlchemyAdapter
    ) -> None:
        with_session(adapter)
        with statements(adapter) as found:
            for token in ("t", "other"):
                adapter.find_joined("session", [Where("token", token)], via="user_id")
        assert len(found) == 2
        assert found[0][0] == found[1][0]
        assert found[1][1] is CacheStats.CACHE_HIT

    def test_an_empty_list_takes_none(self, sqlite: SQLAlchemyAdapter) -> None:
        with statements(sqlite) as found:
            sqlite.find_many("user", [Where("id", [], "in")])
            sqlite.find_one("user", [Where("id", [], "in")])
        assert found == []

    @pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
    def test_single_use_takes_one_statement(self, kind: str, adapter: SQLAlchemyAdapter) -> None:
        adapter.create("sample", {"label": "a"})
        where = [Where("label", "a"), Where("amount", 5, "lt")]
        calls: list[Callable[[], object]] = [
            lambda: adapter.update_one("sample", where, {"active": False}),
            lambda: adapter.increment_one("sample", where, "amount"),
            lambda: adapter.consume_one("sample", where),
        ]
        for call in calls:
            with statements(adapter) as found:
                assert call() is not None
            assert len(found) == 1

    def test_mariadb_claims_by_one_statement(self, mysql: SQLAlchemyAdapter) -> None:
        mysql.create("sample", {"label": "a"})
        with statements(mysql) as found:
            assert mysql.consume_one("sample", [Where("label", "a")]) is not None
        assert len(found) == 1

    def test_keys_are_used_on_mysql(self, mysql: SQLAlchemyAdapter) -> None:
        with_session(mysql)
        with statements(mysql) as found:
            mysql.find_one("session", [Where("token", "t")])
        sql = found[0][0].replace("%(where_0)s", "'t'")
        with mysql.engine.connect() as connection:
            plan = connection.execute(text(f"EXPLAIN {sql}")).mappings().one()
        assert plan["key"] == "ix_sessions_token"

    def test_a_transaction_on_sqlite_takes_the_lock_at_once(
        self, sqlite: SQLAlchemyAdapter
    ) -> None:
        with statements(sqlite) as found, sqlite.transaction():
            sqlite.count("user")
        assert next(sql for sql, _ in found) == "BEGIN IMMEDIATE"

    def test_a_single_read_on_sqlite_takes_no_transaction(self, sqlite: SQLAlchemyAdapter) -> None:
        with statements(sqlite) as found:
            sqlite.count("user")
        assert len(found) == 1


def message_of(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


class TestErrors:
    def check(self, caught: pytest.ExceptionInfo[StoreError]) -> None:
        shown = message_of(caught.value)
        assert SECRET not in shown
        for word in ("INSERT INTO", "UPDATE samples", "SELECT samples", "[SQL", "parameters"):
            assert word not in shown

    def test_a_unique_violation_shows_no_value(self, adapter: SQLAlchemyAdapter) -> None:
        adapter.create("sample", {"label": "a", "code": SECRET})
        with pytest.raises(UniqueViolation) as caught:
            adapter.create("sample", {"label": "a", "code": SECRET})
        assert caught.value.fields == ("code",)
        self.check(caught)

    def test_a_broken_reference_shows_no_value(self, adapter: SQLAlchemyAdapter) -> None:
        with pytest.raises(StoreError, match="breaks a constraint") as caught:
            adapter.create("sample", {"label": SECRET, "owner_id": SECRET})
        self.check(caught)

    def test_a_missing_table_names_the_cure(self, kind: str, tmp_path: Path) -> None:
        with opened(kind, tmp_path) as adapter:
            with adapter.engine.connect() as connection:
                connection.execute(text("DROP TABLE samples"))
            for call in (
                lambda: adapter.create("sample", {"label": SECRET}),
                lambda: adapter.find_one("sample", [Where("label", SECRET)]),
                lambda: adapter.update_many("sample", [], {"label": SECRET}),
            ):
                with pytest.raises(StoreError, match="pyauth migrate") as caught:
                    call()
                assert not isinstance(caught.value, StoreUnavailable)
                self.check(caught)

    def test_a_missing_column_names_the_cure(self, kind: str, tmp_path: Path) -> None:
        with opened(kind, tmp_path) as adapter:
            with adapter.engine.connect() as connection:
                connection.execute(text("ALTER TABLE samples DROP COLUMN amount"))
            with pytest.raises(StoreError, match="pyauth migrate") as caught:
                adapter.find_one("sample", [Where("amount", 5)])
            self.check(caught)

    def test_a_text_that_is_too_long_is_refused(self, mysql: SQLAlchemyAdapter) -> None:
        with pytest.raises(StoreError, match="does not fit") as caught:
            mysql.create("sample", {"label": "a", "code": SECRET * 30})
        assert not isinstance(caught.value, StoreUnavailable)
        self.check(caught)
        assert mysql.find_one("sample", [Where("code", SECRET * 30)]) is None

    def test_a_condition_of_the_wrong_kind_shows_no_value(self, adapter: SQLAlchemyAdapter) -> None:
        with pytest.raises(StoreError, match="wrong kind") as caught:
            adapter.find_one("sample", [Where("seen_at", SECRET)])
        self.check(caught)

    def test_text_that_cannot_be_encoded_shows_no_value(self, adapter: SQLAlchemyAdapter) -> None:
        with pytest.raises(StoreError, match="wrong kind") as caught:
            adapter.find_one("sample", [Where("label", f"{SECRET}\ud800")])
        self.check(caught)

    def test_a_lent_engine_shows_no_more(self, tmp_path: Path) -> None:
        with fresh_database("sqlite", tmp_path) as url:
            own = create_engine(url)
            adapter = SQLAlchemyAdapter(own)
            bind(adapter)
            with pytest.raises(StoreError) as caught:
                adapter.create("sample", {"label": SECRET})
            self.check(caught)
            own.dispose()


def kill(connection: Connection, number: int) -> int:
    try:
        connection.execute(text(f"KILL {number}"))
    except OperationalError:
        return 0  # it ended by itself
    return 1


def kill_connections(kind: str, adapter: SQLAlchemyAdapter) -> int:
    """End every connection to the adapter's database but the one that does it."""
    server = create_engine(adapter.engine.url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        if kind == "postgresql":
            killed = connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            ).all()
            count = len(killed)
        else:
            ids = connection.scalars(
                text(
                    "SELECT id FROM information_schema.processlist "
                    "WHERE db = database() AND id <> connection_id()"
                )
            ).all()
            count = sum(kill(connection, number) for number in ids)
    server.dispose()
    return count


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
class TestLostConnections:
    def test_single_calls_recover(self, kind: str, adapter: SQLAlchemyAdapter) -> None:
        row = adapter.create("sample", {"label": "a", "code": "c"})
        calls: list[Callable[[], object]] = [
            lambda: adapter.find_one("sample", [Where("id", row["id"])]),
            lambda: adapter.create("sample", {"label": "b"}),
            lambda: adapter.update_one("sample", [Where("code", "c")], {"active": False}),
            lambda: adapter.increment_one("sample", [Where("code", "c")], "amount"),
            lambda: adapter.consume_one("sample", [Where("code", "c")]),
        ]
        for call in calls:
            assert kill_connections(kind, adapter) > 0
            assert call() is not None
        assert adapter.count("sample") == 1

    def test_a_transaction_begins_on_a_good_connection(
        self, kind: str, adapter: SQLAlchemyAdapter
    ) -> None:
        adapter.count("sample")
        assert kill_connections(kind, adapter) > 0
        with adapter.transaction():
            adapter.create("sample", {"label": "a"})
        assert adapter.count("sample") == 1

    def test_a_transaction_is_not_repeated(self, kind: str, adapter: SQLAlchemyAdapter) -> None:
        runs: list[int] = []

        def work() -> None:
            with adapter.transaction():
                runs.append(1)
                adapter.create("sample", {"label": "a"})
                kill_connections(kind, adapter)
                adapter.create("sample", {"label": "b"})

        with pytest.raises(StoreUnavailable):
            work()
        assert runs == [1]
        assert adapter.count("sample") == 0

    def test_a_commit_that_is_lost_is_reported(self, kind: str, adapter: SQLAlchemyAdapter) -> None:
        ran: list[int] = []

        def work() -> None:
            with adapter.transaction():
                adapter.create("sample", {"label": "a"})
                adapter.after_commit(lambda: ran.append(1))
                kill_connections(kind, adapter)

        with pytest.raises(StoreUnavailable):
            work()
        assert ran == []
        assert adapter.count("sample") == 0

    def test_traffic_goes_on(self, kind: str, adapter: SQLAlchemyAdapter) -> None:
        row = adapter.create("sample", {"label": "a", "amount": 0})
        stop = threading.Event()
        outcomes: list[object] = []

        def work() -> None:
            while not stop.is_set() and len(outcomes) < 100_000:
                try:
                    outcomes.append(adapter.find_one("sample", [Where("id", row["id"])]))
                except StoreUnavailable as exc:
                    outcomes.append(exc)

        with ThreadPoolExecutor(4) as pool:
            for _ in range(4):
                pool.submit(work)
            try:
                killed = sum(kill_connections(kind, adapter) for _ in range(3))
            finally:
                stop.set()
        assert killed > 0
        assert all(item == row or isinstance(item, StoreUnavailable) for item in outcomes)
        assert adapter.find_one("sample", [Where("id", row["id"])]) == row


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_deadlocks_are_settled(kind: str, adapter: SQLAlchemyAdapter) -> None:
    rows = [adapter.create("sample", {"label": name}) for name in "ab"]
    barrier = threading.Barrier(2)
    outcomes: list[object] = []

    def work(first: Row, second: Row) -> None:
        try:
            with adapter.transaction():
                adapter.increment_one("sample", [Where("id", first["id"])], "amount")
                barrier.wait()
                adapter.increment_one("sample", [Where("id", second["id"])], "amount")
            outcomes.append("done")
        except StoreUnavailable:
            outcomes.append("refused")

    threads = [
        threading.Thread(target=work, args=pair) for pair in (tuple(rows), tuple(rows[::-1]))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes)) == ["done", "refused"]
    assert [row["amount"] for row in adapter.find_many("sample")] == [1, 1]


def in_child(work: Callable[[], bool]) -> bool:
    """Run ``work`` in a forked process and return whether it returned True."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = 0 if work() else 1
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
class TestForks:
    def test_parent_and_child_use_connections_of_their_own(
        self, adapter: SQLAlchemyAdapter
    ) -> None:
        adapter.create("sample", {"label": "parent"})
        pool = adapter.engine.pool

        def work() -> bool:
            adapter.create("sample", {"label": "child"})
            with adapter.transaction():
                adapter.update_one("sample", [Where("label", "child")], {"active": False})
            return adapter.engine.pool is not pool and adapter.count("sample") == 2

        assert in_child(work)
        assert adapter.count("sample", [Where("active", False)]) == 1
        assert adapter.create("sample", {"label": "parent"})

    # Python 3.13 warns of the connection whose pool was given up while it was in use.
    @pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
    def test_a_child_does_not_go_on_with_the_transaction(self, adapter: SQLAlchemyAdapter) -> None:
        # The open transaction of the parent holds SQLite's one write lock.
        may_write = adapter.engine.dialect.name != "sqlite"

        def work() -> bool:
            if may_write:
                adapter.create("sample", {"label": "child"})
            return adapter.count("sample", [Where("label", "parent")]) == 0

        with adapter.transaction():
            adapter.create("sample", {"label": "parent"})
            assert in_child(work)
        assert adapter.count("sample", [Where("label", "parent")]) == 1
        gc.collect()

    @pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
    def test_a_child_cannot_end_the_transaction(self, adapter: SQLAlchemyAdapter) -> None:
        parent = os.getpid()
        child = None

        def work() -> None:
            nonlocal child
            with adapter.transaction():
                adapter.create("sample", {"label": "parent"})
                child = os.fork()
                if child:
                    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

        status = 1
        try:
            work()
        except StoreError as exc:
            status = 0 if "forked inside" in str(exc) else 1
        finally:
            if os.getpid() != parent:
                os._exit(status)
        assert adapter.count("sample") == 1
        gc.collect()

    def test_a_child_gets_a_copy_of_the_rows_in_memory(self) -> None:
        adapter = SQLAlchemyAdapter("sqlite://")
        bind(adapter)
        adapter.migrate()
        adapter.create("sample", {"label": "parent"})
        entered, leave = threading.Event(), threading.Event()

        def hold() -> None:
            with adapter.transaction():
                entered.set()
                leave.wait()

        holder = threading.Thread(target=hold)
        holder.start()
        entered.wait()
        try:
            assert in_child(lambda: adapter.count("sample") == 1)
        finally:
            leave.set()
            holder.join()
        adapter.close()
