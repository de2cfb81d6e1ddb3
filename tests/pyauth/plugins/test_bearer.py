"""``Authorization: Bearer`` in place of a cookie."""

from typing import Any

import pytest

from pyauth import PyAuth
from pyauth.cookies import append_signature, encode_uri_component
from pyauth.db.memory import MemoryAdapter
from pyauth.plugins import Bearer
from tests.pyauth.conftest import MakeAuth
from tests.support.app import FOREIGN, SECRET, FrozenClock, Visitor, make_auth, rows_of, token_of
from tests.support.watched import WatchedAdapter

COOKIE = "better-auth.session_token"


def sign_up(auth: PyAuth) -> tuple[str, str]:
    """Return the bare token and the one that ``set-auth-token`` gave."""
    visitor = Visitor(auth)
    answer = visitor.sign_up()
    return token_of(visitor), answer.headers["set-auth-token"]


def who(auth: PyAuth, authorization: str, **arguments: Any) -> Any:
    answer = Visitor(auth).get(
        "/get-session", headers={"Authorization": authorization, **arguments}
    )
    assert answer.status == 200, answer.text
    return answer.json


def test_a_new_session_is_handed_out_as_a_token(new_auth: MakeAuth) -> None:
    auth = new_auth(plugins=[Bearer()])
    visitor = Visitor(auth)
    answer = visitor.sign_up()
    token = token_of(visitor)
    assert answer.headers["set-auth-token"] == append_signature(token, SECRET)
    assert answer.headers["Access-Control-Expose-Headers"] == "set-auth-token"
    assert who(auth, f"Bearer {answer.headers['set-auth-token']}")["session"]["token"] == token


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
@pytest.mark.parametrize("kind", ["bare", "signed", "encoded"])
def test_every_spelling_of_the_token_is_read(scheme: str, kind: str) -> None:
    auth = make_auth(plugins=[Bearer()])
    bare, signed = sign_up(auth)
    token = {"bare": bare, "signed": signed, "encoded": encode_uri_component(signed)}[kind]
    assert who(auth, f"{scheme} {token}")["session"]["token"] == bare


def forgeries(bare: str, signed: str) -> dict[str, str]:
    return {
        "another scheme": f"Basic {signed}",
        "no scheme": signed,
        "nothing": "Bearer ",
        "blanks": "Bearer    ",
        "another secret": f"Bearer {append_signature(bare, 'x' * 40)}",
        "a changed signature": f"Bearer {bare}.{'A' * 43}=",
        "no signature": f"Bearer {bare}.",
        "an unknown token": f"Bearer {'A' * 32}",
        "broken escapes": f"Bearer {signed}%zz",
        "two": f"Bearer {signed} {signed}",
    }


@pytest.mark.parametrize("kind", forgeries("", ""))
def test_other_texts_are_nobody(kind: str) -> None:
    auth = make_auth(plugins=[Bearer()])
    assert who(auth, forgeries(*sign_up(auth))[kind]) is None


def test_a_signature_can_be_required() -> None:
    auth = make_auth(plugins=[Bearer(require_signature=True)])
    bare, signed = sign_up(auth)
    assert who(auth, f"Bearer {bare}") is None
    assert who(auth, f"Bearer {signed}")["session"]["token"] == bare


def test_without_the_plugin_the_header_means_nothing() -> None:
    bare, signed = "", ""
    auth = make_auth(plugins=[Bearer()])
    bare, signed = sign_up(auth)
    plain = make_auth()
    for token in (bare, signed):
        assert who(plain, f"Bearer {token}") is None


def test_a_token_authorises_like_a_cookie_and_asks_for_no_origin(new_auth: MakeAuth) -> None:
    auth = new_auth(plugins=[Bearer()])
    _, signed = sign_up(auth)
    client = Visitor(auth, origin=None)
    headers = {"Authorization": f"Bearer {signed}"}
    assert client.post("/revoke-sessions", headers={**headers, "Origin": FOREIGN}).status == 200
    assert rows_of(auth, "session") == []
    assert client.get("/list-sessions", headers=headers).refusal == (401, "UNAUTHORIZED")


def test_a_cookie_beside_the_token_wins() -> None:
    auth = make_auth(plugins=[Bearer()])
    _, signed = sign_up(auth)
    eve = Visitor(auth)
    eve.sign_up("eve@example.com")
    found = who(auth, f"Bearer {signed}", Cookie=eve.cookie_header)
    assert found["user"]["email"] == "eve@example.com"


def test_an_extension_hands_the_token_out_again(clock: FrozenClock) -> None:
    auth = make_auth(plugins=[Bearer()], clock=clock)
    _, signed = sign_up(auth)
    headers = {"Authorization": f"Bearer {signed}"}
    assert "set-auth-token" not in Visitor(auth).get("/get-session", headers=headers).headers
    clock.advance(days=2)
    answer = Visitor(auth).get("/get-session", headers=headers)
    assert answer.headers["set-auth-token"] == signed


@pytest.mark.parametrize("path", ["/sign-out", "/get-session"])
def test_an_expired_cookie_is_not_handed_out(path: str) -> None:
    auth = make_auth(plugins=[Bearer()])
    visitor = Visitor(auth)
    visitor.sign_up()
    auth.context.adapter.delete_many("session", [])
    answer = visitor.post(path) if path == "/sign-out" else visitor.get(path)
    assert answer.cookies[COOKIE] == ""
    assert "set-auth-token" not in answer.headers


def test_a_refused_sign_in_hands_out_nothing() -> None:
    auth = make_auth(plugins=[Bearer()])
    sign_up(auth)
    assert "set-auth-token" not in Visitor(auth).sign_in(password="wrong horse").headers


def test_it_works_in_process() -> None:
    auth = make_auth(plugins=[Bearer()])
    bare, _ = sign_up(auth)
    result = auth.api.get_session(headers={"Authorization": f"Bearer {bare}"})
    assert result is not None
    assert result.session.token == bare


@pytest.mark.parametrize("token", ["a\x00b", "\ud800", "x" * 513, "a b", '"quoted"'])
def test_what_is_no_token_never_reaches_the_store(token: str) -> None:
    adapter = WatchedAdapter(MemoryAdapter())
    auth = make_auth(plugins=[Bearer()], database=adapter)
    adapter.forget()
    assert auth.api.get_session(headers={"Authorization": f"Bearer {token}"}) is None
    assert adapter.statements == []
