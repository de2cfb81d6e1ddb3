"""Writers of one process on a file of SQLite stand in a queue: SQLite itself never says busy."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from pyauth.db.adapter import Where
from pyauth.db.sqlalchemy import SQLAlchemyAdapter, sources
from pyauth.errors import StoreUnavailable
from tests.support.databases import bind

WRITERS = 8
ROUNDS = 15


@pytest.fixture
def adapter(tmp_path: Path) -> Iterator[SQLAlchemyAdapter]:
    """An adapter whose connections do not wait for one another at all."""
    adapter = SQLAlchemyAdapter(f"sqlite:///{tmp_path}/queue.sqlite3")
    bind(adapter)
    adapter.migrate()
    adapter.engine.dispose()

    def forbid_waiting(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA busy_timeout = 0")

    event.listen(adapter.engine, "connect", forbid_waiting)
    yield adapter
    adapter.close()


def write_in_every_way(adapter: SQLAlchemyAdapter, writer: int) -> None:
    for number in range(ROUNDS):
        label = f"{writer}-{number}"
        adapter.create("sample", {"label": label})
        adapter.update_one("sample", [Where("label", label)], {"amount": 1})
        adapter.increment_one("sample", [Where("label", label)], "amount")
        adapter.update_many("sample", [Where("label", label)], {"active": False})
        with adapter.transaction():
            adapter.create("sample", {"label": f"{label} again"})
            adapter.count("sample")
        adapter.delete_many("sample", [Where("label", label)])
        adapter.consume_one("sample", [Where("label", f"{label} again")])


def test_no_writer_meets_a_locked_database(adapter: SQLAlchemyAdapter) -> None:
    failures: list[BaseException] = []

    def work(writer: int) -> None:
        try:
            write_in_every_way(adapter, writer)
        except BaseException as exc:
            failures.append(exc)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert adapter.count("sample") == 0


def test_readers_do_not_stand_in_the_queue(adapter: SQLAlchemyAdapter) -> None:
    found: list[int] = []
    with adapter.transaction():
        adapter.create("sample", {"label": "unseen"})
        reader = threading.Thread(target=lambda: found.append(adapter.count("sample")))
        reader.start()
        reader.join(5)
    assert found == [0]


def test_a_writer_waits_in_bounds(
    adapter: SQLAlchemyAdapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "BUSY_TIMEOUT", 0.05)
    failures: list[BaseException] = []

    def write() -> None:
        try:
            adapter.create("sample", {"label": "late"})
        except StoreUnavailable as exc:
            failures.append(exc)

    with adapter.transaction():
        writer = threading.Thread(target=write)
        writer.start()
        writer.join(5)
    assert len(failures) == 1
    adapter.create("sample", {"label": "later"})


def test_a_turn_ends_with_a_transaction_that_fails(adapter: SQLAlchemyAdapter) -> None:
    with pytest.raises(ZeroDivisionError), adapter.transaction():
        raise ZeroDivisionError
    done = threading.Event()

    def write() -> None:
        adapter.create("sample", {"label": "next"})
        done.set()

    threading.Thread(target=write).start()
    assert done.wait(5)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_a_process_forked_inside_a_transaction_writes_without_its_parents_turn(
    adapter: SQLAlchemyAdapter,
) -> None:
    """The child waits for SQLite alone, which says busy at once here."""
    with adapter.transaction():
        child = os.fork()
        if child == 0:
            status = 1
            try:
                adapter.create("sample", {"label": "child"})
            except StoreUnavailable as exc:
                status = 0 if "SQLITE_BUSY" in str(exc) else 2
            finally:
                os._exit(status)
        _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
