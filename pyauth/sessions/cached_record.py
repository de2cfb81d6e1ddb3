"""A record in a cookie: under wire names, without the fields that answers must not show."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Generic, TypeVar

from pyauth import codec
from pyauth.db.schema import Model, SchemaField
from pyauth.db.values import kind_of
from pyauth.models import Record

R = TypeVar("R", bound=Record)

Read = Callable[[Any], Any]
"""Turns a value of JSON into one as stores return it; raises ValueError where it does not fit."""


class CachedRecord(Generic[R]):
    """Writes records of one model as plain data and reads them back with the same types.

    Args:
        record: the class of the records.
        model: their model.
    """

    def __init__(self, record: type[R], model: Model) -> None:
        self._record = record
        visible = [item for item in model.fields.values() if item.spec.returned]
        self._names = [(item.name, item.wire_name, _reader_of(item)) for item in visible]
        self._fallbacks = {item.name: _fallback_of(item) for item in visible}
        self._checked = [
            (item.name, _reader_of(item))
            for item in visible
            if item.spec.transform_output or kind_of(item) == "number"
        ]

    def show(self, record: R) -> R:
        """Return a record with nothing but the fields that a cache keeps."""
        return self._record({name: record[name] for name, _, _ in self._names if name in record})

    def write(self, record: R) -> dict[str, Any]:
        """Return a record as plain data under wire names.

        Raises:
            TypeError, ValueError: JSON would change a value: a number beyond 2**53, or what an
                app's ``transform_output`` made.
        """
        for name, read in self._checked:
            _check_round_trip(name, record.get(name), read)
        return {
            wire_name: _plain(record[name]) for name, wire_name, _ in self._names if name in record
        }

    def read(self, values: Mapping[str, Any]) -> R | None:
        """Return the record that plain data describes; None where the data does not fit.

        A field that came up after the data was written has its default, or is None.
        """
        found: dict[str, Any] = {}
        try:
            for name, wire_name, read in self._names:
                if wire_name in values:
                    found[name] = read(values[wire_name])
                else:
                    found[name] = self._fallbacks[name]()
        except ValueError:
            return None
        return self._record(found)


def _plain(value: Any) -> Any:
    return codec.iso_timestamp(value) if isinstance(value, datetime) else value


def _check_round_trip(name: str, value: Any, read: Read) -> None:
    again = read(codec.loads(codec.dumps(value)))
    if type(again) is not type(value) or again != value:
        raise ValueError(f"field {name!r} does not survive a cookie as it is")


def _fallback_of(item: SchemaField) -> Callable[[], Any]:
    if item.spec.has_default:
        return item.spec.make_default
    if not item.spec.required:
        return _nothing
    return _missing


def _nothing() -> None:
    return None


def _missing() -> Any:
    raise ValueError("a field that every record has is missing")


def _reader_of(item: SchemaField) -> Read:
    read = _READERS.get(kind_of(item), _as_it_is)
    if item.spec.transform_output is not None:
        # What it makes may be of any kind; whether JSON gives it back is looked at while writing.
        read = _moment_or_as_it_is if kind_of(item) == "date" else _as_it_is
    return read if item.spec.required else _or_none(read)


def _or_none(read: Read) -> Read:
    return lambda value: None if value is None else read(value)


def _as_it_is(value: Any) -> Any:
    return value


def _exactly(kind: type) -> Read:
    def read(value: Any) -> Any:
        if type(value) is not kind:
            raise ValueError("a value is of another kind than its field")
        return value

    return read


def _number(value: Any) -> int:
    if type(value) is not int or abs(value) > codec.MAX_SAFE_INTEGER:
        raise ValueError("a number is not exact in JSON")
    return value


def _moment_or_as_it_is(value: Any) -> Any:
    try:
        moment = _moment(value)
    except ValueError:
        return value
    return moment if codec.iso_timestamp(moment) == value else value


def _moment(value: Any) -> datetime:
    if not isinstance(value, str):
        raise ValueError("a date is written as text")
    return codec.parse_timestamp(value)


_READERS: Mapping[str, Read] = {
    "string": _exactly(str),
    "number": _number,
    "boolean": _exactly(bool),
    "date": _moment,
}
