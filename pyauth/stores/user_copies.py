"""What holds copies of users: the sessions in a secondary storage."""

from collections.abc import Callable
from typing import Protocol

from pyauth.models import User
from pyauth.stores.session_values import SessionValues, StoredSession, write_until_current


class UserCopies(Protocol):
    """Copies of users that follow each change of a user."""

    def check(self, user_id: str) -> None:
        """Make sure that the copies of a user can be reached.

        Raises:
            StoreUnavailable: they cannot.
        """

    def renew(self, read: Callable[[], User | None]) -> None:
        """Bring the copies of a user to what ``read`` returns.

        Raises:
            StoreUnavailable: they cannot be reached, or the user changed all the time.
        """

    def end(self, user_id: str) -> None:
        """End what acts for a user who is being deleted; a rollback takes it back.

        Raises:
            StoreUnavailable: the copies cannot be reached.
        """

    def forget(self, user_id: str) -> None:
        """Remove what is left of a user once he is gone; raises as :meth:`end`."""


class NoCopies:
    """Nothing holds copies: everything reads the rows."""

    def check(self, user_id: str) -> None:
        """Do nothing."""

    def renew(self, read: Callable[[], User | None]) -> None:
        """Do nothing."""

    def end(self, user_id: str) -> None:
        """Do nothing."""

    def forget(self, user_id: str) -> None:
        """Do nothing."""


class CopiesInSessions:
    """The copies in the sessions of a secondary storage."""

    def __init__(self, values: SessionValues) -> None:
        self._values = values

    def check(self, user_id: str) -> None:
        """See :class:`UserCopies`."""
        self._values.index.tokens(user_id)

    def renew(self, read: Callable[[], User | None]) -> None:
        """See :class:`UserCopies`."""
        user = read()
        if user is not None:
            self._write(user)
            write_until_current(user, read=read, write=self._write)

    def end(self, user_id: str) -> None:
        """See :class:`UserCopies`."""
        for token in self._values.index.tokens(user_id):
            self._values.end(token)

    def forget(self, user_id: str) -> None:
        """See :class:`UserCopies`."""
        tokens = self._values.index.tokens(user_id)
        for token in tokens:
            self._values.end(token)
        self._values.index.remove(user_id, tokens)

    def _write(self, user: User) -> None:
        for token in self._values.index.tokens(user.id):
            self._values.change(token, lambda found: (found.session, _fitting(found, user)))


def _fitting(found: StoredSession, user: User) -> User:
    return user if found.session.user_id == user.id else found.user
