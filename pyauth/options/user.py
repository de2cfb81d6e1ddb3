"""Options of the users: their record, and how they change and leave."""

from collections.abc import Callable
from datetime import timedelta

from pyauth.events import ChangeEmailConfirmation, DeleteAccountVerification, UserDeletion
from pyauth.options.base import OptionModel
from pyauth.options.durations import Life
from pyauth.options.records import RecordOptions


class ChangeEmail(OptionModel):
    """How users move to another address. Links work as long as those that verify an address.

    Source: Better Auth 1.6.9, ``user.changeEmail``.
    """

    enabled: bool = False
    send_change_email_confirmation: Callable[[ChangeEmailConfirmation], None] | None = None
    """Asks a user with a verified address there first; only then the new address is written to.
    Needs ``email_verification.send_verification_email`` too. Runs in the background."""
    update_email_without_verification: bool = False
    """Whether a user whose address is unverified moves at once."""


class DeleteUser(OptionModel):
    """How users delete their account.

    Source: Better Auth 1.6.9, ``user.deleteUser``.
    """

    enabled: bool = False
    send_delete_account_verification: Callable[[DeleteAccountVerification], None] | None = None
    """Asks by mail before anything is deleted; runs in the background."""
    before_delete: Callable[[UserDeletion], None] | None = None
    """Called before a user is deleted; an ``APIError`` refuses it. Of simultaneous requests
    several may come this far, and one deletes."""
    after_delete: Callable[[UserDeletion], None] | None = None
    """Called once after the user is gone; what it raises is logged."""
    delete_token_expires_in: Life = timedelta(days=1)
    """How long the mailed link works."""


class UserOptions(RecordOptions):
    """The users."""

    change_email: ChangeEmail = ChangeEmail()
    delete_user: DeleteUser = DeleteUser()
