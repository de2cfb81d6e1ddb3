"""Moving a user to another address: asking for it, and opening the links of the mails.

Source: Better Auth 1.6.9, ``api/routes/update-user.ts`` and ``email-verification.ts``; as later
releases do, an address is confirmed first only where the second mail can be sent.
differs: a link moves its own user alone, under the address that he had, to a free address; a kind
of link that is not known is not followed.
"""

from collections.abc import Callable
from dataclasses import dataclass

from pyauth import error_codes
from pyauth.errors import APIError, UniqueViolation
from pyauth.events import ChangeEmailConfirmation
from pyauth.http.call import Call
from pyauth.http.endpoint import endpoint
from pyauth.http.guards import require_live_session
from pyauth.http.inputs import Body, EmailAddress, Omittable, RedirectURL
from pyauth.models import User
from pyauth.outbound import EventKind
from pyauth.routes.results import StatusResult, VerifyEmailResult
from pyauth.routes.verification_links import (
    CONFIRMATION,
    VERIFICATION,
    LinkClaims,
    LinkRefused,
    link_to_change,
    link_to_verify,
)
from pyauth.routes.verification_mail import (
    can_send_verification_email,
    queue_link,
    queue_verification_email,
    tell_of_verification,
)
from pyauth.sessions import SignedIn
from pyauth.stores import normalize_email

CHANGE_EMAIL_CONFIRMATION = EventKind("change-email-confirmation", ChangeEmailConfirmation)
"""The mail to the present address."""

_NOT_UPDATED = error_codes.FAILED_TO_UPDATE_USER.at(400)


class ChangeEmail(Body):
    """The address to move to."""

    new_email: EmailAddress
    callback_url: Omittable[RedirectURL] = None


@dataclass(frozen=True, slots=True)
class _Wish:
    """Who wants to move where, and whether nobody has that address."""

    user: User
    new_email: str
    callback_url: str | None
    is_free: bool


@endpoint(
    "POST",
    "/change-email",
    body=ChangeEmail,
    guards=(require_live_session,),
    sends_code=True,
    operation_id="changeEmail",
    errors=(
        error_codes.UNAUTHORIZED,
        error_codes.CHANGE_EMAIL_DISABLED,
        error_codes.EMAIL_IS_SAME,
        error_codes.VERIFICATION_EMAIL_NOT_ENABLED,
        _NOT_UPDATED,
        error_codes.FAILED_TO_CREATE_SESSION,
        error_codes.INVALID_CALLBACK_URL,
    ),
)
def change_email(call: Call, body: ChangeEmail) -> StatusResult:
    """Begin to move the signed-in user to another address; a taken one answers as a free one."""
    if not call.context.options.user.change_email.enabled:
        raise APIError(error_codes.CHANGE_EMAIL_DISABLED)
    user = call.get_session().user
    new_email = normalize_email(body.new_email)
    if new_email == user.email:
        raise APIError(error_codes.EMAIL_IS_SAME)
    flow = _choose_flow(call, user)
    is_free = call.context.users.find_by_email(new_email) is None
    flow(call, _Wish(user, new_email, body.callback_url, is_free))
    return StatusResult()


def _choose_flow(call: Call, user: User) -> Callable[[Call, _Wish], None]:
    """Choose by what is configured and by the user alone, so that no answer depends on others."""
    options = call.context.options.user.change_email
    if options.update_email_without_verification and not user.email_verified:
        return _move_at_once
    if not can_send_verification_email(call):
        raise APIError(error_codes.VERIFICATION_EMAIL_NOT_ENABLED)
    if options.send_change_email_confirmation is not None and user.email_verified:
        return _ask_present_address
    return _ask_new_address


def _move_at_once(call: Call, wish: _Wish) -> None:
    link = None
    if can_send_verification_email(call):
        link = link_to_verify(call, wish.new_email, wish.callback_url)
    if not wish.is_free:
        return
    try:
        moved = _move(call, wish.user, wish.new_email, verified=False)
    except UniqueViolation:
        return
    if moved is None:
        raise APIError(_NOT_UPDATED)
    if link is not None:
        queue_link(call, wish.user.replace(email=wish.new_email), link)


def _ask_present_address(call: Call, wish: _Wish) -> None:
    link = link_to_change(call, wish.user, wish.new_email, CONFIRMATION, wish.callback_url)
    if not wish.is_free:
        return
    mail = ChangeEmailConfirmation(
        wish.user,
        new_email=wish.new_email,
        url=link.url,
        token=link.token,
        request=call.request_info,
    )
    call.tell(CHANGE_EMAIL_CONFIRMATION, mail)


def _ask_new_address(call: Call, wish: _Wish) -> None:
    link = link_to_change(call, wish.user, wish.new_email, VERIFICATION, wish.callback_url)
    if wish.is_free:
        queue_link(call, wish.user.replace(email=wish.new_email), link)


def follow_change_link(
    call: Call, user: User, claims: LinkClaims, callback_url: str | None
) -> StatusResult | VerifyEmailResult:
    """Do what an opened link that changes an address was made for.

    Args:
        call: the call that opened it.
        user: who has the address of the link.
        claims: what the link says.
        callback_url: where its mails lead in the end.

    Raises:
        LinkRefused: 401 ``USER_NOT_FOUND``, ``INVALID_USER`` or ``INVALID_TOKEN``.
    """
    if claims.update_to is None or not claims.is_for(user):
        raise LinkRefused(error_codes.USER_NOT_FOUND)
    signed_in = call.find_session(live=True)
    if signed_in is not None and signed_in.user.id != user.id:
        raise LinkRefused(error_codes.INVALID_USER)
    if claims.step == CONFIRMATION:
        _write_to_new_address(call, user, claims.update_to, callback_url)
        return StatusResult()
    if claims.step == VERIFICATION:
        return _finish(call, user, claims.update_to)
    if claims.step is None:
        return _follow_one_step_link(call, user, claims.update_to, callback_url)
    raise LinkRefused(error_codes.INVALID_TOKEN)


def _write_to_new_address(call: Call, user: User, new_email: str, callback_url: str | None) -> None:
    is_free = call.context.users.find_by_email(new_email) is None
    if can_send_verification_email(call):
        _ask_new_address(call, _Wish(user, new_email, callback_url, is_free))


def _finish(call: Call, user: User, new_email: str) -> VerifyEmailResult:
    moved = _move_by_link(call, user, new_email, verified=True)
    tell_of_verification(call, moved)
    return VerifyEmailResult(user=moved)


def _follow_one_step_link(
    call: Call, user: User, new_email: str, callback_url: str | None
) -> VerifyEmailResult:
    """Move at once, as the links of old do, and let the new address be verified afterwards."""
    moved = _move_by_link(call, user, new_email, verified=False)
    queue_verification_email(call, moved, callback_url)
    return VerifyEmailResult(user=moved)


def _move_by_link(call: Call, user: User, new_email: str, *, verified: bool) -> User:
    try:
        moved = _move(call, user, new_email, verified=verified)
    except UniqueViolation:
        raise LinkRefused(error_codes.INVALID_TOKEN) from None
    if moved is None:
        raise LinkRefused(error_codes.USER_NOT_FOUND)
    return moved


def _move(call: Call, user: User, new_email: str, *, verified: bool) -> User | None:
    """Move a user, with a session for whoever has none; None when somebody was faster."""
    signed_in = call.find_session(live=True)
    with call.context.adapter.transaction():
        moved = call.context.users.change_email(user, new_email, verified=verified)
        if moved is None:
            return None
        # A link that went to the former address must not set a password any more.
        call.context.verifications.delete_of_user(user.id)
        if signed_in is None:
            call.sign_in(moved)
        else:
            call.renew_session(SignedIn(signed_in.session, moved))
    return moved
