"""``sessions``: shown without their tokens, and ended wherever they are kept."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pyauth import PyAuth
from pyauth.clock import utc_now
from pyauth.storage import MemoryStorage, SecondaryStorage
from tests.support.app import FrozenClock, Visitor, make_auth, rows_of, token_of
from tests.support.commands import in_terminal
from tests.support.mounted import invoke, write_site
from tests.support.storage import SESSION_MODES


@pytest.fixture(params=SESSION_MODES)
def stored(
    request: pytest.FixtureRequest, storage: SecondaryStorage, clock: FrozenClock
) -> Iterator[PyAuth]:
    """An instance with sessions in a secondary storage, in each mode."""
    settings = SESSION_MODES[request.param]
    auth = make_auth(secondary_storage=storage, clock=clock, session=settings, database="sqlite://")
    yield auth
    auth.close()


def sign_in_twice(auth: PyAuth) -> tuple[Visitor, Visitor]:
    """Return two browsers of Ada's, and leave a third of Eve's signed in."""
    first, second = Visitor(auth), Visitor(auth)
    first.sign_up()
    second.sign_in()
    Visitor(auth).sign_up("eve@example.com")
    return first, second


def session_id(visitor: Visitor) -> str:
    found: str = visitor.get_session()["session"]["id"]
    return found


def is_signed_in(visitor: Visitor) -> bool:
    return visitor.get_session() is not None


def count_of_eve(auth: PyAuth) -> int:
    user = auth.context.users.find_by_email("eve@example.com")
    assert user is not None
    return len(auth.context.sessions.list_of_user(user.id))


# list ---------------------------------------------------------------------------------------------


def test_the_sessions_of_a_user_are_listed_without_their_tokens(everywhere: PyAuth) -> None:
    first, second = sign_in_twice(everywhere)
    for arguments in ((), ("--json",)):
        done = invoke(everywhere, "sessions", "list", "ADA@example.com", *arguments)
        assert done.code == 0
        for visitor in (first, second):
            assert session_id(visitor) in done.out
            assert token_of(visitor)[:4] in done.out
            assert token_of(visitor)[:8] not in done.out
            assert token_of(visitor)[8:] not in done.out


def test_what_is_listed_of_a_session(auth: PyAuth) -> None:
    visitor = Visitor(auth)
    visitor.request(
        "POST",
        "/sign-up/email",
        json={"name": "Ada", "email": "ada@example.com", "password": "correct horse"},
        headers={"User-Agent": "Analytical\x1b[2J Engine"},
    )
    user_id = visitor.get_session()["user"]["id"]
    (found,) = json.loads(invoke(auth, "sessions", "list", user_id, "--json").out)["sessions"]
    session = visitor.get_session()["session"]
    assert found == {
        "id": session["id"],
        "tokenPrefix": token_of(visitor)[:4],
        "createdAt": session["createdAt"],
        "expiresAt": session["expiresAt"],
        "ipAddress": "203.0.113.7",
        "userAgent": "Analytical\x1b[2J Engine",
    }
    line = invoke(auth, "sessions", "list", user_id).out
    assert line.split("\t")[1] == f"{token_of(visitor)[:4]}..."
    assert "\x1b" not in line


def test_sessions_in_a_storage_are_listed(stored: PyAuth) -> None:
    first, _ = sign_in_twice(stored)
    listed = json.loads(invoke(stored, "sessions", "list", "ada@example.com", "--json").out)
    assert len(listed["sessions"]) == 2
    assert session_id(first) in {session["id"] for session in listed["sessions"]}


def test_a_session_that_has_expired_is_not_listed(auth: PyAuth, clock: FrozenClock) -> None:
    late = make_auth(clock=clock)
    Visitor(late).sign_up()
    clock.advance(days=8)
    listed = invoke(late, "sessions", "list", "ada@example.com", "--json")
    assert json.loads(listed.out) == {"sessions": []}


# revoke -------------------------------------------------------------------------------------------


def test_one_session_ends_and_the_others_go_on(everywhere: PyAuth) -> None:
    first, second = sign_in_twice(everywhere)
    done = invoke(everywhere, "sessions", "revoke", session_id(first), "-y")
    assert (done.code, done.out.startswith("Ended the session ")) == (0, True)
    assert (is_signed_in(first), is_signed_in(second)) == (False, True)


def test_all_sessions_of_a_user_end(everywhere: PyAuth) -> None:
    first, second = sign_in_twice(everywhere)
    done = invoke(everywhere, "sessions", "revoke", "--all", "ada@example.com", "--yes")
    assert (done.code, done.out) == (0, "Sessions ended: 2.\n")
    assert (is_signed_in(first), is_signed_in(second)) == (False, False)
    assert count_of_eve(everywhere) == 1


def test_one_session_in_a_storage_ends_there_and_on_the_list(stored: PyAuth) -> None:
    first, second = sign_in_twice(stored)
    arguments = ["sessions", "revoke", session_id(first), "-y", "--user", "ada@example.com"]
    token = token_of(first)
    assert invoke(stored, *arguments).code == 0
    assert stored.context.secondary_storage is not None
    assert stored.context.secondary_storage.get(token) is None
    assert (is_signed_in(first), is_signed_in(second)) == (False, True)
    listed = json.loads(invoke(stored, "sessions", "list", "ada@example.com", "--json").out)
    assert len(listed["sessions"]) == 1


def test_all_sessions_in_a_storage_end_there_and_on_the_list(stored: PyAuth) -> None:
    first, second = sign_in_twice(stored)
    user = stored.context.users.find_by_email("ada@example.com")
    assert user is not None
    done = invoke(stored, "sessions", "revoke", "--all", user.id, "-y")
    assert done.out == "Sessions ended: 2.\n"
    assert (is_signed_in(first), is_signed_in(second)) == (False, False)
    storage = stored.context.secondary_storage
    assert storage is not None
    assert storage.get(f"active-sessions-{user.id}") is None
    assert count_of_eve(stored) == 1


def test_a_storage_alone_does_not_find_a_session_by_its_id() -> None:
    auth = make_auth(secondary_storage=MemoryStorage(utc_now))
    visitor = Visitor(auth)
    visitor.sign_up()
    done = invoke(auth, "sessions", "revoke", session_id(visitor), "-y")
    assert done.code == 1
    assert "say whose it is with --user" in done.err
    assert is_signed_in(visitor)


def test_a_session_of_somebody_else_is_left_alone(everywhere: PyAuth) -> None:
    first, _ = sign_in_twice(everywhere)
    arguments = ["sessions", "revoke", session_id(first), "-y", "--user", "eve@example.com"]
    done = invoke(everywhere, *arguments)
    assert (done.code, done.err) == (1, "Error: eve@example.com has no session with this id\n")
    assert is_signed_in(first)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("revoke", "no-such-id", "-y"), "there is no session with this id"),
        (("revoke", "--all", "nobody@example.com", "-y"), "there is no user with the address"),
        (("list", "nobody"), "there is no user with the id nobody"),
    ],
)
def test_what_is_not_there_is_said(
    everywhere: PyAuth, arguments: tuple[str, ...], complaint: str
) -> None:
    done = invoke(everywhere, "sessions", *arguments)
    assert done.code == 1
    assert complaint in done.err


def test_hooks_are_asked_and_told(auth: PyAuth) -> None:
    told: list[str] = []
    kept: list[str] = []

    def before(event: Any) -> bool:
        return event.record["id"] not in kept

    hooks = {"before": before, "after": lambda event: told.append(event.record["id"])}
    hooked = make_auth(database="sqlite://", database_hooks={"session": {"delete": hooks}})
    first, second = sign_in_twice(hooked)
    one, other = session_id(first), session_id(second)
    kept.append(one)
    done = invoke(hooked, "sessions", "revoke", one, "-y")
    assert (done.code, told) == (1, [])
    assert "a database hook kept it" in done.err
    done = invoke(hooked, "sessions", "revoke", "--all", "ada@example.com", "-y")
    assert (done.code, told) == (1, [other])
    assert done.err == "Error: sessions ended: 1; a database hook kept 1\n"
    hooked.close()


def test_nothing_ends_unless_somebody_agrees(auth: PyAuth) -> None:
    first, _ = sign_in_twice(auth)
    for arguments in (("--all", "ada@example.com"), (session_id(first),)):
        done = invoke(auth, "sessions", "revoke", *arguments, typed="y\n")
        assert done.code == 1
        assert "--yes (or -y)" in done.err
    assert len(rows_of(auth, "session")) == 3


def test_in_a_terminal_it_is_asked(tmp_path: Path) -> None:
    auth = make_auth(database=f"sqlite:///{tmp_path}/site.sqlite3")
    Visitor(auth).sign_up()
    arguments = ["sessions", "revoke", "--all", "ada@example.com"]
    with in_terminal(arguments, tmp_path, program=write_site(tmp_path)) as running:
        running.wait_for("End every session of ada@example.com? [y/N]: ")
        running.send("n\n")
        assert running.finish() == 1
    assert len(rows_of(auth, "session")) == 1
    auth.close()


def test_a_user_is_named_once(auth: PyAuth) -> None:
    arguments = ("--all", "ada@example.com", "--user", "ada@example.com")
    assert invoke(auth, "sessions", "revoke", *arguments).code == 2
