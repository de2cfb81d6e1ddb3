"""The effective schema: core models, additional fields and plugins' contributions, merged once.

Stores, routes and the adapter speak logical names; the schema knows each field's wire name and
each model's table and columns, and holds the one parser of fields that clients send.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from pyauth import codec, error_codes
from pyauth.errors import APIError, ConfigurationError, ConflictError, ValidationFailed
from pyauth.models import RESERVED_FIELD_NAMES
from pyauth.naming import to_camel
from pyauth.options.fields import Field

Naming = Literal["pyauth", "better-auth"]


@dataclass(frozen=True, slots=True)
class ModelSchema:
    """What one contributor says of one model: new fields, and for a new model its table.

    Attributes:
        name: logical name, singular snake_case: ``two_factor``.
        fields: field name to description; ``id`` is implied.
        table: physical name under the default naming, where it is not ``<name>s``.
        source: who contributes it, for conflict messages: ``core``, ``plugin organization``.
    """

    name: str
    fields: Mapping[str, Field]
    table: str | None = None
    source: str = "core"


@dataclass(frozen=True, slots=True)
class SchemaField:
    """One field of the effective schema."""

    name: str
    wire_name: str
    column: str
    spec: Field
    source: str
    additional: bool
    """Whether clients set it through ``parse_input``, as every field that the core does not own."""


@dataclass(frozen=True)
class Model:
    """One model of the effective schema, with its look-ups made once."""

    name: str
    table: str
    fields: Mapping[str, SchemaField]
    wire_names: Mapping[str, str] = field(init=False)
    names_by_wire: Mapping[str, str] = field(init=False)
    hidden: frozenset[str] = field(init=False)
    additional: tuple[SchemaField, ...] = field(init=False)

    def __post_init__(self) -> None:
        fields = self.fields.values()
        set_once = object.__setattr__
        set_once(self, "wire_names", {item.name: item.wire_name for item in fields})
        set_once(self, "names_by_wire", {item.wire_name: item.name for item in fields})
        hidden = frozenset(item.name for item in fields if not item.spec.returned)
        set_once(self, "hidden", hidden)
        set_once(self, "additional", tuple(item for item in fields if item.additional))


@dataclass(frozen=True, slots=True)
class Renaming:
    """The physical names that options give to one model: its table and some of its columns."""

    table: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


class Schema:
    """Every model of one configured instance."""

    def __init__(self, models: Mapping[str, Model]) -> None:
        self.models = dict(models)

    def model(self, name: str) -> Model:
        """Return a model by its logical name.

        Raises:
            ConfigurationError: there is none; the message lists those there are.
        """
        try:
            return self.models[name]
        except KeyError:
            known = ", ".join(sorted(self.models))
            raise ConfigurationError(f"unknown model {name!r}; there are: {known}") from None

    def parse_input(
        self, model: str, extras: Mapping[str, Any], action: Literal["create", "update"]
    ) -> dict[str, Any]:
        """Read the additional fields that a client sent, under Python names.

        The one parser for HTTP bodies, ``auth.api``, provider profiles and admin data. Names that
        the schema does not know are left out.

        Raises:
            APIError: 400 ``FIELD_NOT_ALLOWED`` for a field closed to input, ``MISSING_FIELD`` for
                an absent required one, ``VALIDATION_ERROR`` for a value of the wrong kind.

        Source: Better Auth 1.6.9, ``db/schema.ts`` (``parseInputData``); differs: values are
        checked against the field's type.
        """
        parsed: dict[str, Any] = {}
        for item in self.model(model).additional:
            if item.name in extras:
                _read_field(item, extras[item.name], action, parsed)
            elif action == "create":
                _fill_field(item, parsed)
        return parsed

    def complete(self, model: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return ``values`` with exactly the fields that an answer shows of a stored record.

        For a made-up record that must not differ from a real one.

        Source: Better Auth 1.6.12, ``db/schema.ts`` (``buildSyntheticUserOutput``).
        """
        return {
            item.name: _complete_field(item, values)
            for item in self.model(model).fields.values()
            if item.spec.returned
        }

    def defaults(self, model: str) -> dict[str, Any]:
        """Return the defaults of the additional fields of a record that the server creates."""
        return {
            item.name: item.spec.make_default()
            for item in self.model(model).additional
            if item.spec.has_default
        }


def _complete_field(item: SchemaField, values: Mapping[str, Any]) -> Any:
    spec = item.spec
    value = values.get(item.name)
    if item.name not in values and spec.has_default:
        value = spec.make_default()
    if value is None or spec.transform_output is None:
        return value
    return spec.transform_output(value)


def _read_field(
    item: SchemaField, value: Any, action: Literal["create", "update"], parsed: dict[str, Any]
) -> None:
    spec = item.spec
    if not spec.input:
        if spec.has_default and action == "create":
            parsed[item.name] = spec.make_default()
        elif value:
            message = f"{item.wire_name} is not allowed to be set"
            raise APIError(error_codes.FIELD_NOT_ALLOWED, message=message)
        return
    value = _check_type(item, value)
    for change in (spec.validator, spec.transform_input):
        if change is not None and value is not None:
            value = _apply(change, value)
    parsed[item.name] = value


def _fill_field(item: SchemaField, parsed: dict[str, Any]) -> None:
    if item.spec.has_default:
        parsed[item.name] = item.spec.make_default()
    elif item.spec.required:
        raise APIError(error_codes.MISSING_FIELD, message=f"{item.wire_name} is required")


def _apply(change: Callable[[Any], Any], value: Any) -> Any:
    try:
        return change(value)
    except ValueError as exc:
        message = str(exc) or error_codes.VALIDATION_ERROR.message
        raise APIError(error_codes.VALIDATION_ERROR, message=message) from exc


def _check_type(item: SchemaField, value: Any) -> Any:
    if value is None and not item.spec.required:
        return None
    kind = item.spec.type
    if isinstance(kind, tuple):
        if value in kind:
            return value
        options = "|".join(f'"{choice}"' for choice in kind)
        raise ValidationFailed(
            [f"[body.{item.wire_name}] Invalid option: expected one of {options}"]
        )
    if kind == "date":
        return _read_date(item, value)
    if not _TYPE_CHECKS[kind](value):
        raise ValidationFailed([_mismatch(item, kind, value)])
    if kind == "string" and len(value) > item.spec.max_length:
        bound = f"expected string to have <={item.spec.max_length} characters"
        raise ValidationFailed([f"[body.{item.wire_name}] Too big: {bound}"])
    return _read_whole(item, value) if kind == "number" else value


def _read_date(item: SchemaField, value: Any) -> datetime:
    try:
        moment = codec.parse_timestamp(value) if isinstance(value, str) else value
    except ValueError:
        moment = None
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise ValidationFailed([_mismatch(item, "date", value)])
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _read_whole(item: SchemaField, value: float) -> int:
    if value != int(value) or abs(value) > codec.MAX_SAFE_INTEGER:
        raise ValidationFailed([_mismatch(item, "int", value)])
    return int(value)


def _mismatch(item: SchemaField, expected: str, value: Any) -> str:
    wanted = "array" if expected.endswith("[]") else expected
    return (
        f"[body.{item.wire_name}] Invalid input: expected {wanted}, received {json_type_of(value)}"
    )


def json_type_of(value: Any) -> str:
    """Return the word that upstream's validation messages use for a JSON value's type."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list | tuple) else "object"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_list_of(value: Any, check: Callable[[Any], bool]) -> bool:
    return isinstance(value, list) and all(check(item) for item in value)


_TYPE_CHECKS: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "number": _is_number,
    "boolean": lambda value: isinstance(value, bool),
    "json": lambda value: value is not None,
    "string[]": lambda value: _is_list_of(value, lambda item: isinstance(item, str)),
    "number[]": lambda value: _is_list_of(value, _is_number),
}


def build_schema(
    core: Iterable[ModelSchema],
    contributions: Sequence[ModelSchema] = (),
    *,
    naming: Naming = "pyauth",
    renamings: Mapping[str, Renaming] | None = None,
) -> Schema:
    """Merge the models of the core with what options and plugins add.

    Args:
        core: the core's own models; their fields are not open to ``parse_input``.
        contributions: additional fields and plugins' models, in order.
        naming: the rule for physical names: plural snake_case tables and snake_case columns, or
            the names of a database made by Better Auth.
        renamings: physical names that win over the rule, by logical model.

    Raises:
        ConflictError: two contributors define one field.
        ConfigurationError: a name is reserved, not an identifier, or taken within its model.
    """
    parts: dict[str, list[tuple[ModelSchema, bool]]] = {}
    for own in core:
        parts.setdefault(own.name, []).append((own, False))
    for contribution in contributions:
        parts.setdefault(contribution.name, []).append((contribution, True))
    renamings = renamings or {}
    models = {
        name: _merge_model(name, pieces, naming, renamings.get(name, Renaming()))
        for name, pieces in parts.items()
    }
    _check_tables(models, parts)
    _check_references(models)
    return Schema(models)


def _merge_model(
    name: str, pieces: Sequence[tuple[ModelSchema, bool]], naming: Naming, renaming: Renaming
) -> Model:
    fields: dict[str, SchemaField] = {}
    table: str | None = None
    for piece, additional in pieces:
        table = table or piece.table
        for field_name, spec in piece.fields.items():
            if field_name in fields:
                raise ConflictError(
                    f"field {field_name!r} of model {name!r}",
                    first=fields[field_name].source,
                    second=piece.source,
                )
            _check_name(name, field_name)
            fields[field_name] = SchemaField(
                name=field_name,
                wire_name=spec.wire_name or to_camel(field_name),
                column=_column_name(field_name, spec, naming, renaming),
                spec=spec,
                source=piece.source,
                additional=additional,
            )
    if "id" not in fields:
        spec = Field(type="string", input=False)
        column = _column_name("id", spec, naming, renaming)
        fields["id"] = SchemaField("id", "id", column, spec, pieces[0][0].source, additional=False)
    unknown = set(renaming.columns) - set(fields)
    if unknown:
        raise ConfigurationError(
            f"model {name!r} has no field {sorted(unknown)[0]!r} to rename; "
            f"there are: {', '.join(fields)}"
        )
    _check_unique(name, "column", fields.values())
    _check_unique(name, "wire_name", fields.values())
    return Model(name, _table_name(name, table, naming, renaming), fields)


def _table_name(name: str, table: str | None, naming: Naming, renaming: Renaming) -> str:
    if renaming.table:
        chosen = renaming.table
    elif naming == "better-auth":
        chosen = to_camel(name)
    else:
        chosen = table or f"{name}s"
    check_identifier(chosen)
    return chosen


def _column_name(name: str, spec: Field, naming: Naming, renaming: Renaming) -> str:
    chosen = renaming.columns.get(name) or spec.field_name
    if chosen is None:
        chosen = to_camel(name) if naming == "better-auth" else name
    check_identifier(chosen)
    return chosen


def check_identifier(name: str) -> None:
    """Refuse a physical name that is not plain ASCII: letters, digits, ``_``, at most 63 long.

    Raises:
        ConfigurationError: the name is refused.
    """
    if not (name.isascii() and name.isidentifier() and len(name) <= 63):
        raise ConfigurationError(
            f"{name!r} cannot name a table or column: use ASCII letters, digits and underscores, "
            "not starting with a digit, at most 63 characters"
        )


def _check_name(model: str, name: str) -> None:
    if name in RESERVED_FIELD_NAMES:
        reserved = ", ".join(sorted(RESERVED_FIELD_NAMES))
        raise ConfigurationError(
            f"field {name!r} of model {model!r} bears a reserved name; reserved are: {reserved}"
        )
    if not name.isidentifier() or name != name.lower() or name.startswith("_"):
        raise ConfigurationError(f"field {name!r} of model {model!r} is not a snake_case name")


def _check_unique(model: str, attribute: str, fields: Iterable[SchemaField]) -> None:
    seen: dict[str, str] = {}
    for item in fields:
        value = getattr(item, attribute)
        if value in seen:
            raise ConfigurationError(
                f"fields {seen[value]!r} and {item.name!r} of model {model!r} "
                f"have the same {attribute.replace('_', ' ')} {value!r}"
            )
        seen[value] = item.name


def _check_tables(
    models: Mapping[str, Model], parts: Mapping[str, list[tuple[ModelSchema, bool]]]
) -> None:
    owners: dict[str, Model] = {}
    for model in models.values():
        other = owners.setdefault(model.table.lower(), model)
        if other is not model:
            raise ConflictError(
                f"table {model.table!r}",
                first=f"{parts[other.name][0][0].source} (model {other.name!r})",
                second=f"{parts[model.name][0][0].source} (model {model.name!r})",
                cure="rename one of them",
            )


def _check_references(models: Mapping[str, Model]) -> None:
    for model in models.values():
        for item in model.fields.values():
            target = item.spec.references
            if target is None:
                continue
            if target.model not in models or target.field not in models[target.model].fields:
                raise ConfigurationError(
                    f"field {item.name!r} of model {model.name!r} references "
                    f"{target.model}.{target.field}, which does not exist"
                )
