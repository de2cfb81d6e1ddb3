"""The core endpoints, a file a subject."""

from typing import Any

from pyauth.http.endpoint import Endpoint
from pyauth.routes import (
    accounts,
    email_change,
    email_verification,
    pages,
    password_change,
    password_reset,
    sessions,
    sign_in,
    sign_up,
    user_deletion,
    users,
)

CORE_ENDPOINTS: tuple[Endpoint[Any, Any], ...] = (
    sign_up.sign_up_email,
    sign_in.sign_in_email,
    sign_in.sign_out,
    sessions.get_session,
    sessions.list_sessions,
    sessions.revoke_session,
    sessions.revoke_sessions,
    sessions.revoke_other_sessions,
    sessions.update_session,
    email_verification.send_verification_email,
    email_verification.verify_email,
    email_change.change_email,
    users.update_user,
    user_deletion.delete_user,
    user_deletion.delete_user_callback,
    password_reset.request_password_reset,
    password_reset.request_password_reset_callback,
    password_reset.reset_password,
    password_change.change_password,
    password_change.set_password,
    password_change.verify_password,
    accounts.list_user_accounts,
    accounts.unlink_account,
    pages.ok,
    pages.error,
)
"""Every endpoint of the core."""

__all__ = ["CORE_ENDPOINTS"]
