"""How often a statement is tried, and what a broken connection may have done."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, exc, text

from pyauth.db.sqlalchemy import execution
from pyauth.db.sqlalchemy.execution import Execution
from pyauth.errors import StoreUnavailable, UniqueViolation


class DriverError(Exception):
    """Stands for a driver's own error."""


class Conflict(DriverError):
    """PostgreSQL's."""

    sqlstate = "40001"


def lost() -> exc.DBAPIError:
    return exc.OperationalError("", {}, DriverError("gone"), connection_invalidated=True)


def conflict() -> exc.DBAPIError:
    return exc.OperationalError("", {}, Conflict("serialization"))


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Execution]:
    made = Execution(f"sqlite:///{tmp_path}/db.sqlite3")
    made.run_once(lambda connection: connection.execute(text("CREATE TABLE t (id PRIMARY KEY)")))
    yield made
    made.close()


class Insert:
    """Inserts a row; the first tries fail after, or before, they have reached the database."""

    def __init__(self, *failures: exc.DBAPIError, reaches: bool) -> None:
        self.failures = list(failures)
        self.reaches = reaches
        self.tries = 0

    def __call__(self, connection: Connection) -> str:
        self.tries += 1
        if self.reaches or not self.failures:
            connection.execute(text("INSERT INTO t VALUES ('mine')"))
        if self.failures:
            raise self.failures.pop(0)
        return "inserted"


def find(connection: Connection) -> str | None:
    return "found" if connection.scalar(text("SELECT id FROM t WHERE id = 'mine'")) else None


def count(runner: Execution) -> int:
    return int(runner.run("", lambda c: c.scalar(text("SELECT count(*) FROM t"))) or 0)


@pytest.mark.parametrize("error", [lost, conflict])
def test_a_statement_is_tried_three_times(runner: Execution, error: Any) -> None:
    work = Insert(error(), error(), reaches=False)
    assert runner.run("", work) == "inserted"
    assert work.tries == 3
    hopeless = Insert(*(error() for _ in range(9)), reaches=False)
    with pytest.raises(StoreUnavailable):
        runner.run("", hopeless)
    assert hopeless.tries == 3


def test_who_has_waited_long_is_not_tried_again(
    runner: Execution, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = iter([0.0, 0.1, 2.1])
    monkeypatch.setattr(execution, "monotonic", lambda: next(moments))
    work = Insert(conflict(), conflict(), conflict(), reaches=False)
    with pytest.raises(StoreUnavailable):
        runner.run("", work)
    assert work.tries == 2


def test_a_row_that_had_arrived_is_not_refused_as_taken(runner: Execution) -> None:
    work = Insert(lost(), reaches=True)
    assert runner.run("", work, confirm=find) == "found"
    assert work.tries == 2
    assert count(runner) == 1


def test_a_row_of_somebody_else_is_refused_as_ever(runner: Execution) -> None:
    runner.run("", Insert(reaches=True))
    with pytest.raises(UniqueViolation):
        runner.run("", Insert(reaches=True), confirm=find)
    with pytest.raises(UniqueViolation):
        runner.run("", Insert(lost(), reaches=False), confirm=lambda _: None)
    with pytest.raises(UniqueViolation):
        runner.run("", Insert(lost(), reaches=False))


def test_what_must_not_happen_twice_is_not_repeated_after_a_loss(runner: Execution) -> None:
    work = Insert(lost(), reaches=False)
    with pytest.raises(StoreUnavailable):
        runner.run("", work, repeat_lost=False)
    assert work.tries == 1
    assert runner.run("", Insert(conflict(), reaches=False), repeat_lost=False) == "inserted"
