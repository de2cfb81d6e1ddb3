"""Engines that pyauth opens, and engines that an application lends."""

import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.pool import QueuePool, SingletonThreadPool, StaticPool

from pyauth.db.adapter import Where
from pyauth.db.sqlalchemy import SQLAlchemyAdapter, engine
from pyauth.db.sqlalchemy.engine import make_engine
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


class TestUrls:
    @pytest.mark.parametrize(
        ("url", "driver"),
        [
            ("postgres://u@h/d", "postgresql+psycopg"),
            ("postgresql://u@h/d", "postgresql+psycopg"),
            ("mysql://u@h/d", "mysql+pymysql"),
            ("mariadb://u@h/d", "mariadb+pymysql"),
            ("postgresql+psycopg://u@h/d", "postgresql+psycopg"),
            ("sqlite:///x.sqlite3", "sqlite"),
        ],
    )
    def test_our_drivers_are_the_default(self, url: str, driver: str) -> None:
        assert make_engine(url).url.drivername == driver

    def test_a_missing_driver_is_named(self) -> None:
        with pytest.raises(ConfigurationError, match=r"pyauth-server\[mysql\]"):
            make_engine("mysql+mysqldb://u@h/d")

    @pytest.mark.parametrize("url", ["oracle://u@h/d", "mssql+pyodbc://u@h/d"])
    def test_an_unsupported_database_is_refused(self, url: str) -> None:
        with pytest.raises(ConfigurationError, match="not supported; there are: mariadb, mysql"):
            make_engine(url)

    @pytest.mark.parametrize("url", ["nonsense", "", "postgresql://u:hunter2@h:port/d"])
    def test_an_unreadable_url_is_refused_without_showing_it(self, url: str) -> None:
        with pytest.raises(ConfigurationError, match="cannot be read") as caught:
            make_engine(url)
        assert "hunter2" not in str(caught.value)

    def test_anything_else_is_refused(self) -> None:
        with pytest.raises(ConfigurationError, match="int is neither a URL"):
            SQLAlchemyAdapter(5)  # type: ignore[arg-type]


class TestOwnEngines:
    def test_sqlite_is_set_up_for_threads(self, path: Path) -> None:
        adapter = SQLAlchemyAdapter(f"sqlite:///{path}")
        with adapter.engine.connect() as connection:
            assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
            assert connection.scalar(text("PRAGMA foreign_keys")) == 1
            assert connection.scalar(text("PRAGMA busy_timeout")) == 5000
        adapter.close()

    def test_many_threads_may_open_a_new_file_at_once(self, path: Path) -> None:
        adapter = SQLAlchemyAdapter(f"sqlite:///{path}")
        errors: list[BaseException] = []

        def work() -> None:
            try:
                with adapter.engine.connect() as connection:
                    connection.execute(text("SELECT 1"))
            except BaseException as exc:
                errors.append(exc)

        threads = [threading.Thread(target=work) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        adapter.close()
        assert errors == []

    def test_postgresql_waits_for_locks_with_an_end(self, tmp_path: Path) -> None:
        with fresh_database("postgresql", tmp_path) as url:
            adapter = SQLAlchemyAdapter(url)
            with adapter.engine.connect() as connection:
                assert connection.scalar(text("SHOW lock_timeout")) == "5s"
            adapter.close()

    def test_mysql_waits_for_locks_with_an_end(self, tmp_path: Path) -> None:
        with fresh_database("mysql", tmp_path) as url:
            adapter = SQLAlchemyAdapter(url)
            with adapter.engine.connect() as connection:
                assert connection.scalar(text("SELECT @@innodb_lock_wait_timeout")) == 5
                assert connection.scalar(text("SELECT @@time_zone")) == "+00:00"
            adapter.close()

    def test_an_unreachable_server_is_unavailable(self) -> None:
        for url in ("postgresql://u:hunter2@127.0.0.1:1/d", "mysql://u:hunter2@127.0.0.1:1/d"):
            adapter = SQLAlchemyAdapter(url)
            bind(adapter)
            with pytest.raises(StoreUnavailable) as caught:
                adapter.count("user")
            assert "hunter2" not in str(caught.value)

    def test_a_missing_folder_is_unavailable(self, tmp_path: Path) -> None:
        adapter = SQLAlchemyAdapter(f"sqlite:///{tmp_path}/no/where.sqlite3")
        bind(adapter)
        with pytest.raises(StoreUnavailable):
            adapter.count("user")

    def test_opening_needs_no_connection(self) -> None:
        adapter = SQLAlchemyAdapter("postgresql://u@127.0.0.1:1/d")
        bind(adapter)
        adapter.close()


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
        monkeypatch.setattr(engine, "POOL_TIMEOUT", 0.05)
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


def test_many_that_open_a_new_file_at_once_all_get_in(tmp_path: Path) -> None:
    refused: list[Exception] = []

    def open_file(number: int, barrier: threading.Barrier) -> None:
        own = make_engine(f"sqlite:///{tmp_path / f'{number}.sqlite3'}")
        barrier.wait()
        try:
            with own.connect() as connection:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS t (a)")
                connection.exec_driver_sql("COMMIT")
        except Exception as exc:
            refused.append(exc)
        finally:
            own.dispose()

    for number in range(40):
        barrier = threading.Barrier(8)
        threads = [threading.Thread(target=open_file, args=(number, barrier)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert refused == []
