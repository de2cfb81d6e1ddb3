"""The users: addresses are kept and looked up in lower case."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from pyauth.db.adapter import Row, Where
from pyauth.db.after_commit import FollowUpFailed
from pyauth.errors import StoreUnavailable
from pyauth.models import User
from pyauth.stores.base import Store
from pyauth.stores.stored_json import Unwritable
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
        return self._create(_with_normal_email(data))

    def find_by_email(self, email: str) -> User | None:
        """Return the user of an address, in whatever case it is written, or None."""
        return self._find_one([Where("email", normalize_email(email))])

    def is_taken(self, field: str, value: Any) -> bool:
        """Return whether a user has this value in a field."""
        return self._find_one([Where(field, value)]) is not None

    def leads_nowhere(self, field: str, value: Any) -> bool:
        """Return whether a field with this value would refer to a record that is not there."""
        target = self._fields[field].spec.references
        if target is None:
            return False
        return self.adapter.find_one(target.model, [Where(target.field, value)]) is None

    def update(self, user_id: str, changes: Mapping[str, Any]) -> User | None:
        """Change a user; None when there is none or a database hook stopped it.

        Raises:
            UniqueViolation: a unique value is taken.
            StoreUnavailable: nothing was changed; or, as
                :class:`~pyauth.db.after_commit.FollowUpFailed`, the user was changed, but sessions
                in the secondary storage still show him as he was.
        """
        return self._change(user_id, (), _with_normal_email(changes))

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

    # A hook may give an address of its own, in whatever case; nobody could sign in with it.

    def _create(self, data: Mapping[str, Any]) -> User | None:
        row = self._writer.write_elsewhere(self._model, "create", data, self._insert)
        return None if row is None else User(row)

    def _update(self, where: Sequence[Where], changes: Mapping[str, Any]) -> User | None:
        write = partial(self._update_row, where)
        row = self._writer.write_elsewhere(self._model, "update", changes, write)
        return None if row is None else User(row)

    def _insert(self, approved: Mapping[str, Any]) -> Row:
        return dict(self.as_record(self.adapter.create(self._model, _with_normal_email(approved))))

    def _update_row(self, where: Sequence[Where], approved: Mapping[str, Any]) -> Row | None:
        row = self.adapter.update_one(self._model, where, _with_normal_email(approved))
        return None if row is None else dict(self.as_record(row))

    def _write_held(self, held: User, approved: Mapping[str, Any]) -> Row:
        return super()._write_held(held, _with_normal_email(approved))

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
        except (StoreUnavailable, Unwritable) as exc:
            raise FollowUpFailed(
                f"the sessions of a changed user could not be renewed: {exc}"
            ) from exc


def _with_normal_email(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return values with their address, if they hold one, as it is stored."""
    email = values.get("email")
    # What is no text is for the adapter to refuse.
    return {**values, "email": normalize_email(email)} if isinstance(email, str) else values
