"""Who must be signed in: guards that endpoints, plugins and apps declare.

The session cached in a cookie is enough to show something; what changes or reveals anything
sensitive asks the store, so that a session which was ended does nothing more.

Source: Better Auth 1.6.9, ``api/routes/session.ts`` and ``api/middlewares/authorization.ts``.
"""

from collections.abc import Mapping
from typing import Any, Literal

from pyauth import error_codes
from pyauth.db.adapter import Row, Where
from pyauth.error_codes import ErrorCode
from pyauth.errors import APIError
from pyauth.http.call import Call
from pyauth.http.endpoint import Guard
from pyauth.state import State, define_state


def require_session(call: Call) -> None:
    """Require a signed-in user; a cached session is enough.

    Raises:
        APIError: 401 ``UNAUTHORIZED``.
    """
    call.get_session()


def require_live_session(call: Call) -> None:
    """Require a session that the store still knows: for sensitive work.

    The store is asked even where the call has already believed a cache. Without a store, the cookie
    is the session, and all there is to ask.

    Raises:
        APIError: 401 ``UNAUTHORIZED``.
    """
    call.get_session(live=True)


def require_fresh_session(call: Call) -> None:
    """Require a session whose user signed in recently; the store is asked.

    Raises:
        APIError: 401 ``UNAUTHORIZED``, or 403 ``SESSION_NOT_FRESH``.
    """
    signed_in = call.get_session(live=True)
    if not call.context.session_manager.is_fresh(signed_in.session):
        raise APIError(error_codes.SESSION_NOT_FRESH)


def require_resource_ownership(
    model: str,
    *,
    name: str = "id",
    where: Literal["params", "body", "query"] = "params",
    owner: str = "user_id",
    refusal: ErrorCode = error_codes.FORBIDDEN,
    missing: ErrorCode | None = None,
) -> Guard:
    """Return a guard that lets only the owner of a record pass; the store is asked.

    The handler finds the record with :func:`get_owned_resource`.

    Args:
        model: the record's model.
        name: the Python name of the parameter that holds the record's id.
        where: what holds the parameter: the path, the body or the query.
        owner: the field with the owner's id.
        refusal: what others are told.
        missing: what everybody is told where there is no such record; by default the same, so that
            a record of somebody else cannot be told from none.

    Raises (the guard):
        APIError: 401 ``UNAUTHORIZED``; 400 ``BAD_REQUEST`` without the parameter; else the refusal.

    Source: RustAuth 0.2.0, ``api/middleware.rs``; Better Auth 1.6.9. differs: either session comes
    from the cache, and upstream tells by 404 which records there are.
    """

    def guard(call: Call) -> None:
        user = call.get_session(live=True).user
        record_id = _read_parameter(getattr(call, where), name)
        record = call.context.adapter.find_one(model, [Where("id", record_id)])
        if record is None:
            raise APIError(missing or refusal)
        if record[owner] != user.id:
            raise APIError(refusal)
        _OWNED.set(call, record)

    return guard


def get_owned_resource(call: Call) -> Row:
    """Return the record that :func:`require_resource_ownership` has found.

    Raises:
        LookupError: the endpoint has no such guard.
    """
    record = _OWNED.get(call)
    if record is None:
        raise LookupError("the endpoint has no guard that requires a resource to be owned")
    return record


def _read_parameter(values: Any, name: str) -> str:
    value = values.get(name) if isinstance(values, Mapping) else None
    if not isinstance(value, str) or not value:
        raise APIError(error_codes.BAD_REQUEST, message=f"Missing required parameter: {name}")
    return value


def _no_record() -> Row | None:
    return None


_OWNED: State[Row | None] = define_state("owned_resource", _no_record)
