"""The users: addresses are kept and looked up in lower case."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from pyauth.db.adapter import Row, Where
from pyauth.db.after_commit import FollowUpFailed
from pyauth.errors import StoreUnavailable
from pyauth.models import User
from pyauth.stores.base import Store
from pyauth.stores.user_copies import NoCopies, UserCopies


def normalize_email(email: str) -> str:
    """Return an address as it is stored and looked up."""
    return email.lower()


class UserStore(Store[User]):
    """The users.

    Sessions in a secondary storage hold copies of users. Every change made here reaches them once
    it is committed, and every deletion ends them; nobody else has to think of it.

    Source: Better Auth 1.6.9, ``db/internal-adapter.ts``.
    """

    record = User

    def __init__(self, *, copies: UserCopies | None = None, **shared: Any) -> None:
        super().__init__(**shared)
        self._copies = copies or NoCopies()

    def create(self, data: Mapping[str, Any]) -> User | None:
        """Make a user; None when a database hook stopped it.

        Raises:
            UniqueViolation: the address, or another unique field, is taken.
        """
        return self._create({**data, "email": normalize_email(data["email"])})

    def find_by_email(self, email: str) -> User | None:
        """Return the user of an address, in whatever case it is written, or None."""
        return self._find_one([Where("email", normalize_email(email))])

    def is_taken(self, field: str, value: Any) -> bool:
        """Return whether a user has this value in a field."""
        return self._find_one([Where(field, value)]) is not None

    def update(self, user_id: str, changes: Mapping[str, Any]) -> User | None:
        """Change a user; None when there is none or a database hook stopped it.

        Raises:
            UniqueViolation: a unique value is taken.
            StoreUnavailable: nothing was changed; or, as
                :class:`~pyauth.db.after_commit.FollowUpFailed`, the user was changed, but sessions
                in the secondary storage still show him as he was.
        """
        if "email" in changes:
            changes = {**changes, "email": normalize_email(changes["email"])}
        return self._change(user_id, (), changes)

    def update_held(self, user: User, changes: Mapping[str, Any]) -> User | None:
        """Change a user whom the caller holds, and his row if there is one; not his address.

        For where no store outlives the process: what the caller holds may be newer than the row,
        or all there is.

        Returns:
            The changed user; None when a database hook stopped it.
        """
        write = partial(self._write_held, user)
        row = self._writer.write_elsewhere(self._model, "update", changes, write)
        return None if row is None else User(row)

    def verify_email(self, user: User) -> User | None:
        """Mark the address of a user as verified, if it is still his and unverified.

        Returns:
            The changed user; None when somebody was faster or the address has changed.

        Raises:
            StoreUnavailable: as :meth:`update`.
        """
        guard = [Where("email", user.email), Where("email_verified", False)]
        return self._change(user.id, guard, {"email_verified": True})

    def change_email(self, user: User, new_email: str, *, verified: bool) -> User | None:
        """Move a user to another address, if he still has the one he was read with.

        Args:
            user: the user as he was read.
            new_email: the address to move to, in whatever case.
            verified: whether the new address has been shown to be his.

        Returns:
            The changed user; None when his address has changed meanwhile, he is gone or a
            database hook stopped it.

        Raises:
            UniqueViolation: the address is taken.
            StoreUnavailable: as :meth:`update`.
        """
        changes = {"email": normalize_email(new_email), "email_verified": verified}
        return self._change(user.id, [Where("email", user.email)], changes)

    def delete(self, user_id: str) -> bool:
        """Remove a user; False when there is none or a database hook stopped it.

        Sessions of his that are left in the secondary storage end with him.

        Raises:
            StoreUnavailable: nothing was removed.
        """
        with self.adapter.transaction():
            if not self._writer.delete_many(self._model, [Where("id", user_id)]):
                return False
            self._copies.end(user_id)
            # Once more for a sign-in that went on meanwhile.
            self.adapter.after_commit(partial(self._copies.forget, user_id))
        return True

    def _write_held(self, user: User, approved: Mapping[str, Any]) -> Row:
        self.adapter.update_one(self._model, [Where("id", user.id)], approved)
        return dict(user.replace(**{"updated_at": self._clock(), **approved}))

    def _change(
        self, user_id: str, guard: Sequence[Where], changes: Mapping[str, Any]
    ) -> User | None:
        self._copies.check(user_id)
        user = self._update([Where("id", user_id), *guard], changes)
        if user is not None:
            self.adapter.after_commit(partial(self._renew_copies, user_id))
        return user

    def _renew_copies(self, user_id: str) -> None:
        try:
            self._copies.renew(partial(self.find, user_id))
        except StoreUnavailable as exc:
            raise FollowUpFailed("the sessions of a changed user could not be renewed") from exc
