"""Fixtures of every test that runs a whole instance."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from pyauth import PyAuth
from pyauth.db.memory import MemoryAdapter
from pyauth.storage import SecondaryStorage
from tests.support.app import Door, FrozenClock, Outbox, Visitor, make_auth
from tests.support.storage import open_kind

MakeAuth = Callable[..., PyAuth]
NewVisitor = Callable[[PyAuth], Visitor]


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


@pytest.fixture(params=["memory", "redis"])
def storage(request: pytest.FixtureRequest, clock: FrozenClock) -> Iterator[SecondaryStorage]:
    """A secondary storage of each kind."""
    yield from open_kind(request.param, clock)


@pytest.fixture(params=["memory", "sqlite"])
def new_auth(
    request: pytest.FixtureRequest, tmp_path: Path, clock: FrozenClock
) -> Iterator[MakeAuth]:
    """Make instances on each kind of database; they are closed afterwards."""
    made: list[PyAuth] = []
    numbers = count()

    def make(**options: Any) -> PyAuth:
        if "database" not in options:
            options["database"] = (
                MemoryAdapter()
                if request.param == "memory"
                else f"sqlite:///{tmp_path}/auth{next(numbers)}.sqlite3"
            )
        made.append(make_auth(**{"clock": clock, **options}))
        return made[-1]

    yield make
    for auth in made:
        auth.close()


@pytest.fixture(params=["http", "api"])
def door(request: pytest.FixtureRequest) -> Door:
    """How a visitor reaches the endpoints."""
    chosen: Door = request.param
    return chosen


@pytest.fixture
def new_visitor(door: Door) -> NewVisitor:
    """Make visitors that come by each door."""
    return lambda auth: Visitor(auth, door=door)
