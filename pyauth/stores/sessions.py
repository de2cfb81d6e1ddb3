"""The sessions, and those that live in the database.

What a cookie means and when a session is extended: ``pyauth.sessions``. Sessions in a secondary
storage: ``pyauth.stores.stored_sessions``.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pyauth.crypto.random import generate_id
from pyauth.db.adapter import SortBy, Where
from pyauth.db.schema import Schema
from pyauth.models import Session, User
from pyauth.stores.base import Store
from pyauth.stores.users import UserStore

TOKEN_LENGTH = 32


class SessionStore(Store[Session], ABC):
    """The sessions, wherever they are kept.

    ``list``, ``count`` and ``find`` look at rows in the database, and find nothing where there are
    none.

    Source: Better Auth 1.6.9, ``db/internal-adapter.ts``.
    """

    record = Session

    def __init__(self, *, users: UserStore, schema: Schema, **shared: Any) -> None:
        super().__init__(schema=schema, **shared)
        self._users = users
        self._schema = schema

    def create(
        self,
        user: User,
        *,
        expires_at: datetime,
        ip_address: str | None,
        user_agent: str | None,
        extra: Mapping[str, Any] | None = None,
    ) -> Session | None:
        """Make a session with a new random token; None when a database hook stopped it."""
        values = {
            **self._schema.defaults("session"),
            **(extra or {}),
            "user_id": user.id,
            "token": generate_id(TOKEN_LENGTH),
            "expires_at": expires_at,
            "ip_address": ip_address or "",
            "user_agent": user_agent or "",
        }
        return self._keep(user, values)

    @abstractmethod
    def find_with_user(self, token: str) -> tuple[Session, User] | None:
        """Return the session of a token and its user; it may have expired."""

    @abstractmethod
    def find_many(
        self, tokens: Sequence[str], *, only_active: bool = False
    ) -> list[tuple[Session, User]]:
        """Return the sessions of several tokens with their users."""

    @abstractmethod
    def list_of_user(self, user_id: str, *, only_active: bool = True) -> list[Session]:
        """Return the sessions of a user; by default those still alive."""

    @abstractmethod
    def update(self, token: str, changes: Mapping[str, Any]) -> Session | None:
        """Change a session; None when it is gone or a database hook stopped it."""

    @abstractmethod
    def delete(self, token: str, *, user_id: str | None = None) -> bool:
        """End a session, with ``user_id`` only if it is that user's."""

    @abstractmethod
    def delete_of_user(self, user_id: str, *, keep_token: str | None = None) -> int:
        """End every session of a user, except the one of ``keep_token``."""

    def erase_of_user(self, user_id: str) -> None:
        """End every session of a user who is being deleted, and keep no record of them."""
        self.delete_of_user(user_id)

    @abstractmethod
    def _keep(self, user: User, values: Mapping[str, Any]) -> Session | None:
        """Store a new session of a user."""

    def _is_active(self, session: Session) -> bool:
        return session.expires_at > self._clock()


class SessionRows(SessionStore):
    """Sessions as rows of the database, beside their users."""

    def find_with_user(self, token: str) -> tuple[Session, User] | None:
        """Return the session of a token and its user, by one query; it may have expired."""
        pairs = self.adapter.find_joined(
            self._model, [Where("token", token)], via="user_id", limit=1
        )
        if not pairs:
            return None
        session, user = pairs[0]
        return self.as_record(session), self._users.as_record(user)

    def find_many(
        self, tokens: Sequence[str], *, only_active: bool = False
    ) -> list[tuple[Session, User]]:
        """Return the sessions of several tokens with their users, by one query."""
        where = [Where("token", list(tokens), "in"), *self._active(only=only_active)]
        pairs = self.adapter.find_joined(self._model, where, via="user_id", limit=len(tokens))
        return [(self.as_record(session), self._users.as_record(user)) for session, user in pairs]

    def list_of_user(self, user_id: str, *, only_active: bool = True) -> list[Session]:
        """Return the newest sessions of a user, oldest first; by default those still alive."""
        where = [Where("user_id", user_id), *self._active(only=only_active)]
        newest = self.list(where, sort_by=SortBy("created_at", descending=True))
        return newest[::-1]

    def update(self, token: str, changes: Mapping[str, Any]) -> Session | None:
        """Change a session; None when it is gone or a database hook stopped it."""
        return self._update([Where("token", token)], changes)

    def delete(self, token: str, *, user_id: str | None = None) -> bool:
        """End a session, with ``user_id`` only if it is that user's."""
        where = [Where("token", token)]
        if user_id is not None:
            where.append(Where("user_id", user_id))
        return self._writer.delete_many(self._model, where) > 0

    def delete_of_user(self, user_id: str, *, keep_token: str | None = None) -> int:
        """End every session of a user, except the one of ``keep_token``."""
        where = [Where("user_id", user_id)]
        if keep_token is not None:
            where.append(Where("token", keep_token, "ne"))
        return self._writer.delete_many(self._model, where)

    def _keep(self, user: User, values: Mapping[str, Any]) -> Session | None:
        return self._create(values)

    def _active(self, *, only: bool) -> list[Where]:
        return [Where("expires_at", self._clock(), "gt")] if only else []
