"""Copies in the storage that two writers change at once: the last one to write has looked again."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.pyauth.stores.conftest import FlakyStorage, Kept
from tests.support.app import FrozenClock, make_auth, rows_of
from tests.support.storage import SESSION_MODES


@pytest.fixture
def kept(request: pytest.FixtureRequest, flaky: FlakyStorage, clock: FrozenClock) -> Kept:
    """An instance in the mode that a test asks for, over a storage that can be watched."""
    auth = make_auth(secondary_storage=flaky, session=SESSION_MODES[request.param], clock=clock)
    return Kept(auth, flaky, request.param)


def _meanwhile(storage: FlakyStorage, token: str, change: Callable[[], Any]) -> list[str]:
    """Run a change right before the next value of ``token`` is written; once."""
    done: list[str] = []

    def watch(operation: str, key: str) -> bool:
        if not done and (operation, key) == ("compare_and_set", token):
            done.append(key)
            change()
        return False

    storage.fails = watch
    return done


@pytest.mark.parametrize("kept", list(SESSION_MODES), indirect=True)
def test_the_older_of_two_changes_of_a_user_does_not_stay_because_it_is_written_last(
    kept: Kept, flaky: FlakyStorage
) -> None:
    user = kept.user()
    session, users = kept.session(user), kept.auth.context.users
    done = _meanwhile(flaky, session.token, lambda: users.update(user.id, {"name": "Newer"}))

    users.update(user.id, {"name": "Older"})

    assert done
    found = kept.auth.context.sessions.find_with_user(session.token)
    assert found is not None
    assert found[1].name == "Newer"
    assert found[1] == users.find(user.id)


@pytest.mark.parametrize("kept", ["mirrored", "preserved"], indirect=True)
def test_nor_does_the_older_of_two_changes_of_a_session(kept: Kept, flaky: FlakyStorage) -> None:
    user = kept.user()
    session, sessions = kept.session(user), kept.auth.context.sessions
    done = _meanwhile(
        flaky, session.token, lambda: sessions.update(session.token, {"user_agent": "newer"})
    )

    sessions.update(session.token, {"user_agent": "older"})

    assert done
    found = sessions.find_with_user(session.token)
    assert found is not None
    assert found[0].user_agent == "newer"
    assert [row["user_agent"] for row in rows_of(kept.auth, "session")] == ["newer"]


@pytest.mark.parametrize("kept", list(SESSION_MODES), indirect=True)
def test_erasing_the_sessions_of_a_user_keeps_no_record_of_them(kept: Kept) -> None:
    """Without the help of a foreign key: his row is still there."""
    ada, eve = kept.user(), kept.user("eve@example.com")
    kept.session(ada)
    theirs = kept.session(eve)

    kept.auth.context.sessions.erase_of_user(ada.id)

    assert {row["user_id"] for row in rows_of(kept.auth, "session")} <= {eve.id}
    assert kept.auth.context.sessions.list_of_user(eve.id) == [theirs]
    assert kept.auth.context.sessions.list_of_user(ada.id) == []
