"""From results to JSON: wire names, dates, and only the fields that answers may show."""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from pyauth import codec
from pyauth.db.schema import Schema
from pyauth.models import Record
from pyauth.naming import to_camel

OMIT_NONE = {"omit_none": True}
"""Field metadata of a result that is left out of the JSON while it is None."""


def make_encoder(schema: Schema) -> Callable[[Any], Any]:
    """Return the function that turns records, results and moments into plain JSON data."""
    wire_names = {model.name: model.wire_names for model in schema.models.values()}
    stamp = codec.iso_timestamp

    def encode(value: Any) -> Any:
        if isinstance(value, datetime):
            return stamp(value)
        if isinstance(value, Record):
            names = wire_names.get(value.model, {})
            # Moments at once: the writer would come back for each.
            return {
                names.get(name, name): stamp(item) if isinstance(item, datetime) else item
                for name, item in value.items()
            }
        if is_dataclass(value) and not isinstance(value, type):
            return _encode_result(value)
        if isinstance(value, Mapping):
            return dict(value)
        raise TypeError(f"{type(value).__name__} has no JSON form")

    return encode


def filter_output(result: Any, schema: Schema) -> Any:
    """Return a result without the fields that answers must not show.

    Reaches records in results, lists and mappings; everything else is passed through.
    """
    if isinstance(result, Record):
        model = schema.models.get(result.model)
        if model is None or not model.hidden:
            return result
        return type(result)(
            {name: value for name, value in result.items() if name not in model.hidden}
        )
    if isinstance(result, list | tuple):
        return [filter_output(item, schema) for item in result]
    if isinstance(result, Mapping):
        return {name: filter_output(item, schema) for name, item in result.items()}
    if is_dataclass(result) and not isinstance(result, type):
        return _filter_result(result, schema)
    return result


def _filter_result(result: Any, schema: Schema) -> Any:
    changes = {}
    for name, _, _ in _plan_of(result):
        value = getattr(result, name)
        filtered = filter_output(value, schema)
        if filtered is not value:
            changes[name] = filtered
    return replace(result, **changes) if changes else result


def _encode_result(result: Any) -> dict[str, Any]:
    encoded = {}
    for name, wire_name, omit_none in _plan_of(result):
        value = getattr(result, name)
        if value is not None or not omit_none:
            encoded[wire_name] = value
    return encoded


def _plan_of(result: object) -> tuple[tuple[str, str, bool], ...]:
    kind: Any = type(result)
    return _plan(kind)


@lru_cache(maxsize=512)
def _plan(result_type: Any) -> tuple[tuple[str, str, bool], ...]:
    return tuple(
        (
            item.name,
            item.metadata.get("wire_name") or to_camel(item.name),
            bool(item.metadata.get("omit_none")),
        )
        for item in fields(result_type)
    )
