"""Changing and deleting users whose sessions and values are in a secondary storage."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

from pyauth import PyAuth
from pyauth.storage import SecondaryStorage
from tests.support.app import FrozenClock, Outbox, Visitor, make_auth, row_counts, rows_of, token_of
from tests.support.storage import SESSION_MODES
from tests.support.threads import THREADS, in_threads

NewStored = Callable[..., PyAuth]


@pytest.fixture(params=SESSION_MODES)
def new_stored(
    request: pytest.FixtureRequest, storage: SecondaryStorage, tmp_path: Path, clock: FrozenClock
) -> Iterator[NewStored]:
    """Make an instance in each of the modes."""
    made: list[PyAuth] = []

    def make(*, session: Any = (), **options: Any) -> PyAuth:
        chosen = {
            "database": f"sqlite:///{tmp_path}/auth.sqlite3",
            "secondary_storage": storage,
            "session": {**SESSION_MODES[request.param], **dict(session)},
            "clock": clock,
        }
        made.append(make_auth(**{**chosen, **options}))
        return made[-1]

    yield make
    for auth in made:
        auth.close()


def two_browsers(auth: PyAuth) -> tuple[Visitor, Visitor]:
    visitor, phone = Visitor(auth), Visitor(auth)
    visitor.sign_up()
    phone.sign_in()
    return visitor, phone


def test_a_change_shows_in_every_browser(new_stored: NewStored) -> None:
    auth = new_stored()
    visitor, phone = two_browsers(auth)
    visitor.call("update_user", {"name": "Countess"})
    assert {browser.get_session()["user"]["name"] for browser in (visitor, phone)} == {"Countess"}


def test_a_new_address_shows_in_every_browser(new_stored: NewStored, outbox: Outbox) -> None:
    auth = new_stored(verification=outbox, user={"change_email": {"enabled": True}})
    visitor, phone = two_browsers(auth)
    visitor.call("change_email", {"new_email": "new@example.com"})
    visitor.call("verify_email", query={"token": outbox.last.token})
    for browser in (visitor, phone):
        user = browser.get_session()["user"]
        assert (user["email"], user["emailVerified"]) == ("new@example.com", True)


@pytest.mark.parametrize("by_link", [True, False])
def test_nothing_of_a_deleted_user_is_left(
    new_stored: NewStored, storage: SecondaryStorage, outbox: Outbox, *, by_link: bool
) -> None:
    leaving = {
        "enabled": True,
        "send_delete_account_verification": outbox if by_link else None,
    }
    auth = new_stored(user={"delete_user": leaving}, session={"cookie_cache": {"enabled": True}})
    visitor, phone = two_browsers(auth)
    phone.get_session()
    user_id = rows_of(auth, "user")[0]["id"]
    tokens = [token_of(visitor), token_of(phone)]
    assert all(storage.get(token) for token in tokens)

    answer = visitor.call("delete_user", {})
    if by_link:
        answer = visitor.call("delete_user_callback", query={"token": outbox.last.token})

    assert answer.json == {"success": True, "message": "User deleted"}
    if by_link:
        identifier = f"delete-account-{outbox.last.token}"
        assert auth.context.verifications.find_latest(identifier) is None
    assert [storage.get(key) for key in (*tokens, f"active-sessions-{user_id}")] == [None] * 3
    assert row_counts(auth) == {"user": 0, "account": 0, "session": 0, "verification": 0}
    assert phone.call("update_user", {"name": "Ghost"}).refusal == (401, "UNAUTHORIZED")
    assert phone.call("revoke_sessions").refusal == (401, "UNAUTHORIZED")
    name = auth.context.cookies.session_data.name
    phone.cookies.pop(name, None)
    assert (visitor.get_session(), phone.get_session()) == (None, None)


def test_nothing_is_left_where_the_database_enforces_no_references(
    new_stored: NewStored, tmp_path: Path
) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/lent.sqlite3")
    auth = new_stored(database=engine, user={"delete_user": {"enabled": True}})
    auth.migrate()
    visitor, phone = two_browsers(auth)
    phone.call("sign_out")
    assert visitor.call("delete_user", {}).status == 200
    assert row_counts(auth) == {"user": 0, "account": 0, "session": 0, "verification": 0}
    engine.dispose()


def test_a_refused_deletion_leaves_everything(new_stored: NewStored, outbox: Outbox) -> None:
    hooks = {"user": {"delete": {"before": lambda event: False}}}
    leaving = {"enabled": True, "send_delete_account_verification": outbox}
    auth = new_stored(user={"delete_user": leaving}, database_hooks=hooks)
    visitor, phone = two_browsers(auth)
    visitor.call("delete_user", {})
    for _ in range(2):
        answer = visitor.call("delete_user_callback", query={"token": outbox.last.token})
        assert answer.refusal == (400, "BAD_REQUEST"), "the link works as often as it is refused"
    for browser in (visitor, phone):
        assert browser.get_session()["user"]["email"] == "ada@example.com"


def test_a_deletion_link_opened_many_times_at_once_deletes_once(
    new_stored: NewStored, outbox: Outbox
) -> None:
    after = Outbox()
    leaving = {
        "enabled": True,
        "send_delete_account_verification": outbox,
        "after_delete": after,
    }
    auth = new_stored(user={"delete_user": leaving})
    visitor, _ = two_browsers(auth)
    visitor.call("delete_user", {})
    query = {"token": outbox.last.token}

    def open_link(_: int) -> tuple[int, str]:
        tab = Visitor(auth)
        tab.cookies = dict(visitor.cookies)
        answer = tab.call("delete_user_callback", query=query)
        return answer.status, "" if answer.status == 200 else answer.code

    found = in_threads(open_link)

    assert found.count((200, "")) == 1
    assert set(found) <= {(200, ""), (404, "INVALID_TOKEN"), (404, "FAILED_TO_GET_USER_INFO")}
    assert (len(found), len(after.sent)) == (THREADS, 1)
