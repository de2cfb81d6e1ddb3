"""docs/configuration.md lists every option with its type and default, and nothing else."""

import collections.abc
import re
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from pyauth.options import Options
from pyauth.options.fields import UNSET
from pyauth.options.listed import Listed

PAGE = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")
_ROW = re.compile(r"^\| `([^`]+)` \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)

MODELS = ("user", "session", "account", "verification")
SHARED = ("model_name", "fields", "additional_fields")


@dataclass(frozen=True)
class Option:
    """One option as the page has to show it."""

    name: str
    type: str
    default: str


def find_options(model: type[BaseModel] = Options, prefix: str = "") -> Iterator[Option]:
    """Yield every option; what several models share stands once, under ``<model>``."""
    for name, info in model.model_fields.items():
        path = _share(prefix + name)
        groups = list(_groups_within(info.annotation))
        if not groups or not _is_plain_group(info):
            yield Option(path, describe_type(info), describe_default(info))
        for group in groups:
            by_name = _is_mapping(info.annotation)
            yield from find_options(group, f"{path}.<name>." if by_name else f"{path}.")


def _share(path: str) -> str:
    group, _, rest = path.partition(".")
    if group in MODELS and rest.partition(".")[0] in SHARED:
        return f"<model>.{rest}"
    if group == "database_hooks" and rest:
        return re.sub(rf"\.({'|'.join(MODELS)})(?=\.|$)", ".<model>", path, count=1)
    return path


def _groups_within(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the groups of options that a field is, may be, or holds by name."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _groups_within(part)


def _is_plain_group(info: FieldInfo) -> bool:
    """Whether a field is a group and nothing else, so that its own options say everything."""
    return isinstance(info.annotation, type) or (
        _is_mapping(info.annotation) and isinstance(get_args(info.annotation)[1], type)
    )


def _is_mapping(annotation: Any) -> bool:
    origin = get_origin(annotation)
    return isinstance(origin, type) and issubclass(origin, Mapping)


_TITLED = ("Strict", "Lax", "None")
"""Second spellings of values."""

_TYPES: Mapping[Any, str] = {
    bool: "bool",
    int: "int",
    str: "str",
    SecretStr: "str, never shown",
    timedelta: "timedelta, or seconds",
    Any: "any value",
}


def describe_type(info: FieldInfo) -> str:
    """Return the type of an option, in words."""
    if info.metadata and any(mark in get_args(Listed) for mark in info.metadata):
        return "list of str, or function"
    return _describe(info.annotation)


def _describe(annotation: Any) -> str:
    if annotation in _TYPES:
        return _TYPES[annotation]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _describe(arguments[0])
    if origin is Literal:
        return ", ".join(f"`{value!r}`" for value in arguments if str(value) not in _TITLED)
    if origin in {Union, types.UnionType}:
        kinds = (_describe(part) for part in arguments if part is not types.NoneType)
        return " or ".join(dict.fromkeys(kinds))
    if origin is tuple:
        return f"list of {_describe(arguments[0])}"
    if _is_mapping(annotation):
        return f"dict of {_describe(arguments[1])}"
    if origin is collections.abc.Callable:
        return "function"
    return f"`{getattr(annotation, '__name__', annotation)}`"


def describe_default(info: FieldInfo) -> str:
    """Return the default of an option, in words."""
    default = info.default
    if default is PydanticUndefined:
        return "required"
    if default is None or default is UNSET:
        return "unset"
    if isinstance(default, timedelta):
        return _describe_duration(default)
    if default in ((), {}):
        return "empty"
    return f"`{default!r}`"


def _describe_duration(duration: timedelta) -> str:
    seconds = int(duration.total_seconds())
    for unit, size in (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1)):
        if seconds % size == 0:
            count = seconds // size
            return f"{count} {unit}{'' if count == 1 else 's'}"
    raise AssertionError(duration)


OPTIONS = list({option.name: option for option in find_options()}.values())
LISTED = {name: (kind, default, words) for name, kind, default, words in _ROW.findall(PAGE)}


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_every_option_is_listed_with_its_type_and_default(option: Option) -> None:
    assert option.name in LISTED, f"add: | `{option.name}` | {option.type} | {option.default} | … |"
    kind, default, words = LISTED[option.name]
    assert (kind, default) == (option.type, option.default)
    assert len(words) > 3


def test_nothing_else_is_listed() -> None:
    assert set(LISTED) == {option.name for option in OPTIONS}
