"""Engines of our own: autocommit, bounded waiting, and what each connection is set to."""

import time
from typing import Any, Final

from sqlalchemy import Engine, create_engine, event, exc, make_url
from sqlalchemy.engine import URL
from sqlalchemy.pool import StaticPool

from pyauth.db.sqlalchemy.types import MYSQL_NAMES
from pyauth.errors import ConfigurationError

SUPPORTED_DIALECTS: Final = frozenset({"sqlite", "postgresql", *MYSQL_NAMES})

BUSY_TIMEOUT: Final = 5
"""Seconds that a statement waits for another's lock."""
POOL_TIMEOUT: Final = 10
"""Seconds that a thread waits for a free connection."""
CONNECT_TIMEOUT: Final = 10
"""Seconds that opening a connection may take."""

_CONNECT_ARGUMENTS: Final[dict[str, dict[str, int]]] = {
    "postgresql": {
        "connect_timeout": CONNECT_TIMEOUT,
        # A server that is gone without a word is noticed within a minute, not within two hours.
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": 60_000,
    },
    "mysql": {"connect_timeout": CONNECT_TIMEOUT},
}
"""What a driver is told unless the URL says otherwise."""

_DRIVERS: Final = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}
_EXTRAS: Final = {"postgresql": "postgres", "mysql": "mysql", "mariadb": "mysql"}
_SESSION_SETTINGS: Final = {
    "sqlite": (
        f"PRAGMA busy_timeout = {BUSY_TIMEOUT * 1000}",
        "PRAGMA foreign_keys = ON",
    ),
    "postgresql": (
        f"SET lock_timeout = '{BUSY_TIMEOUT}s'",
        "SET default_transaction_isolation = 'read committed'",
    ),
    "mysql": (
        "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
        f"SET SESSION innodb_lock_wait_timeout = {BUSY_TIMEOUT}, time_zone = '+00:00'",
        # A value that does not fit must be an error, never be cut.
        "SET SESSION sql_mode = CONCAT(@@SESSION.sql_mode, ',STRICT_ALL_TABLES')",
    ),
}


def make_engine(database: str | URL) -> Engine:
    """Return an engine of ours: autocommit, bounded waiting, no values in error messages.

    Raises:
        ConfigurationError: the URL is unreadable, its driver missing, or the database not
            supported.
    """
    url = _read_url(database)
    name = url.get_backend_name()
    if name not in SUPPORTED_DIALECTS:
        raise ConfigurationError(unsupported(name))
    try:
        engine = create_engine(
            url,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
            pool_reset_on_return=None,
            skip_autocommit_rollback=True,
            **_pool_options(url),
        )
    except ImportError as error:
        extra = _EXTRAS.get(name)
        cure = f"pip install 'pyauth-server[{extra}]'" if extra else "install it"
        raise ConfigurationError(
            f"option database: the driver {error.name!r} for {name} is missing; {cure}"
        ) from error
    except exc.ArgumentError as error:
        raise ConfigurationError(f"option database: {type(error).__name__}") from None
    _set_up_sessions(engine)
    return engine


def _read_url(database: str | URL) -> URL:
    try:
        url = make_url(database)
    except (exc.ArgumentError, ValueError):
        raise ConfigurationError(
            "option database: the URL cannot be read; write it as "
            "sqlite:///file.sqlite3, postgresql://user:password@host/name or mysql://..."
        ) from None
    driver = _DRIVERS.get(url.drivername)
    return url.set(drivername=driver) if driver else url


def _pool_options(url: URL) -> dict[str, Any]:
    name = url.get_backend_name()
    if name != "sqlite":
        arguments = _CONNECT_ARGUMENTS["mysql" if name in MYSQL_NAMES else name]
        return {
            "pool_timeout": POOL_TIMEOUT,
            "pool_use_lifo": True,
            "connect_args": {key: arguments[key] for key in arguments.keys() - url.query.keys()},
        }
    if is_in_memory(url):
        return {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}
    return {"pool_timeout": POOL_TIMEOUT, "pool_use_lifo": True, "max_overflow": 27}


def is_in_memory(url: URL) -> bool:
    """Return whether a URL of SQLite names a database in memory."""
    database = url.database or ""
    return database in ("", ":memory:", "file::memory:") or url.query.get("mode") == "memory"


def _set_up_sessions(engine: Engine) -> None:
    name = "mysql" if engine.dialect.name in MYSQL_NAMES else engine.dialect.name
    settings = _SESSION_SETTINGS[name]

    def set_up(driver_connection: Any, _record: Any) -> None:
        cursor = driver_connection.cursor()
        try:
            for statement in settings:
                cursor.execute(statement)
            if name == "sqlite":
                _turn_on_wal(cursor, engine.dialect.loaded_dbapi.OperationalError)
        finally:
            cursor.close()

    event.listen(engine, "connect", set_up)


def _turn_on_wal(cursor: Any, busy: type[Exception]) -> None:
    # Of several that do this to a new file at once, SQLite refuses some without waiting.
    for _ in range(BUSY_TIMEOUT * 100):
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except busy:
            time.sleep(0.01)
        else:
            return
    cursor.execute("PRAGMA journal_mode = WAL")


def unsupported(name: str) -> str:
    """Return what is said of a database that pyauth does not support."""
    known = ", ".join(sorted(SUPPORTED_DIALECTS))
    return f"option database: {name} is not supported; there are: {known}"
