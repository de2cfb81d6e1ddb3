"""What one instance can deliver: the core's mails where they have a sender, and plugins' kinds."""

from collections.abc import Callable
from typing import Any

from pyauth.assembly.plugins import ByPlugin, flatten
from pyauth.options import Options
from pyauth.outbound import DeliveryKind, EventKind
from pyauth.routes.email_change import CHANGE_EMAIL_CONFIRMATION
from pyauth.routes.password_reset import RESET_PASSWORD_EMAIL
from pyauth.routes.sign_up import EXISTING_USER_SIGN_UP
from pyauth.routes.user_deletion import DELETE_ACCOUNT_VERIFICATION
from pyauth.routes.verification_mail import VERIFICATION_EMAIL

Sender = Callable[[Any], None]


def delivery_kinds(options: Options, contributions: ByPlugin) -> list[DeliveryKind]:
    """Return what has a sender."""
    core = [
        kind.sent_by(send, source="core") for kind, send in _senders(options) if send is not None
    ]
    return [*core, *flatten(item.delivery_kinds for item in contributions.values())]


def _senders(options: Options) -> tuple[tuple[EventKind[Any], Sender | None], ...]:
    passwords, user = options.email_and_password, options.user
    return (
        (VERIFICATION_EMAIL, options.email_verification.send_verification_email),
        (RESET_PASSWORD_EMAIL, passwords.send_reset_password),
        (EXISTING_USER_SIGN_UP, passwords.on_existing_user_sign_up),
        (CHANGE_EMAIL_CONFIRMATION, user.change_email.send_change_email_confirmation),
        (DELETE_ACCOUNT_VERIFICATION, user.delete_user.send_delete_account_verification),
    )
