"""An adapter and a hasher that keep a record of what they were asked, and can be made to fail."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from pyauth.crypto.passwords import PasswordHasher, Verified
from pyauth.db.adapter import Adapter, Row, SortBy, Where
from pyauth.db.ids import IdPolicy
from pyauth.db.lifecycle import DEFAULT_LIMIT, Bindable
from pyauth.db.schema import Schema
from tests.support.app import CHEAP_COST


class WatchedAdapter:
    """Hands everything on to another adapter.

    Attributes:
        statements: ``create user`` and the like, in order.
        fail_at: which statement raises instead of being run, counted from 1; a transaction's
            commit counts as a statement.
        error: what it raises.
        on_statement: called with each statement before it runs.
    """

    def __init__(self, inner: Adapter) -> None:
        self.inner = inner
        self.statements: list[str] = []
        self.fail_at: int | None = None
        self.error: Exception = RuntimeError("the database went away")
        self.on_statement: Callable[[str], None] | None = None
        self._depth = 0

    def bind(
        self,
        schema: Schema,
        *,
        id_policy: IdPolicy = "random",
        default_limit: int = DEFAULT_LIMIT,
    ) -> None:
        assert isinstance(self.inner, Bindable)
        self.inner.bind(schema, id_policy=id_policy, default_limit=default_limit)

    def forget(self) -> None:
        """Start the record anew."""
        self.statements.clear()

    def create(self, model: str, data: Mapping[str, Any]) -> Row:
        self._note(f"create {model}")
        return self.inner.create(model, data)

    def find_one(self, model: str, where: Sequence[Where], *, lock: bool = False) -> Row | None:
        self._note(f"{'lock_one' if lock else 'find_one'} {model}")
        return self.inner.find_one(model, where, lock=lock)

    def find_many(
        self,
        model: str,
        where: Sequence[Where] = (),
        *,
        limit: int | None = None,
        offset: int = 0,
        sort_by: SortBy | None = None,
    ) -> list[Row]:
        self._note(f"find_many {model}")
        return self.inner.find_many(model, where, limit=limit, offset=offset, sort_by=sort_by)

    def find_joined(
        self, model: str, where: Sequence[Where], *, via: str, limit: int | None = None
    ) -> list[tuple[Row, Row]]:
        self._note(f"find_joined {model}")
        return self.inner.find_joined(model, where, via=via, limit=limit)

    def count(self, model: str, where: Sequence[Where] = ()) -> int:
        self._note(f"count {model}")
        return self.inner.count(model, where)

    def update_one(self, model: str, where: Sequence[Where], data: Mapping[str, Any]) -> Row | None:
        self._note(f"update_one {model}")
        return self.inner.update_one(model, where, data)

    def update_many(self, model: str, where: Sequence[Where], data: Mapping[str, Any]) -> int:
        self._note(f"update_many {model}")
        return self.inner.update_many(model, where, data)

    def delete_many(self, model: str, where: Sequence[Where]) -> int:
        self._note(f"delete_many {model}")
        return self.inner.delete_many(model, where)

    def consume_one(self, model: str, where: Sequence[Where]) -> Row | None:
        self._note(f"consume_one {model}")
        return self.inner.consume_one(model, where)

    def increment_one(
        self,
        model: str,
        where: Sequence[Where],
        field: str,
        *,
        by: int = 1,
        data: Mapping[str, Any] | None = None,
    ) -> Row | None:
        self._note(f"increment_one {model}")
        return self.inner.increment_one(model, where, field, by=by, data=data)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self.inner.transaction():
            self._depth += 1
            try:
                yield
                if self._depth == 1:
                    self._note("commit")
            finally:
                self._depth -= 1

    def after_commit(self, work: Callable[[], None]) -> None:
        self.inner.after_commit(work)

    def after_rollback(self, work: Callable[[], None]) -> None:
        self.inner.after_rollback(work)

    def close(self) -> None:
        self.inner.close()

    def _note(self, statement: str) -> None:
        self.statements.append(statement)
        if self.on_statement is not None:
            self.on_statement(statement)
        if self.fail_at == len(self.statements):
            raise type(self.error)(*self.error.args)


class CountingPasswords:
    """Cheap hashes, and a record of the work done.

    Attributes:
        work: ``hash`` or ``verify`` for each computation, in order.
        longest: the length of the longest password that reached a hash.
        before_hash: called before each hash is made.
    """

    def __init__(self) -> None:
        self._hasher = PasswordHasher(cost=CHEAP_COST)
        self.work: list[str] = []
        self.longest = 0
        self.before_hash: Callable[[], None] | None = None

    def hash(self, password: str) -> str:
        if self.before_hash is not None:
            self.before_hash()
        self._note("hash", password)
        return self._hasher.hash(password)

    def verify(self, password: str, hash: str) -> Verified:
        self._note("verify", password)
        return self._hasher.verify(password, hash)

    def dummy(self, password: str) -> None:
        self._note("verify", password)
        self._hasher.dummy(password)

    def _note(self, kind: str, password: str) -> None:
        self.work.append(kind)
        self.longest = max(self.longest, len(password))
