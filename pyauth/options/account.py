"""Options of the ways of users to sign in."""

from pyauth.options.records import RecordOptions


class AccountOptions(RecordOptions):
    """The ways of users to sign in."""
