"""The official JavaScript clients, unchanged, against pyauth over the network."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.interop.driving import VERSIONS, Steps, data_of, drive, error_of, served

pytestmark = [pytest.mark.node, pytest.mark.server]

_ID = re.compile(r"[A-Za-z0-9]{32}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest.fixture(scope="module", params=["plain", "quickstart"])
def origin(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A running server."""
    with served(request.param, tmp_path_factory.mktemp("interop")) as found:
        yield found


@pytest.fixture(scope="module", params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    """A version of the client."""
    return str(request.param)


@pytest.fixture(scope="module")
def steps(origin: str, version: str) -> Steps:
    """What the client made of every answer."""
    return drive("drive.mjs", version, origin)


def _email(version: str) -> str:
    return f"ada-{version}@example.com"


def _check_user(user: Mapping[str, Any], version: str) -> None:
    built_in = {"id", "name", "email", "emailVerified", "image", "createdAt", "updatedAt"}
    assert built_in <= set(user)
    assert (user["name"], user["email"]) == ("Ada", _email(version))
    assert user["emailVerified"] is False
    assert user["image"] == "https://example.com/a.png"
    assert _ID.fullmatch(user["id"])
    assert _MOMENT.fullmatch(user["createdAt"])


def test_signing_up_returns_the_user_and_a_session(steps: Steps, version: str) -> None:
    data = data_of(steps, "sign up")
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
    assert error_of(steps, name) == (status, code)


def test_refusals_have_a_message_to_show(steps: Steps) -> None:
    assert steps["wrong password"]["error"]["message"] == "Invalid email or password"
    assert steps["bad address"]["error"]["message"] == "[body.email] Invalid email address"


def test_without_a_session_there_is_none(steps: Steps) -> None:
    assert data_of(steps, "signed out") is None


def test_get_session_returns_session_and_user(steps: Steps, version: str) -> None:
    data = data_of(steps, "session")
    _check_user(data["user"], version)
    assert data["session"]["token"] == data_of(steps, "sign up")["token"]
    assert data["session"]["userId"] == data["user"]["id"]
    assert data["session"]["userAgent"] == "node"
    assert data["session"]["ipAddress"] == "127.0.0.1"
    assert _MOMENT.fullmatch(data["session"]["expiresAt"])


def test_signing_in_without_being_remembered(steps: Steps, version: str) -> None:
    data = data_of(steps, "sign in")
    _check_user(data["user"], version)
    assert data["redirect"] is False
    assert sorted(steps["cookies after forgetful sign in"]["data"]) == [
        "better-auth.dont_remember",
        "better-auth.session_token",
    ]
    assert data_of(steps, "session on phone")["session"]["token"] == data["token"]


def test_listing_shows_every_session_of_the_user(steps: Steps) -> None:
    tokens = {session["token"] for session in data_of(steps, "list")}
    assert tokens == {data_of(steps, "sign up")["token"], data_of(steps, "sign in")["token"]}


def test_a_revoked_session_is_gone(steps: Steps) -> None:
    assert data_of(steps, "revoke phone") == {"status": True}
    assert data_of(steps, "phone after revocation") is None


def test_revoking_the_others_leaves_ones_own(steps: Steps) -> None:
    assert data_of(steps, "revoke others") == {"status": True}
    assert data_of(steps, "ada after revocation") is None
    tokens = [session["token"] for session in data_of(steps, "list on phone")]
    assert tokens == [data_of(steps, "sign in again")["token"]]


def test_the_session_can_be_updated(steps: Steps) -> None:
    assert data_of(steps, "update session")["session"]["theme"] == "dark"
    assert data_of(steps, "session after update")["session"]["theme"] == "dark"
    assert steps["update unknown field"]["error"]["status"] == 400


def test_revoking_all_ends_ones_own(steps: Steps) -> None:
    assert data_of(steps, "revoke all") == {"status": True}
    assert data_of(steps, "phone after all") is None


def test_signing_out_ends_the_session_and_drops_the_cookies(steps: Steps) -> None:
    assert data_of(steps, "sign out") == {"success": True}
    assert steps["cookies after sign out"]["data"] == []
    assert data_of(steps, "after sign out") is None
    assert data_of(steps, "sign out twice") == {"success": True}
