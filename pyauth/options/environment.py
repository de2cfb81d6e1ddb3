"""The one reader of environment variables.

Order of precedence: argument, Flask's ``app.config``, environment, default. An empty variable
counts as unset. The environment belongs to the whole machine, so a ``PYAUTH_*`` variable that is
nobody's misspelling is another program's, and is left alone.
"""

import difflib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from pyauth.errors import ConfigurationError

Mode = Literal["production", "development", "test"]
_MODES: Mapping[str, Mode] = {
    "production": "production",
    "development": "development",
    "test": "test",
}

_VARIABLES = (
    "PYAUTH_SECRET",
    "PYAUTH_SECRETS",
    "PYAUTH_URL",
    "PYAUTH_BASE_URL",
    "PYAUTH_TRUSTED_ORIGINS",
    "PYAUTH_ENV",
)
_MISSPELT = 0.85
"""How alike two names are when one is taken for the other misspelt."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What the environment says; secrets are never shown by ``repr``."""

    secret: str | None = field(default=None, repr=False)
    secrets: str | None = field(default=None, repr=False)
    url: str | None = None
    trusted_origins: tuple[str, ...] = ()
    mode: Mode | None = None


def read_environment(variables: Mapping[str, str] | None = None) -> Environment:
    """Read ``PYAUTH_SECRET``, ``PYAUTH_SECRETS``, ``PYAUTH_URL`` (or ``PYAUTH_BASE_URL``),
    ``PYAUTH_TRUSTED_ORIGINS`` (a comma list) and ``PYAUTH_ENV``.

    Args:
        variables: read instead of the process environment.

    Raises:
        ConfigurationError: ``PYAUTH_ENV`` is none of its three values, or a variable is a
            misspelt one.
    """
    found = os.environ if variables is None else variables
    _refuse_misspelt(found)
    origins = found.get("PYAUTH_TRUSTED_ORIGINS") or ""
    return Environment(
        secret=found.get("PYAUTH_SECRET") or None,
        secrets=found.get("PYAUTH_SECRETS") or None,
        url=found.get("PYAUTH_URL") or found.get("PYAUTH_BASE_URL") or None,
        trusted_origins=tuple(part.strip() for part in origins.split(",") if part.strip()),
        mode=_read_mode(found.get("PYAUTH_ENV") or None),
    )


def _refuse_misspelt(names: Iterable[str]) -> None:
    problems = []
    for name in names:
        if name.startswith("PYAUTH_") and name not in _VARIABLES:
            nearest = difflib.get_close_matches(name, _VARIABLES, n=1, cutoff=_MISSPELT)
            problems += [f"unknown variable {name}; did you mean {near}?" for near in nearest]
    if problems:
        raise ConfigurationError(problems)


def _read_mode(text: str | None) -> Mode | None:
    if text is None:
        return None
    try:
        return _MODES[text.strip().lower()]
    except KeyError:
        raise ConfigurationError(
            f"PYAUTH_ENV is {text!r}; it must be production, development or test"
        ) from None
