"""Attempts at one challenge, counted within a path."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pyauth import APIError, error_codes
from pyauth.http import Call, endpoint
from pyauth.http.rate_limit import count_attempt
from tests.support.app import ADDRESS, FrozenClock, Visitor, make_auth
from tests.support.databases import fresh_database
from tests.support.limits import TEN_SECONDS, Adding, Counter, Done, limited, statuses


@endpoint("GET", "/attempt/:kind")
def attempt(call: Call) -> Done:
    """Count an attempt at the challenge that a header names."""
    count_attempt(call, call.headers["X-Challenge"], max_requests=2, window=TEN_SECONDS)
    return Done()


def try_challenge(visitor: Visitor, scope: str, kind: str = "totp") -> int:
    return visitor.get(f"/attempt/{kind}", headers={"X-Challenge": scope}).status


def test_attempts_are_counted_by_challenge() -> None:
    visitor = Visitor(make_auth(plugins=[Adding(attempt)], rate_limit=limited()))
    assert [try_challenge(visitor, "one") for _ in range(3)] == [200, 200, 429]
    assert try_challenge(visitor, "one", "made-up") == 429
    assert try_challenge(visitor, "two") == 200
    elsewhere = Visitor(visitor.auth, address="203.0.113.8")
    assert try_challenge(elsewhere, "one") == 200


def test_an_attempt_too_many_is_a_429_with_its_wait(clock: FrozenClock) -> None:
    visitor = Visitor(make_auth(plugins=[Adding(attempt)], rate_limit=limited(), clock=clock))
    for _ in range(2):
        try_challenge(visitor, "one")
    clock.advance(seconds=3)
    answer = visitor.get("/attempt/totp", headers={"X-Challenge": "one"})
    assert answer.refusal == (429, "TOO_MANY_REQUESTS")
    assert answer.headers["X-Retry-After"] == "7"


def test_stores_never_see_what_a_challenge_is() -> None:
    counter = Counter()
    auth = make_auth(plugins=[Adding(attempt)], rate_limit=limited(custom_storage=counter))
    try_challenge(Visitor(auth), "the-secret-challenge")
    path, challenge = (key for key, _, _ in counter.asked)
    assert path == f"{ADDRESS}|/attempt/:kind"
    head, _, digest = challenge.rpartition(":")
    assert head == f"{ADDRESS}|/attempt/:kind|challenge"
    assert len(digest) == 64
    assert "secret" not in challenge


@pytest.mark.parametrize("settings", [{"enabled": False}, {}])
def test_attempts_are_not_counted_where_the_limit_is_off(settings: dict[str, Any]) -> None:
    visitor = Visitor(make_auth(plugins=[Adding(attempt)], rate_limit=settings))
    assert [try_challenge(visitor, "one") for _ in range(3)] == [200] * 3


@pytest.mark.parametrize("settings", [{}, {"enabled": True}])
def test_a_window_that_no_store_keeps_is_refused(settings: dict[str, Any]) -> None:
    """Whether or not requests are counted: in development too."""
    windows = [timedelta(days=1), timedelta(days=1, milliseconds=1)]

    @endpoint("GET", "/patient")
    def patient(call: Call) -> Done:
        count_attempt(call, "one", max_requests=2, window=windows[len(seen)])
        return Done()

    seen: list[int] = []
    visitor = Visitor(make_auth(plugins=[Adding(patient)], rate_limit=settings))
    for _ in windows:
        seen.append(visitor.get("/patient").status)
    assert seen == [200, 500]


def test_an_attempt_within_a_transaction_survives_its_rollback(tmp_path: Path) -> None:
    @endpoint("GET", "/careless")
    def careless(call: Call) -> None:
        with call.context.adapter.transaction():
            count_attempt(call, "one", max_requests=2, window=TEN_SECONDS)
            raise APIError(error_codes.BAD_REQUEST)

    with fresh_database("postgresql", tmp_path) as url:
        auth = make_auth(
            database=url.render_as_string(hide_password=False),
            plugins=[Adding(careless)],
            rate_limit=limited(storage="database"),
        )
        assert statuses(Visitor(auth), "/careless", 3) == [400, 400, 429]
        auth.close()
