"""From what handlers return to responses: the return annotation is the schema."""

import types
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from werkzeug import Response

from pyauth.db.schema import Schema
from pyauth.errors import ConfigurationError
from pyauth.http.endpoint import JSON, Endpoint
from pyauth.http.openapi.fields import JSONSchema, object_schema, record_schema
from pyauth.http.outcome import Redirect
from pyauth.models import Record
from pyauth.naming import to_camel

_PLAIN: dict[Any, JSONSchema] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    datetime: {"type": "string", "format": "date-time"},
    Any: {},
    object: {},
    type(None): {"type": "null"},
}


class Results:
    """Describes what handlers return, and gathers the components that these descriptions name.

    Args:
        schema: knows the records.
    """

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self.components: dict[str, JSONSchema] = {}

    def responses_of(self, endpoint: Endpoint[Any, Any]) -> dict[str, JSONSchema]:
        """Return the successful responses of an endpoint, by status.

        Raises:
            ConfigurationError: the handler does not say what it returns, or something that has no
                JSON form.
        """
        returned = get_type_hints(endpoint.handler, include_extras=True).get("return")
        if returned is None:
            raise ConfigurationError(
                f"endpoint {endpoint.name!r} of {endpoint.source}: the handler does not say what "
                "it returns; annotate it"
            )
        members = _members_of(returned)
        responses: dict[str, JSONSchema] = {}
        if Redirect in members:
            responses["302"] = _REDIRECT
        if Response in members:
            responses["200"] = {"description": "Success"}
        bodies = [member for member in members if member not in {Redirect, Response}]
        if bodies:
            responses["200"] = self._success(bodies, endpoint)
        return responses

    def describe(self, annotation: Any) -> JSONSchema:
        """Return the schema of one type.

        Raises:
            ConfigurationError: it has no JSON form.
        """
        if annotation in _PLAIN:
            return dict(_PLAIN[annotation])
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            return self.describe(arguments[0])
        if origin is Literal:
            return {"enum": list(arguments)}
        if origin in {Union, types.UnionType}:
            return _one_of([self.describe(argument) for argument in arguments])
        if origin in {list, tuple}:
            return {"type": "array", "items": self.describe(arguments[0])}
        if isinstance(origin or annotation, type):
            return self._describe_class(origin or annotation, arguments)
        raise ConfigurationError(f"{annotation!r} has no place in the OpenAPI document")

    def _describe_class(self, kind: type, arguments: tuple[Any, ...]) -> JSONSchema:
        if issubclass(kind, Record) or is_dataclass(kind):
            return self._refer(kind)
        if kind is dict or hasattr(kind, "keys"):
            values = self.describe(arguments[1]) if len(arguments) == 2 else {}
            return {"type": "object", "additionalProperties": values or True}
        raise ConfigurationError(f"{kind.__name__} has no place in the OpenAPI document")

    def _refer(self, kind: type) -> JSONSchema:
        name = kind.__name__
        if name not in self.components:
            self.components[name] = {}  # before its fields: one of them may lead back here
            self.components[name] = self._component(kind)
        return {"$ref": f"#/components/schemas/{name}"}

    def _component(self, kind: type) -> JSONSchema:
        if issubclass(kind, Record):
            return self._record(kind)
        hints = get_type_hints(kind, include_extras=True)
        properties: dict[str, JSONSchema] = {}
        required = []
        for item in fields(kind):  # type: ignore[arg-type]
            wire_name = item.metadata.get("wire_name") or to_camel(item.name)
            annotation = hints[item.name]
            if item.metadata.get("omit_none"):
                members = [member for member in _members_of(annotation) if member is not type(None)]
                properties[wire_name] = _one_of([self.describe(member) for member in members])
            else:
                properties[wire_name] = self.describe(annotation)
                required.append(wire_name)
        return object_schema(properties, required=required)

    def _record(self, kind: type[Record]) -> JSONSchema:
        model = self._schema.models.get(kind.model)
        if model is None:
            return {"type": "object"}
        described = record_schema(model, without=getattr(kind, "left_out", ()))
        for name, member in vars(kind).items():
            if name not in model.fields and isinstance(member, property):
                returned = get_type_hints(member.fget).get("return", Any)
                described["properties"][to_camel(name)] = self.describe(returned)
                described["required"].append(to_camel(name))
        return described

    def _success(self, bodies: list[Any], endpoint: Endpoint[Any, Any]) -> JSONSchema:
        if bodies == [str]:
            content = {"text/plain": {"schema": {"type": "string"}}}
        else:
            content = {JSON: {"schema": _one_of([self.describe(body) for body in bodies])}}
        return {"description": endpoint.summary or "Success", "content": content}


_REDIRECT: JSONSchema = {
    "description": "The browser is sent on; a refusal travels in the query as `error`.",
    "headers": {"Location": {"schema": {"type": "string", "format": "uri-reference"}}},
}


def _members_of(annotation: Any) -> list[Any]:
    if get_origin(annotation) in {Union, types.UnionType}:
        return list(get_args(annotation))
    return [annotation]


def _one_of(schemas: list[JSONSchema]) -> JSONSchema:
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}
