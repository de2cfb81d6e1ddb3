"""The WSGI example works, and nothing of it is Flask."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import Client

from examples.wsgi.app import create_app, create_auth

ROOT = Path(__file__).parents[2]
ADA = {"name": "Ada", "email": "ada@example.com", "password": "correct horse"}
ORIGIN = {"Origin": "http://localhost"}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    auth = create_auth(mode="test", database=f"sqlite:///{tmp_path}/example.sqlite3")
    auth.migrate()
    yield Client(create_app(auth))
    auth.close()


def test_a_stranger_is_asked_to_sign_in(client: Client) -> None:
    assert client.get("/").status_code == 200
    assert client.get("/me").status_code == 401
    assert client.get("/nothing").status_code == 404


def test_a_user_is_told_who_he_is(client: Client) -> None:
    client.post("/api/auth/sign-up/email", json=ADA, headers=ORIGIN)

    assert client.get("/me").text == "You are Ada <ada@example.com>.\n"

    client.post("/api/auth/sign-out", json={}, headers=ORIGIN)
    assert client.get("/me").status_code == 401


def test_an_ended_session_is_let_in_no_longer_where_sessions_are_cached(tmp_path: Path) -> None:
    auth = create_auth(
        mode="test",
        database=f"sqlite:///{tmp_path}/example.sqlite3",
        session={"cookie_cache": {"enabled": True}},
    )
    auth.migrate()
    client = Client(create_app(auth))
    client.post("/api/auth/sign-up/email", json=ADA, headers=ORIGIN)
    user = auth.context.users.find_by_email(ADA["email"])
    assert user is not None
    auth.context.sessions.delete_of_user(user.id)
    assert client.get("/me").status_code == 401
    auth.close()


def test_importing_pyauth_and_the_example_never_imports_flask() -> None:
    program = """
import importlib, pkgutil, sys
import pyauth
for module in pkgutil.walk_packages(pyauth.__path__, "pyauth."):
    importlib.import_module(module.name)
import examples.wsgi.app
print(sorted(name for name in sys.modules if name.partition(".")[0] in {"flask", "flask_pyauth"}))
"""
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert result.stdout.strip() == "[]"
