"""The mail that carries a link to a new password, and its delivery.

Source: Better Auth 1.6.9, ``api/routes/password.ts``.
"""

from collections.abc import Callable, Mapping
from typing import Any

from pyauth.cookies import encode_uri_component
from pyauth.events import ResetPasswordEmail, pack_request, unpack_request
from pyauth.http.call import Call
from pyauth.models import User
from pyauth.outbound import DeliveryKind

RESET_PASSWORD_EMAIL = "reset-password-email"  # noqa: S105 - the name of a kind
"""The delivery kind of the mail."""


def queue_reset_email(call: Call, user: User, token: str, redirect_to: str | None) -> None:
    """Queue the mail that helps a user to a new password.

    Args:
        call: the call that causes it.
        user: who asked, or is said to have asked.
        token: what the link redeems.
        redirect_to: the page that asks for the new password.
    """
    target = encode_uri_component(redirect_to or "")
    call.deliver(
        RESET_PASSWORD_EMAIL,
        {
            "user": dict(user),
            "url": f"{call.base_url}/reset-password/{token}?callbackURL={target}",
            "token": token,
            "request": pack_request(call.request_info),
        },
    )


def reset_email_kind(send: Callable[[ResetPasswordEmail], None]) -> DeliveryKind:
    """Return the delivery kind that rebuilds the event and calls the configured sender."""

    def deliver(payload: Mapping[str, Any]) -> None:
        send(
            ResetPasswordEmail(
                user=User(payload["user"]),
                url=payload["url"],
                token=payload["token"],
                request=unpack_request(payload["request"]),
            )
        )

    return DeliveryKind(RESET_PASSWORD_EMAIL, deliver, source="core")
