"""The description of one stored field: used for additional fields and by plugins' schemas."""

from collections.abc import Callable
from typing import Any, Final, Literal, get_args

from pydantic import AliasChoices, field_validator
from pydantic import Field as Attribute

from pyauth.options.base import OptionModel

FieldType = Literal["string", "number", "boolean", "date", "json", "string[]", "number[]"]


MAX_TEXT_LENGTH = 16_000
"""Characters of a text that a client sends: what every database's text column holds."""

MAX_KEY_LENGTH = 255
"""Characters of a text that is unique, indexed or a reference: what every database's key holds."""


class _Unset:
    """The absence of a default, which differs from a default of None."""

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = _Unset()


class Reference(OptionModel):
    """A foreign key: the logical model and field it points at, and what a deletion does."""

    model: str
    field: str = "id"
    on_delete: Literal["cascade", "set null", "restrict", "no action"] = "cascade"


class Field(OptionModel):
    """One field of a model.

    Source: Better Auth 1.6.9, ``FieldAttribute``.
    """

    type: FieldType | tuple[str, ...]
    """The kind of value; a tuple of texts means one of them."""
    required: bool = True
    """Whether a value must be there when a record is created."""
    unique: bool = False
    index: bool = False
    references: Reference | None = None
    input: bool = True
    """Whether clients may set the field through the HTTP routes."""
    returned: bool = True
    """Whether answers may show the field."""
    default: Any = Attribute(
        default=UNSET, validation_alias=AliasChoices("default", "default_value", "defaultValue")
    )
    """A value, or a function without arguments that makes one, for records created without it."""
    on_update: Callable[[], Any] | None = None
    """Makes the value that each update writes when it does not name the field."""
    bigint: bool = False
    """Whether a number needs 64 bits."""
    wire_name: str | None = None
    """The name in JSON; by default the camelCase form of the field's name."""
    field_name: str | None = None
    """The name of the column; by default the naming's own."""
    validator: Callable[[Any], Any] | None = None
    """Receives the value a client sent and returns the one to keep; raises ValueError to refuse."""
    transform_input: Callable[[Any], Any] | None = None
    """Changes a value on its way into the store."""
    transform_output: Callable[[Any], Any] | None = None
    """Changes a value on its way out of the store."""

    @field_validator("type", mode="before")
    @classmethod
    def _read_type(cls, value: Any) -> Any:
        if isinstance(value, list | tuple):
            return tuple(value)
        if value not in get_args(FieldType):
            raise ValueError(f"must be one of {', '.join(get_args(FieldType))}, or a list of texts")
        return value

    @property
    def max_length(self) -> int:
        """How many characters a text of the field may have."""
        is_key = self.unique or self.index or self.references is not None
        return MAX_KEY_LENGTH if is_key else MAX_TEXT_LENGTH

    @property
    def has_default(self) -> bool:
        """Whether records created without the field get a value."""
        return self.default is not UNSET

    def make_default(self) -> Any:
        """Return the default value of a new record."""
        return self.default() if callable(self.default) else self.default
