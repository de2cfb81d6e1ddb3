"""Additional fields as people write them: names and texts, on the command line and in CSV files."""

from collections.abc import Iterable, Mapping
from typing import Any

from pyauth import codec
from pyauth.cli.failures import CommandFailed
from pyauth.db.schema import Model, SchemaField

TRUE_WORDS = frozenset({"true", "t", "yes", "y", "1", "on"})
FALSE_WORDS = frozenset({"false", "f", "no", "n", "0", "off"})


def read_assignments(model: Model, texts: Iterable[str]) -> dict[str, Any]:
    """Read ``name=value`` texts as values of additional fields, under Python names.

    Args:
        model: whose fields they are.
        texts: names are Python's or JSON's; a value is text as :func:`read_text` reads it.

    Raises:
        CommandFailed: a name is unknown or closed to input, stands twice, or a value does not fit.
    """
    values: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise CommandFailed(f"--field {name!r} must look like name=value")
        field = find_open_field(model, name)
        if field.name in values:
            raise CommandFailed(f"--field {name!r} is given twice")
        try:
            values[field.name] = read_text(field, value)
        except ValueError as exc:
            raise CommandFailed(f"--field {name!r} {exc}") from exc
    return values


def find_open_field(model: Model, name: str) -> SchemaField:
    """Return an additional field that is open to input.

    Raises:
        CommandFailed: there is none of this name, in Python's or JSON's spelling; the message
            lists those there are.
    """
    fields = open_fields(model)
    found = fields.get(model.names_by_wire.get(name, name))
    if found is not None:
        return found
    if any(name in (item.name, item.wire_name) for item in model.additional):
        raise CommandFailed(f"the field {name!r} is closed to input (input=False)")
    known = ", ".join(fields) or "none"
    raise CommandFailed(f"there is no additional field {name!r}; there are: {known}")


def open_fields(model: Model) -> Mapping[str, SchemaField]:
    """Return the additional fields that are open to input, by Python name."""
    return {item.name: item for item in model.additional if item.spec.input}


def read_text(field: SchemaField, text: str) -> Any:
    """Return what a text says for a field; whether it is allowed, ``parse_input`` decides.

    Args:
        field: whose value it is.
        text: a number, ``true`` or ``false``, an ISO 8601 moment; JSON for ``json`` and lists.

    Raises:
        ValueError: it says nothing of the field's kind; the message tells what would.
    """
    kind = field.spec.type
    if kind == "number":
        return _read_number(text)
    if kind == "boolean":
        return read_flag(text)
    if kind in ("json", "string[]", "number[]"):
        return _read_json(text)
    return text


def read_flag(text: str) -> bool:
    """Return whether a text says yes or no.

    Raises:
        ValueError: neither.
    """
    word = text.strip().lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise ValueError("must be true or false")


def _read_number(text: str) -> int | float:
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    raise ValueError("must be a number")


def _read_json(text: str) -> Any:
    try:
        return codec.loads(text)
    except codec.UnreadableText as exc:
        raise ValueError(f"must be JSON: {exc}") from exc
