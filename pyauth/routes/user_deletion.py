"""Deleting one's own account: with the password, a fresh session, or a mailed link.

Source: Better Auth 1.6.9, ``api/routes/update-user.ts``; as later releases do, the link asks the
store who is signed in and works once. differs: everything goes in one transaction, the link's
token with it, so that a link works again where the deletion failed or was refused, and a token
tells nothing and loses nothing in the hands of another user.
"""

import string
from functools import partial
from typing import Annotated

from pydantic import Field

from pyauth import error_codes
from pyauth.cookies import encode_uri_component
from pyauth.crypto.random import random_string
from pyauth.errors import APIError
from pyauth.events import DeleteAccountVerification, UserDeletion
from pyauth.http.call import Call
from pyauth.http.endpoint import endpoint
from pyauth.http.guards import require_live_session
from pyauth.http.inputs import Body, Omittable, Query, RedirectURL
from pyauth.http.outcome import Redirect
from pyauth.models import User
from pyauth.outbound import EventKind
from pyauth.routes.passwords import compare_password
from pyauth.routes.results import DeleteUserResult

DELETE_ACCOUNT_VERIFICATION = EventKind("delete-account-verification", DeleteAccountVerification)

TOKEN_LENGTH = 32
TOKEN_ALPHABET = string.digits + string.ascii_lowercase

_INVALID_TOKEN = error_codes.INVALID_TOKEN.at(404)
_NOT_SIGNED_IN = error_codes.FAILED_TO_GET_USER_INFO.at(404)


class DeleteUser(Body):
    """What proves that the user means it: his password, the mailed token, or a fresh session."""

    callback_url: Omittable[RedirectURL] = None
    password: Omittable[str] = Field(default=None, repr=False)
    token: Omittable[str] = Field(default=None, repr=False)


class DeleteUserCallback(Query):
    """The token of the link, and where the browser goes afterwards."""

    token: Annotated[str, Field(repr=False)]
    callback_url: Omittable[RedirectURL] = None


@endpoint(
    "POST",
    "/delete-user",
    body=DeleteUser,
    guards=(require_live_session,),
    operation_id="deleteUser",
    errors=(
        error_codes.UNAUTHORIZED,
        error_codes.NOT_FOUND,
        error_codes.CREDENTIAL_ACCOUNT_NOT_FOUND,
        error_codes.INVALID_PASSWORD,
        _INVALID_TOKEN,
        error_codes.SESSION_EXPIRED,
        error_codes.FAILED_TO_CREATE_VERIFICATION,
        error_codes.INVALID_CALLBACK_URL,
    ),
)
def delete_user(call: Call, body: DeleteUser) -> DeleteUserResult:
    """Delete the signed-in user, or mail him the link that does."""
    options = call.context.options.user.delete_user
    if not options.enabled:
        raise APIError(error_codes.NOT_FOUND)
    signed_in = call.get_session()
    user = signed_in.user
    if body.password:
        _check_password(call, user, body.password)
    if body.token:
        _delete(call, user, token=body.token)
        return DeleteUserResult("User deleted")
    if options.send_delete_account_verification is not None:
        _queue_mail(call, user, body.callback_url)
        return DeleteUserResult("Verification email sent")
    if not body.password and not call.context.session_manager.is_fresh(signed_in.session):
        raise APIError(error_codes.SESSION_EXPIRED)
    _delete(call, user)
    return DeleteUserResult("User deleted")


@endpoint(
    "GET",
    "/delete-user/callback",
    query=DeleteUserCallback,
    operation_id="deleteUserCallback",
    errors=(
        error_codes.NOT_FOUND,
        _NOT_SIGNED_IN,
        error_codes.UNAUTHORIZED,
        _INVALID_TOKEN,
        error_codes.INVALID_CALLBACK_URL,
    ),
)
def delete_user_callback(call: Call, query: DeleteUserCallback) -> DeleteUserResult | Redirect:
    """Delete the signed-in user who opened the mailed link."""
    if not call.context.options.user.delete_user.enabled:
        raise APIError(error_codes.NOT_FOUND, message="Not found")
    signed_in = call.find_session(live=True)
    if signed_in is None:
        raise APIError(_NOT_SIGNED_IN)
    _delete(call, signed_in.user, token=query.token)
    if query.callback_url:
        return Redirect(query.callback_url)
    return DeleteUserResult("User deleted")


def _check_password(call: Call, user: User, password: str) -> None:
    account = call.context.accounts.find_credential(user.id)
    if account is None:
        raise APIError(error_codes.CREDENTIAL_ACCOUNT_NOT_FOUND)
    if not compare_password(call, account, password).ok:
        raise APIError(error_codes.INVALID_PASSWORD)


def _identifier_of(token: str) -> str:
    return f"delete-account-{token}"


def _queue_mail(call: Call, user: User, callback_url: str | None) -> None:
    token = random_string(TOKEN_LENGTH, TOKEN_ALPHABET)
    expires_in = call.context.options.user.delete_user.delete_token_expires_in
    made = call.context.verifications.create(
        identifier=_identifier_of(token), value=user.id, expires_at=call.now + expires_in
    )
    if made is None:
        raise APIError(error_codes.FAILED_TO_CREATE_VERIFICATION)
    target = encode_uri_component(callback_url or "/")
    url = f"{call.base_url}/delete-user/callback?token={token}&callbackURL={target}"
    mail = DeleteAccountVerification(user, url=url, token=token, request=call.request_info)
    call.tell(DELETE_ACCOUNT_VERIFICATION, mail)


def _delete(call: Call, user: User, *, token: str | None = None) -> None:
    """Delete a user with everything of his; a token is redeemed by it, and only by its own user."""
    context = call.context
    options = context.options.user.delete_user
    event = UserDeletion(user, call.request_info)
    if token is not None:
        _check_token(call, user, token)
    if options.before_delete is not None:
        options.before_delete(event)
    with context.adapter.transaction():
        # Whoever signs in or asks for a link meanwhile waits here, and then finds nobody.
        is_there = context.users.lock(user.id) is not None
        if token is not None and context.verifications.consume(_identifier_of(token)) is None:
            raise APIError(_INVALID_TOKEN)
        if not is_there:
            raise APIError(error_codes.UNAUTHORIZED)
        _erase(call, user)
        context.adapter.after_commit(call.forget_session)
        if options.after_delete is not None:
            context.adapter.after_commit(partial(options.after_delete, event))


def _check_token(call: Call, user: User, token: str) -> None:
    found = call.context.verifications.find_latest(_identifier_of(token))
    if found is None or found.value != user.id:
        raise APIError(_INVALID_TOKEN)


def _erase(call: Call, user: User) -> None:
    context = call.context
    context.sessions.erase_of_user(user.id)
    context.accounts.delete_of_user(user.id)
    context.verifications.delete_of_user(user.id)
    if not context.users.delete(user.id):
        raise APIError(error_codes.BAD_REQUEST, message="The user was not deleted")
