"""Sessions in a secondary storage: alone, beside their rows, or beside rows that are kept.

How a session and its list are written, and what a failure in between leaves:

- A new session is put on its user's list first, then written as one that is opening: it counts
  only while the database knows its user. Once the transaction has committed, it is completed. So a
  storage that fails beforehand fails the transaction, and one that fails afterwards fails nothing;
  a session whose user was rolled back is none, even if it could not be taken back.
- A session that is extended lives longer on the list first: one that is on no list could not be
  ended with the others.
- A session ends at once, before its transaction commits, and comes back with a rollback. So no
  failure leaves a session alive that was to end; the worst is one that has ended too early.
- Its entry leaves the list after the commit.

Source: Better Auth 1.6.9, ``db/internal-adapter.ts``, and 1.7.1 for the kept rows of ended
sessions; differs: database hooks of a deletion run in every mode, and a lost update is impossible.
"""

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from pyauth.crypto.random import generate_id
from pyauth.db.adapter import EVERY_ROW, Row, Where
from pyauth.db.after_commit import FollowUpFailed
from pyauth.errors import StoreUnavailable
from pyauth.models import Session, User
from pyauth.stores.session_values import SessionValues, StoredSession, write_until_current
from pyauth.stores.sessions import SessionRows, SessionStore

_logger = logging.getLogger(__name__)


class StoredSessions(SessionStore):
    """Sessions in a secondary storage alone: there are no rows.

    Args:
        values: the sessions in the storage.
    """

    def __init__(self, *, values: SessionValues, **shared: Any) -> None:
        super().__init__(**shared)
        self._values = values

    def find_with_user(self, token: str) -> tuple[Session, User] | None:
        """Return the session of a token and its user, by one read; it may have expired."""
        found = self._values.find(token)
        return None if found is None else (found.session, found.user)

    def find_many(
        self, tokens: Sequence[str], *, only_active: bool = False
    ) -> list[tuple[Session, User]]:
        """Return the sessions of several tokens with their users, by one read each."""
        pairs = [self.find_with_user(token) for token in dict.fromkeys(tokens)]
        return [
            pair
            for pair in pairs
            if pair is not None and (not only_active or self._is_active(pair[0]))
        ]

    def list_of_user(self, user_id: str, *, only_active: bool = True) -> list[Session]:
        """Return the sessions of a user, those that end first at the beginning."""
        sessions = [found.session for found in self._values.list_of_user(user_id)]
        return [item for item in sessions if not only_active or self._is_active(item)]

    def update(self, token: str, changes: Mapping[str, Any]) -> Session | None:
        """Change a session; None when it is gone or a database hook stopped it."""
        change = partial(self._change, token)
        row = self._writer.write_elsewhere(self._model, "update", changes, change)
        return None if row is None else Session(row)

    def delete(self, token: str, *, user_id: str | None = None) -> bool:
        """End a session, with ``user_id`` only if it is that user's."""
        session = self._find_ending(token)
        if session is None or user_id not in {None, session.user_id}:
            return False
        return self._end([session]) > 0

    def delete_of_user(self, user_id: str, *, keep_token: str | None = None) -> int:
        """End every session of a user, except the one of ``keep_token``, or none on a failure."""
        with self.adapter.transaction():
            ending = self._list_ending(user_id)
            return self._end([session for session in ending if session.token != keep_token])

    # What the modes differ in --------------------------------------------------------------------

    def _make(self, approved: Mapping[str, Any]) -> Session:
        row = self._maker.new(approved)
        if row["id"] is None:  # the database would have counted
            row["id"] = generate_id()
        return self.as_record(row)

    def _change(self, token: str, approved: Mapping[str, Any]) -> Row | None:
        changes = self._shown(self._maker.changes(approved))
        found = self._values.find(token)
        if found is None:
            return None
        self._complete_in_the_end(found)
        if "expires_at" in changes:
            self._values.index.put(found.session.user_id, token, changes["expires_at"])
        changed = self._values.change(
            token, lambda found: (found.session.replace(**changes), found.user)
        )
        return None if changed is None else dict(changed)

    def _find_ending(self, token: str) -> Session | None:
        found = self._values.find(token)
        if found is None:
            self._values.forget(token)
        return None if found is None else found.session

    def _list_ending(self, user_id: str) -> list[Session]:
        return [found.session for found in self._values.list_of_user(user_id)]

    def _remove(self, session: Session) -> Session | None:
        return session if self._values.end(session.token) else None

    # What they share -----------------------------------------------------------------------------

    def _keep(self, user: User, values: Mapping[str, Any]) -> Session | None:
        open_session = partial(self._open, user)
        row = self._writer.write_elsewhere(self._model, "create", values, open_session)
        return None if row is None else Session(row)

    def _open(self, user: User, approved: Mapping[str, Any]) -> Row:
        session = self._make(approved)
        index, token = self._values.index, session.token
        index.put(session.user_id, token, session.expires_at)
        self.adapter.after_rollback(partial(index.remove, session.user_id, [token]))
        opening = self._values.open(session, user)
        self.adapter.after_commit(partial(self._complete, opening))
        return dict(session)

    def _complete_in_the_end(self, found: StoredSession) -> None:
        if found.is_opening:
            self.adapter.after_commit(partial(self._complete, found))

    def _complete(self, opening: StoredSession) -> None:
        try:
            has_user = self._values.complete(opening)
        except StoreUnavailable as exc:
            # It counts all the same; only Better Auth does not find it until then.
            _logger.warning("a new session waits for its next change to be completed: %s", exc)
            return
        if not has_user:
            with suppress(StoreUnavailable):
                self._values.end(opening.session.token)
            raise FollowUpFailed("the user of a new session is gone")

    def _end(self, sessions: Sequence[Session]) -> int:
        ended = [
            session
            for session in sessions
            if self._writer.end_elsewhere(session, partial(self._remove, session)) is not None
        ]
        for user_id in {session.user_id for session in ended}:
            tokens = {session.token for session in ended if session.user_id == user_id}
            self.adapter.after_commit(partial(self._values.index.remove, user_id, tokens))
        return len(ended)


class MirroredSessions(StoredSessions):
    """Sessions in a secondary storage and in the database; what the storage lacks, the rows have.

    ``session.store_session_in_database``.
    """

    def __init__(self, **shared: Any) -> None:
        super().__init__(**shared)
        del shared["values"]
        self._rows = SessionRows(**shared)

    def find_with_user(self, token: str) -> tuple[Session, User] | None:
        """Return the session of a token and its user; it may have expired."""
        return super().find_with_user(token) or self._rows.find_with_user(token)

    def list_of_user(self, user_id: str, *, only_active: bool = True) -> list[Session]:
        """Return the newest sessions of a user, each row one, those that end first ahead."""
        rows = self._rows.list_of_user(user_id, only_active=only_active)
        return sorted(rows, key=lambda session: session.expires_at)

    def _open(self, user: User, approved: Mapping[str, Any]) -> Row:
        with self.adapter.transaction():
            return super()._open(user, approved)

    def _make(self, approved: Mapping[str, Any]) -> Session:
        return self.as_record(self.adapter.create(self._model, approved))

    def _change(self, token: str, approved: Mapping[str, Any]) -> Row | None:
        found = self._values.find(token)  # an outage must show before the row has changed
        row = self.adapter.update_one(self._model, [Where("token", token)], approved)
        if row is None:
            self._values.end(token)
            return None
        session = self.as_record(row)
        if found is not None:
            self._complete_in_the_end(found)
        self.adapter.after_commit(partial(self._renew, session))
        return dict(session)

    def _find_ending(self, token: str) -> Session | None:
        return super()._find_ending(token) or self._find_row(token)

    def _list_ending(self, user_id: str) -> list[Session]:
        stored = super()._list_ending(user_id)
        known = {session.token for session in stored}
        rows = self.list([Where("user_id", user_id), *self._living()], limit=EVERY_ROW)
        return stored + [session for session in rows if session.token not in known]

    def _remove(self, session: Session) -> Session | None:
        rows = self._end_row(session.token)
        return session if self._values.end(session.token) or rows else None

    def _end(self, sessions: Sequence[Session]) -> int:
        with self.adapter.transaction():
            return super()._end(sessions)

    def _end_row(self, token: str) -> int:
        return self.adapter.delete_many(self._model, [Where("token", token)])

    def _living(self) -> list[Where]:
        return []

    def _find_row(self, token: str) -> Session | None:
        return self._find_one([Where("token", token), *self._living()])

    def _renew(self, session: Session) -> None:
        try:
            self._write_session(session)
            write_until_current(
                session, read=partial(self._find_row, session.token), write=self._write_session
            )
        except StoreUnavailable as exc:
            raise FollowUpFailed("a changed session could not be stored") from exc

    def _write_session(self, session: Session) -> None:
        changed = self._values.change(session.token, lambda found: (session, found.user))
        if changed is not None:
            self._values.index.put(session.user_id, session.token, session.expires_at)


class PreservedSessions(MirroredSessions):
    """Sessions in a secondary storage, and rows that outlive them as a record of what was.

    What the storage lacks has ended, whatever the rows say; the row of an ended session expires.

    ``session.preserve_session_in_database``.
    """

    def find_with_user(self, token: str) -> tuple[Session, User] | None:
        """Return the session of a token and its user; it may have expired."""
        return StoredSessions.find_with_user(self, token)

    def list_of_user(self, user_id: str, *, only_active: bool = True) -> list[Session]:
        """Return the sessions of a user, those that end first at the beginning."""
        return StoredSessions.list_of_user(self, user_id, only_active=only_active)

    def erase_of_user(self, user_id: str) -> None:
        """End every session of a user who is being deleted, and keep no record of them."""
        with self.adapter.transaction():
            super().erase_of_user(user_id)
            self.adapter.delete_many(self._model, [Where("user_id", user_id)])

    def _change(self, token: str, approved: Mapping[str, Any]) -> Row | None:
        if self._values.find(token) is None:
            return None
        return super()._change(token, approved)

    def _living(self) -> list[Where]:
        return [Where("expires_at", self._clock(), "gt")]

    def _end_row(self, token: str) -> int:
        where = [Where("token", token), *self._living()]
        return self.adapter.update_many(self._model, where, {"expires_at": self._clock()})
