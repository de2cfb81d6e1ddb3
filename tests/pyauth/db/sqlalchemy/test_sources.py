"""Where connections come from: one that is shared, and engines that an app lends."""

import threading
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import QueuePool, SingletonThreadPool, StaticPool

from pyauth.db.adapter import Where
from pyauth.db.sqlalchemy import SQLAlchemyAdapter, sources
from pyauth.errors import ConfigurationError, StoreUnavailable
from tests.support.databases import bind, fresh_database


def lent(own: Engine) -> SQLAlchemyAdapter:
    adapter = SQLAlchemyAdapter(own)
    bind(adapter)
    adapter.migrate()
    return adapter


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "app.sqlite3"


class TestSharedMemory:
    @pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
    def test_threads_see_the_same_rows(self, url: str) -> None:
        adapter = SQLAlchemyAdapter(url)
        bind(adapter)
        adapter.migrate()
        adapter.create("sample", {"label": "a"})
        seen: list[int] = []
        thread = threading.Thread(target=lambda: seen.append(adapter.count("sample")))
        thread.start()
        thread.join()
        adapter.close()
        assert seen == [1]

    def test_waiting_has_an_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sources, "POOL_TIMEOUT", 0.05)
        adapter = SQLAlchemyAdapter("sqlite://")
        bind(adapter)
        adapter.migrate()
        outcomes: list[object] = []

        def read() -> None:
            try:
                outcomes.append(adapter.count("sample"))
            except StoreUnavailable as exc:
                outcomes.append(exc)

        with adapter.transaction():
            thread = threading.Thread(target=read)
            thread.start()
            thread.join()
        adapter.close()
        assert isinstance(outcomes[0], StoreUnavailable)


class TestRefusedEngines:
    @pytest.mark.parametrize("pool", [StaticPool, SingletonThreadPool])
    def test_a_shared_connection_is_refused(self, path: Path, pool: Any) -> None:
        own = create_engine(f"sqlite:///{path}", poolclass=pool)
        with pytest.raises(ConfigurationError, match=f"{pool.__name__}.*sqlite://"):
            SQLAlchemyAdapter(own)

    def test_the_default_pool_of_a_database_in_memory_is_refused(self) -> None:
        with pytest.raises(ConfigurationError, match="give pyauth the URL"):
            SQLAlchemyAdapter(create_engine("sqlite://"))

    def test_a_memory_for_each_connection_is_refused(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            own = create_engine("sqlite://", poolclass=QueuePool)
        with pytest.raises(ConfigurationError, match="in memory"):
            SQLAlchemyAdapter(own)

    def test_an_asynchronous_engine_is_refused(self) -> None:
        with pytest.raises(ConfigurationError, match="synchronous"):
            SQLAlchemyAdapter(create_engine("postgresql+psycopg_async://u@h/d"))


class TestLentSQLite:
    @pytest.fixture
    def own(self, path: Path) -> Iterator[Engine]:
        own = create_engine(f"sqlite:///{path}", pool_size=1, max_overflow=0, pool_timeout=0.1)
        yield own
        own.dispose()

    def use(self, adapter: SQLAlchemyAdapter) -> None:
        adapter.create("sample", {"label": "a"})
        with adapter.transaction():
            adapter.update_one("sample", [Where("label", "a")], {"label": "b"})
        with pytest.raises(ZeroDivisionError), adapter.transaction():
            _ = 1 / 0

    def test_keeps_its_settings(self, own: Engine) -> None:
        def settings() -> tuple[object, ...]:
            with own.connect() as connection:
                driver: Any = connection.connection.dbapi_connection
                return (
                    driver.isolation_level,
                    connection.scalar(text("PRAGMA foreign_keys")),
                    connection.scalar(text("PRAGMA journal_mode")),
                    connection.scalar(text("PRAGMA busy_timeout")),
                )

        before = settings()
        self.use(lent(own))
        assert settings() == before
        with own.connect() as connection:
            connection.execute(text("DELETE FROM samples"))
            connection.rollback()
            assert connection.scalar(text("SELECT count(*) FROM samples")) == 1

    def test_a_listener_that_begins_transactions_is_respected(self, own: Engine) -> None:
        # The recipe that SQLAlchemy gives for SQLite.
        @event.listens_for(own, "connect")
        def _connect(driver: Any, _record: Any) -> None:
            driver.isolation_level = None

        @event.listens_for(own, "begin")
        def _begin(connection: Any) -> None:
            connection.exec_driver_sql("BEGIN")

        adapter = lent(own)
        self.use(adapter)
        assert adapter.count("sample", [Where("label", "b")]) == 1
        with own.connect() as connection:
            driver: Any = connection.connection.dbapi_connection
            assert driver.isolation_level is None
            connection.execute(text("DELETE FROM samples"))
            assert driver.in_transaction
            connection.rollback()
        assert adapter.count("sample") == 1

    def test_the_applications_lock_is_waited_for_with_an_end(self, path: Path) -> None:
        own = create_engine(f"sqlite:///{path}", connect_args={"timeout": 0.05})
        adapter = lent(own)
        with own.begin() as connection:
            connection.execute(text("DELETE FROM samples"))
            with pytest.raises(StoreUnavailable, match="SQLITE_BUSY"):
                adapter.create("sample", {"label": "a"})
            with pytest.raises(StoreUnavailable, match="SQLITE_BUSY"), adapter.transaction():
                pass
            assert adapter.count("sample") == 0
        assert adapter.create("sample", {"label": "a"})
        own.dispose()

    def test_waiting_for_a_connection_has_an_end(self, own: Engine) -> None:
        adapter = lent(own)
        with own.connect(), pytest.raises(StoreUnavailable, match="every connection"):
            adapter.count("sample")
        assert adapter.count("sample") == 0

    def test_close_leaves_it_open(self, own: Engine) -> None:
        adapter = lent(own)
        pool = own.pool
        adapter.close()
        assert own.pool is pool


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_a_lent_server_engine_keeps_its_settings(kind: str, tmp_path: Path) -> None:
    with fresh_database(kind, tmp_path) as url:
        own = create_engine(url, isolation_level="SERIALIZABLE", pool_size=1, max_overflow=0)
        adapter = lent(own)
        adapter.create("sample", {"label": "a"})
        with adapter.transaction():
            adapter.update_one("sample", [Where("label", "a")], {"label": "b"})
        with own.connect() as connection:
            assert connection.get_isolation_level() == "SERIALIZABLE"
            connection.execute(text("DELETE FROM samples"))
            connection.rollback()
            assert connection.scalar(text("SELECT count(*) FROM samples")) == 1
        own.dispose()


ZONE = "SET time_zone = '{}'"


@pytest.mark.parametrize("zone", ["+09:00", "-11:30", "+00:00", "SYSTEM"])
def test_a_lent_session_keeps_its_time_zone_and_moments_do_not_depend_on_it(
    zone: str, tmp_path: Path
) -> None:
    """TIMESTAMP, as other tools make it, is shown in the session's zone."""
    moment = datetime(2026, 7, 1, 2, 3, 4, 567000, tzinfo=UTC)
    with fresh_database("mysql", tmp_path) as url:
        own = create_engine(url, pool_size=1, max_overflow=0)

        @event.listens_for(own, "connect")
        def _connect(driver: Any, _record: Any) -> None:
            with driver.cursor() as cursor:
                cursor.execute(ZONE.format(zone))

        adapter = lent(own)
        with own.begin() as connection:
            connection.execute(text("ALTER TABLE samples MODIFY seen_at TIMESTAMP(3) NULL"))
        row = adapter.create("sample", {"label": "a", "seen_at": moment})
        with adapter.transaction():
            assert adapter.find_one("sample", [Where("seen_at", moment)]) == row
        with own.connect() as connection:
            assert connection.scalar(text("SELECT @@session.time_zone")) == zone
            connection.execute(text("SET time_zone = '+00:00'"))
            shown = connection.scalar(text("SELECT CAST(seen_at AS CHAR) FROM samples"))
            connection.execute(text(ZONE.format(zone)))
        assert shown == "2026-07-01 02:03:04.567"
        own.dispose()


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_a_lent_connection_that_breaks_at_its_end_changes_no_outcome(
    kind: str, tmp_path: Path
) -> None:
    with fresh_database(kind, tmp_path) as url:
        own = create_engine(url, pool_size=1, max_overflow=0, pool_timeout=0.1)
        adapter = lent(own)

        @event.listens_for(own, "rollback")
        def _break(connection: Any) -> None:
            raise OperationalError("ROLLBACK", {}, Exception("gone"))

        with adapter.transaction():
            adapter.create("sample", {"label": "a"})
        event.remove(own, "rollback", _break)
        assert adapter.count("sample") == 1
        assert isinstance(own.pool, QueuePool)
        assert own.pool.checkedout() == 0
        own.dispose()


def test_an_engine_can_be_found_at_first_use(path: Path) -> None:
    calls: list[Engine] = []

    def find() -> Engine:
        calls.append(create_engine(f"sqlite:///{path}"))
        return calls[-1]

    adapter = SQLAlchemyAdapter(find)
    bind(adapter)
    adapter.close()
    assert calls == []
    adapter.migrate()
    assert adapter.count("sample") == 0
    assert len(calls) == 1
    assert adapter.engine is calls[0]
    calls[0].dispose()
