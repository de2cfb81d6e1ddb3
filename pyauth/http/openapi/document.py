"""The whole document: paths, components, security."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from pyauth import error_codes
from pyauth.context import AuthContext
from pyauth.http.endpoint import Endpoint
from pyauth.http.openapi.errors import ERROR_COMPONENT, error_responses
from pyauth.http.openapi.fields import JSONSchema, component_name, record_schema
from pyauth.http.openapi.inputs import parameters_of, path_template, request_body_of
from pyauth.http.openapi.results import Results
from pyauth.http.registry import Registry
from pyauth.version import __version__

_OPENAPI = "3.1.1"
_CORE_TAG = "Default"

Security = list[dict[str, list[str]]]
"""Alternatives: each names the scheme that is enough."""


def build_document(context: AuthContext, registry: Registry) -> dict[str, Any]:
    """Return the OpenAPI document of every endpoint that HTTP reaches, plain JSON data.

    What a plugin contributes as ``openapi`` is merged into it; each security scheme, the session
    cookie first, is one way to call what needs a session.

    Raises:
        ConfigurationError: an endpoint does not say what it returns.

    Source: OpenAPI Specification 3.1.1.
    """
    document: dict[str, Any] = {
        "openapi": _OPENAPI,
        "info": {
            "title": context.options.app_name,
            "description": "Authentication: users, sessions and the ways to sign in.",
            "version": __version__,
        },
        "servers": [{"url": context.base_url or context.options.base_path or "/"}],
        "tags": [],
        "paths": {},
        "components": {
            "schemas": {"Error": ERROR_COMPONENT},
            "securitySchemes": {"sessionCookie": _session_cookie(context)},
        },
    }
    for addition in registry.contributed.openapi:
        merge_into(document, addition)
    results = Results(context.schema)
    security: Security = [{name: []} for name in document["components"]["securitySchemes"]]
    endpoints = [
        operation.endpoint
        for operation in registry.operations.values()
        if operation.endpoint.path is not None
    ]
    for endpoint in endpoints:
        merge_into(document["paths"], _path_item(endpoint, context, results, security))
    document["tags"] += _tags(endpoints)
    schemas = document["components"]["schemas"]
    schemas.update(results.components)
    for model in ("user", "session", "account"):
        schemas.setdefault(component_name(model), record_schema(context.schema.model(model)))
    return deepcopy(document)  # parts of it are shared by all documents


def merge_into(target: dict[str, Any], addition: Mapping[str, Any]) -> None:
    """Merge nested mappings; lists are appended to, and what the addition says of the rest wins."""
    for name, value in addition.items():
        present = target.get(name)
        if isinstance(present, dict) and isinstance(value, Mapping):
            merge_into(present, value)
        elif isinstance(present, list) and isinstance(value, list | tuple):
            target[name] = [*present, *value]
        elif isinstance(value, Mapping):
            target[name] = {}
            merge_into(target[name], value)
        else:
            target[name] = value


def _path_item(
    endpoint: Endpoint[Any, Any],
    context: AuthContext,
    results: Results,
    security: Security,
) -> dict[str, Any]:
    item: dict[str, Any] = {}
    for position, method in enumerate(endpoint.methods):
        operation_id = endpoint.operation_id or endpoint.name
        operation: JSONSchema = {
            "operationId": operation_id if position == 0 else f"{operation_id}By{method.title()}",
            "tags": [_tag_of(endpoint)],
            "summary": endpoint.summary,
            "parameters": parameters_of(endpoint, context.schema),
            "responses": {**results.responses_of(endpoint), **error_responses(endpoint, method)},
        }
        body = None if method in {"GET", "HEAD"} else request_body_of(endpoint, context.schema)
        if body is not None:
            operation["requestBody"] = body
        if error_codes.UNAUTHORIZED in endpoint.errors:
            operation["security"] = security
        merge_into(operation, endpoint.openapi)
        item[method.lower()] = operation
    return {path_template(endpoint.path or ""): item}


def _tag_of(endpoint: Endpoint[Any, Any]) -> str:
    return _CORE_TAG if endpoint.source == "core" else endpoint.source.removeprefix("plugin ")


def _tags(endpoints: list[Endpoint[Any, Any]]) -> list[JSONSchema]:
    names = dict.fromkeys(_tag_of(endpoint) for endpoint in endpoints)
    return [
        {
            "name": name,
            "description": "The core" if name == _CORE_TAG else f"The plugin {name}",
        }
        for name in names
    ]


def _session_cookie(context: AuthContext) -> JSONSchema:
    return {
        "type": "apiKey",
        "in": "cookie",
        "name": context.cookies.session_token.name,
        "description": "The signed session cookie that sign-in sets.",
    }
