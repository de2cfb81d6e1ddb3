"""Instances whose sessions and values are kept in each of the ways there are."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pyauth import PyAuth, Session, StoreUnavailable, User
from pyauth.storage import MemoryStorage, SecondaryStorage
from tests.support.app import FrozenClock, make_auth
from tests.support.storage import SESSION_MODES


@dataclass(frozen=True)
class Kept:
    """An instance, and the secondary storage beneath it."""

    auth: PyAuth
    storage: SecondaryStorage
    mode: str = "stored"

    def user(self, email: str = "ada@example.com") -> User:
        """Make a user."""
        user = self.auth.context.users.create({"name": "Ada", "email": email})
        assert user is not None
        return user

    def session(self, user: User, **life: float) -> Session:
        """Open a session that lives an hour, or as long as ``life`` says."""
        session = self.auth.context.sessions.create(
            user,
            expires_at=self.auth.context.clock() + timedelta(**(life or {"hours": 1})),
            ip_address="203.0.113.7",
            user_agent="tests",
        )
        assert session is not None
        return session


KeptIn = Callable[..., Kept]


@pytest.fixture
def kept_in(storage: SecondaryStorage, tmp_path: Path, clock: FrozenClock) -> Iterator[KeptIn]:
    """Make an instance over SQLite whose sessions are kept in one of the modes."""
    made: list[PyAuth] = []

    def make(mode: str = "stored", **options: Any) -> Kept:
        auth = make_auth(
            **{
                "database": f"sqlite:///{tmp_path}/auth{len(made)}.sqlite3",
                "secondary_storage": storage,
                "session": SESSION_MODES[mode],
                "clock": clock,
                **options,
            }
        )
        made.append(auth)
        return Kept(auth, storage, mode)

    yield make
    for auth in made:
        auth.close()


@pytest.fixture(params=list(SESSION_MODES))
def kept(request: pytest.FixtureRequest, kept_in: KeptIn) -> Kept:
    """An instance of each mode."""
    return kept_in(request.param)


class Undone(Exception):
    """Rolls a transaction back."""


@contextmanager
def rolled_back(kept: Kept) -> Iterator[None]:
    """Run a block in a transaction that is rolled back."""
    with suppress(Undone), kept.auth.context.adapter.transaction():
        yield
        raise Undone


class FlakyStorage(MemoryStorage):
    """Fails the operations that ``fails`` says."""

    def __init__(self, clock: FrozenClock) -> None:
        super().__init__(clock)
        self.fails: Callable[[str, str], bool] = lambda operation, key: False

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name not in {"get", "set", "compare_and_set", "delete_if_value", "delete"}:
            return found

        def ask(key: str, *arguments: Any, **named: Any) -> Any:
            if self.fails(name, key):
                raise StoreUnavailable("the storage went away")
            return found(key, *arguments, **named)

        return ask


def fails_at(failing: str, operation: str, key: str) -> bool:
    return operation == failing


@pytest.fixture
def flaky(clock: FrozenClock) -> FlakyStorage:
    return FlakyStorage(clock)


@pytest.fixture
def shaky(flaky: FlakyStorage, clock: FrozenClock) -> Kept:
    """An instance over a storage that can be made to fail."""
    return Kept(make_auth(secondary_storage=flaky, clock=clock), flaky)
