"""JSON Schemas of stored fields and of whole records, under their wire names.

Source: OpenAPI 3.1.1 (JSON Schema 2020-12); Better Auth 1.6.9, ``plugins/open-api/generator.ts``,
names the same components; differs: what may be null says so, choices are an ``enum``, and fields
that answers never show are left out.
"""

from collections.abc import Container, Iterable
from typing import Any, Literal

from pyauth.db.schema import Model, SchemaField

JSONSchema = dict[str, Any]
Action = Literal["create", "update"]

_KINDS: dict[str, JSONSchema] = {
    "string": {"type": "string"},
    "number": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date-time"},
    "json": {},
    "string[]": {"type": "array", "items": {"type": "string"}},
    "number[]": {"type": "array", "items": {"type": "number"}},
}


def component_name(model: str) -> str:
    """Return the name of a model among the components: ``two_factor`` -> ``TwoFactor``."""
    return "".join(word.capitalize() for word in model.split("_"))


def record_schema(model: Model, *, without: Container[str] = ()) -> JSONSchema:
    """Return the schema of a record as answers show it: every shown field is there.

    Args:
        model: the record's model.
        without: names of fields that a derived record leaves out.
    """
    shown = [
        item for item in model.fields.values() if item.spec.returned and item.name not in without
    ]
    return object_schema(
        {item.wire_name: _output_schema(item) for item in shown},
        required=[item.wire_name for item in shown],
    )


def input_properties(model: Model) -> dict[str, JSONSchema]:
    """Return the additional fields that clients may send beside an endpoint's own, by wire name."""
    return {
        item.wire_name: _nullable(_bounded(item), allowed=not item.spec.required)
        for item in model.additional
        if item.spec.input
    }


def required_inputs(model: Model) -> list[str]:
    """Return the wire names of the additional fields without which no record is created."""
    return [
        item.wire_name
        for item in model.additional
        if item.spec.input and item.spec.required and not item.spec.has_default
    ]


def object_schema(properties: dict[str, JSONSchema], *, required: Iterable[str]) -> JSONSchema:
    """Return the schema of an object."""
    schema: JSONSchema = {"type": "object", "properties": properties}
    needed = list(required)
    return {**schema, "required": needed} if needed else schema


def _output_schema(item: SchemaField) -> JSONSchema:
    if item.spec.transform_output is not None:
        return {}
    return _nullable(_schema_of(item), allowed=not item.spec.required)


def _schema_of(item: SchemaField) -> JSONSchema:
    kind = item.spec.type
    if isinstance(kind, tuple):
        return {"type": "string", "enum": list(kind)}
    return dict(_KINDS[kind])


def _bounded(item: SchemaField) -> JSONSchema:
    schema = _schema_of(item)
    if item.spec.type == "string":
        schema["maxLength"] = item.spec.max_length
    return schema


def _nullable(schema: JSONSchema, *, allowed: bool) -> JSONSchema:
    if not allowed or "type" not in schema:
        return schema
    nullable = {**schema, "type": [schema["type"], "null"]}
    if "enum" in schema:
        nullable["enum"] = [*schema["enum"], None]
    return nullable
