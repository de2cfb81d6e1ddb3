"""What several tests of routes need: a database that can be made to fail, a picky validator."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pyauth import APIError, Contributions, ErrorCode, Plugin, PyAuth, StoreUnavailable
from pyauth.db.memory import MemoryAdapter
from pyauth.db.sqlalchemy import SQLAlchemyAdapter
from tests.pyauth.conftest import MakeAuth
from tests.support.app import Outbox
from tests.support.watched import WatchedAdapter

ERRORS = [RuntimeError("sEcReT"), StoreUnavailable("sEcReT")]
"""What a statement may raise: something that nobody expected, and that the store is away."""


@pytest.fixture(params=["memory", "sqlite"])
def adapter(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[WatchedAdapter]:
    """An adapter of each kind that keeps a record of its statements, and fails where it is told."""
    inner = (
        MemoryAdapter()
        if request.param == "memory"
        else SQLAlchemyAdapter(f"sqlite:///{tmp_path}/auth.sqlite3")
    )
    yield WatchedAdapter(inner)
    inner.close()


@pytest.fixture
def confirmations() -> Outbox:
    """The mails that ask the present address."""
    return Outbox()


@pytest.fixture
def new_changing(new_auth: MakeAuth, outbox: Outbox, confirmations: Outbox) -> MakeAuth:
    """Make instances on which addresses change; arguments are options of ``change_email``."""

    def make(*, database: Any = None, options: Any = (), **changes: Any) -> PyAuth:
        chosen = {"enabled": True, "send_change_email_confirmation": confirmations, **changes}
        given = {"verification": outbox, **dict(options)}
        if database is not None:
            given["database"] = database
        return new_auth(user={"change_email": chosen}, **given)

    return make


class Breaches(Plugin):
    """Refuses one password as known to attackers.

    Attributes:
        asked: path and password of each question, in order.
    """

    id = "breaches"

    def __init__(self, known: str) -> None:
        self._known = known
        self.asked: list[tuple[str, str]] = []

    def contribute(self) -> Contributions:
        return Contributions(password_validators=(self._refuse,))

    def _refuse(self, path: str, password: str) -> None:
        self.asked.append((path, password))
        if password == self._known:
            raise APIError(ErrorCode("PASSWORD_COMPROMISED", "Known to attackers"))
