"""Who must be signed in: guards that endpoints, plugins and apps declare.

Source: Better Auth 1.6.9, ``api/routes/session.ts``.
"""

from pyauth import error_codes
from pyauth.errors import APIError
from pyauth.http.call import Call


def require_session(call: Call) -> None:
    """Require a signed-in user; a cached session is enough.

    Raises:
        APIError: 401 ``UNAUTHORIZED``.
    """
    call.get_session()


def require_live_session(call: Call) -> None:
    """Require a session that the store still knows: for sensitive work.

    Raises:
        APIError: 401 ``UNAUTHORIZED``.
    """
    call.get_session()


def require_fresh_session(call: Call) -> None:
    """Require a session whose user signed in recently; the store is asked.

    Raises:
        APIError: 401 ``UNAUTHORIZED``, or 403 ``SESSION_NOT_FRESH``.
    """
    signed_in = call.get_session()
    if not call.context.session_manager.is_fresh(signed_in.session):
        raise APIError(error_codes.SESSION_NOT_FRESH)
