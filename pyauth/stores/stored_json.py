"""Records as the JSON that a secondary storage keeps: wire names, and moments as ISO 8601."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Generic, TypeVar

from pyauth import codec
from pyauth.db.schema import Schema, SchemaField
from pyauth.db.values import kind_of, normaliser_of
from pyauth.errors import StoreError
from pyauth.models import Record

R = TypeVar("R", bound=Record)


class Unreadable(ValueError):
    """The JSON is not a record of the model."""


class Unwritable(StoreError):
    """JSON has no form for a value that a field's ``transform_output`` made."""


def read_object(text: str | None) -> dict[str, Any] | None:
    """Return the JSON object that a text holds; None for every other text."""
    value = read_json(text)
    return value if isinstance(value, dict) else None


def read_json(text: str | None) -> Any:
    """Return what a JSON text holds; None for a text that is no JSON."""
    if text is None:
        return None
    try:
        return codec.loads(text)
    except codec.UnreadableText:
        return None


class RecordFormat(Generic[R]):
    """Writes and reads the records of one model.

    Records are kept as readers see them, ``transform_output`` applied: upstream stores what its
    adapter returned, and shows what it finds as it is. So such a value may be of another kind than
    its field, and is read as JSON has it. What another server keeps beside the fields that are
    known here survives a change.

    Args:
        record: the class of the records.
        schema: knows the fields and their wire names.
    """

    def __init__(self, record: type[R], schema: Schema) -> None:
        model = schema.model(record.model)
        self._record = record
        self._fields = tuple(model.fields.values())
        self._wire_names = model.wire_names
        self._outputs = model.outputs

    def write(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return values under their wire names, for :func:`pyauth.codec.dumps`.

        Raises:
            Unwritable: a ``transform_output`` made something that JSON has not.
        """
        for name in self._outputs:
            if name in values:
                self._check_output(name, values[name])
        return {self._wire_names[name]: value for name, value in values.items()}

    def read(self, data: object) -> R:
        """Return the record that ``data`` describes.

        Raises:
            Unreadable: a field of the core is missing, or a value is of the wrong kind.
        """
        if not isinstance(data, dict):
            raise Unreadable("a record is a JSON object")
        return self._record(
            {item.name: _read_value(item, data.get(item.wire_name)) for item in self._fields}
        )

    def _check_output(self, name: str, value: Any) -> None:
        try:
            codec.loads(codec.dumps(value))
        except (TypeError, ValueError, RecursionError):
            raise Unwritable(
                f"field {name!r} of model {self._record.model!r}: its transform_output made a "
                f"{type(value).__name__}, which a secondary storage cannot keep; return what JSON "
                "has"
            ) from None


def _read_value(item: SchemaField, value: Any) -> Any:
    if value is None:
        if item.spec.required and not item.additional:
            raise Unreadable(f"{item.wire_name} is missing")
        return None
    if item.spec.transform_output is not None:
        return _read_output(item, value)
    try:
        return normaliser_of(item)(_to_moment(value) if kind_of(item) == "date" else value)
    except (TypeError, ValueError) as exc:
        raise Unreadable(f"{item.wire_name} is of the wrong kind") from exc


def _read_output(item: SchemaField, value: Any) -> Any:
    """Return what a ``transform_output`` made; a text is a moment where it is written as one is."""
    if kind_of(item) != "date":
        return value
    try:
        moment = _to_moment(value)
    except (TypeError, ValueError):
        return value
    return moment if codec.iso_timestamp(moment) == value else value


def _to_moment(value: Any) -> datetime:
    if not isinstance(value, str):
        raise TypeError("a moment is a text")
    return codec.parse_timestamp(value)
