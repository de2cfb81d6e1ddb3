"""Reading, changing and ending sessions.

Source: Better Auth 1.6.9, ``api/routes/session.ts`` and ``update-session.ts``; differs as later
releases do: listing needs a fresh session, a vanished session is never made anew, and changing one
asks the store (1.6.16). differs: ending the own session takes its cache along.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, Field

from pyauth import error_codes
from pyauth.errors import APIError
from pyauth.http.call import Call
from pyauth.http.endpoint import endpoint
from pyauth.http.guards import require_fresh_session, require_live_session
from pyauth.http.inputs import Body, Query, QueryFlag
from pyauth.models import Session
from pyauth.routes.results import DeferredSession, StatusResult, UpdateSessionResult
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
def get_session(call: Call, query: GetSession) -> SignedIn | DeferredSession | None:
    """Return who is signed in, or null; the session is extended when it is due.

    Where extending is deferred, GET writes nothing and says whether it is due, and POST extends. A
    session that could not be extended is a refusal here; other endpoints find nobody signed in.
    """
    deferred = call.method == "POST"
    if deferred and not call.context.options.session.defer_session_refresh:
        raise APIError(error_codes.METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED)
    call.set_header("Cache-Control", "no-store")
    call.set_header("Pragma", "no-cache")
    signed_in = call.find_session(
        live=query.disable_cookie_cache, refresh=not query.disable_refresh, deferred=deferred
    )
    if signed_in is None and call.session_refusal is not None:
        raise call.session_refusal
    if signed_in is None or call.needs_refresh is None:
        return signed_in
    return DeferredSession(signed_in.session, signed_in.user, call.needs_refresh)


@endpoint(
    "GET",
    "/list-sessions",
    guards=(require_fresh_session,),
    operation_id="listUserSessions",
    errors=(error_codes.UNAUTHORIZED, error_codes.SESSION_NOT_FRESH),
)
def list_sessions(call: Call) -> list[Session]:
    """Return the active sessions of the signed-in user."""
    call.set_header("Cache-Control", "no-store")
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
    signed_in = call.get_session()
    call.context.sessions.delete(body.token, user_id=signed_in.user.id)
    if body.token == signed_in.session.token:
        call.forget_cache()
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
    call.forget_cache()
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
        error_codes.FAILED_TO_GET_SESSION,
    ),
)
def update_session(call: Call, body: UpdateSession) -> UpdateSessionResult:
    """Change additional fields of the current session."""
    context, signed_in = call.context, call.get_session()
    changes = context.schema.parse_input("session", body.extras(), "update")
    if not changes:
        raise APIError(error_codes.NO_FIELDS_TO_UPDATE)
    session = _change(call, signed_in.session, changes)
    if session is None:
        call.forget_session()
        raise APIError(error_codes.FAILED_TO_GET_SESSION)
    call.renew_session(SignedIn(session, signed_in.user))
    return UpdateSessionResult(session)


def _change(call: Call, session: Session, changes: Mapping[str, Any]) -> Session | None:
    """Change a session where it lives; None where it is gone."""
    if call.context.session_manager.is_stateless:
        return call.context.sessions.update_held(session, changes)
    return call.context.sessions.update(session.token, changes)
