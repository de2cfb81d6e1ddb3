"""What one instance can deliver: the core's mails where they have a sender, and plugins' kinds."""

from pyauth.assembly.plugins import ByPlugin, flatten
from pyauth.options import Options
from pyauth.outbound import DeliveryKind
from pyauth.routes.email_change import change_email_confirmation_kind
from pyauth.routes.password_reset_mail import reset_email_kind
from pyauth.routes.sign_up import existing_user_kind
from pyauth.routes.user_deletion import delete_account_verification_kind
from pyauth.routes.verification_mail import verification_email_kind


def delivery_kinds(options: Options, contributions: ByPlugin) -> list[DeliveryKind]:
    """Return what has a sender."""
    kinds = []
    if options.email_verification.send_verification_email is not None:
        kinds.append(verification_email_kind(options.email_verification.send_verification_email))
    if options.email_and_password.send_reset_password is not None:
        kinds.append(reset_email_kind(options.email_and_password.send_reset_password))
    if options.email_and_password.on_existing_user_sign_up is not None:
        kinds.append(existing_user_kind(options.email_and_password.on_existing_user_sign_up))
    confirm = options.user.change_email.send_change_email_confirmation
    if confirm is not None:
        kinds.append(change_email_confirmation_kind(confirm))
    ask = options.user.delete_user.send_delete_account_verification
    if ask is not None:
        kinds.append(delete_account_verification_kind(ask))
    return [*kinds, *flatten(item.delivery_kinds for item in contributions.values())]
