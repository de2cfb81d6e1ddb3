"""Sessions as values in a secondary storage: ``<token>`` holds ``{session, user}``.

Source: Better Auth 1.6.9, ``db/internal-adapter.ts``; differs: a value that is no session, or not
the one of its key, is as good as absent.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pyauth import codec
from pyauth.clock import Clock
from pyauth.db.adapter import Adapter
from pyauth.db.schema import Schema
from pyauth.errors import StoreUnavailable
from pyauth.models import Record, Session, User
from pyauth.storage import SecondaryStorage
from pyauth.stores.attempts import attempts
from pyauth.stores.lifetimes import time_left
from pyauth.stores.reversible import ReversibleStorage
from pyauth.stores.session_index import SessionIndex
from pyauth.stores.stored_json import RecordFormat, Unreadable, read_object

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session as it was found, with its user."""

    session: Session
    user: User
    text: str = field(repr=False)
    data: Mapping[str, Any] = field(repr=False)


class SessionValues:
    """The sessions of a secondary storage, and each user's list of them.

    Removals and changes follow the transaction of the calling thread; see
    :class:`~pyauth.stores.reversible.ReversibleStorage`.
    """

    def __init__(
        self, *, storage: SecondaryStorage, adapter: Adapter, schema: Schema, clock: Clock
    ) -> None:
        self._storage = storage
        self._reversible = ReversibleStorage(storage, adapter)
        self._clock = clock
        self._sessions = RecordFormat(Session, schema)
        self._users = RecordFormat(User, schema)
        self.index = SessionIndex(storage, clock)

    def find(self, token: str) -> StoredSession | None:
        """Return the session of a token with its user, or None; it may have expired."""
        text = self._storage.get(token)
        data = read_object(text)
        if text is None or data is None:
            return None
        try:
            session = self._sessions.read(data.get("session"))
            user = self._users.read(data.get("user"))
        except Unreadable:
            return None
        if session.token != token or session.user_id != user.id:
            return None
        return StoredSession(session, user, text, data)

    def list_of_user(self, user_id: str) -> list[StoredSession]:
        """Return the sessions on a user's list, those that end first at the beginning."""
        found = (self.find(token) for token in self.index.tokens(user_id))
        return [item for item in found if item is not None and item.session.user_id == user_id]

    def write(self, session: Session, user: User) -> None:
        """Store a session with its user until it expires."""
        pair = {"session": self._sessions.write(session), "user": self._users.write(user)}
        left = time_left(session.expires_at, self._clock())
        self._storage.set(session.token, codec.dumps(pair), left)

    def change(
        self, token: str, make: Callable[[StoredSession], tuple[Session, User]]
    ) -> Session | None:
        """Change a session that is there, and never one that has gone meanwhile.

        Args:
            token: which one.
            make: returns the session and the user as they should be; called again when somebody
                else was faster.

        Returns:
            The changed session; None when there is none.

        Raises:
            StoreUnavailable: the storage failed, or others changed it all the time.
        """
        for _ in attempts():
            found = self.find(token)
            if found is None:
                return None
            session, user = make(found)
            if self._replace(found, session, user):
                return session
        raise StoreUnavailable("a session changed all the time")

    def end(self, token: str) -> bool:
        """End a session, and return whether it was there; its entry in the list is left alone."""
        for _ in attempts():
            found = self.find(token)
            if found is None:
                self.forget(token)
                return False
            left = time_left(found.session.expires_at, self._clock())
            if self._reversible.remove(token, found.text, left):
                return True
        raise StoreUnavailable("a session changed all the time")

    def forget(self, token: str) -> None:
        """Remove what is left of a session that ended, so that no rollback brings it back."""
        self._reversible.forget(token)

    def _replace(self, found: StoredSession, session: Session, user: User) -> bool:
        if (session, user) == (found.session, found.user):
            return True
        # What another server keeps beside the fields known here stays.
        pair = {
            **found.data,
            "session": {**found.data["session"], **self._sessions.write(session)},
            "user": {**found.data["user"], **self._users.write(user)},
        }
        left = time_left(session.expires_at, self._clock())
        return self._reversible.replace(session.token, found.text, codec.dumps(pair), left)


def write_until_current(
    written: R, *, read: Callable[[], R | None], write: Callable[[R], None]
) -> bool:
    """Write a record to its copies again until they are what is stored.

    Whoever changes the record does so, too: the last one to write a copy has then looked at the
    record after writing, so no copy stays behind.

    Args:
        written: what the copies hold already.
        read: returns the record as it is stored.
        write: brings it to the copies.

    Returns:
        False when the record is gone.

    Raises:
        StoreUnavailable: it changed all the time.
    """
    for _ in attempts():
        current = read()
        if current is None:
            return False
        if current == written:
            return True
        write(current)
        written = current
    raise StoreUnavailable("a record changed all the time")
