"""What the tests of cached sessions share."""

from collections.abc import Callable
from typing import Any

import pytest

from pyauth import Contributions, Plugin, PyAuth
from pyauth.db.memory import MemoryAdapter
from pyauth.http.call import Call
from pyauth.http.endpoint import endpoint
from tests.support.app import FrozenClock, Visitor, make_auth
from tests.support.watched import WatchedAdapter

TOKEN = "better-auth.session_token"
CACHE = "better-auth.session_data"
STRATEGIES = ["compact", "jwt", "jwe"]
FIELDS: dict[str, Any] = {
    "bio": {"type": "string", "required": False},
    "born": {"type": "date", "required": False},
    "profile": {"type": "json", "required": False},
    "secret_note": {"type": "string", "required": False, "returned": False},
}
THEME: dict[str, Any] = {"theme": {"type": "string", "required": False}}


@pytest.fixture(params=STRATEGIES)
def strategy(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture
def adapter() -> WatchedAdapter:
    return WatchedAdapter(MemoryAdapter())


def caching_auth(
    adapter: WatchedAdapter, clock: FrozenClock, strategy: str = "compact", **options: Any
) -> PyAuth:
    cache = {"enabled": True, "strategy": strategy, **options.pop("cache", {})}
    session = {"cookie_cache": cache, "additional_fields": THEME, **options.pop("session", {})}
    user = {"additional_fields": FIELDS}
    return make_auth(database=adapter, clock=clock, session=session, user=user, **options)


@pytest.fixture
def auth(adapter: WatchedAdapter, clock: FrozenClock, strategy: str) -> PyAuth:
    return caching_auth(adapter, clock, strategy)


def names_in(visitor: Visitor) -> set[str]:
    return {name for name in visitor.cookies if name.startswith(CACHE)}


class Host(Plugin):
    """Runs a function as the handler of an endpoint."""

    id = "host"

    def __init__(self, handler: Callable[[Call], Any]) -> None:
        self._handler = handler

    def contribute(self) -> Contributions:
        return Contributions(endpoints=[endpoint("POST", "/run", name="run")(self._handler)])


class Kept(WatchedAdapter):
    """Keeps the rows of an adapter that another instance has already bound."""

    def bind(self, *_: Any, **__: Any) -> None:
        pass
