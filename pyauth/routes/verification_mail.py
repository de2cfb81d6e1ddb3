"""The mailed link that verifies an address: its token, its address, its delivery."""

from collections.abc import Callable, Mapping
from typing import Any

from pyauth.cookies import encode_uri_component
from pyauth.crypto.tokens import sign_token
from pyauth.events import VerificationEmail, pack_request, unpack_request
from pyauth.http.call import Call
from pyauth.models import User
from pyauth.outbound import DeliveryKind
from pyauth.stores import normalize_email

VERIFICATION_EMAIL = "verification-email"
"""The delivery kind of the mail."""


def queue_verification_email(call: Call, user: User, callback_url: str | None) -> None:
    """Queue the mail that asks a user to verify his address.

    Args:
        call: the call that causes it.
        user: whose address it is.
        callback_url: where the opened link leads in the end; the site's root by default.

    Source: Better Auth 1.6.9, ``api/routes/email-verification.ts``.
    """
    options = call.context.options.email_verification
    if options.send_verification_email is None:
        return
    token = sign_token(
        {"email": normalize_email(user.email)},
        call.context.keys.for_signing(),
        now=call.now,
        expires_in=options.expires_in,
    )
    target = encode_uri_component(callback_url or "/")
    url = f"{call.base_url}/verify-email?token={token}&callbackURL={target}"
    call.deliver(
        VERIFICATION_EMAIL,
        {
            "user": dict(user),
            "url": url,
            "token": token,
            "request": pack_request(call.request_info),
        },
    )


def verification_email_kind(send: Callable[[VerificationEmail], None]) -> DeliveryKind:
    """Return the delivery kind that rebuilds the event and calls the configured sender."""

    def deliver(payload: Mapping[str, Any]) -> None:
        send(
            VerificationEmail(
                user=User(payload["user"]),
                url=payload["url"],
                token=payload["token"],
                request=unpack_request(payload["request"]),
            )
        )

    return DeliveryKind(VERIFICATION_EMAIL, deliver, source="core")
