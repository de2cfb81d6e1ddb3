"""The quickstart for tests: a file of its own, cheap hashes, a clock that stands still."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from examples.quickstart.app import create_app
from examples.quickstart.extensions import auth
from pyauth.testing import FrozenClock, cheap_passwords

FORM = {"name": "Ada", "email": "ada@example.com", "password": "correct horse"}


def make_app(tmp_path: Path, **config: Any) -> Flask:
    app = create_app(
        {
            "TESTING": True,
            "PYAUTH_DATABASE": f"sqlite:///{tmp_path}/site.sqlite3",
            "PYAUTH_PASSWORDS": cheap_passwords(),
            **config,
        }
    )
    with app.app_context():
        auth.migrate()
    return app


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def app(tmp_path: Path, clock: FrozenClock) -> Iterator[Flask]:
    app = make_app(tmp_path, PYAUTH_CLOCK=clock)
    yield app
    auth.for_app(app).close()


def token_in(page: str) -> str:
    """Return the token of the forms of a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found.group(1)


def send(client: FlaskClient, path: str, form: dict[str, str], page: str | None = None) -> Any:
    """Fill in the form of a page and send it."""
    token = token_in(client.get(page or path).text)
    return client.post(path, data={**form, "csrf_token": token})


def sign_up(app: Flask, **changes: str) -> FlaskClient:
    """Return the browser of somebody who has just signed up."""
    client = app.test_client()
    assert send(client, "/sign-up", {**FORM, **changes}).location == "/account"
    return client
