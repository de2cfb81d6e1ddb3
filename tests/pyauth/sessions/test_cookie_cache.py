"""The session in a cookie, as browsers and in-process callers meet it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyauth import PyAuth
from pyauth.cookies import sign_value
from pyauth.http.call import Call
from pyauth.sessions import SignedIn
from tests.pyauth.conftest import NewVisitor
from tests.pyauth.sessions.conftest import CACHE, TOKEN, Host, Kept, caching_auth, names_in
from tests.support.app import SECRET, FrozenClock, Visitor, make_auth, row_counts, rows_of, token_of
from tests.support.watched import WatchedAdapter

# Reading ------------------------------------------------------------------------------------------


def test_a_cached_session_costs_no_query(
    auth: PyAuth, adapter: WatchedAdapter, new_visitor: NewVisitor
) -> None:
    visitor = new_visitor(auth)
    visitor.sign_up()
    adapter.forget()
    answer = visitor.call("get_session")
    assert answer.json["user"]["email"] == "ada@example.com"
    assert (adapter.statements, answer.set_cookies) == ([], [])


def test_the_cache_says_what_the_store_says(auth: PyAuth, new_visitor: NewVisitor) -> None:
    visitor = new_visitor(auth)
    profile = {"b": [1, 2.5, None, {"ž": True}], "1": "one"}
    visitor.sign_up(bio="ž", born="2001-02-03T04:05:06.789Z", profile=profile, secret_note="x")
    cached = visitor.get_session()
    stored = visitor.get_session(disable_cookie_cache="true")
    assert cached == stored
    assert "secretNote" not in cached["user"]


def test_cached_values_have_the_types_of_the_store(auth: PyAuth, adapter: WatchedAdapter) -> None:
    visitor = Visitor(auth)
    visitor.sign_up(born="2001-02-03T04:05:06.789Z", profile={"a": [1]})
    headers = {"Cookie": visitor.cookie_header}
    adapter.forget()
    cached = auth.api.get_session(headers=headers)
    assert adapter.statements == []
    stored = auth.api.get_session(headers=headers, query={"disable_cookie_cache": True})
    assert cached is not None
    assert stored is not None
    assert dict(cached.session) == dict(stored.session)
    assert dict(cached.user) == dict(stored.user)
    assert {key: type(value) for key, value in cached.user.items()} == {
        key: type(value) for key, value in stored.user.items()
    }


def test_the_store_is_asked_when_the_caller_wants_it(
    auth: PyAuth, adapter: WatchedAdapter, new_visitor: NewVisitor
) -> None:
    visitor = new_visitor(auth)
    visitor.sign_up()
    adapter.forget()
    assert visitor.get_session(disable_cookie_cache="true") is not None
    assert adapter.statements == ["find_joined session"]


def test_the_cache_is_believed_for_its_age_and_made_anew_after(
    auth: PyAuth, adapter: WatchedAdapter, new_visitor: NewVisitor, clock: FrozenClock
) -> None:
    visitor = new_visitor(auth)
    visitor.sign_up()
    clock.advance(minutes=4, seconds=59)
    adapter.forget()
    assert visitor.get_session() is not None
    assert adapter.statements == []
    clock.advance(seconds=2)
    answer = visitor.call("get_session")
    assert adapter.statements == ["find_joined session"]
    (cookie,) = answer.set_cookies
    assert cookie.startswith(f"{CACHE}=")
    assert "; Max-Age=300; Path=/; HttpOnly; SameSite=Lax" in cookie
    adapter.forget()
    visitor.get_session()
    assert adapter.statements == []


def test_the_age_is_an_option(adapter: WatchedAdapter, clock: FrozenClock) -> None:
    auth = caching_auth(adapter, clock, cache={"max_age": timedelta(seconds=20)})
    visitor = Visitor(auth)
    assert "; Max-Age=20;" in visitor.sign_up().set_cookies[-1]
    clock.advance(seconds=21)
    adapter.forget()
    visitor.get_session()
    assert adapter.statements == ["find_joined session"]


def test_a_session_that_has_expired_is_not_in_its_cache_either(
    adapter: WatchedAdapter, new_visitor: NewVisitor, clock: FrozenClock, strategy: str
) -> None:
    auth = caching_auth(adapter, clock, strategy, session={"expires_in": 60})
    visitor = new_visitor(auth)
    visitor.sign_up()
    clock.advance(seconds=61)
    answer = visitor.call("get_session")
    assert answer.text == "null"
    assert visitor.cookies == {}


# Tampering ----------------------------------------------------------------------------------------


def _flip(text: str, position: int) -> str:
    return text[:position] + ("A" if text[position] != "A" else "B") + text[position + 1 :]


FORGERIES: dict[str, Callable[[str], str]] = {
    "empty": lambda _: "",
    "garbage": lambda _: "x",
    "escapes": lambda _: "%zz%00",
    "cut": lambda text: text[:-4],
    "changed early": lambda text: _flip(text, 60),
    "changed late": lambda text: _flip(text, len(text) - 20),
    "appended": lambda text: text + "AAAA",
    "dots": lambda _: "....",
    "an object": lambda _: "e30",
    "a signed cookie": lambda text: sign_value(text, SECRET),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_cache_is_as_good_as_absent(
    auth: PyAuth, adapter: WatchedAdapter, new_visitor: NewVisitor, forgery: str
) -> None:
    visitor = new_visitor(auth)
    visitor.sign_up()
    good = visitor.cookies[CACHE]
    adapter.update_many("user", [], {"name": "From the store"})
    visitor.cookies[CACHE] = FORGERIES[forgery](good)
    answer = visitor.call("get_session")
    assert answer.json["user"]["name"] == "From the store"
    assert answer.cookies[CACHE] not in {"", good, visitor.cookies.get("forged")}


def test_a_cache_counts_for_the_token_beside_it_only(auth: PyAuth, new_visitor: NewVisitor) -> None:
    ada, eve = new_visitor(auth), new_visitor(auth)
    ada.sign_up("ada@example.com")
    eve.sign_up("eve@example.com")
    eve.cookies[CACHE] = ada.cookies[CACHE]
    assert eve.get_session()["user"]["email"] == "eve@example.com"
    assert eve.cookies[CACHE] != ada.cookies[CACHE]


def test_a_cache_without_a_token_is_nobodys(
    auth: PyAuth, adapter: WatchedAdapter, new_visitor: NewVisitor
) -> None:
    visitor = new_visitor(auth)
    visitor.sign_up()
    for forged in (None, "", "x", sign_value("A" * 32, "x" * 32)):
        cache = visitor.cookies[CACHE]
        visitor.cookies = {CACHE: cache} if forged is None else {CACHE: cache, TOKEN: forged}
        adapter.forget()
        assert visitor.get_session() is None
        assert adapter.statements == []


HEADER_TEXT = st.text(st.characters(exclude_characters="\r\n"), max_size=40)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=HEADER_TEXT, position=st.integers(0, 3000), cut=st.integers(0, 60))
def test_whatever_the_cookie_holds_the_session_is_ones_own(
    text: str, position: int, cut: int
) -> None:
    auth = _SHARED.setdefault("auth", make_auth(session={"cookie_cache": {"enabled": True}}))
    if "cookies" not in _SHARED:
        ada, eve = Visitor(auth), Visitor(auth)
        ada.sign_up("ada@example.com")
        eve.sign_up("eve@example.com")
        _SHARED["cookies"] = (dict(ada.cookies), dict(eve.cookies))
    mine, theirs = _SHARED["cookies"]
    cache = theirs[CACHE]
    position %= len(cache)
    spoilt = cache[:position] + text + cache[position + cut :]
    cookies = {TOKEN: mine[TOKEN], CACHE: spoilt, f"{CACHE}.0": cache, f"{CACHE}.1": text}
    header = "; ".join(f"{name}={value}" for name, value in cookies.items())
    found = auth.api.get_session(headers={"Cookie": header})
    assert found is not None
    assert found.user.email == "ada@example.com"


_SHARED: dict[str, Any] = {}


# What may not be believed -------------------------------------------------------------------------


SENSITIVE = [
    ("list_sessions", None),
    ("revoke_session", {"token": "x"}),
    ("revoke_sessions", None),
    ("revoke_other_sessions", None),
    ("update_session", {"theme": "dark"}),
]


@pytest.mark.parametrize(("name", "body"), SENSITIVE)
def test_an_ended_session_authorises_nothing_though_it_is_cached(
    auth: PyAuth, new_visitor: NewVisitor, name: str, body: dict[str, Any] | None
) -> None:
    visitor, other = new_visitor(auth), new_visitor(auth)
    visitor.sign_up()
    other.sign_in()
    auth.context.sessions.delete(token_of(visitor))
    assert visitor.get_session() is not None, "reading is answered from the cache"
    answer = visitor.call(name, body)
    assert answer.refusal == (401, "UNAUTHORIZED")
    assert visitor.cookies == {}, "the cookies go, the cache among them"
    assert row_counts(auth)["session"] == 1


@pytest.mark.parametrize("query", ["disableCookieCache=", "disableCookieCache=false", "x=1"])
def test_no_query_makes_a_sensitive_route_believe_the_cache(auth: PyAuth, query: str) -> None:
    visitor = Visitor(auth)
    visitor.sign_up()
    auth.context.sessions.delete(token_of(visitor))
    assert visitor.post("/revoke-sessions", query=query).refusal == (401, "UNAUTHORIZED")


def test_a_look_at_the_store_does_not_trust_an_earlier_look_at_the_cache(
    adapter: WatchedAdapter, clock: FrozenClock
) -> None:
    def look(call: Call) -> list[bool]:
        return [
            call.find_session() is not None,
            call.find_session(live=True) is not None,
            call.find_session() is not None,
        ]

    auth = caching_auth(adapter, clock, plugins=[Host(look)])
    visitor = Visitor(auth)
    visitor.sign_up()
    adapter.forget()
    assert visitor.post("/run").json == [True, True, True]
    assert adapter.statements == ["find_joined session"], "and asks once"
    auth.context.sessions.delete(token_of(visitor))
    assert visitor.post("/run").json == [True, False, False]


def test_a_session_known_from_the_cache_alone_is_not_cached_anew(
    adapter: WatchedAdapter, clock: FrozenClock
) -> None:
    def rename(call: Call) -> None:
        signed_in = call.get_session()
        call.renew_session(SignedIn(signed_in.session, signed_in.user.replace(name="Renamed")))
        assert call.current_user is not None
        assert call.current_user.name == "Renamed"

    auth = caching_auth(adapter, clock, plugins=[Host(rename)])
    visitor = Visitor(auth)
    visitor.sign_up()
    auth.context.sessions.delete(token_of(visitor))
    answer = visitor.post("/run")
    assert answer.cookies == {CACHE: ""}
    assert visitor.get_session() is None


# Changing -----------------------------------------------------------------------------------------


def test_a_change_of_the_session_is_in_the_cache_at_once(
    auth: PyAuth, adapter: WatchedAdapter, new_visitor: NewVisitor
) -> None:
    visitor = new_visitor(auth)
    visitor.sign_up()
    assert visitor.call("update_session", {"theme": "dark"}).status == 200
    adapter.forget()
    assert visitor.get_session()["session"]["theme"] == "dark"
    assert adapter.statements == []


def test_whoever_changes_the_user_renews_the_cache(
    adapter: WatchedAdapter, clock: FrozenClock
) -> None:
    def rename(call: Call) -> None:
        signed_in = call.get_session(live=True)
        user = call.context.users.update(signed_in.user.id, {"name": "Renamed"})
        assert user is not None
        call.renew_session(SignedIn(signed_in.session, user))

    auth = caching_auth(adapter, clock, plugins=[Host(rename)])
    visitor = Visitor(auth)
    visitor.sign_up(remember_me=False)
    answer = visitor.post("/run")
    assert [text.partition("=")[0] for text in answer.set_cookies] == [
        TOKEN, "better-auth.dont_remember", CACHE
    ]  # fmt: skip
    assert not any("Max-Age" in text for text in answer.set_cookies)
    adapter.forget()
    assert visitor.get_session()["user"]["name"] == "Renamed"
    assert adapter.statements == []


def test_a_change_that_is_rolled_back_reaches_no_cookie(
    adapter: WatchedAdapter, clock: FrozenClock
) -> None:
    def rename(call: Call) -> None:
        signed_in = call.get_session(live=True)
        with call.context.adapter.transaction():
            call.renew_session(SignedIn(signed_in.session, signed_in.user.replace(name="Never")))
            raise ValueError

    auth = caching_auth(adapter, clock, plugins=[Host(rename)])
    visitor = Visitor(auth)
    visitor.sign_up()
    visitor.post("/run")
    assert visitor.get_session()["user"]["name"] == "Ada"


def test_a_sign_in_in_the_same_call_says_whether_it_is_remembered(
    adapter: WatchedAdapter, clock: FrozenClock
) -> None:
    def enter(call: Call) -> None:
        user = call.context.users.find_by_email("ada@example.com")
        assert user is not None
        session = call.sign_in(user, remember=False)
        call.renew_session(SignedIn(session, user.replace(name="Renamed")))

    auth = caching_auth(adapter, clock, plugins=[Host(enter)])
    Visitor(auth).sign_up()
    visitor = Visitor(auth)
    answer = visitor.post("/run")
    assert len(answer.set_cookies) == 3, "each cookie once"
    assert not any("Max-Age" in text for text in answer.set_cookies)
    assert visitor.get_session()["user"]["name"] == "Renamed"


def test_an_extension_is_in_the_cache(
    adapter: WatchedAdapter, new_visitor: NewVisitor, clock: FrozenClock, strategy: str
) -> None:
    auth = caching_auth(adapter, clock, strategy)
    visitor = new_visitor(auth)
    visitor.sign_up()
    clock.advance(days=2)
    extended = visitor.get_session()
    assert extended["session"]["expiresAt"] == "2026-01-11T03:04:05.678Z"
    adapter.forget()
    assert visitor.get_session() == extended
    assert adapter.statements == []


def test_ending_the_own_session_ends_its_cache(auth: PyAuth, new_visitor: NewVisitor) -> None:
    for name in ("revoke_sessions", "revoke_session"):
        visitor = new_visitor(auth)
        visitor.sign_up(f"{name}@example.com".replace("_", "-"))
        body = {"token": token_of(visitor)} if name == "revoke_session" else None
        visitor.call(name, body)
        assert names_in(visitor) == set()
        assert visitor.get_session() is None


def test_ending_another_session_keeps_the_own_cache(
    auth: PyAuth, adapter: WatchedAdapter, new_visitor: NewVisitor
) -> None:
    visitor, other = new_visitor(auth), new_visitor(auth)
    visitor.sign_up()
    other.sign_in()
    visitor.call("revoke_session", {"token": token_of(other)})
    visitor.call("revoke_other_sessions")
    adapter.forget()
    assert visitor.get_session() is not None
    assert adapter.statements == []


# Remember me --------------------------------------------------------------------------------------


def test_a_session_that_ends_with_the_browser_has_such_a_cache(
    auth: PyAuth, new_visitor: NewVisitor
) -> None:
    answer = new_visitor(auth).sign_up(remember_me=False)
    (cookie,) = [text for text in answer.set_cookies if text.startswith(CACHE)]
    assert cookie.partition("; ")[2] == "Path=/; HttpOnly; SameSite=Lax"


@pytest.mark.parametrize(("strategy", "seconds"), [("compact", 60), ("jwt", 300), ("jwe", 300)])
def test_such_a_cache_is_believed_as_long_as_upstream_believes_it(
    adapter: WatchedAdapter, clock: FrozenClock, strategy: str, seconds: int
) -> None:
    visitor = Visitor(caching_auth(adapter, clock, strategy))
    visitor.sign_up(remember_me=False)
    clock.advance(seconds=seconds - 1)
    adapter.forget()
    visitor.get_session()
    assert adapter.statements == []
    clock.advance(seconds=2)
    answer = visitor.call("get_session")
    assert adapter.statements == ["find_joined session"]
    assert answer.cookies == {CACHE: ""}, "and is not made anew"


def test_such_a_cache_is_never_believed_longer_than_the_others(
    adapter: WatchedAdapter, clock: FrozenClock, strategy: str
) -> None:
    visitor = Visitor(caching_auth(adapter, clock, strategy, cache={"max_age": 10}))
    visitor.sign_up(remember_me=False)
    clock.advance(seconds=11)
    adapter.forget()
    visitor.get_session()
    assert adapter.statements == ["find_joined session"]


# Off ----------------------------------------------------------------------------------------------


def test_without_the_option_there_is_no_cache(
    adapter: WatchedAdapter, clock: FrozenClock, new_visitor: NewVisitor, strategy: str
) -> None:
    cached = Visitor(caching_auth(adapter, clock, strategy))
    cached.sign_up()
    visitor = new_visitor(make_auth(database=Kept(adapter), clock=clock))
    visitor.cookies = dict(cached.cookies)
    adapter.forget()
    assert visitor.call("get_session").set_cookies == []
    assert adapter.statements == ["find_joined session"]
    assert CACHE in visitor.call("sign_out").cookies


def test_refreshing_the_cache_out_of_itself_is_refused_beside_a_store(
    adapter: WatchedAdapter, clock: FrozenClock, caplog: pytest.LogCaptureFixture
) -> None:
    auth = caching_auth(adapter, clock, cache={"refresh_cache": True})
    assert "refresh_cache is ignored" in caplog.text
    visitor = Visitor(auth)
    visitor.sign_up()
    clock.advance(seconds=299)
    adapter.forget()
    assert visitor.call("get_session").set_cookies == []
    assert adapter.statements == []


def test_the_rows_do_not_know_of_the_cache(auth: PyAuth, new_visitor: NewVisitor) -> None:
    visitor = new_visitor(auth)
    visitor.sign_up()
    before = rows_of(auth, "session")
    visitor.get_session()
    assert rows_of(auth, "session") == before
