"""Guessing has a limit: exact under bursts, ahead of all work, and per client whatever it sends."""

import logging
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from werkzeug import Request

from pyauth import Contributions, Plugin
from tests.security.conftest import NewWorld
from tests.security.world import PASSWORD, World, open_world
from tests.support.app import Answer, Visitor
from tests.support.threads import THREADS, in_threads

ON: dict[str, Any] = {"enabled": True}
GUESS = {"email": "ada@example.com", "password": "wrong horse battery"}


class Watcher(Plugin):
    """Counts the requests that come as far as plugins."""

    id = "watcher"

    def __init__(self) -> None:
        self.seen: list[str] = []

    def contribute(self) -> Contributions:
        def note(request: Request, context: Any) -> None:
            self.seen.append(request.path)

        return Contributions(on_request=[note])


def ada(world: World) -> None:
    """Make the user whose password is guessed; calls from Python are not counted."""
    body = {"name": "Ada", "email": "ada@example.com", "password": PASSWORD}
    world.auth.api.sign_up_email(body=body)
    world.passwords.work.clear()


STORES: dict[str, dict[str, Any]] = {
    "memory": {},
    "sqlite": {"database": "sqlite", "rate_limit": {**ON, "storage": "database"}},
    "postgresql": {"database": "postgresql", "rate_limit": {**ON, "storage": "database"}},
    "mysql": {"database": "mysql", "rate_limit": {**ON, "storage": "database"}},
    "storage": {"kept": "stored"},
    "redis": {"kept": "stored", "redis": True},
}


@pytest.fixture(params=STORES)
def counting_world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A world whose requests are counted in each of the places there are."""
    options = {"rate_limit": ON, **STORES[request.param]}
    with ExitStack() as stack:
        watched = request.param in {"memory", "storage"}
        world = stack.enter_context(
            open_world(tmp_path, watched=watched, plugins=[Watcher()], **options)
        )
        ada(world)
        yield world


def test_a_burst_of_guesses_gets_no_more_than_the_limit_and_costs_no_more(
    counting_world: World,
) -> None:
    world = counting_world
    bodies = [GUESS] * (THREADS - 1) + [{**GUESS, "password": PASSWORD}]
    answers: list[Answer] = in_threads(
        lambda n: Visitor(world.auth).post("/sign-in/email", bodies[n])
    )
    admitted = [answer for answer in answers if answer.status != 429]
    assert len(admitted) == 3
    assert {answer.status for answer in admitted} <= {200, 401}
    refused = [answer for answer in answers if answer.status == 429]
    assert {answer.refusal for answer in refused} == {(429, "TOO_MANY_REQUESTS")}
    assert all(1 <= int(answer.headers["X-Retry-After"]) <= 10 for answer in refused)
    assert len(world.passwords.work) == 3, "the others reached no hash"
    watcher = world.auth.context.find_plugin(Watcher)
    assert watcher is not None
    assert len(watcher.seen) == 3, "and no plugin"


LIMITED = {
    "/sign-in/email": 10, "/sign-up/email": 10, "/change-password": 10, "/change-email": 10,
    "/request-password-reset": 60, "/send-verification-email": 60,
}  # fmt: skip


@pytest.mark.parametrize("path", LIMITED)
@pytest.mark.parametrize("kept", ["rows", "stored"])
def test_guessing_and_mailing_are_limited_by_default(
    new_world: NewWorld, path: str, kept: str
) -> None:
    world = new_world(rate_limit=ON, kept=kept)
    visitor = world.visitor()
    statuses = [visitor.post(path, {}).status for _ in range(5)]
    assert 429 not in statuses[:3]
    assert statuses[3:] == [429, 429]
    before = world.everything()
    world.clock.advance(seconds=LIMITED[path] - 1)
    assert visitor.post(path, {}).status == 429
    assert world.everything() == before
    world.clock.advance(seconds=2)
    assert visitor.post(path, {}).status != 429


def test_a_right_password_does_not_pass_a_limit_that_is_reached(new_world: NewWorld) -> None:
    world = new_world(rate_limit=ON)
    ada(world)
    visitor = world.visitor()
    for _ in range(3):
        visitor.post("/sign-in/email", GUESS)
    before = world.everything()
    answer = visitor.post("/sign-in/email", {**GUESS, "password": PASSWORD})
    assert answer.refusal == (429, "TOO_MANY_REQUESTS")
    assert answer.set_cookies == []
    assert world.everything() == before


SPOOFED = [
    {"X-Forwarded-For": "198.51.100.{n}"},
    {"X-Real-IP": "198.51.100.{n}"},
    {"Forwarded": "for=198.51.100.{n}"},
    {"CF-Connecting-IP": "198.51.100.{n}"},
    {"True-Client-IP": "198.51.100.{n}"},
    {"X-Client-IP": "198.51.100.{n}", "X-Cluster-Client-IP": "198.51.100.{n}"},
    {"User-Agent": "browser {n}"},
    {"Cookie": "a={n}"},
    {"Authorization": "Bearer {n}"},
    {"X-Forwarded-Host": "host{n}.example.com"},
]


def guess_as(visitor: Visitor, headers: dict[str, str], number: int) -> int:
    """Guess once, with a number in the headers."""
    sent = {name: value.replace("{n}", str(number)) for name, value in headers.items()}
    return visitor.post("/sign-in/email", GUESS, headers=sent).status


@pytest.mark.parametrize("headers", SPOOFED, ids=str)
def test_no_header_buys_a_fresh_count(new_world: NewWorld, headers: dict[str, str]) -> None:
    world = new_world(rate_limit=ON)
    statuses = [guess_as(world.visitor(), headers, number) for number in range(6)]
    assert statuses == [401] * 3 + [429] * 3


@pytest.mark.parametrize(
    "header",
    ["{n}.1.1.1, 198.51.100.9", "1.1.1.{n}, 198.51.100.9, 10.0.0.2", "junk{n},198.51.100.9"],
)
def test_what_a_client_puts_in_front_of_its_address_counts_for_nothing(
    new_world: NewWorld, header: str
) -> None:
    proxies = {"trusted_proxies": ["10.0.0.0/24"]}
    world = new_world(rate_limit=ON, advanced={"ip_address": proxies})
    statuses = []
    for number in range(6):
        visitor = Visitor(world.auth, address="10.0.0.1")
        statuses.append(guess_as(visitor, {"X-Forwarded-For": header}, number))
    assert statuses == [401] * 3 + [429] * 3
    neighbour = Visitor(world.auth, address="10.0.0.1")
    assert guess_as(neighbour, {"X-Forwarded-For": "198.51.100.10"}, 0) == 401


@pytest.mark.parametrize(
    "addresses",
    [
        ["2001:db8::1", "2001:db8:0:0:ffff::2", "2001:DB8::3", "2001:0db8:0000:0000:0:0:0:4"],
        ["198.51.100.9", "::ffff:198.51.100.9", "::ffff:c633:6409", "::FFFF:C633:6409"],
    ],
    ids=["one network", "one address"],
)
def test_no_spelling_of_an_address_buys_a_fresh_count(
    new_world: NewWorld, addresses: list[str]
) -> None:
    world = new_world(rate_limit=ON)
    statuses = [guess_as(Visitor(world.auth, address=item), {}, 0) for item in addresses]
    assert statuses == [401, 401, 401, 429]
    assert guess_as(Visitor(world.auth, address="2001:db8:0:1::1"), {}, 0) == 401


@pytest.mark.parametrize("path", ["/sign-in/email/", "/sign-in/email//", "/sign-in%2femail"])
def test_no_spelling_of_a_path_buys_a_fresh_count(new_world: NewWorld, path: str) -> None:
    world = new_world(rate_limit=ON, advanced={"skip_trailing_slashes": True})
    statuses = [world.visitor().post(path, GUESS).status for _ in range(4)]
    statuses.append(world.visitor().post("/sign-in/email", GUESS).status)
    assert statuses[3:] == [429, 429]


def test_with_the_store_down_nobody_guesses(
    new_world: NewWorld, caplog: pytest.LogCaptureFixture
) -> None:
    world = new_world(rate_limit=ON, kept="stored")
    ada(world)
    caplog.clear()
    before = world.everything()
    for _ in range(5):
        world.storage.asked.clear()
        world.storage.fail_at = 1
        answer = world.visitor().post("/sign-in/email", GUESS)
        assert answer.refusal == (503, "SERVICE_UNAVAILABLE")
    world.storage.fail_at = None
    assert world.passwords.work == []
    assert len([item for item in caplog.records if item.levelno >= logging.ERROR]) == 1
    assert world.everything() == before
    assert world.visitor().post("/sign-in/email", GUESS).status == 401
