"""The official JavaScript clients, unchanged, against pyauth over the network."""

import json
import re
import select
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.node import require_node_packages

pytestmark = [pytest.mark.node, pytest.mark.server]

_ROOT = Path(__file__).resolve().parents[2]
_SECONDS = 60
_ID = re.compile(r"[A-Za-z0-9]{32}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")

Steps = Mapping[str, Any]


@pytest.fixture(scope="module", params=["plain", "quickstart"])
def origin(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A running server."""
    database = tmp_path_factory.mktemp("interop") / "interop.sqlite3"
    errors = database.with_suffix(".log")
    with (
        errors.open("w") as log,
        subprocess.Popen(
            [sys.executable, "-m", "tests.interop.serve", request.param, str(database)],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        ready, _, _ = select.select([process.stdout], [], [], _SECONDS)
        line = process.stdout.readline().strip() if ready else ""
        assert line, f"the server did not start: {errors.read_text()[-3000:]}"
        yield line
        assert process.stdin is not None
        process.stdin.close()
        process.wait(_SECONDS)


@pytest.fixture(scope="module", params=["1.6.9", "1.7.1"])
def version(request: pytest.FixtureRequest) -> str:
    """A version of the client."""
    return str(request.param)


@pytest.fixture(scope="module")
def steps(origin: str, version: str) -> Steps:
    """What the client made of every answer."""
    folder = require_node_packages("interop")
    done = subprocess.run(
        ["node", "drive.mjs", version, origin],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def _email(version: str) -> str:
    return f"ada-{version}@example.com"


def _data(steps: Steps, name: str) -> Any:
    """Return the data of a step that must have succeeded."""
    assert steps[name]["error"] is None, (name, steps[name])
    return steps[name]["data"]


def _error(steps: Steps, name: str) -> tuple[int, str]:
    """Return status and code of a step that must have failed."""
    assert steps[name]["data"] is None, (name, steps[name])
    error = steps[name]["error"]
    return error["status"], error["code"]


def _check_user(user: Mapping[str, Any], version: str) -> None:
    built_in = {"id", "name", "email", "emailVerified", "image", "createdAt", "updatedAt"}
    assert built_in <= set(user)
    assert (user["name"], user["email"]) == ("Ada", _email(version))
    assert user["emailVerified"] is False
    assert user["image"] == "https://example.com/a.png"
    assert _ID.fullmatch(user["id"])
    assert _MOMENT.fullmatch(user["createdAt"])


def test_signing_up_returns_the_user_and_a_session(steps: Steps, version: str) -> None:
    data = _data(steps, "sign up")
    _check_user(data["user"], version)
    assert _ID.fullmatch(data["token"])
    assert steps["cookies after sign up"]["data"] == ["better-auth.session_token"]


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("short password", 400, "PASSWORD_TOO_SHORT"),
        ("bad address", 400, "VALIDATION_ERROR"),
        ("taken address", 422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL"),
        ("wrong password", 401, "INVALID_EMAIL_OR_PASSWORD"),
        ("unknown user", 401, "INVALID_EMAIL_OR_PASSWORD"),
        ("list signed out", 401, "UNAUTHORIZED"),
        ("revoke a number", 400, "VALIDATION_ERROR"),
        ("bad link", 401, "INVALID_TOKEN"),
        ("unknown route", 404, "NOT_FOUND"),
    ],
)
def test_refusals_reach_the_caller_with_their_code(
    steps: Steps, name: str, status: int, code: str
) -> None:
    assert _error(steps, name) == (status, code)


def test_refusals_have_a_message_to_show(steps: Steps) -> None:
    assert steps["wrong password"]["error"]["message"] == "Invalid email or password"
    assert steps["bad address"]["error"]["message"] == "[body.email] Invalid email address"


def test_without_a_session_there_is_none(steps: Steps) -> None:
    assert _data(steps, "signed out") is None


def test_get_session_returns_session_and_user(steps: Steps, version: str) -> None:
    data = _data(steps, "session")
    _check_user(data["user"], version)
    assert data["session"]["token"] == _data(steps, "sign up")["token"]
    assert data["session"]["userId"] == data["user"]["id"]
    assert data["session"]["userAgent"] == "node"
    assert data["session"]["ipAddress"] == "127.0.0.1"
    assert _MOMENT.fullmatch(data["session"]["expiresAt"])


def test_signing_in_without_being_remembered(steps: Steps, version: str) -> None:
    data = _data(steps, "sign in")
    _check_user(data["user"], version)
    assert data["redirect"] is False
    assert sorted(steps["cookies after forgetful sign in"]["data"]) == [
        "better-auth.dont_remember",
        "better-auth.session_token",
    ]
    assert _data(steps, "session on phone")["session"]["token"] == data["token"]


def test_listing_shows_every_session_of_the_user(steps: Steps) -> None:
    tokens = {session["token"] for session in _data(steps, "list")}
    assert tokens == {_data(steps, "sign up")["token"], _data(steps, "sign in")["token"]}


def test_a_revoked_session_is_gone(steps: Steps) -> None:
    assert _data(steps, "revoke phone") == {"status": True}
    assert _data(steps, "phone after revocation") is None


def test_revoking_the_others_leaves_ones_own(steps: Steps) -> None:
    assert _data(steps, "revoke others") == {"status": True}
    assert _data(steps, "ada after revocation") is None
    tokens = [session["token"] for session in _data(steps, "list on phone")]
    assert tokens == [_data(steps, "sign in again")["token"]]


def test_the_session_can_be_updated(steps: Steps) -> None:
    assert _data(steps, "update session")["session"]["theme"] == "dark"
    assert _data(steps, "session after update")["session"]["theme"] == "dark"
    assert steps["update unknown field"]["error"]["status"] == 400


def test_revoking_all_ends_ones_own(steps: Steps) -> None:
    assert _data(steps, "revoke all") == {"status": True}
    assert _data(steps, "phone after all") is None


def test_signing_out_ends_the_session_and_drops_the_cookies(steps: Steps) -> None:
    assert _data(steps, "sign out") == {"success": True}
    assert steps["cookies after sign out"]["data"] == []
    assert _data(steps, "after sign out") is None
    assert _data(steps, "sign out twice") == {"success": True}
