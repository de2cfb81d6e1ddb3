"""From input models to request bodies and parameters."""

import re
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from pyauth.db.schema import Schema
from pyauth.http.endpoint import Endpoint
from pyauth.http.inputs import Input, refuses_null
from pyauth.http.openapi.fields import JSONSchema, input_properties, object_schema, required_inputs

_PARAMETER = re.compile(r":([A-Za-z_][A-Za-z0-9_]*)")


def path_template(path: str) -> str:
    """Return a path as the document writes it: ``/reset-password/{token}``."""
    return _PARAMETER.sub(r"{\1}", path)


def parameters_of(endpoint: Endpoint[Any, Any], schema: Schema) -> list[JSONSchema]:
    """Return the path's parameters and those of the query."""
    found: list[JSONSchema] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PARAMETER.findall(endpoint.path or "")
    ]
    if endpoint.query is None:
        return found
    query = input_schema(endpoint.query, schema)
    required = query.get("required", [])
    for name, described in query["properties"].items():
        found.append(
            {"name": name, "in": "query", "required": name in required, "schema": described}
        )
    return found


def request_body_of(endpoint: Endpoint[Any, Any], schema: Schema) -> JSONSchema | None:
    """Return the request body, or None for an endpoint that reads none."""
    if endpoint.body is None:
        return None
    described = input_schema(endpoint.body, schema)
    content = {media_type: {"schema": described} for media_type in endpoint.media_types}
    return {"required": True, "content": content}


def input_schema(model: type[Input], schema: Schema) -> JSONSchema:
    """Return the schema of an input model, the additional fields of its record among the rest."""
    described = model.model_json_schema(by_alias=True, schema_generator=_InlineSchema)
    properties = {
        info.alias or name: _describe(described["properties"][info.alias or name], info)
        for name, info in model.model_fields.items()
    }
    required = list(described.get("required", ()))
    if model.extras_of is not None:
        record = schema.model(model.extras_of)
        properties = {**input_properties(record), **properties}
        if model.creates:
            required += required_inputs(record)
    return object_schema(properties, required=required)


class _InlineSchema(GenerateJsonSchema):
    """JSON Schema without pydantic's own titles and defaults of None."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def _describe(described: JSONSchema, info: Any) -> JSONSchema:
    kept = {name: value for name, value in described.items() if name != "title"}
    if kept.get("default", ...) is None:
        del kept["default"]
    if not refuses_null(info):
        return kept
    choices = [choice for choice in kept.pop("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) == 1:
        return {**choices[0], **kept}
    return {**kept, "anyOf": choices} if choices else kept
