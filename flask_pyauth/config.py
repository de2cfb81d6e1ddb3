"""Reading an instance's options from ``app.config``.

One upper-case key per top-level option: ``PYAUTH_SECRET``, ``PYAUTH_SESSION = {...}``. An instance
with a name of its own, such as ``admin``, has its own keys: ``ADMIN_PYAUTH_SECRET``.
"""

import difflib
from collections.abc import Mapping
from typing import Any

from pydantic import AliasChoices

from pyauth.errors import ConfigurationError
from pyauth.options import Options

DEFAULT_NAME = "default"
"""The name of an instance that was not given one."""

FLASK_OPTIONS = ("login_view", "reauth_view", "template_context")
"""Options of the extension itself."""

_LIVE_PARTS = ("database", "plugins")
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
    if problems:
        raise ConfigurationError(problems)
    return found


def spell_as_fields(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options given under any accepted spelling (``baseURL``) under their field names.

    Two sources can then be laid over one another; unknown names are left for the reader to refuse.
    """
    return {_FIELD_BY_SPELLING.get(name, name): value for name, value in options.items()}


_FIELD_BY_SPELLING = {
    spelling: name
    for name, field in Options.model_fields.items()
    if isinstance(field.validation_alias, AliasChoices)
    for spelling in field.validation_alias.choices
    if isinstance(spelling, str)
}


def _options_by_suffix() -> dict[str, str]:
    names = (*Options.model_fields, *_LIVE_PARTS, *FLASK_OPTIONS)
    return {_RENAMED.get(name, name.upper()): name for name in names} | _ALIASES


def _explain_unknown(key: str, known: Mapping[str, str]) -> str:
    nearest = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
    hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
    return f"unknown configuration key {key!r}{hint}"
