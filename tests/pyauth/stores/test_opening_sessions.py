"""Sessions whose transaction is still open: they count if it commits, whatever fails then."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from pyauth import Session, User
from pyauth.db.memory import MemoryAdapter
from pyauth.storage import MemoryStorage
from pyauth.stores.stored_json import read_json
from tests.pyauth.stores.conftest import FlakyStorage, Kept, KeptIn, rolled_back
from tests.support.app import FrozenClock, Visitor, make_auth, rows_of, token_of
from tests.support.storage import SESSION_MODES
from tests.support.threads import in_threads
from tests.support.watched import WatchedAdapter

DAY = timedelta(days=1)


def fail_completion(flaky: FlakyStorage) -> None:
    """Let a new session be written, but not be completed."""
    flaky.fails = lambda operation, key: operation == "compare_and_set" and len(key) == 32


def work_again(flaky: FlakyStorage) -> None:
    flaky.fails = lambda operation, key: False


def is_complete(kept: Kept, session: Session) -> bool:
    return read_json(kept.storage.get(session.token)) is not None


def left_opening(kept: Kept, flaky: FlakyStorage, user: User) -> Session:
    """Return a session whose completion has failed."""
    fail_completion(flaky)
    session = kept.session(user)
    work_again(flaky)
    assert not is_complete(kept, session)
    return session


@pytest.mark.parametrize("operation", ["get", "compare_and_set", "set"])
@pytest.mark.parametrize("mode", SESSION_MODES)
def test_a_sign_up_that_could_not_open_its_session_leaves_nothing_and_works_later(
    flaky: FlakyStorage, clock: FrozenClock, mode: str, operation: str
) -> None:
    auth = make_auth(secondary_storage=flaky, clock=clock, session=SESSION_MODES[mode])
    visitor = Visitor(auth)
    flaky.fails = lambda asked, key: asked == operation
    assert visitor.sign_up().refusal == (503, "SERVICE_UNAVAILABLE")
    for model in ("user", "account", "session"):
        assert rows_of(auth, model) == []
    work_again(flaky)
    assert visitor.sign_up().status == 200
    assert visitor.get_session()["user"]["email"] == "ada@example.com"


@pytest.mark.parametrize("mode", SESSION_MODES)
def test_a_storage_that_fails_after_the_commit_fails_no_sign_up(
    flaky: FlakyStorage, clock: FrozenClock, mode: str
) -> None:
    auth = make_auth(secondary_storage=flaky, clock=clock, session=SESSION_MODES[mode])
    visitor = Visitor(auth)
    # The list is changed by such a step, too, but before the commit.
    fail_completion(flaky)
    assert visitor.sign_up().status == 200
    work_again(flaky)
    assert read_json(flaky.get(token_of(visitor))) is None
    assert visitor.get_session()["user"]["email"] == "ada@example.com"
    assert len(visitor.call("list_sessions").json) == 1
    assert visitor.call("update_user", {"name": "Augusta"}).status == 200
    assert visitor.get_session()["user"]["name"] == "Augusta"
    token = token_of(visitor)
    assert visitor.post("/sign-out").status == 200
    assert flaky.get(token) is None


@pytest.mark.parametrize("mode", SESSION_MODES)
def test_its_next_change_completes_it(flaky: FlakyStorage, clock: FrozenClock, mode: str) -> None:
    auth = make_auth(secondary_storage=flaky, clock=clock, session=SESSION_MODES[mode])
    kept = Kept(auth, flaky, mode)
    user = kept.user()
    session = left_opening(kept, flaky, user)
    changed = auth.context.sessions.update(session.token, {"expires_at": clock() + DAY})
    assert changed is not None
    assert is_complete(kept, session)
    assert auth.context.sessions.find_with_user(session.token) == (changed, user)


def test_the_database_says_who_its_user_is(shaky: Kept, flaky: FlakyStorage) -> None:
    user = shaky.user()
    session = left_opening(shaky, flaky, user)
    shaky.auth.context.adapter.update_one("user", [], {"name": "Augusta"})
    found = shaky.auth.context.sessions.find_with_user(session.token)
    assert found is not None
    assert found[1].name == "Augusta"


def test_it_ends_like_any_other(shaky: Kept, flaky: FlakyStorage) -> None:
    user, sessions = shaky.user(), shaky.auth.context.sessions
    ways: tuple[Callable[[Session], bool], ...] = (
        lambda session: sessions.delete(session.token),
        lambda session: sessions.delete_of_user(user.id) > 0,
    )
    for end in ways:
        session = left_opening(shaky, flaky, user)
        with rolled_back(shaky):
            assert end(session)
            assert sessions.find_with_user(session.token) is None
        assert sessions.find_with_user(session.token) == (session, user)
        assert end(session)
        assert flaky.get(session.token) is None


def test_a_deleted_user_leaves_none(shaky: Kept, flaky: FlakyStorage) -> None:
    user = shaky.user()
    session = left_opening(shaky, flaky, user)
    assert shaky.auth.context.users.delete(user.id)
    assert flaky.get(session.token) is None


@pytest.mark.parametrize("changes", [False, True])
@pytest.mark.parametrize("mode", SESSION_MODES)
def test_one_that_a_rollback_could_not_take_back_is_none_without_its_user(
    flaky: FlakyStorage, clock: FrozenClock, mode: str, changes: bool
) -> None:
    """As after a crash: the process never came to take it back."""
    auth = make_auth(secondary_storage=flaky, clock=clock, session=SESSION_MODES[mode])
    kept = Kept(auth, flaky, mode)
    with rolled_back(kept):
        session = kept.session(kept.user())
        if changes:
            assert auth.context.sessions.update(session.token, {"user_agent": "x"}) is not None
        flaky.fails = lambda operation, key: True
    work_again(flaky)
    assert flaky.get(session.token) is not None
    assert auth.context.sessions.find_with_user(session.token) is None
    assert auth.context.sessions.list_of_user(session.user_id) == []


def test_nobody_else_sees_it_before_its_user_is_there(kept_in: KeptIn) -> None:
    kept = kept_in()
    sessions, seen = kept.auth.context.sessions, []
    with kept.auth.context.adapter.transaction():
        user = kept.user()
        session = kept.session(user)
        assert sessions.find_with_user(session.token) == (session, user)
        in_threads(lambda _: seen.append(sessions.find_with_user(session.token)), threads=1)
    assert seen == [None]
    assert sessions.find_with_user(session.token) == (session, user)


@pytest.mark.parametrize("change", ["update", "delete"])
def test_what_is_done_to_it_in_its_own_transaction_goes_with_a_rollback(
    kept: Kept, change: str
) -> None:
    user, sessions = kept.user(), kept.auth.context.sessions
    with rolled_back(kept):
        session = kept.session(user)
        if change == "update":
            assert sessions.update(session.token, {"user_agent": "x"}) is not None
        else:
            assert sessions.delete(session.token)
    assert kept.storage.get(session.token) is None
    assert sessions.find_with_user(session.token) is None


def test_one_that_is_ended_before_it_is_complete_stays_ended(kept: Kept) -> None:
    user, sessions = kept.user(), kept.auth.context.sessions
    with kept.auth.context.adapter.transaction():
        session = kept.session(user)
        assert sessions.delete_of_user(user.id) == 1
    assert sessions.find_with_user(session.token) is None
    assert kept.storage.get(session.token) is None


class Meanwhile:
    """Runs a piece of work once, ahead of a storage's next operation of one kind."""

    def __init__(self, storage: FlakyStorage, operation: str, work: Any) -> None:
        self.is_due = True

        def act(asked: str, key: str) -> bool:
            if self.is_due and asked == operation and len(key) == 32:
                self.is_due = False
                work()
            return False

        storage.fails = act


def test_a_change_of_the_user_before_it_is_complete_is_not_undone(
    shaky: Kept, flaky: FlakyStorage
) -> None:
    """The user has been read for the completed session when somebody changes him and back."""
    user, users = shaky.user(), shaky.auth.context.users
    users.update(user.id, {"name": "Augusta"})

    def change() -> None:
        users.update(user.id, {"name": "Ada"})

    Meanwhile(flaky, "compare_and_set", change)
    # Opened with the user as he was before, so that changing him back would leave no trace.
    session = shaky.session(user)
    found = shaky.auth.context.sessions.find_with_user(session.token)
    assert found is not None
    assert (found[1].name, is_complete(shaky, session)) == ("Ada", True)


def test_a_change_of_the_user_during_a_sign_in_reaches_the_session(clock: FrozenClock) -> None:
    adapter, storage = WatchedAdapter(MemoryAdapter()), MemoryStorage(clock)
    kept = Kept(make_auth(database=adapter, secondary_storage=storage, clock=clock), storage)
    user, users = kept.user(), kept.auth.context.users
    names = iter(["second", "third"])

    def change(statement: str) -> None:
        name = next(names, None) if statement == "find_one user" else None
        if name is not None:
            users.update(user.id, {"name": name})

    adapter.on_statement = change
    session = kept.session(user)
    found = kept.auth.context.sessions.find_with_user(session.token)
    assert found == (session, users.find(user.id))
    assert next(names, None) is None, "both changes were made"
