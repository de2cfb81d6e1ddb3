"""Sign-in with an e-mail address and a password, and sign-out.

Source: Better Auth 1.6.9, ``api/routes/sign-in.ts`` and ``sign-out.ts``.
"""

from typing import Annotated

from pydantic import Field

from pyauth import error_codes
from pyauth.crypto.passwords import Verified
from pyauth.errors import APIError
from pyauth.http.call import Call
from pyauth.http.endpoint import FORM, JSON, endpoint
from pyauth.http.inputs import Body, Omittable, RedirectURL, is_email
from pyauth.models import Account, User
from pyauth.routes.passwords import compare_password
from pyauth.routes.results import SignInResult, SuccessResult
from pyauth.routes.verification_mail import queue_verification_email

_NO_SESSION = error_codes.FAILED_TO_CREATE_SESSION.at(401)
_NOBODY = ""
"""The id looked up for an unknown address, so that it costs the statements of a known one."""


class SignInEmail(Body):
    """Who signs in."""

    email: str
    password: Annotated[str, Field(repr=False)]
    callback_url: Omittable[RedirectURL] = None
    remember_me: Omittable[bool] = None


@endpoint(
    "POST",
    "/sign-in/email",
    body=SignInEmail,
    media_types=(FORM, JSON),
    starts_session=True,
    operation_id="signInEmail",
    errors=(
        error_codes.EMAIL_PASSWORD_DISABLED,
        error_codes.INVALID_EMAIL,
        error_codes.INVALID_EMAIL_OR_PASSWORD,
        error_codes.EMAIL_NOT_VERIFIED,
        _NO_SESSION,
    ),
)
def sign_in_email(call: Call, body: SignInEmail) -> SignInResult:
    """Sign a user in with a new session."""
    if not call.context.options.email_and_password.enabled:
        raise APIError(error_codes.EMAIL_PASSWORD_DISABLED)
    if not is_email(body.email):
        raise APIError(error_codes.INVALID_EMAIL)
    user, account, verified = _authenticate(call, body)
    _require_verified_address(call, user, body)
    with call.context.adapter.transaction():
        _lock_password(call, account, verified)
        session = call.sign_in(user, remember=body.remember_me is not False, refusal=_NO_SESSION)
    if body.callback_url:
        call.set_header("Location", body.callback_url)
    return SignInResult(
        redirect=bool(body.callback_url),
        token=session.token,
        user=user,
        url=body.callback_url,
    )


@endpoint("POST", "/sign-out", operation_id="signOut")
def sign_out(call: Call) -> SuccessResult:
    """End the session of the request's cookie and make the browser forget it."""
    manager = call.context.session_manager
    token = manager.find_token(call.cookies)
    if token is not None:
        call.context.sessions.delete(token)
    call.forget_session()
    return SuccessResult()


def _authenticate(call: Call, body: SignInEmail) -> tuple[User, Account, Verified]:
    """Return whose password it is; every refusal looks and costs the same."""
    context = call.context
    user = context.users.find_by_email(body.email)
    account = context.accounts.find_credential(_NOBODY if user is None else user.id)
    verified = compare_password(call, account, body.password)
    if user is None or account is None or not verified:
        raise APIError(error_codes.INVALID_EMAIL_OR_PASSWORD)
    return user, account, verified


def _lock_password(call: Call, account: Account, verified: Verified) -> None:
    """Go on with the password that was compared: whoever changes it may end all sessions."""
    accounts = call.context.accounts
    call.context.users.lock(account.user_id)
    now = accounts.find_credential(account.user_id)
    if now is None or now.password != account.password:
        raise APIError(error_codes.INVALID_EMAIL_OR_PASSWORD)
    if verified.replacement is not None:
        accounts.replace_password(account, verified.replacement)


def _require_verified_address(call: Call, user: User, body: SignInEmail) -> None:
    options = call.context.options
    if not options.email_and_password.require_email_verification or user.email_verified:
        return
    if options.email_verification.send_on_sign_in:
        queue_verification_email(call, user, body.callback_url)
    raise APIError(error_codes.EMAIL_NOT_VERIFIED)
