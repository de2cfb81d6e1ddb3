"""When something fails half-way, everything at once, or many come together."""

import logging
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Event, Lock
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from pyauth import StoreUnavailable
from pyauth.outbound import ThreadRunner
from tests.security.conftest import NewWorld
from tests.security.world import (
    NEW_PASSWORD,
    PASSWORD,
    WRITING,
    Person,
    World,
    all_features,
    open_world,
)
from tests.support.app import Answer, Outbox, Visitor, make_auth, rows_of, token_of
from tests.support.databases import fresh_database
from tests.support.threads import THREADS, in_threads

# Failing anywhere ---------------------------------------------------------------------------------

ACTING = [*WRITING, "verify_email", "delete_user_callback"]


@pytest.mark.parametrize("database", ["memory", "sqlite"])
@pytest.mark.parametrize("name", ACTING)
def test_a_route_that_fails_at_any_statement_leaves_nothing_and_later_succeeds(
    new_world: NewWorld, name: str, database: str
) -> None:
    world = new_world(database=database, links_sign_in=True)
    world.adapter.error = StoreUnavailable("sEcReT")
    expected, position = None, 0
    while True:
        person = world.person()
        attempt = world.attempt(name, person)
        before, held = world.everything(), dict(person.visitor.cookies)
        world.adapter.forget()
        world.adapter.fail_at = position or None
        answer = world.send(person.visitor, attempt)
        done, world.adapter.fail_at = len(world.adapter.statements), None
        if position == 0:
            expected = answer.status
        elif done < position:
            break  # there were no more statements to fail at
        else:
            assert answer.refusal == (503, "SERVICE_UNAVAILABLE"), world.adapter.statements
            assert "sEcReT" not in answer.text
            assert [value for value in answer.cookies.values() if value] == []
            assert world.everything() == before, world.adapter.statements
            person.visitor.cookies = held
            assert world.send(person.visitor, attempt).status == expected
        position += 1


DONE_ALL_THE_SAME = {"update_user", "update_session", "verify_email"}
"""What may be done though it is answered 503: the rows changed, and sessions could not follow."""


@pytest.mark.parametrize("kept", ["stored", "mirrored", "preserved"])
@pytest.mark.parametrize("name", ACTING)
def test_a_storage_that_fails_at_any_step_leaves_all_or_nothing_and_the_request_later_succeeds(
    new_world: NewWorld, name: str, kept: str, caplog: pytest.LogCaptureFixture
) -> None:
    """As docs/secondary-storage.md promises."""
    world = new_world(kept=kept)
    bystander = world.person()
    expected, whole, position = None, {}, 0
    while True:
        person = world.person()
        attempt = world.attempt(name, person)
        before, held = rows_in(world), dict(person.visitor.cookies)
        world.storage.asked.clear()
        world.storage.fail_at = position or None
        answer = world.send(person.visitor, attempt)
        done, world.storage.fail_at = len(world.storage.asked), None
        change = changes_between(before, rows_in(world))
        if position == 0:
            expected, whole = answer.status, change
        elif done < position:
            break  # there were no more operations to fail at
        elif answer.status == 503:
            assert answer.code == "SERVICE_UNAVAILABLE"
            assert [value for value in answer.cookies.values() if value] == []
            assert change == {} or (change == whole and name in DONE_ALL_THE_SAME), position
            person.visitor.cookies = held
            answer = world.send(person.visitor, attempt)
            assert answer.status == expected, position
        else:
            assert (answer.status, change) == (expected, whole), position
        session = person.visitor.get_session()
        assert session is None or session["user"]["id"] in {person.id, _own_id(answer)}
        assert bystander.visitor.get_session()["user"]["id"] == bystander.id
        position += 1
    assert "an error nobody expected" not in caplog.text


def rows_in(world: World) -> dict[str, dict[str, Any]]:
    """Return the rows of every model, by id."""
    kept = world.everything()
    return {model: kept[model] for model in world.auth.context.schema.models}


def changes_between(
    before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]
) -> dict[str, tuple[int, int, int]]:
    """Return how many rows of each model came, went and changed, where any did."""
    changes = {}
    for model, rows in before.items():
        now = after[model]
        common = rows.keys() & now.keys()
        changed = sum(rows[key] != now[key] for key in common)
        change = len(now) - len(common), len(rows) - len(common), changed
        if any(change):
            changes[model] = change
    return changes


def _own_id(answer: Answer) -> str | None:
    user = answer.json.get("user") or {}
    found: str | None = user.get("id")
    return found


# Databases that are busy --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["sqlite", "postgresql", "mysql"])
def test_an_exhausted_pool_is_a_clean_503_and_over_when_it_is_over(
    kind: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with fresh_database(kind, tmp_path) as url:
        engine = create_engine(url, pool_size=1, max_overflow=0, pool_timeout=0.05)
        auth = make_auth(**{**all_features(Outbox()), "database": engine})
        auth.migrate()
        visitor = Visitor(auth)
        assert visitor.sign_up().status == 200
        with engine.connect():
            answers = [
                visitor.get("/get-session"),
                visitor.post("/update-user", {"name": "x"}),
                Visitor(auth).sign_in(),
                Visitor(auth).sign_up("eve@example.com"),
            ]
        assert {answer.refusal for answer in answers} == {(503, "SERVICE_UNAVAILABLE")}
        assert [answer.set_cookies for answer in answers] == [[]] * 4
        assert visitor.get_session()["user"]["name"] == "Ada", "and still signed in"
        assert Visitor(auth).sign_up("eve@example.com").status == 200
        assert "correct horse" not in caplog.text
        auth.close()
        engine.dispose()


def test_a_locked_database_is_a_clean_503_for_writers_alone(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/app.sqlite3", connect_args={"timeout": 0.05})
    with engine.connect() as connection:
        connection.execute(text("PRAGMA journal_mode = WAL"))
    auth = make_auth(database=engine)
    auth.migrate()
    visitor = Visitor(auth)
    visitor.sign_up()
    with create_engine(engine.url).connect() as other:
        other.execute(text("BEGIN IMMEDIATE"))
        assert Visitor(auth).sign_in().refusal == (503, "SERVICE_UNAVAILABLE")
        assert visitor.post("/update-user", {"name": "x"}).status == 503
        assert visitor.get_session()["user"]["name"] == "Ada"
        other.rollback()
    assert Visitor(auth).sign_in().status == 200
    auth.close()
    engine.dispose()


# Senders ------------------------------------------------------------------------------------------

SENDING: dict[str, Callable[[Person], Any]] = {
    "/request-password-reset": lambda person: {"email": person.email},
    "/send-verification-email": lambda person: {"email": person.email},
    "/change-email": lambda person: {"newEmail": "moved@example.com"},
    "/delete-user": lambda person: {},
}


@pytest.mark.parametrize("path", SENDING)
def test_a_sender_that_hangs_is_waited_for_by_nobody(new_world: NewWorld, path: str) -> None:
    go_on, sent = Event(), Outbox()

    def send(event: Any) -> None:
        assert go_on.wait(20)
        sent(event)

    world = new_world(**_senders(send), runner=lambda deliver: ThreadRunner(deliver))
    person = world.person()
    answer = person.visitor.post(path, SENDING[path](person))
    assert answer.status == 200
    assert sent.sent == [], "the answer was there first"
    go_on.set()
    world.auth.close()
    assert len(sent.sent) == 1, "and the mail went out nevertheless"


@pytest.mark.parametrize("path", SENDING)
def test_a_sender_that_fails_changes_no_answer_and_is_logged_once(
    new_world: NewWorld, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(event: Any) -> None:
        raise RuntimeError("the mail server is away")

    good, bad = new_world(), new_world(**_senders(fail))
    answers = []
    for world in (good, bad):
        person = world.person()
        caplog.clear()
        answers.append(person.visitor.post(path, SENDING[path](person)))
    assert (answers[0].status, answers[0].text) == (answers[1].status, answers[1].text)
    assert len([item for item in caplog.records if item.levelno >= logging.ERROR]) == 1


def _senders(send: Callable[[Any], None]) -> dict[str, Any]:
    return {
        "email_and_password": {"enabled": True, "send_reset_password": send},
        "email_verification": {"send_verification_email": send},
        "user": {
            "change_email": {"enabled": True},
            "delete_user": {"enabled": True, "send_delete_account_verification": send},
        },
    }


# Many at once -------------------------------------------------------------------------------------

PLACES: dict[str, dict[str, Any]] = {
    "memory": {},
    "sqlite": {"database": "sqlite"},
    "postgresql": {"database": "postgresql"},
    "mysql": {"database": "mysql"},
    "redis": {"database": "sqlite", "kept": "stored", "redis": True},
}


@pytest.fixture(params=PLACES)
def busy_world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A world for many threads, in each place."""
    with open_world(tmp_path, watched=False, links_sign_in=True, **PLACES[request.param]) as world:
        yield world


def outcomes(answers: list[Answer]) -> Counter[Any]:
    """Count answers by status and code."""
    return Counter(answer.status if answer.status < 400 else answer.refusal for answer in answers)


def test_32_sign_ups_with_one_address_make_one_user(busy_world: World) -> None:
    auth = busy_world.auth
    answers = in_threads(lambda n: Visitor(auth).sign_up(name=f"Ada {n}"))
    taken = (422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL")
    assert outcomes(answers) == {200: 1, taken: THREADS - 1}
    assert len(rows_of(auth, "user")) == len(rows_of(auth, "account")) == 1
    assert sum(bool(answer.set_cookies) for answer in answers) == 1
    assert Visitor(auth).sign_in().status == 200


@pytest.mark.parametrize("database", ["sqlite", "postgresql", "mysql"])
def test_32_hidden_sign_ups_with_one_address_look_alike_and_make_one_user(
    new_world: NewWorld, database: str
) -> None:
    hidden = {"enabled": True, "require_email_verification": True}
    world = new_world(database=database, watched=False, email_and_password=hidden)
    answers = in_threads(lambda n: Visitor(world.auth).sign_up())
    assert outcomes(answers) == {200: THREADS}
    assert len({answer.json["user"]["id"] for answer in answers}) == THREADS
    assert [answer for answer in answers if answer.set_cookies or answer.json["token"]] == []
    assert len(rows_of(world.auth, "user")) == len(rows_of(world.auth, "account")) == 1


ONCE = [
    *(("verify_email", place) for place in PLACES),
    *(("reset_password", place) for place in PLACES if place != "memory"),
    *(("delete_user", place) for place in ("mysql", "redis")),
    *(("delete_user_callback", place) for place in ("sqlite", "redis")),
]


@pytest.mark.parametrize(("name", "busy_world"), ONCE, indirect=["busy_world"])
def test_of_32_who_redeem_one_token_one_succeeds(busy_world: World, name: str) -> None:
    world = busy_world
    person = world.person()
    attempt = world.attempt(name, person)
    held = {} if name == "verify_email" else dict(person.visitor.cookies)

    def redeem(number: int) -> Answer:
        tab = world.visitor()
        tab.cookies = dict(held)
        body = None if attempt.body is None else dict(attempt.body)
        if name == "reset_password" and body is not None:
            body["newPassword"] = f"new password {number}"
        return world.send(tab, attempt, json=body)

    answers = in_threads(redeem)
    winners = [number for number, answer in enumerate(answers) if answer.status == 200]
    assert max(answer.status for answer in answers) < 500
    if name == "verify_email":
        assert outcomes(answers) == {200: THREADS}, "opening it again is harmless"
        assert sum(bool(answer.set_cookies) for answer in answers) == 1
        return
    assert len(winners) == 1
    refusals = {answer.code for answer in answers if answer.status != 200}
    assert refusals <= {"INVALID_TOKEN", "UNAUTHORIZED", "FAILED_TO_GET_USER_INFO"}
    if name == "reset_password":
        good = f"new password {winners[0]}"
        signed_in = [
            world.sign_in(world.visitor(), person.email, f"new password {number}").status == 200
            for number in range(THREADS)
        ]
        assert [n for n, done in enumerate(signed_in) if done] == winners, good


def test_of_32_changes_of_one_password_one_is_made(busy_world: World) -> None:
    world = busy_world
    person = world.person()

    def change(number: int) -> Answer:
        tab = world.visitor()
        tab.cookies = dict(person.visitor.cookies)
        new = f"new password {number}"
        return tab.post("/change-password", {"currentPassword": PASSWORD, "newPassword": new})

    answers = in_threads(change)
    assert outcomes(answers) == {200: 1, (400, "INVALID_PASSWORD"): THREADS - 1}
    (winner,) = [number for number, answer in enumerate(answers) if answer.status == 200]
    assert world.sign_in(world.visitor(), person.email, f"new password {winner}").status == 200
    assert world.sign_in(world.visitor(), person.email).status == 401


def test_32_extensions_of_a_session_at_once_are_one_session(busy_world: World) -> None:
    world = busy_world
    person = world.person()
    world.clock.advance(days=2)
    token = token_of(person.visitor)

    def read(_: int) -> Answer:
        tab = world.visitor()
        tab.cookies = dict(person.visitor.cookies)
        return tab.get("/get-session")

    answers = in_threads(read)
    assert {answer.json["session"]["token"] for answer in answers} == {token}
    listed = world.auth.context.sessions.list_of_user(person.id)
    assert [session.token for session in listed].count(token) == 1


ENDING = [
    *(("/revoke-sessions", place) for place in PLACES),
    *(("/sign-out", place) for place in ("sqlite", "redis")),
    *(("/change-password", place) for place in ("sqlite", "redis")),
]


@pytest.mark.parametrize(("ending", "busy_world"), ENDING, indirect=["busy_world"])
def test_a_session_that_ends_during_its_extension_stays_ended(
    busy_world: World, ending: str
) -> None:
    """Neither an extension nor a change, nor an update of the user, may write it back."""
    world = busy_world
    person = world.person()
    token = token_of(person.visitor)
    world.clock.advance(days=2)
    bodies = {
        "currentPassword": PASSWORD,
        "newPassword": NEW_PASSWORD,
        "revokeOtherSessions": True,
    }

    def work(number: int) -> Answer:
        tab = world.visitor()
        tab.cookies = dict(person.visitor.cookies)
        if number == 16:
            return tab.post(ending, bodies if ending == "/change-password" else None)
        if number % 3 == 0:
            return tab.get("/get-session")
        if number % 3 == 1:
            return tab.post("/update-session", {"theme": str(number)})
        return tab.post("/update-user", {"name": f"Ada {number}"})

    answers = in_threads(work)
    assert max(answer.status for answer in answers) < 500, outcomes(answers)
    assert answers[16].status == 200
    assert world.auth.context.sessions.find_with_user(token) is None
    assert person.visitor.get_session() is None
    tokens = [item.token for item in world.auth.context.sessions.list_of_user(person.id)]
    assert token not in tokens


# Mixed work ---------------------------------------------------------------------------------------


class Life:
    """One thread: a user of its own, and what it knows of him."""

    def __init__(self, world: World, number: int, mails: "Mails") -> None:
        self.world, self.mails = world, mails
        self.random = random.Random(number)
        self.email = f"life{number}@example.com"
        self.password, self.name = PASSWORD, "Ada"
        self.visitor, self.failures = world.visitor(), list[str]()
        self.rounds = 0

    def begin(self) -> None:
        """Sign up."""
        body = {"name": self.name, "email": self.email, "password": self.password}
        answer = self.visitor.post("/sign-up/email", body)
        assert answer.status == 200, answer.text
        self.id: str = answer.json["user"]["id"]

    def live(self, seconds: float) -> None:
        """Do one thing after another until the time is over."""
        end = time.monotonic() + seconds
        steps = (
            self.look, self.look, self.rename, self.list, self.leave_and_come_back,
            self.come_again_and_end_the_others, self.change_password, self.reset_password,
            self.guess, self.verify,
        )  # fmt: skip
        while time.monotonic() < end:
            self.random.choice(steps)()
            self.rounds += 1

    def expect(self, answer: Answer, *statuses: int) -> Answer:
        """Note an answer that nobody should have got."""
        if answer.status not in statuses:
            self.failures.append(f"round {self.rounds}: {answer.status} {answer.text[:200]}")
        return answer

    def look(self) -> None:
        answer = self.expect(self.visitor.get("/get-session"), 200)
        user = (answer.json or {}).get("user") or {}
        if answer.status == 200 and (user.get("id"), user.get("name")) != (self.id, self.name):
            self.failures.append(f"saw {user} instead of {self.name}")

    def rename(self) -> None:
        name = f"Ada {self.random.random()}"
        if self.expect(self.visitor.post("/update-user", {"name": name}), 200).status == 200:
            self.name = name

    def list(self) -> None:
        answer = self.expect(self.visitor.get("/list-sessions"), 200)
        if answer.status == 200 and {item["userId"] for item in answer.json} != {self.id}:
            self.failures.append("listed the session of somebody else")

    def leave_and_come_back(self) -> None:
        self.expect(self.visitor.post("/sign-out"), 200)
        self.expect(self.world.sign_in(self.visitor, self.email, self.password), 200)

    def come_again_and_end_the_others(self) -> None:
        other = self.world.visitor()
        self.expect(self.world.sign_in(other, self.email, self.password), 200)
        self.expect(self.visitor.post("/revoke-other-sessions"), 200)
        if other.get("/get-session").text != "null":
            self.failures.append("an ended session lives")

    def change_password(self) -> None:
        new = f"password {self.random.random()}"
        body = {"currentPassword": self.password, "newPassword": new, "revokeOtherSessions": True}
        if self.expect(self.visitor.post("/change-password", body), 200).status == 200:
            self.password = new

    def reset_password(self) -> None:
        stranger, new = self.world.visitor(), f"password {self.random.random()}"
        asked = stranger.post("/request-password-reset", {"email": self.email})
        if self.expect(asked, 200).status != 200:
            return
        body = {"token": self.mails.newest_token(self.email), "newPassword": new}
        if self.expect(stranger.post("/reset-password", body), 200).status == 200:
            self.password = new
            self.expect(self.world.sign_in(self.visitor, self.email, new), 200)

    def guess(self) -> None:
        victim = f"life{self.random.randrange(THREADS)}@example.com"
        self.expect(self.world.sign_in(self.world.visitor(), victim, "wrong horse battery"), 401)

    def verify(self) -> None:
        self.expect(self.visitor.post("/send-verification-email", {"email": self.email}), 200, 400)


class Mails:
    """An outbox that threads may share."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._tokens: dict[str, str] = {}

    def __call__(self, event: Any) -> None:
        if "/reset-password/" in event.url:
            with self._lock:
                self._tokens[event.user.email] = event.token

    def newest_token(self, email: str) -> str:
        """Return the token of the newest reset mail to an address."""
        with self._lock:
            return self._tokens[email]


MIXED = {name: options for name, options in PLACES.items() if name != "memory"}


def live_together(world: World, mails: Mails, seconds: float) -> None:
    """Let 32 people live at once, and check afterwards that nothing was lost or mixed up."""
    lives = [Life(world, number, mails) for number in range(THREADS)]
    for life in lives:
        life.begin()
    in_threads(lambda number: lives[number].live(seconds))
    assert [failure for life in lives for failure in life.failures] == []
    assert sum(life.rounds for life in lives) > THREADS
    rows = {row["id"]: row for row in rows_of(world.auth, "user")}
    assert {life.id: life.name for life in lives} == {key: row["name"] for key, row in rows.items()}
    accounts = Counter(row["user_id"] for row in rows_of(world.auth, "account"))
    assert accounts == {life.id: 1 for life in lives}
    assert {row["user_id"] for row in rows_of(world.auth, "session")} <= set(rows)
    for life in lives:
        assert life.visitor.get_session()["user"]["id"] == life.id
        assert world.sign_in(world.visitor(), life.email, life.password).status == 200
        sessions = world.auth.context.sessions.list_of_user(life.id)
        assert {session.user_id for session in sessions} == {life.id}


@pytest.fixture(params=MIXED)
def mixed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[World, Mails]]:
    """A world for mixed work, and its mails."""
    mails = Mails()
    with ExitStack() as stack:
        senders = {
            "email_and_password": {
                "enabled": True,
                "send_reset_password": mails,
                "revoke_sessions_on_password_reset": True,
            },
            "email_verification": {"send_verification_email": mails},
        }
        options = {**MIXED[request.param], **senders}
        yield stack.enter_context(open_world(tmp_path, watched=False, **options)), mails


def test_32_threads_of_mixed_work_make_no_error_and_mix_nothing_up(
    mixed: tuple[World, Mails], caplog: pytest.LogCaptureFixture
) -> None:
    live_together(*mixed, seconds=1)
    assert [item.getMessage() for item in caplog.records if item.levelno >= logging.ERROR] == []


@pytest.mark.full
def test_32_threads_of_mixed_work_for_a_minute(mixed: tuple[World, Mails]) -> None:
    live_together(*mixed, seconds=60)
