"""What the options of every model share: its table, its columns, its additional fields."""

from collections.abc import Mapping

from pydantic import field_validator

from pyauth.naming import to_snake
from pyauth.options.base import OptionModel
from pyauth.options.fields import Field


class RecordOptions(OptionModel):
    """What every model takes: its table, its columns, its additional fields."""

    model_name: str | None = None
    """The table."""
    fields: Mapping[str, str] = {}
    """Field name to column, for fields whose column differs from the naming's."""
    additional_fields: Mapping[str, Field] = {}
    """Further fields of the model; a camelCase name is the wire name of its snake_case form."""

    @field_validator("fields")
    @classmethod
    def _read_names(cls, fields: Mapping[str, str]) -> Mapping[str, str]:
        return {to_snake(name): column for name, column in fields.items()}

    @field_validator("additional_fields")
    @classmethod
    def _read_wire_names(cls, fields: Mapping[str, Field]) -> Mapping[str, Field]:
        return {to_snake(name): _with_wire_name(name, spec) for name, spec in fields.items()}


def _with_wire_name(name: str, spec: Field) -> Field:
    if spec.wire_name is not None or name == to_snake(name):
        return spec
    return spec.model_copy(update={"wire_name": name})
