"""Opening the mailed link that verifies an address.

Source: Better Auth 1.6.9, ``api/routes/email-verification.ts``.
"""

from typing import Annotated, Any

from pydantic import Field

from pyauth import error_codes
from pyauth.crypto.tokens import TokenExpired, TokenInvalid, read_token
from pyauth.error_codes import ErrorCode
from pyauth.errors import APIError
from pyauth.events import EmailVerificationEvent
from pyauth.http.call import Call
from pyauth.http.endpoint import endpoint
from pyauth.http.inputs import Omittable, Query, RedirectURL, is_email
from pyauth.http.outcome import Redirect, with_query
from pyauth.models import User
from pyauth.routes.results import VerifyEmailResult
from pyauth.sessions import SignedIn


class VerifyEmail(Query):
    """The token of the link, and where the browser goes afterwards."""

    token: Annotated[str, Field(repr=False)]
    callback_url: Omittable[RedirectURL] = None


@endpoint(
    "GET",
    "/verify-email",
    query=VerifyEmail,
    operation_id="verifyEmail",
    errors=(
        error_codes.INVALID_TOKEN,
        error_codes.TOKEN_EXPIRED,
        error_codes.USER_NOT_FOUND,
        error_codes.INVALID_CALLBACK_URL,
    ),
)
def verify_email(call: Call, query: VerifyEmail) -> VerifyEmailResult | Redirect:
    """Mark the address of the token as verified; opening the link again changes nothing."""
    email = _read_email(call, query.token)
    if isinstance(email, ErrorCode):
        return _refuse(query, email)
    user = call.context.users.find_by_email(email)
    if user is None:
        return _refuse(query, error_codes.USER_NOT_FOUND)
    if not user.email_verified:
        _verify(call, user)
    if query.callback_url:
        return Redirect(query.callback_url)
    return VerifyEmailResult()


def _read_email(call: Call, token: str) -> str | ErrorCode:
    try:
        claims = read_token(token, call.context.keys.for_signing(), now=call.now)
    except TokenExpired:
        return error_codes.TOKEN_EXPIRED
    except TokenInvalid:
        return error_codes.INVALID_TOKEN
    email: Any = claims.get("email")
    # A token that changes the address proves another address than the one it names.
    if not isinstance(email, str) or not is_email(email) or claims.get("updateTo") is not None:
        return error_codes.INVALID_TOKEN
    return email


def _refuse(query: VerifyEmail, error: ErrorCode) -> Redirect:
    if not query.callback_url:
        raise APIError(error)
    return Redirect(with_query(query.callback_url, {"error": error.code}))


def _verify(call: Call, user: User) -> None:
    options = call.context.options.email_verification
    info = call.request_info
    if options.before_email_verification is not None:
        options.before_email_verification(EmailVerificationEvent(user, info))
    with call.context.adapter.transaction():
        verified = call.context.users.verify_email(user)
        if verified is None:
            return
        if options.auto_sign_in_after_verification:
            _sign_in(call, verified)
    if options.after_email_verification is not None:
        options.after_email_verification(EmailVerificationEvent(verified, info))


def _sign_in(call: Call, user: User) -> None:
    signed_in = call.find_session()
    if signed_in is None or signed_in.user.id != user.id:
        call.sign_in(user)
        return
    manager = call.context.session_manager
    remember = manager.is_remembered(call.cookies)
    cookies = manager.cookies_for(signed_in.session, remember=remember)
    call.hand_over(SignedIn(signed_in.session, user), cookies)
