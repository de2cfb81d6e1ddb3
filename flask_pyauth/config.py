"""Reading an instance's options from ``app.config``.

One upper-case key per top-level option: ``PYAUTH_SECRET``, ``PYAUTH_SESSION = {...}``. An instance
with a name of its own, such as ``admin``, has its own keys: ``ADMIN_PYAUTH_SECRET``.
"""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import AliasChoices, BaseModel

from pyauth.errors import ConfigurationError
from pyauth.naming import to_snake
from pyauth.options import Options

DEFAULT_NAME = "default"
"""The name of an instance that was not given one."""

FLASK_OPTIONS = ("login_view", "reauth_view", "template_context")
"""Options of the extension itself."""

LIVE_PARTS = (
    "database",
    "metadata",
    "secondary_storage",
    "plugins",
    "passwords",
    "runner",
    "http_client",
    "clock",
    "logger",
)
"""Arguments of the constructor that are objects rather than options."""

_RENAMED = {"mode": "ENV"}
_ALIASES = {"URL": "base_url"}


def config_prefix(name: str) -> str:
    """Return what the keys of an instance start with."""
    return "PYAUTH_" if name == DEFAULT_NAME else f"{name.upper()}_PYAUTH_"


def read_config(config: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the options that ``app.config`` holds for an instance; None counts as unset.

    Args:
        config: the app's configuration.
        name: the instance's name.

    Raises:
        ConfigurationError: lists every key that is no option, with the nearest that is one, and
            options given twice.
    """
    prefix = config_prefix(name)
    known = {prefix + suffix: option for suffix, option in _options_by_suffix().items()}
    given = {key: value for key, value in config.items() if key.startswith(prefix)}
    problems = [_explain_unknown(key, known) for key in given if key not in known]
    found: dict[str, Any] = {}
    spelt: dict[str, str] = {}
    for key, value in given.items():
        if value is None or key not in known:
            continue
        option = known[key]
        if option in found and found[option] != value:
            problems.append(f"{spelt[option]} and {key} are one option with two values; keep one")
        found[option], spelt[option] = value, key
        problems += _find_unknown(key, value, option)
    if problems:
        raise ConfigurationError(problems)
    return found


def spell_as_fields(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options given under any accepted spelling (``baseURL``) under their field names.

    Two sources can then be laid over one another; unknown names are left for the reader to refuse.
    """
    return {_FIELD_BY_SPELLING.get(name, name): value for name, value in options.items()}


def _fields_by_spelling(model: type[BaseModel]) -> dict[str, str]:
    return {
        spelling: name
        for name, field in model.model_fields.items()
        if isinstance(field.validation_alias, AliasChoices)
        for spelling in (name, *field.validation_alias.choices)
        if isinstance(spelling, str)
    }


_FIELD_BY_SPELLING = _fields_by_spelling(Options)


def _options_by_suffix() -> dict[str, str]:
    names = (*Options.model_fields, *LIVE_PARTS, *FLASK_OPTIONS)
    return {_RENAMED.get(name, name.upper()): name for name in names} | _ALIASES


def _explain_unknown(key: str, known: Iterable[str]) -> str:
    nearest = difflib.get_close_matches(key, list(known), n=1, cutoff=0.6)
    hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
    return f"unknown configuration key {key!r}{hint}"


def _find_unknown(key: str, value: Any, option: str) -> Iterator[str]:
    """Yield what is wrong with the names within a configured group, at any depth."""
    if option in Options.model_fields:
        yield from _find_unknown_names(key, value, Options.model_fields[option].annotation)


def _find_unknown_names(where: str, value: Any, annotation: Any) -> Iterator[str]:
    group = _group_of(annotation)
    if group is None or not isinstance(value, Mapping):
        return
    known = _fields_by_spelling(group)
    for name, inner in value.items():
        place = f"{where}[{name!r}]"
        if name in known:
            field = group.model_fields[known[name]]
            yield from _find_unknown_names(place, inner, field.annotation)
            continue
        nearest = difflib.get_close_matches(to_snake(str(name)), list(known), n=1, cutoff=0.6)
        hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
        yield f"unknown configuration key {place}{hint}"


def _group_of(annotation: Any) -> type[BaseModel] | None:
    """Return the group of options that a field is, where it is one, or may be one."""
    is_choice = get_origin(annotation) in {Union, UnionType}
    candidates = get_args(annotation) if is_choice else (annotation,)
    return next(
        (item for item in candidates if isinstance(item, type) and issubclass(item, BaseModel)),
        None,
    )
