"""The core endpoints, a file a subject."""

from typing import Any

from pyauth.http.endpoint import Endpoint
from pyauth.routes import email_verification, pages, sessions, sign_in, sign_up

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
    email_verification.verify_email,
    pages.ok,
    pages.error,
)
"""Every endpoint of the core."""

__all__ = ["CORE_ENDPOINTS"]
