"""Reading that writes nothing: the session is extended in a turn of its own."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from pyauth import PyAuth
from pyauth.codec import iso_timestamp
from pyauth.db.memory import MemoryAdapter
from tests.support.app import FrozenClock, Visitor, make_auth, rows_of
from tests.support.watched import WatchedAdapter

CACHED: dict[str, Any] = {"cookie_cache": {"enabled": True, "max_age": 60}}


@pytest.fixture
def adapter() -> WatchedAdapter:
    return WatchedAdapter(MemoryAdapter())


@pytest.fixture
def make(adapter: WatchedAdapter, clock: FrozenClock) -> Callable[..., PyAuth]:
    def make(**session: Any) -> PyAuth:
        session = {"defer_session_refresh": True, **session}
        return make_auth(database=adapter, clock=clock, session=session)

    return make


@pytest.mark.parametrize("session", [{}, CACHED], ids=["plain", "cached"])
def test_reading_says_what_is_due_and_writes_nothing(
    make: Callable[..., PyAuth],
    adapter: WatchedAdapter,
    clock: FrozenClock,
    session: dict[str, Any],
) -> None:
    visitor = Visitor(make(**session))
    visitor.sign_up()
    clock.advance(minutes=2)
    assert visitor.get_session()["needsRefresh"] is False
    clock.advance(days=2)
    adapter.forget()
    assert visitor.get_session()["needsRefresh"] is True
    assert adapter.statements == ["find_joined session"]


def test_a_cached_answer_does_not_speak_of_it(make: Callable[..., PyAuth]) -> None:
    visitor = Visitor(make(**CACHED))
    visitor.sign_up()
    assert set(visitor.get_session()) == {"session", "user"}


@pytest.mark.parametrize("session", [{}, CACHED], ids=["plain", "cached"])
def test_a_post_extends(
    make: Callable[..., PyAuth], clock: FrozenClock, session: dict[str, Any]
) -> None:
    auth = make(**session)
    visitor = Visitor(auth)
    visitor.sign_up()
    clock.advance(days=2)
    answer = visitor.post("/get-session")
    assert set(answer.json) == {"session", "user"}
    assert answer.json["session"]["expiresAt"] == "2026-01-11T03:04:05.678Z"
    assert "Max-Age=604800" in answer.set_cookies[0]
    assert answer.headers["Cache-Control"] == "no-store"
    assert rows_of(auth, "session")[0]["updated_at"] == clock()
    clock.advance(minutes=2)
    assert visitor.get_session()["needsRefresh"] is False


def test_a_post_extends_whatever_the_reading_before_it_has_cached(
    make: Callable[..., PyAuth], clock: FrozenClock
) -> None:
    """As the official client does it: day after day, a POST right after the GET that says so."""
    auth = make(**CACHED)
    visitor = Visitor(auth)
    visitor.sign_up()
    for day in range(1, 4):
        clock.advance(days=1, minutes=1)
        assert visitor.get_session()["needsRefresh"] is True, day
        visitor.post("/get-session")
        (row,) = rows_of(auth, "session")
        assert row["expires_at"] == clock() + timedelta(days=7)
        assert visitor.get_session()["session"]["expiresAt"] == iso_timestamp(row["expires_at"])


def test_a_post_needs_the_own_origin(make: Callable[..., PyAuth], clock: FrozenClock) -> None:
    visitor = Visitor(make(), origin="https://evil.example")
    Visitor(visitor.auth).sign_up()
    visitor.cookies = {"a": "b"}
    assert visitor.post("/get-session").refusal == (403, "INVALID_ORIGIN")


def test_without_the_option_a_post_is_refused(clock: FrozenClock) -> None:
    visitor = Visitor(make_auth(clock=clock))
    visitor.sign_up()
    assert visitor.post("/get-session").refusal == (
        405, "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED",
    )  # fmt: skip


def test_other_routes_extend_nothing(
    make: Callable[..., PyAuth], adapter: WatchedAdapter, clock: FrozenClock
) -> None:
    visitor = Visitor(make(fresh_age=0))
    visitor.sign_up()
    clock.advance(days=2)
    adapter.forget()
    assert visitor.get("/list-sessions").status == 200
    assert adapter.statements == ["find_joined session", "find_many session"]


def test_an_expired_row_goes_with_a_post_only(
    make: Callable[..., PyAuth], clock: FrozenClock
) -> None:
    auth = make()
    visitor = Visitor(auth)
    visitor.sign_up()
    cookies = dict(visitor.cookies)
    clock.advance(days=8)
    assert visitor.get_session() is None
    assert len(rows_of(auth, "session")) == 1
    visitor.cookies = cookies
    assert visitor.post("/get-session").text == "null"
    assert rows_of(auth, "session") == []


@pytest.mark.parametrize(
    ("session", "query"), [({"disable_session_refresh": True}, {}), ({}, {"disableRefresh": "1"})]
)
def test_what_is_never_extended_is_not_due(
    make: Callable[..., PyAuth],
    adapter: WatchedAdapter,
    clock: FrozenClock,
    session: dict[str, Any],
    query: dict[str, str],
) -> None:
    visitor = Visitor(make(**session))
    visitor.sign_up()
    clock.advance(days=2)
    adapter.forget()
    shown = visitor.get("/get-session", query=query).json
    assert shown.get("needsRefresh") in {False, None}
    assert visitor.post("/get-session", query=query).set_cookies == []
    assert adapter.statements == ["find_joined session"] * 2


def test_a_hook_can_put_the_extension_off(clock: FrozenClock, adapter: WatchedAdapter) -> None:
    def skip(call: Any) -> None:
        call.skip_session_refresh = True

    auth = make_auth(database=adapter, clock=clock, hooks={"before": skip}, session=CACHED)
    visitor = Visitor(auth)
    visitor.sign_up()
    clock.advance(days=2)
    adapter.forget()
    answer = visitor.call("get_session")
    assert adapter.statements == ["find_joined session"]
    assert [text.partition("=")[0] for text in answer.set_cookies] == ["better-auth.session_data"]
