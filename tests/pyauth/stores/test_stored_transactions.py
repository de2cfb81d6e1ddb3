"""Sessions in a secondary storage inside transactions of the database, and what failures leave."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from pyauth import StoreError, StoreUnavailable
from pyauth.db.after_commit import FollowUpFailed
from pyauth.db.memory import MemoryAdapter
from pyauth.db.sqlalchemy import SQLAlchemyAdapter
from pyauth.http.call import Call
from pyauth.plugins import Bearer
from pyauth.storage import MemoryStorage
from pyauth.stores.stored_json import read_json
from tests.pyauth.stores.conftest import FlakyStorage, Kept, KeptIn, Undone, fails_at, rolled_back
from tests.support.app import Door, FrozenClock, Visitor, make_auth, rows_of
from tests.support.storage import SESSION_MODES
from tests.support.threads import in_threads
from tests.support.watched import WatchedAdapter

DAY = timedelta(days=1)


def test_a_session_is_there_after_the_commit(kept: Kept) -> None:
    user, sessions = kept.user(), kept.auth.context.sessions
    with kept.auth.context.adapter.transaction():
        session = kept.session(user)
        assert read_json(kept.storage.get(session.token)) is None
    assert read_json(kept.storage.get(session.token)) is not None
    assert sessions.find_with_user(session.token) == (session, user)
    assert sessions.list_of_user(user.id) == [session]


def test_a_session_that_is_rolled_back_leaves_nothing(kept: Kept) -> None:
    user = kept.user()
    with rolled_back(kept):
        session = kept.session(user)
    assert kept.storage.get(session.token) is None
    assert kept.storage.get(f"active-sessions-{user.id}") is None
    assert rows_of(kept.auth, "session") == []


def test_ended_sessions_are_gone_before_the_commit_and_come_back_with_a_rollback(
    kept: Kept,
) -> None:
    user, sessions = kept.user(), kept.auth.context.sessions
    first, second = kept.session(user), kept.session(user, hours=2)
    with rolled_back(kept):
        assert sessions.delete_of_user(user.id) == 2
        assert sessions.find_with_user(first.token) is None
    assert sessions.find_with_user(first.token) == (first, user)
    assert {item.token for item in sessions.list_of_user(user.id)} == {first.token, second.token}


def test_a_commit_leaves_nothing_of_ended_sessions(kept: Kept) -> None:
    user = kept.user()
    session = kept.session(user)
    with kept.auth.context.adapter.transaction():
        kept.auth.context.sessions.delete(session.token)
    assert kept.storage.get(session.token) is None
    assert kept.storage.get(f"active-sessions-{user.id}") is None


@pytest.mark.parametrize("ends", ["the session", "the user's"])
def test_a_rollback_does_not_bring_back_what_somebody_else_has_ended(
    kept_in: KeptIn, ends: str
) -> None:
    kept = kept_in()
    user, sessions = kept.user(), kept.auth.context.sessions
    session = kept.session(user)
    with rolled_back(kept):
        sessions.delete_of_user(user.id)
        if ends == "the session":
            assert in_threads(lambda _: sessions.delete(session.token), threads=1) == [False]
        else:
            kept.storage.delete(session.token)
    assert sessions.find_with_user(session.token) is None


@pytest.mark.parametrize("commits", [True, False])
def test_what_another_is_ending_ends_whatever_this_thread_has_ended_before(
    kept_in: KeptIn, commits: bool
) -> None:
    kept = kept_in()
    session, sessions = kept.session(kept.user()), kept.auth.context.sessions
    text = kept.storage.get(session.token)
    assert text is not None
    with kept.auth.context.adapter.transaction() if commits else rolled_back(kept):
        assert sessions.delete(session.token)
        if not commits:
            raise Undone
    kept.storage.set(session.token, f"ended:{text}")  # as in another's open transaction
    assert not sessions.delete(session.token)
    assert kept.storage.get(session.token) is None


def test_a_change_is_taken_back_with_a_rollback(kept: Kept) -> None:
    user, sessions = kept.user(), kept.auth.context.sessions
    session = kept.session(user)
    with rolled_back(kept):
        assert sessions.update(session.token, {"user_agent": "x"}) is not None
    assert sessions.find_with_user(session.token) == (session, user)


# Users ---------------------------------------------------------------------------------------


def test_a_changed_user_is_changed_in_his_sessions(kept: Kept, clock: FrozenClock) -> None:
    ada, eve = kept.user(), kept.user("eve@example.com")
    users, sessions = kept.auth.context.users, kept.auth.context.sessions
    mine, theirs = [kept.session(ada), kept.session(ada)], kept.session(eve)
    clock.advance(minutes=1)
    changed = users.verify_email(ada)
    assert changed is not None
    for session in mine:
        assert sessions.find_with_user(session.token) == (session, changed)
    moved = users.change_email(changed, "new@example.com", verified=True)
    assert moved is not None
    renamed = users.update(ada.id, {"name": "Augusta"})
    assert renamed is not None
    assert (renamed.email, renamed.name) == ("new@example.com", "Augusta")
    for session in mine:
        assert sessions.find_with_user(session.token) == (session, renamed)
    assert sessions.find_with_user(theirs.token) == (theirs, eve)


def test_a_rolled_back_change_of_a_user_reaches_no_session(kept: Kept) -> None:
    user = kept.user()
    session = kept.session(user)
    with rolled_back(kept):
        kept.auth.context.users.update(user.id, {"name": "Augusta"})
    assert kept.auth.context.sessions.find_with_user(session.token) == (session, user)


def test_a_change_of_a_user_brings_no_session_back(kept: Kept) -> None:
    user = kept.user()
    session = kept.session(user)
    kept.storage.delete(session.token)
    kept.auth.context.users.update(user.id, {"name": "Augusta"})
    assert kept.storage.get(session.token) is None


def test_a_renewed_session_lives_no_longer_than_before(kept_in: KeptIn, clock: FrozenClock) -> None:
    if not isinstance((kept := kept_in()).storage, MemoryStorage):
        pytest.skip("needs a clock that can be moved")
    user = kept.user()
    session = kept.session(user)
    clock.advance(minutes=30)
    kept.auth.context.users.update(user.id, {"name": "Augusta"})
    clock.advance(minutes=29, seconds=59)
    assert kept.storage.get(session.token) is not None
    clock.advance(seconds=1)
    assert kept.storage.get(session.token) is None


def test_after_32_simultaneous_changes_sessions_show_the_user_as_he_is(kept: Kept) -> None:
    users, sessions, user = kept.auth.context.users, kept.auth.context.sessions, kept.user()
    opened = [kept.session(user) for _ in range(3)]
    in_threads(lambda number: users.update(user.id, {"name": str(number)}))
    stored = users.find(user.id)
    for session in opened:
        assert sessions.find_with_user(session.token) == (session, stored)


def test_a_sign_in_of_a_user_who_goes_meanwhile_opens_nothing(clock: FrozenClock) -> None:
    adapter, storage = WatchedAdapter(MemoryAdapter()), MemoryStorage(clock)
    kept = Kept(make_auth(database=adapter, secondary_storage=storage, clock=clock), storage)
    user = kept.user()

    def delete(statement: str) -> None:
        if statement == "find_one user":
            adapter.inner.delete_many("user", [])

    adapter.on_statement = delete
    with pytest.raises(StoreUnavailable, match="gone"):
        kept.session(user)
    assert "0 values" not in repr(storage)  # the list stays until it expires
    assert kept.auth.context.sessions.list_of_user(user.id) == []


def test_a_deleted_user_has_no_session_left(kept: Kept) -> None:
    ada, eve = kept.user(), kept.user("eve@example.com")
    gone, theirs = kept.session(ada), kept.session(eve)
    assert kept.auth.context.users.delete(ada.id)
    assert kept.auth.context.sessions.find_with_user(gone.token) is None
    assert kept.storage.get(gone.token) is None
    assert kept.storage.get(f"active-sessions-{ada.id}") is None
    assert kept.auth.context.sessions.find_with_user(theirs.token) == (theirs, eve)


def test_a_deletion_of_a_user_and_his_sessions_that_is_rolled_back_ends_nothing(
    kept: Kept,
) -> None:
    """Both end his sessions, and what the second finds ended must come back all the same."""
    user, context = kept.user(), kept.auth.context
    session = kept.session(user)
    with rolled_back(kept):
        context.sessions.erase_of_user(user.id)
        assert context.users.delete(user.id)
    assert context.sessions.find_with_user(session.token) == (session, user)
    with context.adapter.transaction():
        context.sessions.erase_of_user(user.id)
        assert context.users.delete(user.id)
    assert kept.storage.get(session.token) is None


def test_a_deletion_that_a_hook_stops_ends_nothing(kept_in: KeptIn) -> None:
    kept = kept_in(database_hooks={"user": {"delete": {"before": lambda event: False}}})
    user, context = kept.user(), kept.auth.context
    session = kept.session(user)
    with rolled_back(kept):
        context.sessions.delete_of_user(user.id)
        assert not context.users.delete(user.id)
    assert context.sessions.find_with_user(session.token) == (session, user)


def test_a_session_opened_while_its_user_is_deleted_ends_with_him(kept_in: KeptIn) -> None:
    kept = kept_in()
    user = kept.user()
    pair = kept.session(user)
    text = kept.storage.get(pair.token)
    assert text is not None
    with kept.auth.context.adapter.transaction():
        kept.auth.context.users.delete(user.id)
        kept.storage.set(pair.token, text)  # as a sign-in in another process would
    assert kept.auth.context.sessions.find_with_user(pair.token) is None


# What failures leave -------------------------------------------------------------------------


def test_without_the_storage_a_flow_changes_no_row(shaky: Kept, flaky: FlakyStorage) -> None:
    user = shaky.user()
    kept_session = shaky.session(user)
    context = shaky.auth.context
    flaky.fails = lambda operation, key: True

    def sign_up() -> None:
        with context.adapter.transaction():
            shaky.session(shaky.user("eve@example.com"))

    for work in (
        sign_up,
        lambda: context.users.update(user.id, {"name": "Augusta"}),
        lambda: context.users.delete(user.id),
        lambda: context.sessions.delete(kept_session.token),
        lambda: context.sessions.delete_of_user(user.id),
        lambda: context.sessions.find_with_user(kept_session.token),
    ):
        with pytest.raises(StoreUnavailable):
            work()
    assert rows_of(shaky.auth, "user") == [dict(user)]
    flaky.fails = lambda operation, key: False
    assert context.sessions.find_with_user(kept_session.token) == (kept_session, user)


@pytest.mark.parametrize("door", ["http", "api"])
@pytest.mark.parametrize("mode", SESSION_MODES)
@pytest.mark.parametrize("has_signed_up", [False, True], ids=["sign_up", "sign_in"])
def test_a_session_that_could_not_be_stored_is_handed_to_nobody(
    flaky: FlakyStorage, clock: FrozenClock, door: Door, mode: str, has_signed_up: bool
) -> None:
    seen: list[object] = []

    def look(call: Call) -> None:
        seen.append((call.new_session, call.current_session))

    auth = make_auth(
        secondary_storage=flaky,
        clock=clock,
        hooks={"after": look},
        plugins=[Bearer()],
        session={**SESSION_MODES[mode], "cookie_cache": {"enabled": True}},
    )
    if has_signed_up:
        Visitor(auth).sign_up()
    seen.clear()
    flaky.fails = partial(fails_at, "set")
    visitor = Visitor(auth, door=door)
    answer = visitor.sign_in() if has_signed_up else visitor.sign_up()
    assert answer.refusal == (503, "SERVICE_UNAVAILABLE")
    assert (answer.set_cookies, "set-auth-token" in answer.headers) == ([], False)
    assert seen == [(None, None)]


def test_a_change_of_a_user_that_cannot_reach_his_sessions_is_told(
    shaky: Kept, flaky: FlakyStorage
) -> None:
    user = shaky.user()
    session = shaky.session(user)
    flaky.fails = lambda operation, key: operation == "compare_and_set"
    with pytest.raises(FollowUpFailed):
        shaky.auth.context.users.update(user.id, {"name": "Augusta"})
    flaky.fails = lambda operation, key: False
    again = shaky.auth.context.users.update(user.id, {"name": "Augusta"})
    found = shaky.auth.context.sessions.find_with_user(session.token)
    assert found == (session, again)


def test_a_session_never_outlives_its_place_on_the_list(
    shaky: Kept, flaky: FlakyStorage, clock: FrozenClock
) -> None:
    session = shaky.session(shaky.user())
    flaky.fails = lambda operation, key: (operation, key[:6]) == ("compare_and_set", "active")
    with pytest.raises(StoreUnavailable):
        shaky.auth.context.sessions.update(session.token, {"expires_at": clock() + DAY})
    flaky.fails = lambda operation, key: False
    found = shaky.auth.context.sessions.find_with_user(session.token)
    assert found is not None
    assert found[0].expires_at == session.expires_at


def test_a_session_whose_end_is_not_finished_has_ended(shaky: Kept, flaky: FlakyStorage) -> None:
    session = shaky.session(shaky.user())
    flaky.fails = lambda operation, key: operation == "delete_if_value"
    assert shaky.auth.context.sessions.delete(session.token)
    assert shaky.auth.context.sessions.find_with_user(session.token) is None
    assert session.token in (flaky.get(session.token) or "")


def test_after_a_commit_of_unknown_outcome_what_was_to_end_has_ended(kept_in: KeptIn) -> None:
    kept = kept_in()
    session = kept.session(kept.user())
    adapter = kept.auth.context.adapter
    assert isinstance(adapter, SQLAlchemyAdapter)

    def break_off(_: object, __: object, statement: str, *___: object) -> None:
        if statement == "COMMIT":
            raise OperationalError(statement, {}, Exception("connection lost"))

    def delete() -> None:
        with adapter.transaction():
            kept.auth.context.sessions.delete(session.token)

    event.listen(adapter.engine, "before_cursor_execute", break_off)
    with pytest.raises(StoreError):
        delete()
    event.remove(adapter.engine, "before_cursor_execute", break_off)
    assert kept.auth.context.sessions.find_with_user(session.token) is None


def test_a_row_changes_only_while_the_storage_can_follow(
    flaky: FlakyStorage, clock: FrozenClock
) -> None:
    auth = make_auth(
        secondary_storage=flaky, clock=clock, session={"store_session_in_database": True}
    )
    kept = Kept(auth, flaky)
    session = kept.session(kept.user())
    before = rows_of(auth, "session")
    works: list[tuple[str, Callable[[], object]]] = [
        ("get", lambda: auth.context.sessions.update(session.token, {"user_agent": "x"})),
        ("compare_and_set", lambda: auth.context.sessions.delete(session.token)),
        ("compare_and_set", lambda: auth.context.sessions.delete_of_user(session.user_id)),
        ("get", lambda: kept.session(kept.user("eve@example.com"))),
    ]
    for failing, work in works:
        flaky.fails = partial(fails_at, failing)
        with pytest.raises(StoreUnavailable):
            work()
        flaky.fails = lambda operation, key: False
        assert rows_of(auth, "session") == before
