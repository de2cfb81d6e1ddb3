"""``pyauth.toml``: what the commands know of a project that names no live server.

The file holds no secrets and no addresses with passwords: it names the variables that do.
"""

import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from pyauth.errors import ConfigurationError
from pyauth.options.base_url import check_address

CONFIG_NAME = "pyauth.toml"

Framework = Literal["flask", "wsgi"]
Provider = Literal["sqlite", "postgresql", "mysql", "mariadb"]

_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


class Project(_Section):
    """What is served, and where."""

    framework: Framework = "flask"
    base_url: str = "http://localhost:5000"
    """The public origin."""
    base_path: str = "/api/auth"
    """The prefix of every route."""
    production: bool = False
    """Whether the strict posture applies."""

    @field_validator("base_url")
    @classmethod
    def _check_base_url(cls, value: str) -> str:
        return check_address(value)

    @field_validator("base_path")
    @classmethod
    def _check_base_path(cls, value: str) -> str:
        if not value.startswith("/") or "//" in value:
            raise ValueError("must start with one slash, such as /api/auth")
        return value


class Database(_Section):
    """Where the records live."""

    adapter: str = "sqlalchemy"
    provider: Provider = "sqlite"
    url_env: str = "DATABASE_URL"
    """The variable that holds the URL."""
    migrations_dir: str = "migrations/pyauth"
    """Where ``generate`` writes."""

    @field_validator("provider", mode="before")
    @classmethod
    def _spell(cls, value: Any) -> Any:
        return "postgresql" if value == "postgres" else value

    @field_validator("url_env")
    @classmethod
    def _check_name(cls, value: str) -> str:
        return _variable_name(value, "DATABASE_URL")


class Security(_Section):
    """Where the secret is."""

    secret_env: str = "PYAUTH_SECRET"  # noqa: S105 - the name of a variable
    """The variable that holds the secret."""

    @field_validator("secret_env")
    @classmethod
    def _check_name(cls, value: str) -> str:
        return _variable_name(value, "PYAUTH_SECRET")


class Plugins(_Section):
    """Which plugins the server has."""

    enabled: tuple[str, ...] = Field(default=(), strict=False)
    """Ids, in order."""


class ProjectConfig(_Section):
    """All of ``pyauth.toml``; a section or key that is left out has its default."""

    project: Project = Project()
    database: Database = Database()
    security: Security = Security()
    plugins: Plugins = Plugins()


def read_config_file(path: Path) -> ProjectConfig:
    """Read a configuration file.

    Raises:
        ConfigurationError: names the file and the line of each unknown key, with the nearest that
            is one, of each value that does not fit, and of what is no TOML.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigurationError(f"{path} cannot be read: it must be a UTF-8 text file") from exc
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise ConfigurationError(_explain_syntax(path, text, exc)) from None
    try:
        return ProjectConfig.model_validate(found)
    except ValidationError as exc:
        problems = exc.errors(include_url=False, include_input=False)
        raise ConfigurationError([_explain(path, text, problem) for problem in problems]) from None


def find_line(text: str, keys: Sequence[str]) -> int:
    """Return the line on which a key of a TOML document stands, counted from 1.

    It is the first one after the longest beginning of the document that is TOML without the key.
    """
    lines = text.split("\n")
    without = 0
    for count in range(1, len(lines) + 1):
        try:
            begun = tomllib.loads("\n".join(lines[:count]))
        except tomllib.TOMLDecodeError:
            continue
        if _holds(begun, keys):
            return without + 1
        without = count
    return 1


def _holds(document: Any, keys: Sequence[str]) -> bool:
    for key in keys:
        if not isinstance(document, Mapping) or key not in document:
            return False
        document = document[key]
    return True


def _explain_syntax(path: Path, text: str, exc: tomllib.TOMLDecodeError) -> str:
    message = str(exc)
    place = _PLACE.search(message)
    number = place.group(1) if place and place.group(1) else text.count("\n") + 1
    return f"{path}:{number}: {_PLACE.sub('', message)}"


def _explain(path: Path, text: str, problem: Any) -> str:
    keys = [part for part in problem["loc"] if isinstance(part, str)]
    name = ".".join(keys)
    where = f"{path}:{find_line(text, keys)}"
    if problem["type"] == "extra_forbidden":
        return f"{where}: unknown key {name!r}{_suggest(keys)}"
    if problem["type"] in {"model_type", "model_attributes_type"}:
        return f"{where}: {name} must be a section, written [{name}]"
    message = problem["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
    return f"{where}: {name} {message}"


def _suggest(keys: Sequence[str]) -> str:
    sections: Mapping[str, type[BaseModel]] = {
        "project": Project,
        "database": Database,
        "security": Security,
        "plugins": Plugins,
    }
    keys_of = (f"{name}.{key}" for name in sections for key in sections[name].model_fields)
    known = [*sections, *keys_of]
    elsewhere = [item for item in known if item.rpartition(".")[2] == keys[-1]]
    nearest = elsewhere or difflib.get_close_matches(".".join(keys), known, n=1, cutoff=0.7)
    return f"; did you mean {nearest[0]!r}?" if nearest else f"; there are: {', '.join(known)}"


def _variable_name(value: str, example: str) -> str:
    if not _VARIABLE.fullmatch(value):
        raise ValueError(f"must be the name of a variable, such as {example}, not its value")
    return value
