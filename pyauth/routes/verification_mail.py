"""The mail that carries a link to verify an address, and its delivery.

Source: Better Auth 1.6.9, ``api/routes/email-verification.ts``.
"""

from collections.abc import Callable, Mapping
from typing import Any

from pyauth.events import VerificationEmail, pack_request, unpack_request
from pyauth.http.call import Call
from pyauth.models import User
from pyauth.outbound import DeliveryKind
from pyauth.routes.verification_links import MailedLink, link_to_verify

VERIFICATION_EMAIL = "verification-email"
"""The delivery kind of the mail."""


def can_send_verification_email(call: Call) -> bool:
    """Return whether the app can send the mail."""
    return call.context.options.email_verification.send_verification_email is not None


def queue_verification_email(call: Call, user: User, callback_url: str | None) -> None:
    """Queue the mail that asks a user to verify his address; nothing without a sender.

    Args:
        call: the call that causes it.
        user: whose address it is.
        callback_url: where the opened link leads in the end; the site's root by default.
    """
    if can_send_verification_email(call):
        queue_link(call, user, link_to_verify(call, user.email, callback_url))


def queue_link(call: Call, user: User, link: MailedLink) -> None:
    """Queue the mail with a link that was made for it.

    Args:
        call: the call that causes it.
        user: with the address to write to.
        link: the link.
    """
    call.deliver(
        VERIFICATION_EMAIL,
        {
            "user": dict(user),
            "url": link.url,
            "token": link.token,
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
