"""Options of the values that prove something once."""

from pyauth.options.records import RecordOptions


class VerificationOptions(RecordOptions):
    """The values that prove something once."""
