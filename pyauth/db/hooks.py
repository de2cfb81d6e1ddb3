"""Writes with database hooks around them.

Before-hooks may stop a write or change its values; after-hooks run once the outermost transaction
has committed. Hooks run in order: the app's, then plugins' in list order. Which hooks a write has
is resolved when the instance is built; a model without hooks goes straight to the adapter.

Source: Better Auth 1.6.9, ``db/with-hooks.ts``, and 1.7.1 for :meth:`HookedWriter.consume_one`;
differs: each hook of an update sees what those before it changed; an after-hook is told of records,
never that none was found; one that keeps a row keeps that row alone, not all of its deletion.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeVar

from pyauth.db.adapter import EVERY_ROW, Adapter, Row, Where
from pyauth.db.schema import Schema
from pyauth.events import DatabaseEvent
from pyauth.models import Account, Record, Session, User, Verification
from pyauth.state import find_call

Write = Callable[[Mapping[str, Any]], Row | None]
"""Puts the approved values elsewhere and returns the record as readers see it, or None."""

R = TypeVar("R", bound=Record)

Action = Literal["create", "update", "delete"]

_RECORDS: Mapping[str, type[Record]] = {
    record.model: record for record in (User, Session, Account, Verification)
}


def as_record(model: str, row: Row) -> Record:
    """Return a row as the record class of its model; plugins' models have the plain one."""
    return _RECORDS.get(model, Record)(row)


@dataclass(frozen=True, slots=True)
class DatabaseHook:
    """One contribution: what runs around one kind of write to one model.

    Attributes:
        model: logical model name.
        action: the kind of write.
        before: returns None or True to let the write be, False to stop it, or a mapping of the
            values that it changes.
        after: told of the written record, or of the one that went, after the outermost commit.
    """

    model: str
    action: Action
    before: Callable[[DatabaseEvent], Mapping[str, Any] | bool | None] | None = None
    after: Callable[[DatabaseEvent], None] | None = None


class HookedWriter:
    """The writing half of the adapter, with the hooks of one instance.

    A ``None`` from :meth:`create`, :meth:`update_one` or :meth:`consume_one`, or a 0 from the
    others, may mean that a hook stopped the write. Counters that ``increment_one`` of the adapter
    moves have no hooks.

    Args:
        adapter: what writes.
        hooks: in order.
        schema: how stored values are shown to after-hooks; by default as they are stored.
    """

    def __init__(
        self, adapter: Adapter, hooks: Iterable[DatabaseHook] = (), schema: Schema | None = None
    ) -> None:
        self._adapter = adapter
        self._schema = schema
        self._hooks: dict[tuple[str, Action], list[DatabaseHook]] = {}
        for hook in hooks:
            self._hooks.setdefault((hook.model, hook.action), []).append(hook)

    def write_elsewhere(
        self, model: str, action: Action, data: Mapping[str, Any], write: Write
    ) -> Row | None:
        """Create or change a record that does not live in the database, with the same hooks.

        Returns:
            What ``write`` returned; None also when a hook stopped it.
        """
        hooks = self._hooks.get((model, action))
        if hooks is None:
            return write(data)
        approved = _ask_before(hooks, model, action, data)
        if approved is None:
            return None
        row = write(approved)
        if row is not None:
            record = as_record(model, row)
            self._tell_after(hooks, DatabaseEvent(model, action, approved, record, find_call()))
        return row

    def end_elsewhere(self, record: Record, end: Callable[[], R | None]) -> R | None:
        """End a record that does not live in the database alone, with the hooks of a deletion.

        Args:
            record: the record as readers see it.
            end: ends it and returns what it was; None when somebody was faster.

        Returns:
            What ``end`` returned; None also when a hook wants the record kept.
        """
        hooks = self._hooks.get((record.model, "delete"))
        if hooks is None:
            return end()
        event = DatabaseEvent(record.model, "delete", record=record, call=find_call())
        ended = end() if _agree(hooks, event) else None
        if ended is not None:
            self._tell_after(hooks, event)
        return ended

    def create(self, model: str, data: Mapping[str, Any]) -> Row | None:
        """Insert one row; None when a hook stopped it."""
        hooks = self._hooks.get((model, "create"))
        if hooks is None:
            return self._adapter.create(model, data)
        approved = _ask_before(hooks, model, "create", data)
        if approved is None:
            return None
        row = self._adapter.create(model, approved)
        self._tell_of_write(hooks, "create", approved, row)
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
            self._tell_of_write(hooks, "update", approved, row)
        return row

    def update_many(self, model: str, where: Sequence[Where], data: Mapping[str, Any]) -> int:
        """Change the rows that fit; before-hooks are asked once, after-hooks told of each row."""
        hooks = self._hooks.get((model, "update"))
        if hooks is None:
            return self._adapter.update_many(model, where, data)
        approved = _ask_before(hooks, model, "update", data)
        if approved is None:
            return 0
        changed = 0
        with self._adapter.transaction():
            for found in self._adapter.find_many(model, where, limit=EVERY_ROW):
                guard = [Where("id", found["id"]), *where]
                row = self._adapter.update_one(model, guard, approved)
                if row is not None:
                    changed += 1
                    self._tell_of_write(hooks, "update", approved, row)
        return changed

    def delete_many(self, model: str, where: Sequence[Where]) -> int:
        """Delete the rows that fit; a row that a hook wants kept stays."""
        hooks = self._hooks.get((model, "delete"))
        if hooks is None:
            return self._adapter.delete_many(model, where)
        with self._adapter.transaction():
            return sum(
                self._delete_row(hooks, model, row)
                for row in self._adapter.find_many(model, where, limit=EVERY_ROW)
            )

    def consume_one(self, model: str, where: Sequence[Where]) -> Row | None:
        """Delete one row that fits and return it: of simultaneous callers one gets it.

        Before-hooks may be asked by each of them; only the winner's after-hooks are told.
        """
        hooks = self._hooks.get((model, "delete"))
        if hooks is None:
            return self._adapter.consume_one(model, where)
        found = self._adapter.find_one(model, where)
        if found is None or not self._may_go(hooks, model, found):
            return None
        row = self._adapter.consume_one(model, [Where("id", found["id"]), *where])
        if row is not None:
            self._tell_after(hooks, self._deletion_of(model, row))
        return row

    def _delete_row(self, hooks: Sequence[DatabaseHook], model: str, row: Row) -> int:
        if not self._may_go(hooks, model, row):
            return 0
        deleted = self._adapter.delete_many(model, [Where("id", row["id"])])
        if deleted:
            self._tell_after(hooks, self._deletion_of(model, row))
        return deleted

    def _may_go(self, hooks: Sequence[DatabaseHook], model: str, row: Row) -> bool:
        return _agree(hooks, self._deletion_of(model, row))

    def _deletion_of(self, model: str, row: Row) -> DatabaseEvent:
        return DatabaseEvent(model, "delete", record=self._shown(model, row), call=find_call())

    def _tell_of_write(
        self, hooks: Sequence[DatabaseHook], action: Action, data: Mapping[str, Any], row: Row
    ) -> None:
        model = hooks[0].model
        self._tell_after(
            hooks, DatabaseEvent(model, action, data, self._shown(model, row), find_call())
        )

    def _tell_after(self, hooks: Sequence[DatabaseHook], event: DatabaseEvent) -> None:
        for hook in hooks:
            if hook.after is not None:
                self._adapter.after_commit(partial(hook.after, event))

    def _shown(self, model: str, row: Row) -> Record:
        shown = row if self._schema is None else self._schema.model(model).shown(row)
        return as_record(model, shown)


def _agree(hooks: Sequence[DatabaseHook], event: DatabaseEvent) -> bool:
    for hook in hooks:
        if hook.before is None:
            continue
        answer = hook.before(event)
        if answer is False:
            return False
        if answer not in (None, True):
            raise _unfit_answer(event.model, "delete", answer, "None, True or False")
    return True


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
        elif answer not in (None, True):
            raise _unfit_answer(model, action, answer, "None, True, False or a mapping of changes")
    return values


def _unfit_answer(model: str, action: Action, answer: object, wanted: str) -> TypeError:
    return TypeError(
        f"a before-hook of {action} of {model!r} returned {type(answer).__name__}; "
        f"it must return {wanted}"
    )
