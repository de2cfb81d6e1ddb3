"""The routes of sessions over a secondary storage, by both doors."""

from typing import Any

import pytest

from pyauth import PyAuth
from pyauth.storage import MemoryStorage
from tests.pyauth.conftest import MakeAuth, NewVisitor
from tests.support.app import FrozenClock, row_counts, token_of
from tests.support.storage import SESSION_MODES


@pytest.fixture(params=list(SESSION_MODES))
def mode(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture
def auth(mode: str, new_auth: MakeAuth, clock: FrozenClock) -> PyAuth:
    fields = {"theme": {"type": "string", "required": False}}
    session: dict[str, Any] = {**SESSION_MODES[mode], "additional_fields": fields}
    return new_auth(secondary_storage=MemoryStorage(clock), session=session)


def test_a_visit_from_sign_up_to_sign_out(auth: PyAuth, new_visitor: NewVisitor) -> None:
    ada = new_visitor(auth)
    assert ada.sign_up().status == 200
    assert ada.get_session()["user"]["email"] == "ada@example.com"
    assert ada.call("update_session", {"theme": "dark"}).json["session"]["theme"] == "dark"
    assert ada.get_session()["session"]["theme"] == "dark"
    cookies = dict(ada.cookies)
    ada.call("sign_out")
    ada.cookies = cookies
    assert ada.get_session() is None


def test_sessions_are_listed_and_revoked(auth: PyAuth, new_visitor: NewVisitor) -> None:
    phone, laptop, eve = (new_visitor(auth) for _ in range(3))
    phone.sign_up()
    laptop.sign_in()
    eve.sign_up("eve@example.com")
    listed = phone.call("list_sessions").json
    assert {item["token"] for item in listed} == {token_of(phone), token_of(laptop)}
    eve.call("revoke_session", {"token": token_of(phone)})
    assert phone.get_session() is not None
    phone.call("revoke_session", {"token": token_of(laptop)})
    assert (laptop.get_session(), phone.get_session() is None) == (None, False)
    laptop.sign_in()
    laptop.call("revoke_other_sessions")
    assert (phone.get_session(), laptop.get_session() is None) == (None, False)
    laptop.call("revoke_sessions")
    assert laptop.get_session() is None
    assert eve.get_session() is not None


def test_a_session_is_extended(auth: PyAuth, new_visitor: NewVisitor, clock: FrozenClock) -> None:
    ada = new_visitor(auth)
    ada.sign_up()
    before = ada.get_session()["session"]["expiresAt"]
    clock.advance(days=2)
    assert ada.get_session()["session"]["expiresAt"] > before
    clock.advance(days=6)
    assert ada.get_session() is not None
    clock.advance(days=8)
    assert ada.get_session() is None


def test_rows_of_sessions_are_written_only_where_they_should(
    auth: PyAuth, mode: str, new_visitor: NewVisitor
) -> None:
    new_visitor(auth).sign_up()
    assert row_counts(auth)["session"] == (0 if mode == "stored" else 1)
