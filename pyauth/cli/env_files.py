"""The environment of a command: what the process has, then what the env files add.

Nothing else of the command line reads ``os.environ``. What is set already stays, even empty; of
several files the first that names a variable wins.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import parse_stream

from pyauth.errors import ConfigurationError

ENV_FILES = (".env.local", ".env")
"""The env files of a folder, the stronger one first."""


def load_env_files(folders: Iterable[Path]) -> None:
    """Add the variables of the env files to the environment of this process.

    Args:
        folders: where the files are looked for, the strongest folder first.

    Raises:
        ConfigurationError: a line is no ``NAME=value``.
    """
    for folder in dict.fromkeys(folders):
        for name in ENV_FILES:
            _load(folder / name)


def find_variable(name: str) -> str | None:
    """Return a variable of the environment; None where it is unset or empty."""
    return os.environ.get(name) or None


def _load(path: Path) -> None:
    if not path.is_file():
        return
    try:
        with path.open(encoding="utf-8") as file:
            broken = [item.original.line for item in parse_stream(file) if item.error]
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigurationError(f"{path} cannot be read: it must be UTF-8 text") from exc
    if broken:
        raise ConfigurationError([f"{path}:{line}: must look like NAME=value" for line in broken])
    for name, value in dotenv_values(path, encoding="utf-8").items():
        if value is not None:
            os.environ.setdefault(name, value)
