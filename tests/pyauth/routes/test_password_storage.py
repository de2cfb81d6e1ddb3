"""Passwords where sessions and tokens live in a secondary storage."""

from datetime import datetime
from typing import Any

import pytest

from pyauth import PyAuth
from pyauth.db.memory import MemoryAdapter
from pyauth.storage import MemoryStorage
from tests.support.app import Answer, FrozenClock, Outbox, Visitor, make_auth, row_counts
from tests.support.threads import THREADS, in_threads
from tests.support.watched import WatchedAdapter

NEW = "a brand new password"


class TickingClock(FrozenClock):
    """Moves on by a millisecond whenever it is read."""

    def __call__(self) -> datetime:
        self.advance(milliseconds=1)
        return super().__call__()


def build(
    mails: Outbox, database: Any = None, *, clock: FrozenClock | None = None, **options: Any
) -> PyAuth:
    clock = clock or FrozenClock()
    return make_auth(
        clock=clock,
        database=database or MemoryAdapter(),
        secondary_storage=MemoryStorage(clock=clock),
        email_and_password={"enabled": True, "send_reset_password": mails, **options},
    )


def ask(auth: PyAuth, mails: Outbox) -> str:
    Visitor(auth).call("request_password_reset", {"email": "ada@example.com"})
    token: str = mails.last.token
    return token


def reset(auth: PyAuth, token: str, password: str = NEW) -> Answer:
    return Visitor(auth).call("reset_password", {"new_password": password, "token": token})


def test_a_token_in_the_storage_works_once(outbox: Outbox) -> None:
    auth = build(outbox)
    Visitor(auth).sign_up()
    token = ask(auth, outbox)
    assert row_counts(auth)["verification"] == 0, "it is not in the database"
    opened = Visitor(auth).get(f"/reset-password/{token}", query={"callbackURL": "/reset"})
    assert opened.location.endswith(f"?token={token}")
    answers = in_threads(lambda number: reset(auth, token, f"password {number}"))
    assert sorted(answer.status for answer in answers) == [200, *[400] * (THREADS - 1)]
    (winner,) = [number for number, answer in enumerate(answers) if answer.status == 200]
    assert Visitor(auth).sign_in(password=f"password {winner}").status == 200


@pytest.mark.parametrize("statement", ["lock_one user", "count account", "update_many account"])
def test_a_failure_leaves_the_token_in_the_storage(outbox: Outbox, statement: str) -> None:
    adapter = WatchedAdapter(MemoryAdapter())
    auth = build(outbox, adapter)
    Visitor(auth).sign_up()
    token = ask(auth, outbox)

    def fail(asked: str) -> None:
        if asked == statement:
            raise RuntimeError("the database went away")

    adapter.on_statement = fail
    assert reset(auth, token).status == 500
    adapter.on_statement = None
    assert Visitor(auth).sign_in().status == 200
    assert reset(auth, token).status == 200


@pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com"])
def test_an_unknown_address_costs_the_write_of_a_known_one(outbox: Outbox, email: str) -> None:
    auth = build(outbox, clock=TickingClock())
    Visitor(auth).sign_up()
    before = repr(auth.context.secondary_storage)
    Visitor(auth).call("request_password_reset", {"email": email})
    assert repr(auth.context.secondary_storage) != before


def test_a_reset_ends_the_sessions_in_the_storage(outbox: Outbox) -> None:
    auth = build(outbox, revoke_sessions_on_password_reset=True)
    visitor = Visitor(auth)
    visitor.sign_up()
    reset(auth, ask(auth, outbox))
    assert visitor.get_session() is None


def test_a_change_ends_the_other_sessions_in_the_storage(outbox: Outbox) -> None:
    auth = build(outbox)
    visitor, phone = Visitor(auth), Visitor(auth)
    visitor.sign_up()
    phone.sign_in()
    body = {"new_password": NEW, "current_password": "correct horse"}
    answer = visitor.call("change_password", {**body, "revoke_other_sessions": True})
    assert visitor.get_session()["session"]["token"] == answer.json["token"]
    assert phone.get_session() is None
    assert [row["token"] for row in visitor.call("list_sessions").json] == [answer.json["token"]]
