"""Which names of the file fill which fields, and how its hashes are to be read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pyauth.cli.failures import CommandFailed
from pyauth.cli.field_input import find_open_field, open_fields
from pyauth.crypto.flask_security_scheme import mark_flask_security
from pyauth.db.schema import Model

Column = str | tuple[str, ...]
"""A name in the file, or several whose texts are joined by a space."""

PASSWORD: Final = "password"  # noqa: S105 - a name, not a password
ACTIVE: Final = "active"
"""Not a field: who is not active is left out, as he could not sign in before either."""

OWN: Final = (
    "id",
    "email",
    "name",
    "email_verified",
    "image",
    "created_at",
    PASSWORD,
)
"""What can be filled beside the additional fields and :data:`ACTIVE`."""

_DJANGO_UNUSABLE: Final = "!"


@dataclass(frozen=True, slots=True)
class Preset:
    """How the tables of one system are to be read.

    Attributes:
        columns: what can be filled, to the names that it may have in the file; the first that a
            line has counts, and is not empty.
        read_hash: returns a hash as it is stored here, or None where there is no password; its
            second argument says whether Flask-Security hashed once.
    """

    columns: Mapping[str, tuple[Column, ...]]
    read_hash: Callable[[str, bool], str | None]


def _as_it_is(hash: str, _single: bool) -> str:  # noqa: FBT001 - Preset.read_hash
    return hash


def _of_django(hash: str, _single: bool) -> str | None:  # noqa: FBT001
    return None if hash.startswith(_DJANGO_UNUSABLE) else hash


def _of_flask_security(hash: str, single: bool) -> str:  # noqa: FBT001
    return mark_flask_security(hash, single=single)


_GENERIC: Final[Mapping[str, tuple[Column, ...]]] = {
    "id": ("id",),
    "email": ("email",),
    "name": ("name",),
    "email_verified": ("email_verified", "emailVerified"),
    "image": ("image",),
    "created_at": ("created_at", "createdAt"),
    PASSWORD: ("password_hash", "password"),
}

PRESETS: Final[Mapping[str, Preset]] = {
    "generic": Preset(_GENERIC, _as_it_is),
    "flask-login": Preset(
        {
            **_GENERIC,
            "name": ("name", "full_name", "username"),
            "email_verified": ("email_verified", "confirmed", "is_confirmed", "confirmed_on"),
            "created_at": ("created_at", "registered_on", "created_on"),
            ACTIVE: ("active", "is_active"),
        },
        _as_it_is,
    ),
    "flask-security": Preset(
        {
            **_GENERIC,
            "name": ("name", "username"),
            "email_verified": ("confirmed_at",),
            "created_at": ("create_datetime",),
            PASSWORD: ("password",),
            ACTIVE: ("active",),
        },
        _of_flask_security,
    ),
    "django": Preset(
        {
            **_GENERIC,
            "name": ("name", ("first_name", "last_name"), "username"),
            "created_at": ("date_joined",),
            PASSWORD: ("password",),
            ACTIVE: ("is_active",),
        },
        _of_django,
    ),
}


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each value of a user comes from.

    Attributes:
        sources: what is filled, to names of the file.
    """

    sources: Mapping[str, tuple[Column, ...]] = field(default_factory=dict)

    def find(self, ours: str, values: Mapping[str, Any]) -> Any:
        """Return the value of a line for one of ours, without space around it; None for none.

        Empty texts count as none, and so does ``\\N``, which databases write for an absent value.
        """
        for column in self.sources.get(ours, ()):
            value = _value_of(column, values)
            if value is not None:
                return value
        return None

    def unused(self, names: Sequence[str]) -> list[str]:
        """Return the names of a file that fill nothing."""
        used: set[str] = set()
        for columns in self.sources.values():
            for column in columns:
                used.update((column,) if isinstance(column, str) else column)
        return [name for name in names if name not in used]


def choose_columns(
    model: Model, preset: Preset, maps: Sequence[str], names: Sequence[str] | None
) -> Columns:
    """Return where each value comes from: the preset's word, the fields' own names, and ``--map``.

    Args:
        model: the users' model; its additional fields that are open to input can be filled.
        preset: where the file comes from.
        maps: ``ours=theirs``; ``ours=`` fills nothing.
        names: the columns of the file, where they are known.

    Raises:
        CommandFailed: a map names something that is not there.
    """
    sources = dict(preset.columns)
    if ACTIVE in model.fields:
        sources.pop(ACTIVE, None)
    for name, item in open_fields(model).items():
        sources[name] = (name, item.wire_name)
    for text in maps:
        ours, equals, theirs = text.partition("=")
        if not equals:
            raise CommandFailed(f"--map {text!r} must look like ours=theirs")
        ours = _known(model, ours)
        if theirs and names is not None and theirs not in names:
            raise CommandFailed(
                f"--map {text!r}: the file has no column {theirs!r}; it has: {', '.join(names)}"
            )
        sources[ours] = (theirs,) if theirs else ()
    if names is not None and not set(sources["email"]) & set(names):
        raise CommandFailed(
            f"the file has no column for email; it has: {', '.join(names)}; say --map email=COLUMN"
        )
    return Columns(sources)


def _known(model: Model, ours: str) -> str:
    name = model.names_by_wire.get(ours, ours)
    if name in OWN or (name == ACTIVE and ACTIVE not in model.fields):
        return name
    if any(name == item.name for item in model.additional):
        return find_open_field(model, name).name
    known = ", ".join((*OWN, ACTIVE, *open_fields(model)))
    raise CommandFailed(f"--map: there is no {ours!r} to fill; there are: {known}")


def _value_of(column: Column, values: Mapping[str, Any]) -> Any:
    if isinstance(column, tuple):
        parts = (_value_of(part, values) for part in column)
        return " ".join(str(part) for part in parts if part is not None) or None
    value = values.get(column)
    if isinstance(value, str):
        value = value.strip()
        return None if value in ("", r"\N") else value
    return value
