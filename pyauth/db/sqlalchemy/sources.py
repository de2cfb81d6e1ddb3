"""Where connections come from: engines that pyauth opens, and engines that an application lends.

A single statement is a transaction of its own, and a transaction begins with an explicit
statement. What a lent engine was set to is put back before its connection returns to the pool.
"""

import os
import threading
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any, Final, Protocol

from sqlalchemy import Connection, Engine, exc
from sqlalchemy.engine import URL
from sqlalchemy.pool import SingletonThreadPool, StaticPool

from pyauth.db.sqlalchemy.engine import (
    BUSY_TIMEOUT,
    POOL_TIMEOUT,
    SUPPORTED_DIALECTS,
    is_in_memory,
    make_engine,
    unsupported,
)
from pyauth.db.sqlalchemy.types import MYSQL_NAMES
from pyauth.errors import ConfigurationError

_BEGIN: Final = {
    "sqlite": ("BEGIN IMMEDIATE",),
    "postgresql": ("BEGIN ISOLATION LEVEL READ COMMITTED",),
    "mysql": ("SET TRANSACTION ISOLATION LEVEL READ COMMITTED", "START TRANSACTION"),
}
# The connections of our own engines have the isolation level from the start.
_BEGIN_OWN: Final = {**_BEGIN, "mysql": ("START TRANSACTION",), "mariadb": ("START TRANSACTION",)}

_TIME_ZONE: Final = "pyauth.time_zone"
_UTC_NAMES: Final = frozenset({"UTC", "+00:00", "-00:00", "GMT", "Etc/UTC"})


class ConnectionSource(Protocol):
    """Hands out connections, one per piece of work."""

    engine: Engine

    @property
    def begin(self) -> tuple[str, ...]:
        """The statements that begin a transaction."""

    def open(self, *, writes: bool) -> Connection:
        """Return a connection for the calling thread alone.

        Args:
            writes: whether rows will be changed.

        Raises:
            SQLAlchemyError: there is none to be had.
        """

    def settle(self, connection: Connection) -> None:
        """Make sure that a single statement outside of a transaction is committed."""

    def release(self, connection: Connection) -> None:
        """Take back a connection, as it was before; a broken one is thrown away.

        Nothing is raised: what the work has done is settled by now.
        """

    def close(self) -> None:
        """Close what pyauth opened itself."""


def _give_back(connection: Connection) -> None:
    try:
        connection.close()
    except exc.SQLAlchemyError:
        # It broke while it was rolled back; it takes no place in the pool any more.
        if not connection.closed:
            connection.invalidate()
            connection.close()


class OwnSource:
    """Connections of an engine that pyauth made."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.begin = _BEGIN_OWN[engine.dialect.name]
        _survive_forks(engine)

    def open(self, *, writes: bool) -> Connection:
        """Return a connection from the pool; it is in autocommit by the engine's options."""
        return self.engine.connect()

    def settle(self, connection: Connection) -> None:
        """Do nothing: each statement commits itself."""

    def release(self, connection: Connection) -> None:
        """Return the connection to the pool."""
        _give_back(connection)

    def close(self) -> None:
        """Close the pool's connections."""
        self.engine.dispose()


class QueuedSource(OwnSource):
    """Connections of an engine that pyauth made, on a file of SQLite.

    SQLite has one writer, and whoever waits asks it again and again: of many threads some would
    never have luck. So the writers of a process stand in a queue, and only the first one asks.
    """

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.renew_queue()
        run_in_forked_children(self.renew_queue)

    def renew_queue(self) -> None:
        """Forget a holder that a forked process does not have."""
        self._turn = threading.Lock()
        self._holder: Connection | None = None

    def open(self, *, writes: bool) -> Connection:
        """Return a connection from the pool; for writing, when it is the thread's turn.

        Raises:
            TimeoutError: another thread has been writing for too long.
        """
        if not writes:
            return super().open(writes=False)
        if not self._turn.acquire(timeout=BUSY_TIMEOUT):
            raise exc.TimeoutError("another thread has been writing for too long")
        try:
            self._holder = super().open(writes=True)
        except BaseException:
            self._turn.release()
            raise
        return self._holder

    def release(self, connection: Connection) -> None:
        """Return the connection to the pool, and let the next writer have its turn."""
        had_turn = connection is self._holder
        try:
            super().release(connection)
        finally:
            if had_turn:
                self._holder = None
                self._turn.release()


class SharedMemorySource:
    """The one connection of ``sqlite://``: a thread holds it for a statement or transaction."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.begin = _BEGIN_OWN[engine.dialect.name]
        self._lock = threading.RLock()
        run_in_forked_children(self.renew_lock)

    def renew_lock(self) -> None:
        """Forget a holder that a forked process does not have; it has its own copy of the rows."""
        self._lock = threading.RLock()

    def open(self, *, writes: bool) -> Connection:
        """Wait for the connection.

        Raises:
            TimeoutError: another thread kept it for too long.
        """
        if not self._lock.acquire(timeout=POOL_TIMEOUT):
            raise exc.TimeoutError("the one connection of the database in memory is in use")
        try:
            return self.engine.connect()
        except BaseException:
            self._lock.release()
            raise

    def settle(self, connection: Connection) -> None:
        """Do nothing: each statement commits itself."""

    def release(self, connection: Connection) -> None:
        """Let the next thread have the connection."""
        try:
            _give_back(connection)
        finally:
            self._lock.release()

    def close(self) -> None:
        """Close the connection; its rows are gone."""
        self.engine.dispose()


class LentMySQLSource:
    """Connections of an application's engine on MySQL or MariaDB.

    Switching autocommit costs more trips to the server than the commit that it saves. Columns of
    the type TIMESTAMP, which other tools make, are read and written in the session's time zone: one
    that is not UTC is set aside meanwhile.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.begin = _BEGIN["mysql"]

    def open(self, *, writes: bool) -> Connection:
        """Return a connection as the application has it, but in UTC."""
        connection = self.engine.connect()
        try:
            if _time_zone_of(connection) is not None:
                connection.exec_driver_sql("SET time_zone = '+00:00'")
        except BaseException:
            connection.close()
            raise
        return connection

    def settle(self, connection: Connection) -> None:
        """Commit the statement."""
        connection.commit()

    def release(self, connection: Connection) -> None:
        """Return the connection to the application's pool, in the time zone it had."""
        try:
            if not connection.invalidated and (zone := _time_zone_of(connection)) is not None:
                connection.exec_driver_sql("SET time_zone = %s", (zone,))
        except exc.SQLAlchemyError:
            connection.invalidate()
        _give_back(connection)

    def close(self) -> None:
        """Leave the engine to the application."""


def _time_zone_of(connection: Connection) -> str | None:
    """Return the time zone that an application chose for a session, None where it is UTC."""
    if _TIME_ZONE not in connection.info:
        asked = connection.exec_driver_sql("SELECT @@session.time_zone, @@system_time_zone")
        zone, of_system = asked.one()
        is_utc = (of_system if zone == "SYSTEM" else zone) in _UTC_NAMES
        connection.info[_TIME_ZONE] = None if is_utc else zone
        connection.rollback()
    found: str | None = connection.info[_TIME_ZONE]
    return found


class LentPostgresSource:
    """Connections of an application's engine on PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.begin = _BEGIN["postgresql"]
        self._autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")

    def open(self, *, writes: bool) -> Connection:
        """Return a connection in autocommit; SQLAlchemy resets it when it goes back."""
        return self._autocommit.connect()

    def settle(self, connection: Connection) -> None:
        """Do nothing: each statement commits itself."""

    def release(self, connection: Connection) -> None:
        """Return the connection to the application's pool."""
        _give_back(connection)

    def close(self) -> None:
        """Leave the engine to the application."""


class LentSQLiteSource:
    """Connections of an application's engine on SQLite.

    SQLAlchemy's own autocommit option would leave its defaults on the connection instead of what
    the application chose there, so the driver's switches are saved and put back by hand.
    """

    _LEGACY = -1

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.begin = _BEGIN["sqlite"]

    def open(self, *, writes: bool) -> Connection:
        """Return a connection outside of any transaction, in autocommit."""
        connection = self.engine.connect()
        try:
            # A listener of the application may begin a transaction here; ours begins later.
            connection.begin()
            driver: Any = connection.connection.dbapi_connection
            if driver.in_transaction:
                driver.rollback()
            connection.info["pyauth.lent"] = (
                driver.isolation_level,
                getattr(driver, "autocommit", self._LEGACY),
            )
            if getattr(driver, "autocommit", self._LEGACY) != self._LEGACY:
                driver.autocommit = True
            else:
                driver.isolation_level = None
        except BaseException:
            connection.close()
            raise
        return connection

    def settle(self, connection: Connection) -> None:
        """Do nothing: each statement commits itself."""

    def release(self, connection: Connection) -> None:
        """Put the driver's switches back and return the connection to the application's pool."""
        try:
            if not connection.invalidated:
                self._restore(connection)
        except Exception:
            connection.invalidate()
        _give_back(connection)

    def _restore(self, connection: Connection) -> None:
        driver: Any = connection.connection.dbapi_connection
        isolation_level, autocommit = connection.info.pop("pyauth.lent")
        if driver.in_transaction:
            driver.rollback()
        if autocommit != self._LEGACY:
            driver.autocommit = autocommit
        else:
            driver.isolation_level = isolation_level

    def close(self) -> None:
        """Leave the engine to the application."""


def open_source(database: str | URL | Engine) -> ConnectionSource:
    """Return the source of connections for a URL, or for an engine that is lent.

    Args:
        database: the URL of a database, or an engine.

    Raises:
        ConfigurationError: the URL is unreadable, its driver missing, the database not supported,
            or the engine shares one connection between threads.
    """
    if isinstance(database, Engine):
        return _lend(database)
    if not isinstance(database, str | URL):
        raise ConfigurationError(_wrong_database(database))
    engine = make_engine(database)
    if engine.dialect.name != "sqlite":
        return OwnSource(engine)
    shares = isinstance(engine.pool, StaticPool)
    return SharedMemorySource(engine) if shares else QueuedSource(engine)


def _lend(engine: Engine) -> ConnectionSource:
    name = engine.dialect.name
    if name not in SUPPORTED_DIALECTS:
        raise ConfigurationError(unsupported(name))
    if engine.dialect.is_async:
        raise ConfigurationError("option database: pyauth needs a synchronous engine")
    if isinstance(engine.pool, SingletonThreadPool | StaticPool):
        raise ConfigurationError(
            f"option database: an engine with {type(engine.pool).__name__} shares a connection "
            "with the application's own transactions; give pyauth the URL instead (sqlite:// for "
            "a database in memory), or an engine with a QueuePool"
        )
    if name in MYSQL_NAMES:
        return LentMySQLSource(engine)
    if name == "postgresql":
        return LentPostgresSource(engine)
    if is_in_memory(engine.url):
        raise ConfigurationError(
            "option database: an engine on a database in memory gives each connection its own; "
            "give pyauth the URL sqlite:// or a database in a file"
        )
    return LentSQLiteSource(engine)


def _wrong_database(database: object) -> str:
    return (
        f"option database: {type(database).__name__} is neither a URL, nor a SQLAlchemy Engine, "
        "nor an adapter"
    )


def _survive_forks(engine: Engine) -> None:
    """Let no two processes use one connection after a fork."""
    reference = weakref.ref(engine)

    def dispose(*, close: bool) -> None:
        held = reference()
        if held is not None:
            held.dispose(close=close)

    if not hasattr(os, "register_at_fork"):
        return
    if engine.dialect.name == "sqlite":
        # A process must not even close a SQLite connection that it inherited: close idle ones
        # before, so that there are none.
        os.register_at_fork(before=partial(dispose, close=True))
    os.register_at_fork(after_in_child=partial(dispose, close=False))


def run_in_forked_children(method: Callable[[], None]) -> None:
    """Call a bound method in every process forked from now on, as long as its object lives."""
    reference = weakref.WeakMethod(method)

    def run() -> None:
        held = reference()
        if held is not None:
            held()

    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=run)
