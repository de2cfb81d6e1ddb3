"""Options of the ways of users to sign in."""

from pyauth.options.base import OptionModel
from pyauth.options.listed import Listed
from pyauth.options.records import RecordOptions


class AccountLinking(OptionModel):
    """How several ways to sign in belong to one user.

    Source: Better Auth 1.6.9, ``account.accountLinking``.
    """

    trusted_providers: Listed = ()
    """Ids of providers whose word about an address is believed; or a function that receives the
    request, or None, and returns them."""
    allow_unlinking_all: bool = False
    """Whether a user may remove the last way to sign in."""


class AccountOptions(RecordOptions):
    """The ways of users to sign in."""

    account_linking: AccountLinking = AccountLinking()
