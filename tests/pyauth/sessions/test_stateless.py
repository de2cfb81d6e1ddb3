"""Without a database the cookie is the session: it survives the process that made it."""

from datetime import timedelta
from typing import Any

import pytest

from pyauth import ConfigurationError, DatabaseEvent, PyAuth
from pyauth.codec import iso_timestamp
from tests.support.app import FrozenClock, Outbox, Visitor, make_auth, rows_of, token_of

TOKEN = "better-auth.session_token"
CACHE = "better-auth.session_data"
THEME: dict[str, Any] = {
    "additional_fields": {
        "theme": {"type": "string", "required": False},
        "font_size": {"type": "number", "required": False},
    }
}


def stateless(clock: FrozenClock, **options: Any) -> PyAuth:
    """Return an instance as a process of its own would have it."""
    return make_auth(**{"database": None, "clock": clock, "session": THEME, **options})


def moved(visitor: Visitor, auth: PyAuth) -> Visitor:
    """Return the same browser at another process."""
    other = Visitor(auth)
    other.cookies = dict(visitor.cookies)
    return other


def test_the_cache_is_on_encrypted_and_lives_as_long_as_the_session(clock: FrozenClock) -> None:
    auth = stateless(clock, session={"expires_in": timedelta(days=3)})
    cache = auth.context.options.session.cookie_cache
    assert (cache.enabled, cache.strategy, cache.refresh_cache) == (True, "jwe", True)
    assert cache.max_age == timedelta(days=3)
    answer = Visitor(auth).sign_up()
    assert answer.cookies[CACHE].count(".") == 4
    assert all("Max-Age=259200" in text for text in answer.set_cookies)


def test_what_the_user_set_wins(clock: FrozenClock) -> None:
    own = {"strategy": "compact", "max_age": 60}
    cache = stateless(clock, session={"cookie_cache": own}).context.options.session.cookie_cache
    assert (cache.enabled, cache.strategy, cache.max_age) == (
        True, "compact", timedelta(seconds=60),
    )  # fmt: skip
    off = stateless(clock, session={"cookie_cache": {"enabled": False}})
    assert not off.context.session_manager.is_stateless


def test_a_session_survives_the_process(clock: FrozenClock) -> None:
    visitor = Visitor(stateless(clock))
    visitor.sign_up()
    clock.advance(days=5)
    found = moved(visitor, stateless(clock)).get_session()
    assert found["user"]["email"] == "ada@example.com"


def test_asking_for_the_store_asks_the_cookie(clock: FrozenClock) -> None:
    visitor = Visitor(stateless(clock))
    visitor.sign_up()
    later = moved(visitor, stateless(clock))
    assert later.get_session(disable_cookie_cache="true") is not None
    assert later.post("/revoke-other-sessions").status == 200


def test_a_token_alone_is_nobody(clock: FrozenClock) -> None:
    visitor = Visitor(stateless(clock))
    visitor.sign_up()
    later = moved(visitor, stateless(clock))
    del later.cookies[CACHE]
    assert later.get_session() is None
    assert later.cookies == {}


def test_a_session_ends_when_it_was_said_to(clock: FrozenClock) -> None:
    visitor = Visitor(stateless(clock))
    visitor.sign_up()
    for _ in range(7):
        clock.advance(hours=23, minutes=59)
        found = visitor.get_session()
        assert found["session"]["expiresAt"] == "2026-01-09T03:04:05.678Z"
    clock.advance(hours=1)
    assert visitor.get_session() is None


def test_the_cookie_is_made_anew_towards_its_end(clock: FrozenClock) -> None:
    auth = stateless(clock, session={"cookie_cache": {"max_age": 100}})
    visitor = Visitor(auth)
    visitor.sign_up()
    clock.advance(seconds=79)
    assert visitor.call("get_session").set_cookies == []
    clock.advance(seconds=2)
    answer = moved(visitor, stateless(clock, session={"cookie_cache": {"max_age": 100}})).call(
        "get_session"
    )
    assert [text.partition("=")[0] for text in answer.set_cookies] == [TOKEN, CACHE]


@pytest.mark.parametrize(
    ("refresh", "renewed"), [(False, False), (True, True), ({"update_age": 50}, True)]
)
def test_when_it_is_made_anew_is_an_option(clock: FrozenClock, refresh: Any, renewed: bool) -> None:
    cache = {"max_age": 100, "refresh_cache": refresh}
    visitor = Visitor(stateless(clock, session={"cookie_cache": cache}))
    visitor.sign_up()
    clock.advance(seconds=60 if isinstance(refresh, dict) else 90)
    assert bool(visitor.call("get_session").set_cookies) is renewed


def test_reading_only_makes_nothing_anew(clock: FrozenClock) -> None:
    visitor = Visitor(stateless(clock, session={"cookie_cache": {"max_age": 100}}))
    visitor.sign_up()
    clock.advance(seconds=90)
    assert visitor.call("get_session", query={"disable_refresh": "1"}).set_cookies == []


def test_a_hook_can_stop_the_renewal(clock: FrozenClock) -> None:
    def skip(call: Any) -> None:
        call.skip_session_refresh = True

    auth = stateless(clock, session={"cookie_cache": {"max_age": 100}}, hooks={"before": skip})
    visitor = Visitor(auth)
    visitor.sign_up()
    clock.advance(seconds=90)
    assert visitor.call("get_session").set_cookies == []


def test_a_session_that_is_not_remembered_lives_a_day_and_stays_so(clock: FrozenClock) -> None:
    visitor = Visitor(stateless(clock))
    answer = visitor.sign_up(remember_me=False)
    assert not any("Max-Age" in text for text in answer.set_cookies)
    clock.advance(hours=23)
    later = moved(visitor, stateless(clock))
    answer = later.call("get_session")
    assert answer.json is not None
    assert not any("Max-Age" in text for text in answer.set_cookies)
    clock.advance(hours=2)
    assert later.get_session() is None


def test_changes_are_kept_in_the_cookie(clock: FrozenClock) -> None:
    first, second = stateless(clock), stateless(clock)
    visitor = Visitor(first)
    visitor.sign_up()
    there = moved(visitor, second)
    changed = there.post("/update-session", {"theme": "dark"})
    assert changed.json["session"]["theme"] == "dark"
    back = moved(there, first)
    changed = back.post("/update-session", {"fontSize": 14})
    assert changed.json["session"]["theme"] == "dark", "this process' own row is older"
    found = moved(back, second).get_session()["session"]
    assert (found["theme"], found["fontSize"]) == ("dark", 14)
    assert found["token"] == token_of(visitor)


def test_changes_of_the_user_are_kept_in_the_cookie(clock: FrozenClock) -> None:
    first, second = stateless(clock), stateless(clock)
    visitor = Visitor(first)
    visitor.sign_up()
    there = moved(visitor, second)
    assert there.call("update_user", {"name": "Augusta"}).status == 200, "there is no row here"
    back = moved(there, first)
    assert back.call("update_user", {"image": "https://x.test/a.png"}).status == 200
    assert rows_of(first, "user")[0]["image"] == "https://x.test/a.png"
    user = moved(back, second).get_session()["user"]
    assert (user["name"], user["image"]) == ("Augusta", "https://x.test/a.png")


def test_a_hook_can_stop_a_change_of_the_user_here_too(clock: FrozenClock) -> None:
    visitor = Visitor(stateless(clock))
    visitor.sign_up()
    hooks = {"user": {"update": {"before": lambda event: False}}}
    later = moved(visitor, stateless(clock, database_hooks=hooks))
    refused = later.call("update_user", {"name": "Augusta"})
    assert refused.refusal == (400, "FAILED_TO_UPDATE_USER")
    assert later.get_session()["user"]["name"] == "Ada"


@pytest.mark.parametrize("model", ["session", "user"])
def test_fields_and_hooks_do_what_they_do_to_rows(clock: FrozenClock, model: str) -> None:
    fields = {
        "mood": {"type": "string", "required": False, "transform_output": str.upper},
        "touched": {"type": "number", "required": False, "on_update": lambda: 7},
        "seen": {"type": "string", "required": False},
    }
    told: list[tuple[Any, ...]] = []

    def before(event: DatabaseEvent) -> dict[str, str]:
        return {"seen": f"by a hook: {event.data['mood']}"}

    def after(event: DatabaseEvent) -> None:
        assert event.record is not None
        told.append((event.action, event.data["seen"], event.record["mood"], event.record.id))

    hooks = {model: {"update": {"before": before, "after": after}}}
    options: dict[str, Any] = {model: {"additional_fields": fields}, "database_hooks": hooks}
    visitor = Visitor(stateless(clock, **options))
    before_it = visitor.sign_up().status, visitor.get_session()[model]
    for number in (1, 2):  # at another process, and at the one that has its row
        there = moved(visitor, stateless(clock, **options)) if number == 1 else visitor
        told.clear()
        clock.advance(minutes=number)
        assert there.call(f"update_{model}", {"mood": "calm"}).status == 200
        found = there.get_session()[model]
        assert (found["mood"], found["touched"]) == ("CALM", 7)
        assert found["seen"] == "by a hook: calm"
        assert found["updatedAt"] == iso_timestamp(clock())
        assert found["createdAt"] == before_it[1]["createdAt"]
        assert told == [("update", "by a hook: calm", "CALM", found["id"])]
    (row,) = rows_of(visitor.auth, model)
    assert (row["mood"], row["touched"], row["updated_at"]) == ("calm", 7, clock())


def test_a_hook_can_stop_a_change_of_the_session_here_too(clock: FrozenClock) -> None:
    """As where there are rows: a session that could not be changed is not gone on with."""
    hooks = {"session": {"update": {"before": lambda event: False}}}
    visitor = Visitor(stateless(clock, database_hooks=hooks))
    visitor.sign_up()
    refused = visitor.call("update_session", {"theme": "dark"})
    assert refused.refusal == (401, "FAILED_TO_GET_SESSION")


def test_a_change_that_no_field_holds_is_refused_here_too(clock: FrozenClock) -> None:
    hooks = {"session": {"update": {"before": lambda event: {"font_size": "large"}}}}
    visitor = Visitor(stateless(clock, database_hooks=hooks))
    visitor.sign_up()
    assert visitor.call("update_session", {"theme": "dark"}).status == 400
    assert visitor.get_session()["session"]["fontSize"] is None


def test_what_needs_the_row_of_a_user_says_that_there_is_none(
    clock: FrozenClock, outbox: Outbox
) -> None:
    leaving = {"change_email": {"enabled": True}, "delete_user": {"enabled": True}}
    options: dict[str, Any] = {"verification": outbox, "user": leaving}
    visitor = Visitor(stateless(clock, **options))
    visitor.sign_up()
    visitor.call("send_verification_email", {"email": "ada@example.com"})
    tokens = [outbox.last.token]
    later = moved(visitor, stateless(clock, **options))
    assert later.call("change_email", {"new_email": "new@example.com"}).status == 200
    tokens.append(outbox.last.token)
    for token in tokens:
        answer = later.call("verify_email", query={"token": token})
        assert answer.refusal == (401, "USER_NOT_FOUND")
        led = later.call("verify_email", query={"token": token, "callback_url": "/done"})
        assert led.location == "/done?error=USER_NOT_FOUND"
    assert later.call("delete_user", {}).refusal == (401, "UNAUTHORIZED")
    assert later.get_session()["user"]["email"] == "ada@example.com"


@pytest.mark.parametrize("path", ["/sign-out", "/revoke-sessions"])
def test_leaving_takes_the_cookie_along(clock: FrozenClock, path: str) -> None:
    visitor = Visitor(stateless(clock))
    visitor.sign_up()
    later = moved(visitor, stateless(clock))
    assert later.post(path).status == 200
    assert CACHE not in later.cookies
    assert later.get_session() is None


def test_a_stale_session_is_stale_here_too(clock: FrozenClock) -> None:
    visitor = Visitor(stateless(clock))
    visitor.sign_up()
    clock.advance(days=1)
    refused = moved(visitor, stateless(clock)).get("/list-sessions")
    assert refused.refusal == (403, "SESSION_NOT_FRESH")


def test_a_rotation_of_secrets_signs_nobody_out(clock: FrozenClock) -> None:
    old, new = "1:the-first-secret-0123456789-ABCDEF", "2:the-second-secret-0123456789-ABCDE"
    visitor = Visitor(stateless(clock, secret=None, secrets=old))
    visitor.sign_up()
    rotated = moved(visitor, stateless(clock, secret=None, secrets=f"{new},{old}"))
    assert rotated.get_session() is not None
    assert rotated.call("get_session").set_cookies == [], "made anew once"
    retired = moved(rotated, stateless(clock, secret=None, secrets=new))
    assert retired.get_session() is not None


def test_anothers_cookie_is_not_ones_own(clock: FrozenClock) -> None:
    auth = stateless(clock)
    ada, eve = Visitor(auth), Visitor(auth)
    ada.sign_up("ada@example.com")
    eve.sign_up("eve@example.com")
    later = moved(eve, stateless(clock))
    later.cookies[CACHE] = ada.cookies[CACHE]
    assert later.get_session() is None


def test_passwords_need_a_database_in_production(clock: FrozenClock) -> None:
    with pytest.raises(ConfigurationError, match="needs a database"):
        stateless(clock, mode="production")


def test_an_output_of_another_kind_than_its_field_signs_nobody_out(clock: FrozenClock) -> None:
    tags = {"type": "string", "required": False, "transform_output": lambda text: text.split(",")}
    options: dict[str, Any] = {"user": {"additional_fields": {"tags": tags}}}
    visitor = Visitor(stateless(clock, **options))
    assert visitor.sign_up(tags="a,b").json["user"]["tags"] == ["a", "b"]
    there = moved(visitor, stateless(clock, **options))
    assert there.get_session()["user"]["tags"] == ["a", "b"]
    assert there.call("update_user", {"name": "Augusta"}).status == 200
    assert moved(there, stateless(clock, **options)).get_session()["user"]["tags"] == ["a", "b"]
