"""Options of the users."""

from datetime import timedelta

import pytest

from pyauth import ChangeEmail, ConfigurationError, DeleteUser, PyAuth, UserOptions
from tests.support.app import SECRET, Outbox, make_auth


def test_users_neither_move_nor_leave_by_default() -> None:
    options = UserOptions()
    assert not options.change_email.enabled
    assert not options.delete_user.enabled
    assert options.delete_user.delete_token_expires_in == timedelta(days=1)


def test_upstreams_spelling_is_read() -> None:
    auth = make_auth(
        user={
            "changeEmail": {"enabled": True, "updateEmailWithoutVerification": True},
            "deleteUser": {"enabled": True, "deleteTokenExpiresIn": 60},
        }
    )
    user = auth.context.options.user
    assert user.change_email == ChangeEmail(enabled=True, update_email_without_verification=True)
    assert user.delete_user == DeleteUser(
        enabled=True, delete_token_expires_in=timedelta(minutes=1)
    )


def test_a_misspelt_option_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"user\.delete_user\.before_delete"):
        make_auth(user={"delete_user": {"before_deletion": print}})


@pytest.mark.parametrize(
    "user",
    [
        {"change_email": {"send_change_email_confirmation": Outbox()}},
        {"delete_user": {"send_delete_account_verification": Outbox()}},
    ],
    ids=lambda user: next(iter(user)),
)
def test_links_in_mails_need_a_base_url_in_production(user: object) -> None:
    with pytest.raises(ConfigurationError, match="base_url is missing"):
        PyAuth(secret=SECRET, mode="production", database="sqlite://", user=user)
