"""The mailed link that verifies an address or changes it: its token and its address.

The token is an HS256 JSON Web Token over the address; nothing is stored. One that changes an
address names its user too (``sub``), so that it dies with him and never moves whoever has the
address next. differs: upstream's carry no ``sub``; they are read as well.

Source: Better Auth 1.6.9, ``api/routes/email-verification.ts`` and ``update-user.ts``; links that
change an address carry their callback escaped, as upstream's do since 1.6.12.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeGuard

from pyauth import error_codes
from pyauth.cookies import encode_uri_component
from pyauth.crypto.tokens import TokenExpired, TokenInvalid, read_token, sign_token
from pyauth.errors import APIError
from pyauth.http.call import Call
from pyauth.http.inputs import is_email
from pyauth.models import User
from pyauth.stores import normalize_email

ChangeStep = Literal["change-email-confirmation", "change-email-verification"]
CONFIRMATION: ChangeStep = "change-email-confirmation"
"""The link to the present address: opening it sends the other one."""
VERIFICATION: ChangeStep = "change-email-verification"
"""The link to the new address: opening it changes the address."""


class LinkRefused(APIError):
    """A mailed link does not do what it was made for; the browser learns it at the callback."""


@dataclass(frozen=True, slots=True)
class MailedLink:
    """A link to be mailed, and the token within it."""

    token: str = field(repr=False)
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LinkClaims:
    """What the token of an opened link says.

    Attributes:
        email: the address of its user.
        update_to: the address that he moves to, or None.
        step: which step of a change it is; None for the one-step links of old.
        user_id: its user, where it names him.
    """

    email: str
    update_to: str | None = None
    step: str | None = None
    user_id: str | None = None

    def is_for(self, user: User) -> bool:
        """Return whether a user with its address is the one it was made for."""
        return self.user_id is None or self.user_id == user.id


def link_to_verify(call: Call, email: str, callback_url: str | None) -> MailedLink:
    """Return the link that verifies an address.

    Args:
        call: the call that causes it.
        email: the address, in whatever case.
        callback_url: where the opened link leads in the end; the site's root by default.
    """
    return _make_link(call, {"email": normalize_email(email)}, callback_url)


def link_to_change(
    call: Call, user: User, new_email: str, step: ChangeStep, callback_url: str | None
) -> MailedLink:
    """Return the link that is one step of moving a user to another address."""
    claims = {
        "email": normalize_email(user.email),
        "updateTo": normalize_email(new_email),
        "requestType": step,
        "sub": user.id,
    }
    return _make_link(call, claims, callback_url)


def read_link(call: Call, token: str) -> LinkClaims:
    """Return what the token of an opened link says.

    Raises:
        LinkRefused: 401 ``TOKEN_EXPIRED`` or ``INVALID_TOKEN``.
    """
    try:
        claims = read_token(token, call.context.keys.for_signing(), now=call.now)
    except TokenExpired:
        raise LinkRefused(error_codes.TOKEN_EXPIRED) from None
    except TokenInvalid:
        raise LinkRefused(error_codes.INVALID_TOKEN) from None
    email, update_to = claims.get("email"), claims.get("updateTo")
    step, user_id = claims.get("requestType"), claims.get("sub")
    if not _is_address(email) or not (update_to is None or _is_address(update_to)):
        raise LinkRefused(error_codes.INVALID_TOKEN)
    if not (_is_text_or_absent(step) and _is_text_or_absent(user_id)):
        raise LinkRefused(error_codes.INVALID_TOKEN)
    return LinkClaims(
        email=normalize_email(email),
        update_to=None if update_to is None else normalize_email(update_to),
        step=step,
        user_id=user_id,
    )


def _make_link(call: Call, claims: Mapping[str, str], callback_url: str | None) -> MailedLink:
    token = sign_token(
        claims,
        call.context.keys.for_signing(),
        now=call.now,
        expires_in=call.context.options.email_verification.expires_in,
    )
    target = encode_uri_component(callback_url or "/")
    return MailedLink(token, f"{call.base_url}/verify-email?token={token}&callbackURL={target}")


def _is_address(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and is_email(value)


def _is_text_or_absent(value: Any) -> bool:
    return value is None or isinstance(value, str)
