"""The base of input models: bodies and queries of endpoints.

Attributes are Python names; each knows its wire name. HTTP accepts wire names only and JSON is
read strictly: no ``"yes"`` for true. Models are built at their first use.
"""

import re
import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, TypeVar, Union, get_args, get_origin

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, WithJsonSchema
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from pyauth.naming import to_camel

T = TypeVar("T")


class Input(BaseModel):
    """What bodies and queries share."""

    model_config = ConfigDict(
        strict=True,
        extra="ignore",
        frozen=True,
        defer_build=True,
        hide_input_in_errors=True,
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=False,
    )

    object_words: ClassVar[tuple[str, ...]] = ("object",)
    """What validation messages call the whole input where it is of the wrong type."""
    extras_of: ClassVar[str | None] = None
    """The model whose additional fields the input may carry beside its own attributes."""
    creates: ClassVar[bool] = False
    """Whether the input makes a new record of that model, so that its required fields are too."""

    def extras(self) -> dict[str, Any]:
        """Return what came beside the declared attributes, under Python names."""
        return dict(self.model_extra or {})


class Body(Input):
    """A request body, from JSON or a form."""


class Query(Input):
    """The query of a request; repeated names arrive as lists."""


EMAIL_PATTERN = re.compile(
    r"(?:[A-Za-z0-9_'+\-]+\.)*[A-Za-z0-9_'+\-]*[A-Za-z0-9_+\-]@"
    r"(?:[A-Za-z0-9][A-Za-z0-9\-]*\.)+[A-Za-z]{2,}",
    re.ASCII,
)
"""The contract's rule for addresses (routes.json, zod 4): it alone decides."""


MAX_EMAIL_LENGTH = 254
"""RFC 5321, section 4.5.3.1.3: what a mail server must take; every database's key holds it."""


def is_email(text: str) -> bool:
    """Return whether a text is an address by the contract's rule."""
    return len(text) <= MAX_EMAIL_LENGTH and EMAIL_PATTERN.fullmatch(text) is not None


def _check_email(text: str) -> str:
    if not is_email(text):
        raise PydanticCustomError("email", "Invalid email address")
    return text


def _refuse_null(value: Any) -> Any:
    if value is None:
        raise PydanticCustomError("null", "Invalid input")
    return value


def _read_flag(value: Any) -> Any:
    return value if isinstance(value, bool) else bool(value)


EmailAddress = Annotated[
    str,
    AfterValidator(_check_email),
    WithJsonSchema(
        {
            "type": "string",
            "format": "email",
            "pattern": f"^{EMAIL_PATTERN.pattern}$",
            "maxLength": MAX_EMAIL_LENGTH,
        }
    ),
]
"""An e-mail address."""

Omittable = Annotated[T | None, BeforeValidator(_refuse_null)]
"""May be left out, and is None then; a JSON ``null`` is refused, as upstream refuses it."""


@dataclass(frozen=True, slots=True)
class NullClears:
    """Marks an attribute whose null differs from its absence: it takes the value away."""


Clearable = Annotated[T | None, NullClears()]
"""May be left out; a JSON ``null``, and None in process, takes the stored value away."""

QueryFlag = Annotated[bool, BeforeValidator(_read_flag)]
"""A flag of a query: any text but the empty one means yes, as upstream coerces it."""


def refuses_null(info: FieldInfo) -> bool:
    """Return whether an attribute is :data:`Omittable`: it may be left out, but not be null."""
    marks = [*info.metadata, *_marks(info.annotation)]
    return any(isinstance(mark, BeforeValidator) and mark.func is _refuse_null for mark in marks)


@dataclass(frozen=True, slots=True)
class RedirectTarget:
    """Marks a text attribute as the address of a redirect: checked before anything happens."""


RedirectURL = Annotated[str, RedirectTarget()]
"""Where a browser may be sent: a trusted origin's address or a path."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What the pipeline needs to know of an input model, worked out once.

    Attributes:
        names_by_wire: wire name to Python name.
        wire_by_name: Python name to wire name.
        expected: Python name to the word for its type in validation messages.
        redirects: Python names of redirect targets.
        omittable: Python names of attributes that may be left out, and for which None says no more.
    """

    names_by_wire: Mapping[str, str]
    wire_by_name: Mapping[str, str]
    expected: Mapping[str, str]
    redirects: tuple[str, ...]
    omittable: frozenset[str]


def shape_of(model: type[Input]) -> Shape:
    """Work out the shape of an input model."""
    fields = model.model_fields
    wire_by_name = {name: info.alias or name for name, info in fields.items()}
    return Shape(
        names_by_wire={wire: name for name, wire in wire_by_name.items()},
        wire_by_name=wire_by_name,
        expected={name: _word_for(info.annotation) for name, info in fields.items()},
        redirects=tuple(name for name, info in fields.items() if _is_redirect(info)),
        omittable=frozenset(name for name, info in fields.items() if _is_omittable(info)),
    )


_WORDS: Mapping[Any, str] = {
    str: "string",
    bool: "boolean",
    int: "number",
    float: "number",
    list: "array",
    tuple: "array",
    dict: "record",
}


def _word_for(annotation: Any) -> str:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _word_for(get_args(annotation)[0])
    if origin in {Union, types.UnionType}:
        first = next(part for part in get_args(annotation) if part is not type(None))
        return _word_for(first)
    return _WORDS.get(origin or annotation, "object")


def _is_redirect(info: FieldInfo) -> bool:
    return any(isinstance(mark, RedirectTarget) for mark in _marks(info.annotation)) or any(
        isinstance(mark, RedirectTarget) for mark in info.metadata
    )


def _is_omittable(info: FieldInfo) -> bool:
    marks = [*info.metadata, *_marks(info.annotation)]
    return not info.is_required() and not any(isinstance(mark, NullClears) for mark in marks)


def _marks(annotation: Any) -> list[Any]:
    if get_origin(annotation) is Annotated:
        inner, *marks = get_args(annotation)
        return [*marks, *_marks(inner)]
    return [mark for part in get_args(annotation) for mark in _marks(part)]
