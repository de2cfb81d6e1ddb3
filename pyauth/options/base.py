"""The base of every option model, and the reading of options with errors that help."""

import difflib
from collections.abc import Iterator
from typing import Any

from pydantic import AliasChoices, AliasGenerator, BaseModel, ConfigDict, ValidationError

from pyauth.errors import ConfigurationError
from pyauth.naming import spellings


def _aliases(name: str) -> AliasChoices:
    return AliasChoices(*spellings(name))


class OptionModel(BaseModel):
    """A group of options: frozen, and an unknown name is an error.

    Python names and upstream's camelCase spelling are accepted.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        arbitrary_types_allowed=True,
        hide_input_in_errors=True,
        validate_default=False,
        alias_generator=AliasGenerator(validation_alias=_aliases),
        validate_by_name=True,
        validate_by_alias=True,
    )


def explain_problems(exc: ValidationError, root: type[BaseModel]) -> list[str]:
    """Turn pydantic's errors into sentences that name the option and what would be right.

    Args:
        exc: the error; none of its input values is shown.
        root: the model that was being read.
    """
    return [_explain(error, root) for error in exc.errors(include_url=False, include_input=False)]


def configuration_error(exc: ValidationError, root: type[BaseModel]) -> ConfigurationError:
    """Return the :class:`ConfigurationError` that lists every problem of ``exc``."""
    return ConfigurationError(explain_problems(exc, root))


def _explain(error: Any, root: type[BaseModel]) -> str:
    path = [str(part) for part in error["loc"]]
    name = ".".join(path)
    if error["type"] != "extra_forbidden":
        return f"option {name}: {error['msg']}"
    text = f"unknown option {name!r}"
    known = sorted(_known_paths(root))
    nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if not nearest:
        nearest = [
            path for path in known if path.rpartition(".")[2] == name.rpartition(".")[2]
        ] or difflib.get_close_matches(name.rpartition(".")[2], known, n=1, cutoff=0.6)
    return f"{text}; did you mean {nearest[0]!r}?" if nearest else text


def _known_paths(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield prefix + name
        for inner in _models_in(field.annotation):
            yield from _known_paths(inner, f"{prefix}{name}.")


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        return
    for argument in getattr(annotation, "__args__", ()):
        yield from _models_in(argument)
