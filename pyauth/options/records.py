"""Options of the four models: physical names, additional fields, and the rules of each."""

from collections.abc import Mapping
from datetime import timedelta

from pydantic import field_validator, model_validator

from pyauth.naming import to_snake
from pyauth.options.base import OptionModel
from pyauth.options.fields import Field

_NO_TIME = timedelta(0)


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


class UserOptions(RecordOptions):
    """The users."""


class AccountOptions(RecordOptions):
    """The ways of users to sign in."""


class VerificationOptions(RecordOptions):
    """The values that prove something once."""


class SessionOptions(RecordOptions):
    """The sessions: how long they live and when they are extended.

    Source: Better Auth 1.6.9, ``session``.
    """

    expires_in: timedelta = timedelta(days=7)
    """How long a session lives after its last extension."""
    update_age: timedelta = timedelta(days=1)
    """How old an extension must be before the next one; 0 extends at every use."""
    disable_session_refresh: bool = False
    """Never extend."""
    fresh_age: timedelta = timedelta(days=1)
    """How long after sign-in a session counts as fresh; 0 turns the check off."""

    @model_validator(mode="after")
    def _check_durations(self) -> "SessionOptions":
        if self.expires_in <= _NO_TIME:
            raise ValueError("expires_in must be positive")
        if self.update_age < _NO_TIME or self.fresh_age < _NO_TIME:
            raise ValueError("update_age and fresh_age must not be negative")
        return self
