"""Reading the lines of a file, one at a time: CSV, JSON lines, or a JSON array.

CSV and JSON lines are read as a stream. A JSON array is read whole, as its end says whether it is
one: a large file had better be JSON lines.
"""

import csv
import json
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, TextIO, get_args

from pyauth import codec
from pyauth.errors import PyAuthError

Format = Literal["csv", "json", "jsonl"]

FORMATS: Final[tuple[Format, ...]] = get_args(Format)
MAX_LINE: Final = 2**20
"""Characters of one JSON line."""

_ENDINGS: Final[Mapping[str, Format]] = {
    ".csv": "csv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}


class UnreadableFile(PyAuthError):
    """The file cannot be read any further.

    Args:
        reason: what is wrong with it; no value of it is quoted.
        line: where, counted from 1.
    """

    def __init__(self, reason: str, line: int | None = None) -> None:
        self.line = line
        super().__init__(reason if line is None else f"line {line}: {reason}")


@dataclass(frozen=True, slots=True)
class Line:
    """One record of the file.

    Attributes:
        number: the line on which it begins, from 1.
        values: by the file's own names; empty where there is a problem.
        problem: why it cannot be read.
    """

    number: int
    values: Mapping[str, Any] = field(repr=False)
    problem: str | None = None


def guess_format(path: Path) -> Format:
    """Return the format that the ending of a file's name tells.

    Raises:
        UnreadableFile: it tells none.
    """
    try:
        return _ENDINGS[path.suffix.lower()]
    except KeyError:
        known = ", ".join(_ENDINGS)
        raise UnreadableFile(
            f"the ending of {path.name!r} tells no format (known: {known}): say --format"
        ) from None


class Source:
    """A file that can be read several times.

    Args:
        path: a regular file in UTF-8.
        format: what is in it.
    """

    def __init__(self, path: Path, format: Format) -> None:
        self.path = path
        self.format = format
        self.size = path.stat().st_size
        """In bytes."""
        self.position = 0
        """Bytes of it that the reading under way has taken."""

    @property
    def holds_texts(self) -> bool:
        """Whether every value is a text, whatever it means."""
        return self.format == "csv"

    def columns(self) -> tuple[str, ...] | None:
        """Return the names in the first line of a CSV file; None for the other formats.

        Raises:
            UnreadableFile: they are missing, or one stands twice.
        """
        if self.format != "csv":
            return None
        with self._opened() as handle:
            return _read_heading(csv.reader(handle, strict=True))

    def lines(self) -> Generator[Line, None, None]:
        """Read the file from its beginning.

        Raises:
            UnreadableFile: it is not of its format, and where one record ends cannot be told.
        """
        with self._opened() as handle:
            for line in _READERS[self.format](handle):
                self.position = handle.buffer.tell()
                yield line
        self.position = self.size

    def _opened(self) -> TextIO:
        # Bytes that are no UTF-8 become lone surrogates, which the check of each value finds: so
        # the line can be named.
        return self.path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")


def _read_csv(handle: TextIO) -> Iterator[Line]:
    reader = csv.reader(handle, strict=True)
    heading = _read_heading(reader)
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as exc:
            raise UnreadableFile(f"this is no CSV: {exc}", number) from exc
        if not cells:
            continue
        problem = None
        if len(cells) != len(heading):
            problem = f"has {len(cells)} cells, but the first line names {len(heading)} columns"
        values = {} if problem else dict(zip(heading, cells, strict=True))
        yield Line(number, values, problem)


def _read_heading(reader: Any) -> tuple[str, ...]:
    try:
        names = tuple(name.strip() for name in next(reader, ()))
    except csv.Error as exc:
        raise UnreadableFile(f"this is no CSV: {exc}", 1) from exc
    if not names:
        raise UnreadableFile("the file is empty; its first line must name the columns")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UnreadableFile(f"the column {twice[0]!r} stands twice", 1)
    return names


def _read_json_lines(handle: TextIO) -> Iterator[Line]:
    number = 0
    while text := handle.readline(MAX_LINE + 1):
        number += 1
        if len(text) > MAX_LINE:
            raise UnreadableFile(f"has more than {MAX_LINE} characters", number)
        if text.strip():
            yield _read_object(text, number)


def _read_json_array(handle: TextIO) -> Iterator[Line]:
    text = handle.read()
    decoder = json.JSONDecoder()
    place = _skip(text, 0)
    if text[place : place + 1] != "[":
        raise UnreadableFile("this is no JSON array; for one object a line say --format jsonl")
    number, counted = 1, 0
    place = _skip(text, place + 1)
    while text[place : place + 1] != "]":
        number, counted = number + text.count("\n", counted, place), place
        try:
            _, end = decoder.raw_decode(text, place)
        except (ValueError, RecursionError) as exc:
            raise UnreadableFile("this is no JSON", number) from exc
        yield _read_object(text[place:end], number)
        place = _skip(text, end)
        if text[place : place + 1] == ",":
            place = _skip(text, place + 1)
        elif text[place : place + 1] != "]":
            raise UnreadableFile("a comma or the end of the array is missing", number)
    if _skip(text, place + 1) != len(text):
        raise UnreadableFile("something follows the array")


def _skip(text: str, place: int) -> int:
    while text[place : place + 1] in {" ", "\t", "\r", "\n"}:
        place += 1
    return place


def _read_object(text: str, number: int) -> Line:
    try:
        value = codec.loads(text)
    except codec.UnreadableText as exc:
        return Line(number, {}, f"cannot be read: {exc}")
    if not isinstance(value, dict):
        return Line(number, {}, "is no JSON object")
    return Line(number, value)


_READERS: Final = {"csv": _read_csv, "json": _read_json_array, "jsonl": _read_json_lines}
