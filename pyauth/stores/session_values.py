"""Sessions as values in a secondary storage: ``<token>`` holds ``{session, user}``.

A session whose transaction is still open is written, too, but as one that counts only while the
database knows its user: so it is there if the transaction commits, whatever fails then, and is none
if it does not.

Source: Better Auth 1.6.9, ``db/internal-adapter.ts``; differs: a value that is no session, or not
the one of its key, is as good as absent.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final, TypeVar

from pyauth import codec
from pyauth.clock import Clock
from pyauth.crypto.random import generate_id
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

_OPENING: Final = "opening:"
"""Begins a session whose transaction may still be open, and a mark that each change of it renews:
no JSON, so another server reads nothing from it."""


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session as it was found, with its user.

    Attributes:
        session, user: the records.
        text, data: what they were read from.
        is_opening: whether the database has to know the user for the session to count.
    """

    session: Session
    user: User
    text: str = field(repr=False)
    data: Mapping[str, Any] = field(repr=False)
    is_opening: bool = False


class SessionValues:
    """The sessions of a secondary storage, and each user's list of them.

    Removals and changes follow the transaction of the calling thread; see
    :class:`~pyauth.stores.reversible.ReversibleStorage`.

    Args:
        storage: keeps them.
        adapter: knows the transaction.
        schema: the effective schema.
        clock: the present moment.
        find_user: returns the user of an id as the database knows him, or None.
    """

    def __init__(
        self,
        *,
        storage: SecondaryStorage,
        adapter: Adapter,
        schema: Schema,
        clock: Clock,
        find_user: Callable[[str], User | None],
    ) -> None:
        self._storage = storage
        self._adapter = adapter
        self._find_user = find_user
        self._reversible = ReversibleStorage(storage, adapter)
        self._clock = clock
        self._sessions = RecordFormat(Session, schema)
        self._users = RecordFormat(User, schema)
        self.index = SessionIndex(storage, clock)

    def find(self, token: str) -> StoredSession | None:
        """Return the session of a token with its user, or None; it may have expired."""
        found = self._read(token)
        if found is None or not found.is_opening:
            return found
        user = self._find_user(found.user.id)
        return None if user is None else replace(found, user=user)

    def list_of_user(self, user_id: str) -> list[StoredSession]:
        """Return the sessions on a user's list, those that end first at the beginning."""
        found = (self.find(token) for token in self.index.tokens(user_id))
        return [item for item in found if item is not None and item.session.user_id == user_id]

    def open(self, session: Session, user: User) -> StoredSession:
        """Store a new session with its user until it expires; a rollback takes it back.

        Raises:
            StoreUnavailable: the storage failed.
            Unwritable: the storage cannot keep a value.
        """
        data = {"session": self._sessions.write(session), "user": self._users.write(user)}
        text = _as_opening(codec.dumps(data))
        self._adapter.after_rollback(partial(self._storage.delete, session.token))
        self._storage.set(session.token, text, time_left(session.expires_at, self._clock()))
        return StoredSession(session, user, text, data, is_opening=True)

    def complete(self, opening: StoredSession) -> bool:
        """Make a session whose transaction has committed one like all others.

        The user is read first. Whoever changes him afterwards changes the opening session, too, or
        finds a complete one: no older copy of him stays behind.

        Returns:
            False when the user is gone; the session is none, and is left as it is.

        Raises:
            StoreUnavailable: the storage failed, or others changed it all the time. It counts
                nevertheless.
        """
        token = opening.session.token
        for _ in attempts():
            user = self._find_user(opening.session.user_id)
            if user is None:
                return False
            text = self._text_of(opening, opening.session, user)
            left = time_left(opening.session.expires_at, self._clock())
            if self._storage.compare_and_set(token, opening.text, text, left):
                return True
            found = self._read(token)
            if found is None or not found.is_opening:
                return True  # it has been ended, or completed by somebody else
            opening = found
        raise StoreUnavailable("a session changed all the time")

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
            found = self._read(token)
            if found is None:
                return None
            session, user = make(found)
            if self._replace(found, session, user):
                return session
        raise StoreUnavailable("a session changed all the time")

    def end(self, token: str) -> bool:
        """End a session, and return whether it was there; its entry in the list is left alone."""
        for _ in attempts():
            found = self._read(token)
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

    def _read(self, token: str) -> StoredSession | None:
        """Return what is written, whether it counts or not."""
        text = self._storage.get(token)
        is_opening = text is not None and text.startswith(_OPENING)
        data = read_object(_without_mark(text) if text is not None and is_opening else text)
        if text is None or data is None:
            return None
        try:
            session = self._sessions.read(data.get("session"))
            user = self._users.read(data.get("user"))
        except Unreadable:
            return None
        if session.token != token or session.user_id != user.id:
            return None
        return StoredSession(session, user, text, data, is_opening)

    def _replace(self, found: StoredSession, session: Session, user: User) -> bool:
        if (session, user) == (found.session, found.user) and not found.is_opening:
            return True
        text = self._text_of(found, session, user)
        if found.is_opening:
            text = _as_opening(text)
        left = time_left(session.expires_at, self._clock())
        return self._reversible.replace(session.token, found.text, text, left)

    def _text_of(self, found: StoredSession, session: Session, user: User) -> str:
        # What another server keeps beside the fields known here stays.
        return codec.dumps(
            {
                **found.data,
                "session": {**found.data["session"], **self._sessions.write(session)},
                "user": {**found.data["user"], **self._users.write(user)},
            }
        )


def _as_opening(text: str) -> str:
    return f"{_OPENING}{generate_id()}:{text}"


def _without_mark(text: str) -> str:
    return text.removeprefix(_OPENING).partition(":")[2]


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
