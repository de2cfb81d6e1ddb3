"""Options of the users: their record, and how they change and leave."""

from pyauth.options.records import RecordOptions


class UserOptions(RecordOptions):
    """The users."""
