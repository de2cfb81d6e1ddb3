"""A new password for who has lost his: asking for the link, opening it, redeeming its token.

Source: Better Auth 1.6.9, ``api/routes/password.ts``, with the later releases' single winner and
refusal of a vanished user; differs: the token is redeemed in one transaction with the change, so a
failure leaves it usable, and an unknown address costs the write of a known one, too.
"""

import re
from datetime import timedelta
from functools import partial
from typing import Annotated
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from pydantic import Field

from pyauth import error_codes
from pyauth.cookies import encode_uri_component
from pyauth.crypto.random import generate_id
from pyauth.errors import APIError
from pyauth.events import PasswordReset, ResetPasswordEmail
from pyauth.http.call import Call
from pyauth.http.endpoint import endpoint
from pyauth.http.inputs import Body, EmailAddress, Omittable, Query, RedirectURL
from pyauth.http.origins import find_origin
from pyauth.http.outcome import Redirect
from pyauth.models import User, Verification
from pyauth.outbound import EventKind
from pyauth.routes.passwords import NOT_STORED, check_new_password, store_password
from pyauth.routes.results import MessageResult, StatusResult

RESET_PASSWORD_EMAIL = EventKind("reset-password-email", ResetPasswordEmail)

_INVALID_TOKEN = error_codes.INVALID_TOKEN.at(400)
_NO_USER = error_codes.USER_NOT_FOUND.at(400)

TOKEN_LENGTH = 24
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)
_NOBODY = ""
"""Whose token is stored for an unknown address, so that it takes as long as a known one."""
_NOBODYS_LIFE = timedelta(seconds=10)
"""Long enough to be stored: what a secondary storage keeps lives whole seconds, cut."""
_ASKED = MessageResult(
    message="If this email exists in our system, check your email for the reset link"
)


class RequestPasswordReset(Body):
    """Who has lost his password, and the page that asks for the new one."""

    email: EmailAddress
    redirect_to: Omittable[RedirectURL] = None


class OpenedResetLink(Query):
    """Where an opened link leads on to."""

    callback_url: RedirectURL


class ResetPassword(Body):
    """The new password, and the token of the link unless the query has it."""

    new_password: Annotated[str, Field(repr=False)]
    token: Annotated[Omittable[str], Field(repr=False)] = None


class ResetPasswordQuery(Query):
    """The token of the link."""

    token: Annotated[Omittable[str], Field(repr=False)] = None


@endpoint(
    "POST",
    "/request-password-reset",
    body=RequestPasswordReset,
    sends_code=True,
    operation_id="requestPasswordReset",
    errors=(error_codes.RESET_PASSWORD_DISABLED, error_codes.INVALID_REDIRECT_URL),
)
def request_password_reset(call: Call, body: RequestPasswordReset) -> MessageResult:
    """Mail a link to a new password; the answer does not tell whether there is such a user."""
    context = call.context
    options = context.options.email_and_password
    if options.send_reset_password is None:
        context.logger.error("no password can be reset: set email_and_password.send_reset_password")
        raise APIError(error_codes.RESET_PASSWORD_DISABLED)
    user = context.users.find_by_email(body.email)
    token = generate_id(TOKEN_LENGTH)
    life = _NOBODYS_LIFE if user is None else options.reset_password_token_expires_in
    made = context.verifications.create(
        identifier=_identifier(token),
        value=_NOBODY if user is None else user.id,
        expires_at=call.now + life,
    )
    if user is not None and made is not None:
        _queue_mail(call, user, token, body.redirect_to)
    return _ASKED


@endpoint(
    "GET",
    "/reset-password/:token",
    query=OpenedResetLink,
    operation_id="resetPasswordCallback",
    errors=(error_codes.INVALID_CALLBACK_URL,),
)
def request_password_reset_callback(call: Call, query: OpenedResetLink) -> Redirect:
    """Lead from the mailed link to the page that asks for the new password, with the token."""
    target, token = query.callback_url, call.params.get("token", "")
    if not target:
        return Redirect(
            _with_parameter(call, f"{call.base_url}/error", "error", _INVALID_TOKEN.code)
        )
    if _find(call, token) is None:
        return Redirect(_with_parameter(call, target, "error", _INVALID_TOKEN.code))
    return Redirect(_with_parameter(call, target, "token", token))


@endpoint(
    "POST",
    "/reset-password",
    body=ResetPassword,
    query=ResetPasswordQuery,
    operation_id="resetPassword",
    errors=(
        _INVALID_TOKEN,
        error_codes.PASSWORD_TOO_SHORT,
        error_codes.PASSWORD_TOO_LONG,
        _NO_USER,
        NOT_STORED,
    ),
)
def reset_password(call: Call, body: ResetPassword, query: ResetPasswordQuery) -> StatusResult:
    """Set a new password by the token of a mailed link, which works once."""
    token = body.token or query.token
    if not token:
        raise APIError(_INVALID_TOKEN)
    check_new_password(call, body.new_password)
    verification = _find(call, token)
    if verification is None:
        raise APIError(_INVALID_TOKEN)
    password_hash = call.context.passwords.hash(body.new_password)
    with call.context.adapter.transaction():
        user = call.context.users.lock(verification.value)
        if user is None:
            raise APIError(_NO_USER)
        store_password(call, user.id, password_hash)
        if call.context.options.email_and_password.revoke_sessions_on_password_reset:
            call.context.sessions.delete_of_user(user.id)
        # Last: what a secondary storage has given away does not come back by a rollback.
        if call.context.verifications.consume(_identifier(token)) is None:
            raise APIError(_INVALID_TOKEN)
        _tell_of_reset(call, user)
    return StatusResult()


def _queue_mail(call: Call, user: User, token: str, redirect_to: str | None) -> None:
    target = encode_uri_component(redirect_to or "")
    url = f"{call.base_url}/reset-password/{token}?callbackURL={target}"
    mail = ResetPasswordEmail(user, url=url, token=token, request=call.request_info)
    call.tell(RESET_PASSWORD_EMAIL, mail)


def _tell_of_reset(call: Call, user: User) -> None:
    tell = call.context.options.email_and_password.on_password_reset
    if tell is not None:
        call.context.adapter.after_commit(partial(tell, PasswordReset(user, call.request_info)))


def _identifier(token: str) -> str:
    return f"reset-password:{token}"


def _find(call: Call, token: str) -> Verification | None:
    """Return what a token stands for, without redeeming it."""
    if not _TOKEN.fullmatch(token):
        return None
    return call.context.verifications.find_latest(_identifier(token))


def _with_parameter(call: Call, target: str, name: str, value: str) -> str:
    """Return a checked target as a whole address, with one parameter set in its query."""
    if target.startswith("/"):
        target = f"{find_origin(call.base_url)}{target}"
    parts = urlsplit(target)
    given = parse_qsl(parts.query, keep_blank_values=True)
    path = parts.path or ("/" if parts.netloc and parts.scheme in {"http", "https"} else "")
    return urlunsplit(parts._replace(path=path, query=urlencode(_set(given, name, value))))


def _set(pairs: list[tuple[str, str]], name: str, value: str) -> list[tuple[str, str]]:
    """Return a query with a parameter in the place of those that bear its name, or at the end."""
    others = [pair for pair in pairs if pair[0] != name]
    place = next((number for number, pair in enumerate(pairs) if pair[0] == name), len(others))
    return [*others[:place], (name, value), *others[place:]]
