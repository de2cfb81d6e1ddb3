"""Flask apps for tests: a watched memory database, cheap hashes, mails sent inline."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from flask_pyauth import FlaskPyAuth
from pyauth.crypto.passwords import PasswordHasher
from pyauth.db.memory import MemoryAdapter
from pyauth.outbound import InlineRunner
from tests.support.app import CHEAP_COST, SECRET, FrozenClock, Outbox
from tests.support.watched import WatchedAdapter

ORIGIN = {"Origin": "http://localhost"}
PASSWORD = "correct horse"
ADA = {"name": "Ada", "email": "ada@example.com", "password": PASSWORD}


def json_of(answer: TestResponse) -> Any:
    """Return the JSON body of an answer."""
    return answer.get_json()


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


@pytest.fixture
def database() -> WatchedAdapter:
    return WatchedAdapter(MemoryAdapter())


@pytest.fixture
def new_auth(clock: FrozenClock, database: WatchedAdapter) -> Callable[..., FlaskPyAuth]:
    """Make an instance that belongs to no app yet."""

    def make(**options: Any) -> FlaskPyAuth:
        chosen: dict[str, Any] = {
            "secret": SECRET,
            "database": database,
            "passwords": PasswordHasher(cost=CHEAP_COST),
            "runner": InlineRunner,
            "clock": clock,
            "email_and_password": {"enabled": True},
        }
        return FlaskPyAuth(**{**chosen, **options})

    return make


@pytest.fixture
def auth(new_auth: Callable[..., FlaskPyAuth]) -> FlaskPyAuth:
    return new_auth()


@pytest.fixture
def app(auth: FlaskPyAuth) -> Flask:
    """An app with the default instance."""
    app = Flask("site")
    app.testing = True
    auth.init_app(app)
    return app
