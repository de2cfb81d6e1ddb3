"""One line of the file as a user, checked as far as that goes without the database."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from pyauth import codec
from pyauth.cli.field_input import read_flag, read_text
from pyauth.cli.incoming.columns import ACTIVE, PASSWORD, Columns, Preset
from pyauth.cli.incoming.files import Line
from pyauth.cli.people import NOT_AN_ADDRESS, local_part
from pyauth.context import AuthContext
from pyauth.crypto.hash_costs import UnreadableHash
from pyauth.crypto.passwords import PasswordHasher
from pyauth.db.ids import could_be_made
from pyauth.db.rows import RowMaker
from pyauth.errors import APIError, PyAuthError, StoreError, ValidationFailed
from pyauth.http.inputs import is_email
from pyauth.options.fields import MAX_KEY_LENGTH, MAX_TEXT_LENGTH
from pyauth.stores import normalize_email


class BadLine(PyAuthError):
    """A line that makes no user.

    Args:
        problems: all that is wrong with it; no value of it is quoted, as any may be a hash.
    """

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(problems))


@dataclass(frozen=True, slots=True)
class Person:
    """A line of the file that can become a user.

    Attributes:
        line: its number.
        values: his fields, as the store takes them.
        password: the text to store, or None.
        is_unnamed: whether the file gave him no name.
    """

    line: int
    values: Mapping[str, Any] = field(repr=False)
    password: str | None = field(repr=False)
    is_unnamed: bool = False

    @property
    def email(self) -> str:
        """His address, in lower case."""
        email: str = self.values["email"]
        return email

    @property
    def id(self) -> str | None:
        """The id that he brings, or None."""
        return self.values.get("id")


class PersonReader:
    """Makes people of lines.

    Args:
        context: the instance that they are for.
        preset: where the file comes from.
        columns: what its names mean.
        holds_texts: whether all values are texts, which are then read as their field's kind.
        single_hash: whether Flask-Security hashed once.
    """

    def __init__(
        self,
        context: AuthContext,
        *,
        preset: Preset,
        columns: Columns,
        holds_texts: bool,
        single_hash: bool = False,
    ) -> None:
        self._context = context
        self._preset = preset
        self._columns = columns
        self._holds_texts = holds_texts
        self._single_hash = single_hash
        self._policy = context.options.advanced.database.generate_id
        self._model = context.schema.model("user")
        # An app with a field of this name judges by it itself.
        self._judges_active = ACTIVE not in self._model.fields
        self._maker = RowMaker(self._model, self._policy)
        self._extras = [item for item in self._model.additional if item.spec.input]

    def read(self, line: Line) -> Person | None:
        """Return whom a line describes; None for who is not active.

        Raises:
            BadLine: it describes nobody that could be stored.
        """
        if line.problem is not None:
            raise BadLine([line.problem])
        problems: list[str] = []

        def take(ours: str, read: Callable[[Any], Any]) -> Any:
            value = self._columns.find(ours, line.values)
            if value is None:
                return None
            try:
                return read(value)
            except ValueError as exc:
                problems.append(f"{ours} {exc}")
                return None

        if self._judges_active and take(ACTIVE, _read_flag) is False:
            return None
        email = take("email", _read_email)
        name = take("name", _read_text)
        values: dict[str, Any] = {
            "email": email,
            "name": name,
            "email_verified": take("email_verified", _read_verified) or False,
            "image": take("image", _read_text),
        }
        for ours, read in (("id", self._read_id), ("created_at", _read_moment)):
            given = take(ours, read)
            if given is not None:
                values[ours] = given
        password = take(PASSWORD, self._read_hash)
        given = {item.name: take(item.name, self._reader_of(item)) for item in self._extras}
        if not problems and email is None:
            problems.append("email is missing")
        if problems:
            raise BadLine(problems)
        if name is None:
            values["name"] = local_part(email)
        values |= self._parse(given)
        self._check_fit(values)
        return Person(line.number, values, password, is_unnamed=name is None)

    def _reader_of(self, item: Any) -> Callable[[Any], Any]:
        def read(value: Any) -> Any:
            if isinstance(value, str):
                codec.check_text(value)
            return read_text(item, value) if self._holds_texts else value

        return read

    def _read_id(self, value: Any) -> str:
        text = str(value) if _is_number(value) else _read_text(value, MAX_KEY_LENGTH)
        if not text.isprintable():
            raise ValueError("holds signs that cannot be printed")
        if not could_be_made(self._policy, text):
            raise ValueError(
                f"does not fit the policy {self._policy!r} (advanced.database.generate_id); "
                "leave ids out with --map id="
            )
        return text

    def _read_hash(self, value: Any) -> str | None:
        text = _read_text(value)
        passwords = self._context.passwords
        if not isinstance(passwords, PasswordHasher):
            # The app's own functions read it, whatever it is.
            return text
        stored = self._preset.read_hash(text, self._single_hash)
        if stored is not None:
            try:
                passwords.check_readable(stored)
            except UnreadableHash as exc:
                raise ValueError(str(exc)) from None
        return stored

    def _parse(self, given: Mapping[str, Any]) -> dict[str, Any]:
        extras = {name: value for name, value in given.items() if value is not None}
        try:
            return self._context.schema.parse_input("user", extras, "create")
        except ValidationFailed as exc:
            raise BadLine([issue.replace("[body.", "[", 1) for issue in exc.issues]) from exc
        except APIError as exc:
            raise BadLine([exc.message]) from exc

    def _check_fit(self, values: Mapping[str, Any]) -> None:
        try:
            # None: the id of who brings none is not made for a check.
            self._maker.new({"id": None, **values})
        except StoreError as exc:
            raise BadLine([str(exc)]) from exc


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _read_text(value: Any, longest: int = MAX_TEXT_LENGTH) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a text")
    if len(value) > longest:
        raise ValueError(f"has more than {longest} characters")
    try:
        codec.check_text(value)
    except codec.UnreadableText:
        raise ValueError("holds a NUL character, or bytes that are not UTF-8") from None
    return value


def _read_email(value: Any) -> str:
    text = _read_text(value)
    if not is_email(text):
        raise ValueError(NOT_AN_ADDRESS)
    return normalize_email(text)


def _read_flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if _is_number(value) and value in (0, 1):
        return bool(value)
    if isinstance(value, str):
        return read_flag(value)
    raise ValueError("must be true or false")


def _read_verified(value: Any) -> bool:
    """Read a flag, or the moment at which the address was confirmed."""
    try:
        return _read_flag(value)
    except ValueError:
        pass
    try:
        _read_moment(value)
    except ValueError:
        raise ValueError("must be true, false or a moment in ISO 8601") from None
    return True


_NO_MOMENT: Final = "must be a moment in ISO 8601, such as 2024-05-17T12:00:00Z"


def _read_moment(value: Any) -> datetime:
    try:
        return codec.parse_timestamp(_read_text(value))
    except ValueError:
        raise ValueError(_NO_MOMENT) from None
