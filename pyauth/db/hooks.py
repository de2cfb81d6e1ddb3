"""Writes with database hooks around them.

Before-hooks may stop a write or change its values; after-hooks run once the outermost transaction
has committed. Hooks run in order: the app's, then plugins' in list order. Which hooks a write has
is resolved when the instance is built; a model without hooks goes straight to the adapter.

Source: Better Auth 1.6.9, ``db/with-hooks.ts``.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from pyauth.db.adapter import Adapter, Row, Where
from pyauth.events import DatabaseEvent
from pyauth.models import Account, Record, Session, User, Verification
from pyauth.state import find_call

Action = Literal["create", "update", "delete"]

_RECORDS: Mapping[str, type[Record]] = {
    record.model: record for record in (User, Session, Account, Verification)
}


def as_record(model: str, row: Row) -> Record:
    """Return a row as the record class of its model; plugins' models have the plain one."""
    return _RECORDS.get(model, Record)(row)


@dataclass(frozen=True, slots=True)
class DatabaseHook:
    """One contribution: what runs around one kind of write to one model."""

    model: str
    action: Action
    before: Callable[[DatabaseEvent], Mapping[str, Any] | bool | None] | None = None
    after: Callable[[DatabaseEvent], None] | None = None


class HookedWriter:
    """The writing half of the adapter, with the hooks of one instance.

    A ``None`` from :meth:`create` or :meth:`update_one`, or a 0 from a deletion, may mean that a
    hook stopped the write.
    """

    def __init__(self, adapter: Adapter, hooks: Iterable[DatabaseHook] = ()) -> None:
        self._adapter = adapter
        self._hooks: dict[tuple[str, Action], list[DatabaseHook]] = {}
        for hook in hooks:
            self._hooks.setdefault((hook.model, hook.action), []).append(hook)

    def create(self, model: str, data: Mapping[str, Any]) -> Row | None:
        """Insert one row; None when a hook stopped it."""
        hooks = self._hooks.get((model, "create"))
        if hooks is None:
            return self._adapter.create(model, data)
        approved = _ask_before(hooks, model, "create", data)
        if approved is None:
            return None
        row = self._adapter.create(model, approved)
        record = as_record(model, row)
        self._tell_after(hooks, DatabaseEvent(model, "create", approved, record, find_call()))
        return row

    def update_one(self, model: str, where: Sequence[Where], data: Mapping[str, Any]) -> Row | None:
        """Change one row under a guard; None when none fitted or a hook stopped it."""
        hooks = self._hooks.get((model, "update"))
        if hooks is None:
            return self._adapter.update_one(model, where, data)
        approved = _ask_before(hooks, model, "update", data)
        if approved is None:
            return None
        row = self._adapter.update_one(model, where, approved)
        if row is not None:
            record = as_record(model, row)
            self._tell_after(hooks, DatabaseEvent(model, "update", approved, record, find_call()))
        return row

    def delete_many(self, model: str, where: Sequence[Where]) -> int:
        """Delete the rows that fit; a row that a hook wants kept stays."""
        hooks = self._hooks.get((model, "delete"))
        if hooks is None:
            return self._adapter.delete_many(model, where)
        with self._adapter.transaction():
            return sum(
                self._delete_row(hooks, model, row)
                for row in self._adapter.find_many(model, where, limit=_ALL)
            )

    def _delete_row(self, hooks: Sequence[DatabaseHook], model: str, row: Row) -> int:
        event = DatabaseEvent(model, "delete", record=as_record(model, row), call=find_call())
        if any(hook.before is not None and hook.before(event) is False for hook in hooks):
            return 0
        deleted = self._adapter.delete_many(model, [Where("id", row["id"])])
        if deleted:
            self._tell_after(hooks, event)
        return deleted

    def _tell_after(self, hooks: Sequence[DatabaseHook], event: DatabaseEvent) -> None:
        for hook in hooks:
            if hook.after is not None:
                self._adapter.after_commit(partial(hook.after, event))


_ALL = 2**31 - 1


def _ask_before(
    hooks: Sequence[DatabaseHook], model: str, action: Action, data: Mapping[str, Any]
) -> dict[str, Any] | None:
    values = dict(data)
    for hook in hooks:
        if hook.before is None:
            continue
        answer = hook.before(DatabaseEvent(model, action, dict(values), call=find_call()))
        if answer is False:
            return None
        if isinstance(answer, Mapping):
            values.update(answer)
    return values
