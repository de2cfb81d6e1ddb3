"""Processes that migrate one database at once, and one that is killed in the middle."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import URL, inspect, text

from pyauth import PyAuth
from tests.support.databases import fresh_database
from tests.support.migrating import Notes, open_auth
from tests.support.migration import KINDS, adapter_of, add_user, only_on

PROCESSES = 8
DEADLINE = 60


class Worker:
    """A process that migrates what it is told to."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.migrating"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def hear(self) -> str:
        """Return the next line that the process says."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def migrate(self, url: URL, *, stop: bool = False) -> None:
        """Let the process migrate a database."""
        assert self.process.stdin is not None
        written = url.render_as_string(hide_password=False)
        self.process.stdin.write(f"{'stop' if stop else 'go'} {written}\n")
        self.process.stdin.flush()

    def end(self) -> int:
        """Let the process end, and return its exit code."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        code = self.process.wait()
        self.process.stdout.close()
        return code


@pytest.fixture(scope="module")
def pool() -> Iterator[list[Worker]]:
    """Workers that wait for work; those that a test kills are taken out."""
    waiting: list[Worker] = []
    yield waiting
    assert [worker.end() for worker in waiting] == [0] * len(waiting)


@pytest.fixture
def workers(pool: list[Worker]) -> list[Worker]:
    started = [Worker() for _ in range(PROCESSES - len(pool))]
    assert [worker.hear() for worker in started] == ["ready"] * len(started)
    pool += started
    return pool


@pytest.fixture
def worker(pool: list[Worker]) -> Iterator[Worker]:
    """A worker that is killed in the end."""
    if pool:
        taken = pool.pop()
    else:
        taken = Worker()
        assert taken.hear() == "ready"
    yield taken
    taken.process.kill()
    taken.end()


@contextmanager
def opened(url: URL) -> Iterator[PyAuth]:
    auth = open_auth(url.render_as_string(hide_password=False), Notes())
    try:
        yield auth
    finally:
        auth.close()


# The database is not the one of the module: so these tests come first, and leave their workers.
@pytest.mark.parametrize("kind", KINDS)
def test_eight_processes_make_one_schema(workers: list[Worker], kind: str, tmp_path: Path) -> None:
    with fresh_database(kind, tmp_path) as url:
        for worker in workers:
            worker.migrate(url)
        assert [worker.hear() for worker in workers] == ["done"] * PROCESSES
        with opened(url) as auth:
            assert auth.plan().describe() == []
            assert auth.context.adapter.count("pyauth_migration") == 1


@pytest.mark.full
def test_eight_processes_bring_a_filled_database_up_to_date(
    workers: list[Worker], url: URL
) -> None:
    fill(url)
    for worker in workers:
        worker.migrate(url)
    assert [worker.hear() for worker in workers] == ["done"] * PROCESSES
    assert_whole(url)


def fill(url: URL) -> None:
    """Create the core's tables and a user."""
    auth = open_auth(url.render_as_string(hide_password=False))
    auth.migrate()
    add_user(adapter_of(auth))
    auth.close()


def assert_whole(url: URL) -> None:
    with opened(url) as auth:
        assert auth.plan().describe() == []
        adapter = auth.context.adapter
        assert adapter.count("user") == 1
        assert [row["text"] for row in adapter.find_many("note")] == ["Welcome"]
        assert adapter.count("pyauth_migration") == 1


def test_a_killed_named_migration_runs_again(worker: Worker, url: URL, kind: str) -> None:
    fill(url)
    worker.migrate(url, stop=True)
    assert worker.hear() == "middle"
    worker.process.kill()
    worker.process.wait()
    with opened(url) as auth:
        auth.migrate()
    assert_whole(url)


WAITING = {
    "postgresql": "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
    "AND datname = current_database() AND query LIKE 'ALTER TABLE%'",
    "mysql": "SELECT count(*) FROM information_schema.processlist "
    "WHERE db = database() AND state LIKE 'Waiting for table metadata lock%'",
}


@only_on("postgresql", "mysql")
def test_a_killed_change_of_a_table_is_done_again(worker: Worker, url: URL, kind: str) -> None:
    fill(url)
    with opened(url) as auth:
        engine = adapter_of(auth).engine
        with engine.connect() as holder, engine.connect() as watcher:
            holder.exec_driver_sql("BEGIN")
            holder.exec_driver_sql("SELECT * FROM users").all()
            worker.migrate(url)
            wait_until(lambda: watcher.execute(text(WAITING[kind])).scalar_one() > 0)
            worker.process.kill()
            worker.process.wait()
            has_notes = inspect(watcher).has_table("notes")
            holder.exec_driver_sql("ROLLBACK")
        # MySQL has committed what came before.
        assert has_notes == (kind == "mysql")
        auth.migrate()
    assert_whole(url)


def wait_until(is_so: Callable[[], bool]) -> None:
    """Ask until something is so: a server tells nobody that it waits."""
    deadline = time.monotonic() + DEADLINE
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@only_on("sqlite")
def test_a_process_killed_while_it_waits_changes_nothing(worker: Worker, url: URL) -> None:
    fill(url)
    with opened(url) as auth:
        with adapter_of(auth).engine.connect() as holder:
            holder.exec_driver_sql("BEGIN IMMEDIATE")
            worker.migrate(url)
            worker.process.kill()
            worker.process.wait()
            holder.exec_driver_sql("ROLLBACK")
        assert auth.plan().create_tables == ("pyauth_migrations", "notes")
        auth.migrate()
    assert_whole(url)
