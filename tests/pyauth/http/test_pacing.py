"""Answers that take no less than a stated time."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from pyauth import APIError, ConfigurationError, PyAuth
from pyauth.db.memory import MemoryAdapter
from pyauth.error_codes import UNAUTHORIZED
from pyauth.http import pacing
from pyauth.outbound import CapturingRunner
from pyauth.state import find_call
from tests.support.app import FOREIGN, Outbox, Visitor, make_auth
from tests.support.watched import WatchedAdapter

LEAST = timedelta(seconds=2)


class Wait:
    """Stands for the clock and for waiting: time passes by waiting alone.

    Attributes:
        waited: how long, each time.
        while_waiting: called at each.
    """

    def __init__(self) -> None:
        self.now = 100.0
        self.waited: list[float] = []
        self.while_waiting: Callable[[], None] = lambda: None

    def sleep(self, seconds: float) -> None:
        self.while_waiting()
        self.waited.append(seconds)
        self.now += seconds

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def wait(monkeypatch: pytest.MonkeyPatch) -> Wait:
    made = Wait()
    monkeypatch.setattr(pacing, "sleep", made.sleep)
    monkeypatch.setattr(pacing, "monotonic", made.monotonic)
    return made


def _paced(**options: Any) -> PyAuth:
    return make_auth(
        advanced={"outbound_min_response_time": LEAST},
        verification=Outbox(),
        **{"email_and_password": {"enabled": True, "send_reset_password": Outbox()}, **options},
    )


def _ask(visitor: Visitor, path: str, **body: Any) -> int:
    return visitor.post(path, {"email": "nobody@example.com", **body}).status


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/sign-in/email", {"password": "wrong horse"}, 401),
        ("/sign-in/email", {"password": 1}, 400),
        ("/sign-up/email", {"password": "correct horse", "name": "Ada"}, 200),
        ("/sign-up/email", {"password": "short", "name": "Ada"}, 400),
        ("/request-password-reset", {}, 200),
        ("/send-verification-email", {}, 200),
        ("/change-email", {"newEmail": "other@example.com"}, 401),
    ],
)
def test_an_answer_that_could_tell_waits_for_its_time(
    wait: Wait, path: str, body: dict[str, Any], status: int
) -> None:
    assert _ask(Visitor(_paced()), path, **body) == status
    assert wait.waited == [2.0]


def test_known_and_unknown_wait_alike(wait: Wait) -> None:
    auth = _paced()
    visitor = Visitor(auth)
    visitor.sign_up()
    _ask(Visitor(auth), "/request-password-reset", email="ada@example.com")
    _ask(Visitor(auth), "/request-password-reset", email="nobody@example.com")
    assert wait.waited == [2.0, 2.0, 2.0]


def test_the_work_counts(wait: Wait) -> None:
    def work(event: Any) -> None:
        wait.now += 1.5

    auth = _paced(hooks={"before": work})
    _ask(Visitor(auth), "/request-password-reset")
    assert wait.waited == [0.5]


def test_work_that_took_longer_is_not_held(wait: Wait) -> None:
    def work(event: Any) -> None:
        wait.now += 5

    auth = _paced(hooks={"before": work})
    _ask(Visitor(auth), "/request-password-reset")
    assert wait.waited == [0.0]


def test_a_refusal_of_a_hook_or_guard_waits_too(wait: Wait) -> None:
    def refuse(event: Any) -> None:
        raise APIError(UNAUTHORIZED)

    assert _ask(Visitor(_paced(hooks={"before": refuse})), "/request-password-reset") == 401
    assert _ask(Visitor(_paced(), origin=FOREIGN), "/sign-in/email", password="x") == 403
    assert wait.waited == [2.0, 2.0]


def test_other_answers_do_not_wait(wait: Wait) -> None:
    visitor = Visitor(_paced())
    assert visitor.get("/get-session").status == 200
    assert visitor.get("/ok").status == 200
    assert visitor.get("/nowhere").status == 404
    assert visitor.post("/sign-out", {}).status == 200
    assert wait.waited == []


def test_a_request_over_the_limit_does_not_wait(wait: Wait) -> None:
    visitor = Visitor(_paced(rate_limit={"enabled": True, "window": 60, "max": 1}))
    statuses = [_ask(visitor, "/sign-in/email", password="x" * 8) for _ in range(5)]
    assert statuses[-1] == 429
    assert len(wait.waited) == statuses.count(401) < 5


def test_a_call_in_process_does_not_wait(wait: Wait) -> None:
    auth = _paced()
    assert auth.api.request_password_reset(body={"email": "nobody@example.com"}).status is True
    assert wait.waited == []


def test_nothing_waits_unless_asked(wait: Wait) -> None:
    Visitor(make_auth()).sign_in()
    assert wait.waited == []


def test_nothing_is_open_while_it_waits_and_what_is_sent_is_on_its_way(wait: Wait) -> None:
    adapter, runner = WatchedAdapter(MemoryAdapter()), CapturingRunner()
    auth = _paced(database=adapter, runner=lambda deliver: runner)
    Visitor(auth).sign_up()
    seen: list[Any] = []
    wait.while_waiting = lambda: seen.append((adapter._depth, len(runner.deliveries), find_call()))

    _ask(Visitor(auth), "/request-password-reset", email="ada@example.com")

    assert seen == [(0, 1, None)]


def test_it_waits_for_real() -> None:
    auth = make_auth(advanced={"outbound_min_response_time": timedelta(milliseconds=200)})
    begun = time.monotonic()
    Visitor(auth).sign_in()
    assert time.monotonic() - begun >= 0.2


def test_the_time_may_be_a_number_of_seconds_and_is_never_negative() -> None:
    auth = make_auth(advanced={"outboundMinResponseTime": 0.5})
    assert auth.context.options.advanced.outbound_min_response_time == timedelta(seconds=0.5)
    with pytest.raises(ConfigurationError, match="outbound_min_response_time"):
        make_auth(advanced={"outbound_min_response_time": -1})


@pytest.mark.parametrize("name", ["backgroundTasks", "background_tasks"])
def test_upstreams_background_handler_leads_to_the_runner(name: str) -> None:
    with pytest.raises(ConfigurationError, match="pass runner= to PyAuth"):
        make_auth(advanced={name: {"handler": print}})
