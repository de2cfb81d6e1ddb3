"""Changing, setting and confirming the password of who is signed in.

Source: Better Auth 1.6.9, ``api/routes/update-user.ts`` and ``password.ts``, with the later
releases' password for an account that has none; differs: of simultaneous changes one wins.
"""

from typing import Annotated

from pydantic import Field

from pyauth import error_codes
from pyauth.errors import APIError
from pyauth.http.call import Call
from pyauth.http.endpoint import endpoint
from pyauth.http.guards import require_live_session
from pyauth.http.inputs import Body, Omittable
from pyauth.models import Account, Session, User
from pyauth.routes import passwords
from pyauth.routes.results import ChangePasswordResult, StatusResult

SET_PASSWORD = "/set-password"  # noqa: S105 - a name, not a password
"""What password validators are told of :func:`set_password`, which has no path."""

_NO_SESSION = error_codes.FAILED_TO_GET_SESSION.at(500)


class ChangePassword(Body):
    """The present password and the new one."""

    new_password: Annotated[str, Field(repr=False)]
    current_password: Annotated[str, Field(repr=False)]
    revoke_other_sessions: Omittable[bool] = None


class SetPassword(Body):
    """The first password of a user who has none."""

    new_password: Annotated[str, Field(repr=False)]


class VerifyPassword(Body):
    """The password to confirm."""

    password: Annotated[str, Field(repr=False)]


@endpoint(
    "POST",
    "/change-password",
    body=ChangePassword,
    guards=(require_live_session,),
    operation_id="changePassword",
    errors=(
        error_codes.UNAUTHORIZED,
        error_codes.PASSWORD_TOO_SHORT,
        error_codes.PASSWORD_TOO_LONG,
        error_codes.CREDENTIAL_ACCOUNT_NOT_FOUND,
        error_codes.INVALID_PASSWORD,
        passwords.NOT_STORED,
        _NO_SESSION,
    ),
)
def change_password(call: Call, body: ChangePassword) -> ChangePasswordResult:
    """Change the password of the signed-in user and, at will, end all of his other sessions."""
    passwords.check_new_password(call, body.new_password)
    context, user = call.context, call.get_session().user
    account = context.accounts.find_credential(user.id)
    if account is None:
        raise APIError(error_codes.CREDENTIAL_ACCOUNT_NOT_FOUND)
    if not passwords.compare_password(call, account, body.current_password):
        raise APIError(error_codes.INVALID_PASSWORD)
    password_hash = context.passwords.hash(body.new_password)
    with context.adapter.transaction():
        _lock_password(call, account)
        if not context.accounts.update_password(user.id, password_hash):
            raise APIError(passwords.NOT_STORED)
        session = _replace_sessions(call, user) if body.revoke_other_sessions else None
    return ChangePasswordResult(token=None if session is None else session.token, user=user)


@endpoint(
    "POST",
    None,
    body=SetPassword,
    guards=(require_live_session,),
    operation_id="setPassword",
    errors=(
        error_codes.UNAUTHORIZED,
        error_codes.PASSWORD_TOO_SHORT,
        error_codes.PASSWORD_TOO_LONG,
        error_codes.PASSWORD_ALREADY_SET,
        passwords.NOT_STORED,
    ),
)
def set_password(call: Call, body: SetPassword) -> StatusResult:
    """Give the signed-in user his first password; for server code only."""
    passwords.check_new_password(call, body.new_password, path=SET_PASSWORD)
    context, user_id = call.context, call.get_session().user.id
    password_hash = context.passwords.hash(body.new_password)
    with context.adapter.transaction():
        context.users.lock(user_id)
        if context.accounts.find_credential(user_id) is not None:
            raise APIError(error_codes.PASSWORD_ALREADY_SET)
        passwords.store_password(call, user_id, password_hash)
    return StatusResult()


@endpoint(
    "POST",
    "/verify-password",
    body=VerifyPassword,
    guards=(require_live_session,),
    operation_id="verifyPassword",
    errors=(error_codes.UNAUTHORIZED, error_codes.INVALID_PASSWORD),
)
def verify_password(call: Call, body: VerifyPassword) -> StatusResult:
    """Confirm the password of the signed-in user, before work that should ask for it again."""
    account = call.context.accounts.find_credential(call.get_session().user.id)
    if not passwords.verify_password(call, account, body.password):
        raise APIError(error_codes.INVALID_PASSWORD)
    return StatusResult()


def _lock_password(call: Call, account: Account) -> None:
    """Go on alone with the password that was compared; whoever comes second is refused."""
    call.context.users.lock(account.user_id)
    now = call.context.accounts.find_credential(account.user_id)
    if now is None or now.password != account.password:
        raise APIError(error_codes.INVALID_PASSWORD)


def _replace_sessions(call: Call, user: User) -> Session:
    call.context.sessions.delete_of_user(user.id)
    remember = call.context.session_manager.is_remembered(call.cookies)
    return call.sign_in(user, remember=remember, refusal=_NO_SESSION)
