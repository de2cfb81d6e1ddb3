"""Verifying an address: asking for the mail, and opening its link.

Source: Better Auth 1.6.9, ``api/routes/email-verification.ts``; letter case of the address does
not matter, as in releases since 1.6.10. differs: the mail is sent in the background, so that
whether there is one to send shows in nothing; later releases wait half a second for that, as
``advanced.outbound_min_response_time`` can here too.
"""

from typing import Annotated

from pydantic import Field

from pyauth import error_codes
from pyauth.errors import APIError
from pyauth.events import EmailVerificationEvent
from pyauth.http.call import Call
from pyauth.http.endpoint import endpoint
from pyauth.http.inputs import Body, EmailAddress, Omittable, Query, RedirectURL
from pyauth.http.outcome import Redirect, with_query
from pyauth.models import User
from pyauth.routes.email_change import follow_change_link
from pyauth.routes.results import StatusResult, VerifyEmailResult
from pyauth.routes.verification_links import LinkRefused, link_to_verify, read_link
from pyauth.routes.verification_mail import (
    can_send_verification_email,
    queue_link,
    tell_of_verification,
)
from pyauth.sessions import SignedIn
from pyauth.stores import normalize_email


class SendVerificationEmail(Body):
    """The address to verify, and where the opened link leads in the end."""

    email: EmailAddress
    callback_url: Omittable[RedirectURL] = None


class VerifyEmail(Query):
    """The token of the link, and where the browser goes afterwards."""

    token: Annotated[str, Field(repr=False)]
    callback_url: Omittable[RedirectURL] = None


@endpoint(
    "POST",
    "/send-verification-email",
    body=SendVerificationEmail,
    sends_code=True,
    operation_id="sendVerificationEmail",
    errors=(
        error_codes.VERIFICATION_EMAIL_NOT_ENABLED,
        error_codes.EMAIL_MISMATCH,
        error_codes.EMAIL_ALREADY_VERIFIED,
        error_codes.INVALID_CALLBACK_URL,
    ),
)
def send_verification_email(call: Call, body: SendVerificationEmail) -> StatusResult:
    """Mail a link that verifies an address; nobody who is not signed in learns whose it is."""
    if not can_send_verification_email(call):
        raise APIError(error_codes.VERIFICATION_EMAIL_NOT_ENABLED)
    signed_in = call.find_session(live=True)
    if signed_in is None:
        _send_if_wanted(call, body)
        return StatusResult()
    user = signed_in.user
    if normalize_email(user.email) != normalize_email(body.email):
        raise APIError(error_codes.EMAIL_MISMATCH)
    if user.email_verified:
        raise APIError(error_codes.EMAIL_ALREADY_VERIFIED)
    queue_link(call, user, link_to_verify(call, user.email, body.callback_url))
    return StatusResult()


def _send_if_wanted(call: Call, body: SendVerificationEmail) -> None:
    """Do the same work for every address; only an unverified user is written to."""
    user = call.context.users.find_by_email(body.email)
    link = link_to_verify(call, body.email, body.callback_url)
    if user is not None and not user.email_verified:
        queue_link(call, user, link)


@endpoint(
    "GET",
    "/verify-email",
    query=VerifyEmail,
    operation_id="verifyEmail",
    errors=(
        error_codes.INVALID_TOKEN,
        error_codes.TOKEN_EXPIRED,
        error_codes.USER_NOT_FOUND,
        error_codes.INVALID_USER,
        error_codes.FAILED_TO_CREATE_SESSION,
        error_codes.INVALID_CALLBACK_URL,
    ),
)
def verify_email(call: Call, query: VerifyEmail) -> VerifyEmailResult | StatusResult | Redirect:
    """Verify or change an address as the link says; opening it again changes nothing."""
    try:
        result = _open_link(call, query)
    except LinkRefused as refusal:
        if not query.callback_url:
            raise
        return Redirect(with_query(query.callback_url, {"error": refusal.code}))
    return Redirect(query.callback_url) if query.callback_url else result


def _open_link(call: Call, query: VerifyEmail) -> VerifyEmailResult | StatusResult:
    claims = read_link(call, query.token)
    user = call.context.users.find_by_email(claims.email)
    if user is None:
        raise LinkRefused(error_codes.USER_NOT_FOUND)
    if claims.update_to is not None:
        return follow_change_link(call, user, claims, query.callback_url)
    if not user.email_verified:
        _verify(call, user)
    return VerifyEmailResult()


def _verify(call: Call, user: User) -> None:
    options = call.context.options.email_verification
    if options.before_email_verification is not None:
        options.before_email_verification(EmailVerificationEvent(user, call.request_info))
    signed_in = call.find_session(live=True) if options.auto_sign_in_after_verification else None
    with call.context.adapter.transaction():
        verified = call.context.users.verify_email(user)
        if verified is None:
            return
        if options.auto_sign_in_after_verification:
            _sign_in(call, verified, signed_in)
        tell_of_verification(call, verified)


def _sign_in(call: Call, user: User, signed_in: SignedIn | None) -> None:
    if signed_in is None or signed_in.user.id != user.id:
        call.sign_in(user)
        return
    call.renew_session(SignedIn(signed_in.session, user))
