"""Reading, changing and ending sessions.

Source: Better Auth 1.6.9, ``api/routes/session.ts`` and ``update-session.ts``; differs as later
releases do: listing needs a fresh session, and a vanished session is never made anew.
"""

from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from pyauth import error_codes
from pyauth.errors import APIError
from pyauth.http.call import Call
from pyauth.http.endpoint import endpoint
from pyauth.http.guards import require_fresh_session, require_live_session
from pyauth.http.inputs import Body, Query, QueryFlag
from pyauth.models import Session
from pyauth.routes.results import StatusResult, UpdateSessionResult
from pyauth.sessions import SignedIn


class GetSession(Query):
    """How the session is read."""

    disable_cookie_cache: QueryFlag = False
    disable_refresh: QueryFlag = False


class RevokeSession(Body):
    """Which session ends."""

    token: Annotated[str, Field(repr=False)]


class UpdateSession(Body):
    """New values of additional fields of the session."""

    model_config = ConfigDict(extra="allow")
    object_words: ClassVar[tuple[str, ...]] = ("record",)
    extras_of = "session"


@endpoint(
    ("GET", "POST"),
    "/get-session",
    query=GetSession,
    operation_id="getSession",
    errors=(
        error_codes.METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED,
        error_codes.FAILED_TO_GET_SESSION,
    ),
)
def get_session(call: Call, query: GetSession) -> SignedIn | None:
    """Return who is signed in, or null; the session is extended when it is due."""
    if call.method == "POST":
        raise APIError(error_codes.METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED)
    call.set_header("Cache-Control", "no-store")
    call.set_header("Pragma", "no-cache")
    return call.find_session(refresh=not query.disable_refresh)


@endpoint(
    "GET",
    "/list-sessions",
    guards=(require_fresh_session,),
    operation_id="listUserSessions",
    errors=(error_codes.UNAUTHORIZED, error_codes.SESSION_NOT_FRESH),
)
def list_sessions(call: Call) -> list[Session]:
    """Return the active sessions of the signed-in user."""
    return call.context.sessions.list_of_user(call.get_session().user.id)


@endpoint(
    "POST",
    "/revoke-session",
    body=RevokeSession,
    guards=(require_live_session,),
    operation_id="revokeSession",
    errors=(error_codes.UNAUTHORIZED,),
)
def revoke_session(call: Call, body: RevokeSession) -> StatusResult:
    """End one session of the signed-in user; another user's is left alone, and not told apart."""
    call.context.sessions.delete(body.token, user_id=call.get_session().user.id)
    return StatusResult()


@endpoint(
    "POST",
    "/revoke-sessions",
    guards=(require_live_session,),
    operation_id="revokeSessions",
    errors=(error_codes.UNAUTHORIZED,),
)
def revoke_sessions(call: Call) -> StatusResult:
    """End every session of the signed-in user, this one too."""
    call.context.sessions.delete_of_user(call.get_session().user.id)
    return StatusResult()


@endpoint(
    "POST",
    "/revoke-other-sessions",
    guards=(require_live_session,),
    operation_id="revokeOtherSessions",
    errors=(error_codes.UNAUTHORIZED,),
)
def revoke_other_sessions(call: Call) -> StatusResult:
    """End every session of the signed-in user but this one."""
    signed_in = call.get_session()
    call.context.sessions.delete_of_user(signed_in.user.id, keep_token=signed_in.session.token)
    return StatusResult()


@endpoint(
    "POST",
    "/update-session",
    body=UpdateSession,
    guards=(require_live_session,),
    operation_id="updateSession",
    errors=(
        error_codes.UNAUTHORIZED,
        error_codes.NO_FIELDS_TO_UPDATE,
        error_codes.FIELD_NOT_ALLOWED,
    ),
)
def update_session(call: Call, body: UpdateSession) -> UpdateSessionResult:
    """Change additional fields of the current session."""
    context, signed_in = call.context, call.get_session()
    changes = context.schema.parse_input("session", body.extras(), "update")
    if not changes:
        raise APIError(error_codes.NO_FIELDS_TO_UPDATE)
    session = context.sessions.update(signed_in.session.token, changes)
    if session is None:
        call.forget_session()
        raise APIError(error_codes.FAILED_TO_GET_SESSION)
    manager = context.session_manager
    cookies = manager.cookies_for(session, remember=manager.is_remembered(call.cookies))
    call.hand_over(SignedIn(session, signed_in.user), cookies)
    return UpdateSessionResult(session)
