"""A Redis that goes away and comes back, seen by browsers."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyauth import PyAuth
from tests.support.app import Visitor, make_auth, rows_of, token_of
from tests.support.redis import RedisServer, own_redis

UNAVAILABLE = (503, "SERVICE_UNAVAILABLE")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with own_redis(tmp_path) as running:
        yield running


@pytest.fixture
def auth(server: RedisServer, tmp_path: Path) -> Iterator[PyAuth]:
    made = make_auth(database=f"sqlite:///{tmp_path}/auth.sqlite3", secondary_storage=server.url)
    yield made
    made.close()


def test_while_it_is_away_every_answer_says_so(server: RedisServer, auth: PyAuth) -> None:
    ada, stranger = Visitor(auth), Visitor(auth)
    assert ada.sign_up().status == 200
    token = token_of(ada)
    server.stop()
    for answer in (
        ada.get("/get-session"),
        ada.get("/list-sessions"),
        ada.post("/revoke-session", {"token": token}),
        ada.post("/revoke-sessions"),
        ada.post("/sign-out"),
        stranger.sign_in(),
        stranger.sign_up("eve@example.com"),
    ):
        assert answer.refusal == UNAVAILABLE
        assert answer.set_cookies == []
        assert token not in answer.text
    assert [row["email"] for row in rows_of(auth, "user")] == ["ada@example.com"]


def test_who_has_no_session_needs_no_storage(server: RedisServer, auth: PyAuth) -> None:
    server.stop()
    assert Visitor(auth).get_session() is None


def test_it_is_used_again_once_it_is_back(server: RedisServer, auth: PyAuth) -> None:
    ada = Visitor(auth)
    ada.sign_up()
    server.stop()
    assert ada.get("/get-session").refusal == UNAVAILABLE
    server.start()
    assert ada.get_session()["user"]["email"] == "ada@example.com"
    eve = Visitor(auth)
    assert eve.sign_up("eve@example.com").status == 200
    assert eve.get_session()["user"]["email"] == "eve@example.com"


def test_a_short_outage_between_two_requests_is_not_seen(server: RedisServer, auth: PyAuth) -> None:
    ada = Visitor(auth)
    ada.sign_up()
    server.stop()
    server.start()
    assert ada.get_session()["user"]["email"] == "ada@example.com"


def test_nobody_sees_somebody_else_while_it_comes_and_goes(
    server: RedisServer, auth: PyAuth
) -> None:
    """Answers of broken connections must not be read by the next request."""
    visitors = {}
    for number in range(8):
        email = f"u{number}@example.com"
        visitors[email] = Visitor(auth)
        visitors[email].sign_up(email)
    done = threading.Event()
    wrong: list[str] = []
    seen: set[int] = set()

    def browse(email: str, visitor: Visitor) -> None:
        while not done.is_set():
            cookie = dict(visitor.cookies)
            answer = visitor.get("/get-session")
            visitor.cookies = cookie
            seen.add(answer.status)
            fits = answer.status == 503 or answer.json["user"]["email"] == email
            if not fits:
                wrong.append(answer.text)

    threads = [threading.Thread(target=browse, args=pair) for pair in visitors.items()]
    for thread in threads:
        thread.start()
    for _ in range(2):
        done.wait(0.3)
        server.stop()
        done.wait(0.3)
        server.start()
    done.wait(0.3)
    done.set()
    for thread in threads:
        thread.join()
    assert (wrong, seen) == ([], {200, 503})


@pytest.mark.parametrize("preserves", [False, True])
def test_sessions_beside_the_database_also_need_the_storage(
    server: RedisServer, tmp_path: Path, preserves: bool
) -> None:
    """What the storage says decides: an outage must not let revoked sessions live again."""
    auth = make_auth(
        database=f"sqlite:///{tmp_path}/auth.sqlite3",
        secondary_storage=server.url,
        session={
            "store_session_in_database": True,
            "preserve_session_in_database": preserves,
        },
    )
    ada = Visitor(auth)
    ada.sign_up()
    server.stop()
    assert ada.get("/get-session").refusal == UNAVAILABLE
    assert ada.post("/sign-out").refusal == UNAVAILABLE
    server.start()
    assert ada.get_session() is not None
    auth.close()
