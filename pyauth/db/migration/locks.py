"""What lets one process at a time migrate a database, and bounds every wait."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection

from pyauth.db.sqlalchemy.engine import BUSY_TIMEOUT
from pyauth.errors import StoreUnavailable

if TYPE_CHECKING:
    from pyauth.db.sqlalchemy.execution import Execution

LOCK_TIMEOUT: Final = 60
"""Seconds that a migration waits for another one; on SQLite, for whoever writes."""

TABLE_TIMEOUT: Final = BUSY_TIMEOUT
"""Seconds that a change waits for a table in use: whoever comes later waits behind it."""

_PAUSE: Final = 0.05
_LOCK_NUMBER: Final = 0x7079617574680001
# The lock of MySQL belongs to the server, not to the database, and its name has 64 characters.
_LOCK_NAME: Final = "concat('pyauth.migrate.', md5(coalesce(database(), '')))"


@contextmanager
def transaction_alone(execution: "Execution") -> Iterator[None]:
    """Hold a transaction of SQLite or PostgreSQL while no other migration runs.

    Raises:
        StoreUnavailable: another migration takes too long, or the database is unreachable.
    """
    with ExitStack() as stack:
        _begin(execution, stack)
        if execution.engine.dialect.name == "postgresql":
            execution.run("", _lock_postgres)
        yield


def _begin(execution: "Execution", stack: ExitStack) -> None:
    """Open a transaction; on SQLite that waits for whoever migrates or writes."""
    execution.run("", _ask)  # a database that does not answer is told at once
    deadline = time.monotonic() + LOCK_TIMEOUT
    while True:
        try:
            stack.enter_context(execution.transaction())
        except StoreUnavailable:
            if time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE)
        else:
            return


def _ask(connection: Connection) -> None:
    connection.exec_driver_sql("SELECT 1")


def _lock_postgres(connection: Connection) -> None:
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}s'")
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK_NUMBER})")
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{TABLE_TIMEOUT}s'")


@contextmanager
def session_alone(connection: Connection) -> Iterator[None]:
    """Hold the lock of MySQL, by which no other migration of the database runs.

    Raises:
        StoreUnavailable: another migration takes too long.
    """
    locked = connection.exec_driver_sql(f"SELECT GET_LOCK({_LOCK_NAME}, {LOCK_TIMEOUT})")
    if locked.scalar() != 1:
        raise StoreUnavailable("another migration of the database takes too long")
    before = connection.exec_driver_sql("SELECT @@SESSION.lock_wait_timeout").scalar()
    connection.exec_driver_sql(f"SET SESSION lock_wait_timeout = {TABLE_TIMEOUT}")
    try:
        yield
    finally:
        if not connection.invalidated:
            connection.exec_driver_sql(f"SET SESSION lock_wait_timeout = {before}")
            connection.exec_driver_sql(f"SELECT RELEASE_LOCK({_LOCK_NAME})")
