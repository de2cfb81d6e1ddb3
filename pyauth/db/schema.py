"""The effective schema: core models, additional fields and plugins' contributions, merged once.

Stores, routes and the adapter speak logical names; the schema knows each field's wire name and
each model's table and columns, and holds the one parser of fields that clients send.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pyauth.db.fields import SchemaField, complete_field, fill_field, read_field
from pyauth.errors import ConfigurationError, ConflictError
from pyauth.models import RESERVED_FIELD_NAMES
from pyauth.naming import to_camel
from pyauth.options.fields import Field

__all__ = [
    "Model",
    "ModelSchema",
    "Naming",
    "Renaming",
    "Schema",
    "SchemaField",
    "build_schema",
    "check_identifier",
]

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


@dataclass(frozen=True)
class Model:
    """One model of the effective schema, with its look-ups made once."""

    name: str
    table: str
    fields: Mapping[str, SchemaField]
    wire_names: Mapping[str, str] = field(init=False)
    names_by_wire: Mapping[str, str] = field(init=False)
    names_by_column: Mapping[str, str] = field(init=False)
    hidden: frozenset[str] = field(init=False)
    """The fields that answers must not show."""
    additional: tuple[SchemaField, ...] = field(init=False)
    outputs: Mapping[str, Callable[[Any], Any]] = field(init=False)
    """The functions that change a value on its way out, by field."""

    def __post_init__(self) -> None:
        fields = self.fields.values()
        set_once = object.__setattr__
        set_once(self, "wire_names", {item.name: item.wire_name for item in fields})
        set_once(self, "names_by_wire", {item.wire_name: item.name for item in fields})
        set_once(self, "names_by_column", {item.column: item.name for item in fields})
        hidden = frozenset(item.name for item in fields if not item.spec.returned)
        set_once(self, "hidden", hidden)
        set_once(self, "additional", tuple(item for item in fields if item.additional))
        outputs = {
            item.name: item.spec.transform_output
            for item in fields
            if item.spec.transform_output is not None
        }
        set_once(self, "outputs", outputs)

    def field(self, name: str) -> SchemaField:
        """Return a field by its logical name.

        Raises:
            ConfigurationError: there is none; the message lists those there are.
        """
        return self.fields[self._known(name, self.fields, "field")]

    def column_of(self, name: str) -> str:
        """Return the column of a field; raises as :meth:`field` does."""
        return self.field(name).column

    def wire_name_of(self, name: str) -> str:
        """Return the name that a field has in JSON; raises as :meth:`field` does."""
        return self.field(name).wire_name

    def field_of_column(self, column: str) -> str:
        """Return the logical name of the field that lives in a column.

        Raises:
            ConfigurationError: no field does; the message lists the columns there are.
        """
        return self.names_by_column[self._known(column, self.names_by_column, "column")]

    def field_of_wire_name(self, wire_name: str) -> str:
        """Return the logical name of the field that JSON calls ``wire_name``.

        For names that a client sends, ask :attr:`names_by_wire` instead: nothing is raised there.

        Raises:
            ConfigurationError: none is called so; the message lists the names there are.
        """
        return self.names_by_wire[self._known(wire_name, self.names_by_wire, "wire name")]

    def shown(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return a stored row with the changes that its fields make on their way out."""
        shown = dict(row)
        for name, transform in self.outputs.items():
            if shown.get(name) is not None:
                shown[name] = transform(shown[name])
        return shown

    def visible(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return ``values`` without the fields that answers must not show."""
        return {name: value for name, value in values.items() if name not in self.hidden}

    def _known(self, name: str, known: Iterable[str], kind: str) -> str:
        names = tuple(known)
        if name in names:
            return name
        raise ConfigurationError(
            f"model {self.name!r} has no {kind} {name!r}; there are: {', '.join(names)}"
        )


@dataclass(frozen=True, slots=True)
class Renaming:
    """The physical names that options give to one model: its table and some of its columns."""

    table: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


class Schema:
    """Every model of one configured instance."""

    def __init__(self, models: Mapping[str, Model]) -> None:
        self.models = dict(models)
        self._models_by_table = {model.table: model for model in models.values()}

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

    def table_of(self, model: str) -> str:
        """Return the table of a model; raises as :meth:`model` does."""
        return self.model(model).table

    def model_of_table(self, table: str) -> Model:
        """Return the model that lives in a table.

        Raises:
            ConfigurationError: none does; the message lists the tables there are.
        """
        try:
            return self._models_by_table[table]
        except KeyError:
            known = ", ".join(sorted(self._models_by_table))
            raise ConfigurationError(f"unknown table {table!r}; there are: {known}") from None

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
                read_field(item, extras[item.name], action, parsed)
            elif action == "create":
                fill_field(item, parsed)
        return parsed

    def parse_profile(
        self, model: str, extras: Mapping[str, Any], action: Literal["create", "update"]
    ) -> dict[str, Any]:
        """Read the additional fields that a provider's profile brings, under Python names.

        As :meth:`parse_input`, but what is closed to input is passed over instead of refused: a
        provider cannot know the schema, and must not fill what clients must not.

        Source: Better Auth 1.6.21 (b5bec193a5), ``parseAdditionalUserInputFromProviderProfile``.
        """
        open_to_input = {item.name for item in self.model(model).additional if item.spec.input}
        allowed = {name: value for name, value in extras.items() if name in open_to_input}
        return self.parse_input(model, allowed, action)

    def complete(self, model: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return ``values`` with exactly the fields that an answer shows of a stored record.

        For a made-up record that must not differ from a real one.

        Source: Better Auth 1.6.12, ``db/schema.ts`` (``buildSyntheticUserOutput``).
        """
        return {
            item.name: complete_field(item, values)
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


def build_schema(
    core: Iterable[ModelSchema],
    contributions: Sequence[ModelSchema] = (),
    *,
    naming: Naming = "pyauth",
    table_prefix: str = "",
    renamings: Mapping[str, Renaming] | None = None,
) -> Schema:
    """Merge the models of the core with what options and plugins add.

    Args:
        core: the core's own models; their fields are not open to ``parse_input``.
        contributions: additional fields and plugins' models, in order.
        naming: the rule for physical names: plural snake_case tables and snake_case columns, or
            the names of a database made by Better Auth.
        table_prefix: stands before the names of tables that the rule gives.
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
        name: _merge_model(name, pieces, naming, table_prefix, renamings.get(name, Renaming()))
        for name, pieces in parts.items()
    }
    _check_tables(models, parts)
    _check_references(models)
    return Schema(models)


def _merge_model(
    name: str,
    pieces: Sequence[tuple[ModelSchema, bool]],
    naming: Naming,
    table_prefix: str,
    renaming: Renaming,
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
    chosen = renaming.table or table_prefix + _table_by_rule(name, table, naming)
    check_identifier(chosen)
    return Model(name, chosen, fields)


def _table_by_rule(name: str, table: str | None, naming: Naming) -> str:
    if naming == "better-auth":
        return to_camel(name)
    return table or f"{name}s"


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
        # To SQL, names that differ only by letter case are one.
        key = value.lower() if attribute == "column" else value
        if key in seen:
            raise ConfigurationError(
                f"fields {seen[key]!r} and {item.name!r} of model {model!r} "
                f"have the same {attribute.replace('_', ' ')} {value!r}"
            )
        seen[key] = item.name


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
