"""The life of an account through the official clients: addresses, passwords, profile, deletion."""

from collections.abc import Iterator

import pytest

from tests.interop.driving import VERSIONS, Steps, data_of, drive, error_of, served

pytestmark = [pytest.mark.node, pytest.mark.server]


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running server with every option of an account's life."""
    with served("account", tmp_path_factory.mktemp("interop")) as found:
        yield found


@pytest.fixture(scope="module", params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    """A version of the client."""
    return str(request.param)


@pytest.fixture(scope="module")
def steps(origin: str, version: str) -> Steps:
    """What the client made of every answer."""
    return drive("drive_account.mjs", version, origin)


def test_the_session_is_cached_in_a_cookie(steps: Steps) -> None:
    assert steps["cookies"]["data"] == ["better-auth.session_data", "better-auth.session_token"]
    assert data_of(steps, "cached session")["user"]["name"] == "Grace"


def test_an_address_is_verified_by_its_mail(steps: Steps) -> None:
    assert data_of(steps, "send verification") == {"status": True}
    assert data_of(steps, "verify")["status"] is True
    assert data_of(steps, "verified")["user"]["emailVerified"] is True


def test_the_profile_changes_and_the_cache_with_it(steps: Steps) -> None:
    assert data_of(steps, "update user") == {"status": True}
    user = data_of(steps, "updated")["user"]
    assert (user["name"], user["image"]) == ("Grace H.", None)
    assert error_of(steps, "update e-mail") == (400, "EMAIL_CAN_NOT_BE_UPDATED")


def test_a_changed_password_ends_the_other_sessions(steps: Steps) -> None:
    assert error_of(steps, "wrong current password") == (400, "INVALID_PASSWORD")
    changed = data_of(steps, "change password")
    assert data_of(steps, "after the change")["session"]["token"] == changed["token"]
    assert data_of(steps, "phone after the change") is None


def test_a_forgotten_password_is_reset_once(steps: Steps, origin: str) -> None:
    assert data_of(steps, "request reset") == data_of(steps, "request reset of nobody")
    assert error_of(steps, "request reset to elsewhere") == (403, "INVALID_REDIRECT_URL")
    status, location = steps["reset link"]["data"]
    assert status == 302
    assert location.startswith((f"{origin}/set-password?token=", "/set-password?token="))
    assert error_of(steps, "reset with a short password") == (400, "PASSWORD_TOO_SHORT")
    assert data_of(steps, "reset") == {"status": True}
    assert error_of(steps, "reset again") == (400, "INVALID_TOKEN")
    assert error_of(steps, "old password") == (401, "INVALID_EMAIL_OR_PASSWORD")
    assert data_of(steps, "new password")["user"]["name"] == "Grace H."
    assert steps["reset token length"]["data"] == 24


def test_accounts_are_listed_and_the_last_one_stays(steps: Steps) -> None:
    (account,) = data_of(steps, "accounts")
    assert account["providerId"] == "credential"
    assert "password" not in account
    assert error_of(steps, "unlink the last") == (400, "FAILED_TO_UNLINK_LAST_ACCOUNT")


def test_an_address_changes_in_two_steps(steps: Steps, version: str) -> None:
    assert data_of(steps, "change e-mail") == {"status": True}
    assert data_of(steps, "confirmed")["user"]["email"] == f"grace-{version}@example.com"
    user = data_of(steps, "moved")["user"]
    assert (user["email"], user["emailVerified"]) == (f"hopper-{version}@example.com", True)


def test_a_deleted_user_is_gone(steps: Steps) -> None:
    assert error_of(steps, "delete with a wrong password") == (400, "INVALID_PASSWORD")
    assert data_of(steps, "delete") == {"success": True, "message": "User deleted"}
    assert data_of(steps, "phone after deletion") is None
    assert error_of(steps, "signs in after deletion") == (401, "INVALID_EMAIL_OR_PASSWORD")
