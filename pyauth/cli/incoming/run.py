"""Checking a file whole, then writing it in batches."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Final, Literal, TypeVar

from pyauth.cli.failures import CommandFailed
from pyauth.cli.incoming.counters import raise_counter
from pyauth.cli.incoming.files import Line, Source, UnreadableFile
from pyauth.cli.incoming.people import BadLine, Person, PersonReader
from pyauth.cli.people import make_user
from pyauth.context import AuthContext
from pyauth.db.adapter import Where
from pyauth.errors import APIError, PyAuthError, StoreError, UniqueViolation

OnConflict = Literal["fail", "skip"]
Report = Callable[[int, str], None]
"""Receives the number of a line and what is wrong with it."""
Advance = Callable[[], None]
"""Called after each batch."""

T = TypeVar("T")

_TRIES: Final = 3
"""Of a batch, where others take addresses of it meanwhile."""


class ImportStopped(PyAuthError):
    """Writing ended before the end of the file; its open batch was rolled back.

    Args:
        reason: why.
    """


@dataclass(frozen=True, slots=True)
class Checked:
    """What a file holds.

    Attributes:
        lines: its records.
        ready: those that would become users.
        with_password: of these, those with a password.
        unnamed: of these, those that are named after their address.
        present: those whose address has a user already, where these are skipped.
        inactive: those who are not active, and are left out.
        bad: those that make no user.
        highest_id: the highest id of digits that they bring, or 0.
    """

    lines: int = 0
    ready: int = 0
    with_password: int = 0
    unnamed: int = 0
    present: int = 0
    inactive: int = 0
    bad: int = 0
    highest_id: int = 0


@dataclass(slots=True)
class Written:
    """What has been committed so far.

    Attributes:
        created: users that were made.
        with_password: of these, those with a password.
        present: those whose address had a user already.
        stopped: those that a database hook stopped.
        last_line: the last line that has been dealt with, or 0.
    """

    created: int = 0
    with_password: int = 0
    present: int = 0
    stopped: int = 0
    last_line: int = 0


class ImportRun:
    """One import: :meth:`check`, then :meth:`write`.

    Both read the file a batch at a time. What is kept of all of it is every unique value, to find
    those that stand twice.

    Args:
        context: the instance that receives the users.
        source: the file.
        reader: makes people of its lines.
        on_conflict: whether an address that has a user is a bad line, or is skipped.
        batch_size: lines of one batch: of one query, and of one transaction.
    """

    def __init__(
        self,
        context: AuthContext,
        source: Source,
        reader: PersonReader,
        *,
        on_conflict: OnConflict = "fail",
        batch_size: int = 500,
    ) -> None:
        self._context = context
        self._source = source
        self._reader = reader
        self._skips = on_conflict == "skip"
        self._batch_size = batch_size
        additional = context.schema.model("user").additional
        self._unique = ("email", "id", *(item.name for item in additional if item.spec.unique))
        self.written = Written()

    def check(self, report: Report, advance: Advance) -> Checked:
        """Read every line, and compare it with the database; nothing is written.

        Args:
            report: told of every bad line.
            advance: called after each batch.

        Raises:
            UnreadableFile: the file cannot be read to its end.
        """
        counts: Counter[str] = Counter()
        seen: dict[str, dict[str, int]] = {name: {} for name in self._unique}
        for batch in self._batches():
            self._check_batch(batch, seen, counts, report)
            advance()
        highest = max((int(value) for value in seen["id"] if _is_counted(value)), default=0)
        return Checked(**counts, highest_id=highest)

    def write(self, checked: Checked, report: Report, advance: Advance) -> Written:
        """Make the users; a batch is one transaction, and :attr:`written` what is committed.

        Args:
            checked: what :meth:`check` found.
            report: told of every line that a database hook stopped.
            advance: called after each batch.

        Raises:
            ImportStopped: a batch failed; those before it are committed.
        """
        raise_counter(self._context, checked.highest_id)
        for batch in self._batches():
            try:
                self._write_batch(batch, report)
            except (CommandFailed, APIError, StoreError, UnreadableFile) as exc:
                text = exc.message if isinstance(exc, CommandFailed) else str(exc)
                raise ImportStopped(text) from exc
            advance()
        return self.written

    def _batches(self) -> Iterator[list[Line]]:
        return in_batches(self._source.lines(), self._batch_size)

    def _check_batch(
        self,
        batch: Sequence[Line],
        seen: dict[str, dict[str, int]],
        counts: Counter[str],
        report: Report,
    ) -> None:
        counts["lines"] += len(batch)
        people: list[Person] = []
        for line in batch:
            try:
                person = self._reader.read(line)
                if person is None:
                    counts["inactive"] += 1
                    continue
                self._note(person, seen)
            except BadLine as exc:
                counts["bad"] += 1
                report(line.number, str(exc))
            else:
                people.append(person)
        taken = self._find_taken(people)
        for person in people:
            self._judge(person, taken, counts, report)

    def _note(self, person: Person, seen: dict[str, dict[str, int]]) -> None:
        """Refuse a unique value that an earlier line has."""
        problems = []
        for name in self._unique:
            value = person.values.get(name)
            if value is not None:
                first = seen[name].setdefault(str(value), person.line)
                if first != person.line:
                    problems.append(f"{name} stands on line {first} already")
        if problems:
            raise BadLine(problems)

    def _judge(
        self,
        person: Person,
        taken: dict[str, set[str]],
        counts: Counter[str],
        report: Report,
    ) -> None:
        if self._skips and person.email in taken["email"]:
            counts["present"] += 1
            return
        problems = [
            f"{name} is taken by another user"
            for name in self._unique
            if str(person.values.get(name)) in taken[name]
        ]
        if problems:
            counts["bad"] += 1
            report(person.line, "; ".join(problems))
            return
        counts["ready"] += 1
        counts["with_password"] += person.password is not None
        counts["unnamed"] += person.is_unnamed

    def _find_taken(self, people: Sequence[Person]) -> dict[str, set[str]]:
        """Return the unique values of people that users have already, by field."""
        return {name: self._find_taken_values(name, people) for name in self._unique}

    def _find_taken_values(self, name: str, people: Sequence[Person]) -> set[str]:
        values = [person.values[name] for person in people if person.values.get(name) is not None]
        if not values:
            return set()
        found = self._context.users.list([Where(name, values, "in")], limit=len(values))
        return {str(user[name]) for user in found}

    def _write_batch(self, batch: Sequence[Line], report: Report) -> None:
        people = [person for person in map(self._read_again, batch) if person is not None]
        for attempt in range(1, _TRIES + 1):
            stopped: list[int] = []
            try:
                self._commit(people, batch[-1].number, stopped)
            except UniqueViolation as exc:
                if self._skips and attempt < _TRIES:
                    continue
                raise CommandFailed(
                    "somebody took an address, or another unique value, since the check"
                ) from exc
            for line in stopped:
                report(line, "a database hook stopped the user")
            return

    def _read_again(self, line: Line) -> Person | None:
        try:
            return self._reader.read(line)
        except BadLine as exc:
            raise CommandFailed(
                f"the file has changed since the check, at line {line.number}"
            ) from exc

    def _commit(self, people: Sequence[Person], last_line: int, stopped: list[int]) -> None:
        """Make the users of a batch in one transaction."""
        now = Written(last_line=last_line)
        with self._context.adapter.transaction():
            # First of all that waits for the commit: whatever follows, the batch is in.
            self._context.adapter.after_commit(partial(self._add, now))
            present = self._find_taken_values("email", people) if self._skips else set()
            for person in people:
                if person.email in present:
                    now.present += 1
                elif make_user(self._context, person.values, person.password) is None:
                    now.stopped += 1
                    stopped.append(person.line)
                else:
                    now.created += 1
                    now.with_password += person.password is not None

    def _add(self, now: Written) -> None:
        total = self.written
        total.created += now.created
        total.with_password += now.with_password
        total.present += now.present
        total.stopped += now.stopped
        total.last_line = now.last_line


def in_batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield lists of at most ``size`` items, in order."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def _is_counted(value: str) -> bool:
    return value.isascii() and value.isdigit()
