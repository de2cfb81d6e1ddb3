"""The cache under other versions and secrets, and in several cookies."""

import subprocess
import sys
from typing import Any

import pytest

from pyauth import PyAuth
from pyauth.http.call import Call
from tests.pyauth.conftest import NewVisitor
from tests.pyauth.sessions.conftest import CACHE, TOKEN, Host, Kept, caching_auth, names_in
from tests.support.app import FrozenClock, Visitor, token_of
from tests.support.watched import WatchedAdapter

# Versions -----------------------------------------------------------------------------------------


def test_another_version_makes_caches_worthless(
    adapter: WatchedAdapter, clock: FrozenClock, strategy: str
) -> None:
    visitor = Visitor(caching_auth(adapter, clock, strategy, cache={"version": "1"}))
    visitor.sign_up()
    later = Visitor(caching_auth(Kept(adapter), clock, strategy, cache={"version": "2"}))
    later.cookies = dict(visitor.cookies)
    adapter.forget()
    answer = later.call("get_session")
    assert adapter.statements == ["find_joined session"]
    assert answer.cookies[CACHE] not in {"", visitor.cookies[CACHE]}
    adapter.forget()
    later.get_session()
    assert adapter.statements == []


def test_an_empty_version_is_the_usual_one(
    adapter: WatchedAdapter, clock: FrozenClock, strategy: str
) -> None:
    visitor = Visitor(caching_auth(adapter, clock, strategy, cache={"version": ""}))
    visitor.sign_up()
    usual = Visitor(caching_auth(Kept(adapter), clock, strategy))
    usual.cookies = dict(visitor.cookies)
    adapter.forget()
    assert visitor.get_session()["user"] == usual.get_session()["user"]
    assert adapter.statements == []


def test_a_function_makes_versions_from_what_the_cache_keeps(
    adapter: WatchedAdapter, clock: FrozenClock
) -> None:
    seen: list[set[str]] = []
    release = ["a"]

    def version(session: Any, user: Any) -> str:
        seen.append(set(user))
        return f"{release[0]} {user.name}"

    auth = caching_auth(adapter, clock, cache={"version": version})
    visitor = Visitor(auth)
    visitor.sign_up(secret_note="x")
    adapter.forget()
    visitor.get_session()
    assert adapter.statements == []
    assert seen[0] == seen[1]
    assert "secret_note" not in seen[0]
    release[0] = "b"
    visitor.get_session()
    assert adapter.statements == ["find_joined session"]


# Secrets ------------------------------------------------------------------------------------------

OLD, NEW = "1:the-first-secret-0123456789-ABCDEF", "2:the-second-secret-0123456789-ABCDE"


@pytest.mark.parametrize(
    ("strategy", "statements"),
    [("compact", ["find_joined session"]), ("jwt", ["find_joined session"]), ("jwe", [])],
)
def test_a_rotation_of_secrets_signs_nobody_out(
    adapter: WatchedAdapter, clock: FrozenClock, strategy: str, statements: list[str]
) -> None:
    visitor = Visitor(caching_auth(adapter, clock, strategy, secret=None, secrets=OLD))
    visitor.sign_up()
    rotated = caching_auth(Kept(adapter), clock, strategy, secret=None, secrets=f"{NEW},{OLD}")
    later = Visitor(rotated)
    later.cookies = dict(visitor.cookies)
    adapter.forget()
    assert later.get_session() is not None
    assert adapter.statements == statements
    assert later.cookies[TOKEN] != visitor.cookies[TOKEN], "signed anew"
    adapter.forget()
    assert later.call("get_session").set_cookies == []
    assert adapter.statements == []

    retired = Visitor(caching_auth(Kept(adapter), clock, strategy, secret=None, secrets=NEW))
    retired.cookies = dict(later.cookies)
    assert retired.get_session() is not None
    retired.cookies = dict(visitor.cookies)
    assert retired.get_session() is None


def test_a_cache_of_an_older_secret_is_not_believed_longer_for_it(
    adapter: WatchedAdapter, clock: FrozenClock
) -> None:
    visitor = Visitor(caching_auth(adapter, clock, "jwe", secret=None, secrets=OLD))
    visitor.sign_up()
    later = Visitor(caching_auth(Kept(adapter), clock, "jwe", secret=None, secrets=f"{NEW},{OLD}"))
    later.cookies = dict(visitor.cookies)
    clock.advance(seconds=290)
    assert [text.partition("=")[0] for text in later.call("get_session").set_cookies] == [TOKEN]
    clock.advance(seconds=20)
    adapter.forget()
    later.get_session()
    assert adapter.statements == ["find_joined session"]


# Chunks -------------------------------------------------------------------------------------------


def test_a_large_session_is_cached_in_chunks(
    auth: PyAuth, adapter: WatchedAdapter, new_visitor: NewVisitor
) -> None:
    visitor = new_visitor(auth)
    visitor.sign_up(bio="x" * 8000)
    assert names_in(visitor) == {f"{CACHE}.{index}" for index in range(len(names_in(visitor)))}
    assert len(names_in(visitor)) >= 3
    assert max(len(value) for value in visitor.cookies.values()) == 3896
    adapter.forget()
    assert visitor.get_session()["user"]["bio"] == "x" * 8000
    assert adapter.statements == []


def test_a_cache_grows_into_chunks_and_back(
    auth: PyAuth, adapter: WatchedAdapter, new_visitor: NewVisitor
) -> None:
    visitor = new_visitor(auth)
    visitor.sign_up()
    for bio, whole in (("x" * 8000, False), ("y" * 4000, False), ("z", True)):
        adapter.update_many("user", [], {"bio": bio})
        visitor.get_session(disable_cookie_cache="1")
        assert (names_in(visitor) == {CACHE}) is whole
        adapter.forget()
        assert visitor.get_session()["user"]["bio"] == bio
        assert adapter.statements == []


@pytest.mark.parametrize("how", ["sign_out", "revoke_sessions"])
def test_chunks_go_with_the_session(auth: PyAuth, new_visitor: NewVisitor, how: str) -> None:
    visitor = new_visitor(auth)
    visitor.sign_up(bio="x" * 8000)
    visitor.call(how)
    assert names_in(visitor) == set()


def test_chunks_go_with_an_ended_session(
    auth: PyAuth, new_visitor: NewVisitor, clock: FrozenClock
) -> None:
    visitor = new_visitor(auth)
    visitor.sign_up(bio="x" * 8000)
    auth.context.sessions.delete(token_of(visitor))
    clock.advance(seconds=301)
    assert visitor.get_session() is None
    assert visitor.cookies == {}


@pytest.mark.parametrize("lost", [f"{CACHE}.0", f"{CACHE}.1"])
def test_a_lost_chunk_is_a_lost_cache(
    auth: PyAuth, adapter: WatchedAdapter, new_visitor: NewVisitor, lost: str
) -> None:
    visitor = new_visitor(auth)
    visitor.sign_up(bio="x" * 8000)
    del visitor.cookies[lost]
    adapter.forget()
    assert visitor.get_session() is not None
    assert adapter.statements == ["find_joined session"]
    assert lost in visitor.cookies


def test_a_session_too_large_for_cookies_is_not_cached(
    auth: PyAuth, adapter: WatchedAdapter, caplog: pytest.LogCaptureFixture
) -> None:
    visitor = Visitor(auth)
    visitor.sign_up()
    adapter.update_many("user", [], {"bio": "x" * 70_000})
    answer = visitor.call("get_session", query={"disable_cookie_cache": "1"})
    assert answer.cookies == {CACHE: ""}
    assert "is not cached" in caplog.text
    assert "xxx" not in caplog.text
    adapter.forget()
    assert visitor.get_session() is not None
    assert adapter.statements == ["find_joined session"]


def test_no_answer_holds_a_session_that_it_takes_back(
    adapter: WatchedAdapter, clock: FrozenClock
) -> None:
    def enter_and_leave(call: Call) -> None:
        user = call.context.users.find_by_email("ada@example.com")
        assert user is not None
        call.sign_in(user)
        call.forget_session()

    auth = caching_auth(adapter, clock, plugins=[Host(enter_and_leave)])
    Visitor(auth).sign_up(bio="x" * 8000)
    answer = Visitor(auth).post("/run")
    assert set(answer.cookies.values()) == {""}
    assert len(answer.set_cookies) == len(answer.cookies)
    assert f"{CACHE}.1" in answer.cookies


# Loading ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("strategy", "loads"), [("compact", False), ("jwt", False), ("jwe", True)])
def test_encryption_is_loaded_by_those_who_encrypt(strategy: str, loads: bool) -> None:
    code = (
        "import sys; from pyauth import PyAuth; from pyauth.db import MemoryAdapter; "
        "PyAuth(mode='test', database=MemoryAdapter(), "
        f"session={{'cookie_cache': {{'enabled': True, 'strategy': {strategy!r}}}}}); "
        "print('joserfc' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == str(loads)
