"""Engines that pyauth opens."""

import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from pyauth.db.sqlalchemy import SQLAlchemyAdapter
from pyauth.db.sqlalchemy.engine import make_engine
from pyauth.errors import ConfigurationError, StoreUnavailable
from tests.support.databases import bind, fresh_database


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

    def test_postgresql_reads_what_is_committed_whatever_its_default(self, tmp_path: Path) -> None:
        with fresh_database("postgresql", tmp_path) as url:
            option = "-c default_transaction_isolation=serializable"
            adapter = SQLAlchemyAdapter(url.update_query_dict({"options": option}))
            with adapter.engine.connect() as connection:
                isolation = connection.scalar(text("SHOW transaction_isolation"))
                assert isolation == "read committed"
            adapter.close()

    def test_the_url_has_the_last_word_on_how_to_connect(self, tmp_path: Path) -> None:
        with fresh_database("postgresql", tmp_path) as url:
            chosen = {"connect_timeout": "3", "keepalives_idle": "7"}
            adapter = SQLAlchemyAdapter(url.update_query_dict(chosen))
            with adapter.engine.connect() as connection:
                driver: Any = connection.connection.dbapi_connection
                told = driver.info.get_parameters()
            assert (told["connect_timeout"], told["keepalives_idle"]) == ("3", "7")
            assert told["tcp_user_timeout"] == "60000"
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
