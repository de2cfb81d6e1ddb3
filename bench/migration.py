"""``python -m bench.migration``: plan and migrate a database that is filled with users.

Each step runs in a process of its own, so that its memory is its own. The database must be empty,
and keeps the rows.
"""

import argparse
import multiprocessing
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, create_engine, event, make_url

from bench.cores import resident_bytes
from pyauth import Contributions, Plugin, PyAuth
from pyauth.db.migration.plan import Plan
from pyauth.db.sqlalchemy import SQLAlchemyAdapter
from pyauth.db.sqlalchemy.engine import make_engine
from pyauth.plugin import Field, ModelSchema

DEFAULT_USERS: Final = 100_000
_BATCH: Final = 5_000


class Grown(Plugin):
    """What is added to the users: one column of each kind that asks something of their rows."""

    id = "grown"

    def contribute(self) -> Contributions:
        fields = {
            "nickname": Field(type="string", required=False),
            "role": Field(type="string", default="member"),
            "handle": Field(type="string", required=False, unique=True),
            "team": Field(type="string", required=False, index=True),
        }
        return Contributions(schema=[ModelSchema("user", fields)])


@dataclass(frozen=True, slots=True)
class Measured:
    """What one step took.

    Attributes:
        name: the step.
        seconds: on the wall.
        grown: MiB that its process held at most, beyond what it held before.
        rows: how many the database handed over.
        steps: what was planned or done.
    """

    name: str
    seconds: float
    grown: float
    rows: int
    steps: tuple[str, ...]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command.

    Args:
        arguments: instead of the process's own.
    """
    parser = argparse.ArgumentParser(prog="python -m bench.migration", description=__doc__)
    parser.add_argument("--users", type=int, default=DEFAULT_USERS, help="how many users")
    parser.add_argument(
        "--database", help="the URL of an empty one; by default a SQLite file that is removed"
    )
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        url = chosen.database or f"sqlite:///{folder}/migration.sqlite3"
        print(f"{make_url(url).get_backend_name()}, {chosen.users} users")
        print(f"{'step':<16}{'seconds':>10}{'grown MiB':>11}{'rows read':>11}")
        for item in measure(url, chosen.users):
            print(f"{item.name:<16}{item.seconds:>10.3f}{item.grown:>11.1f}{item.rows:>11}")


def measure(url: str, users: int) -> Iterator[Measured]:
    """Fill an empty database, and bring it up to a larger schema.

    Args:
        url: an empty database.
        users: how many there are to be.
    """
    fill(url, users)
    for name in STEPS:
        yield _measure(name, url)


def fill(url: str, users: int) -> None:
    """Create the core's tables and users, by plain SQL."""
    adapter = _adapter_of(_open(url))
    adapter.migrate()
    insert = adapter.tables["user"].table.insert()
    now = datetime.now(UTC)
    with adapter.engine.connect() as connection:
        for first in range(0, users, _BATCH):
            connection.exec_driver_sql("BEGIN")
            numbers = range(first, min(first + _BATCH, users))
            connection.execute(insert, [_row(number, now) for number in numbers])
            connection.exec_driver_sql("COMMIT")
    adapter.close()


def _row(number: int, now: datetime) -> dict[str, Any]:
    return {
        "id": f"user{number:028}",
        "name": f"User {number}",
        "email": f"user{number:09}@example.com",
        "email_verified": number % 2 == 0,
        "image": None,
        "created_at": now,
        "updated_at": now,
    }


def _open(database: str | Engine, *plugins: Plugin) -> PyAuth:
    return PyAuth(mode="test", database=database, plugins=plugins)


def _adapter_of(auth: PyAuth) -> SQLAlchemyAdapter:
    adapter = auth.context.adapter
    assert isinstance(adapter, SQLAlchemyAdapter)
    return adapter


Step = Callable[[PyAuth], Plan]

STEPS: Final[dict[str, Step]] = {
    "plan": PyAuth.plan,
    "migrate": PyAuth.migrate,
    "plan, up to date": PyAuth.plan,
}
"""What is measured, in order."""


def _measure(name: str, url: str) -> Measured:
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(name, sender, url))
    process.start()
    sender.close()
    try:
        measured: Measured = receiver.recv()
    except EOFError:
        raise RuntimeError(f"the step {name!r} failed") from None
    finally:
        process.join()
    return measured


def _run(name: str, sender: Pipe, url: str) -> None:
    counter = _Counter()
    auth = _open(counter.engine_of(url), Grown())
    before = resident_bytes()
    started = time.perf_counter()
    plan = STEPS[name](auth)
    seconds = time.perf_counter() - started
    grown = (_peak_bytes() - before) / 2**20
    sender.send(Measured(name, seconds, grown, counter.rows, tuple(plan.describe_steps())))


def _peak_bytes() -> int:
    """Return the most that this process held; ``getrusage`` would count what its parent held."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise OSError("no VmHWM")


class _Counter:
    """Counts the rows that a database hands over."""

    def __init__(self) -> None:
        self.rows = 0

    def engine_of(self, url: str) -> Engine:
        """Return an engine whose rows are counted."""
        if make_url(url).get_backend_name() == "sqlite":
            return create_engine(url, connect_args={"factory": self._make_connection})
        engine = make_engine(url)
        event.listen(engine, "after_cursor_execute", self._count)
        return engine

    def _count(self, _connection: Any, cursor: Any, *_others: Any) -> None:
        # These drivers fetch at once, and know how many there were.
        if cursor.description is not None:
            self.rows += max(cursor.rowcount, 0)

    def _make_connection(self, *arguments: Any, **named: Any) -> sqlite3.Connection:
        counter = self

        class Cursor(sqlite3.Cursor):
            def fetchone(self) -> Any:
                row = super().fetchone()
                counter.rows += row is not None
                return row

            def fetchmany(self, *size: Any) -> list[Any]:
                rows = super().fetchmany(*size)
                counter.rows += len(rows)
                return rows

            def fetchall(self) -> list[Any]:
                rows = super().fetchall()
                counter.rows += len(rows)
                return rows

        class Connection(sqlite3.Connection):
            def cursor(self, *_factory: Any) -> Any:
                return super().cursor(Cursor)

        return Connection(*arguments, **named)


if __name__ == "__main__":
    main()
