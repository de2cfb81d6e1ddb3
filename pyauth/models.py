"""Records: what stores return, handlers pass on and callbacks receive."""

from collections.abc import ItemsView, Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar, Self


class Record(Mapping[str, Any]):
    """One row under its Python names, readable as a mapping and by attribute.

    Built-in fields are typed properties; additional fields sit among them and are read through
    ``record["field"]`` or ``record.field``. Records never change: :meth:`replace` makes a new one.
    """

    __slots__ = ("_values",)

    model: ClassVar[str] = ""
    """The logical model whose schema describes the record."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = dict(values)

    def __getitem__(self, field: str) -> Any:
        return self._values[field]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, field: object) -> bool:
        return field in self._values

    def items(self) -> ItemsView[str, Any]:
        return self._values.items()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self._values[name]
        except KeyError:
            raise AttributeError(f"{type(self).__name__} has no field {name!r}") from None

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Record) and type(other) is not type(self):
            return False
        return super().__eq__(other)

    def __hash__(self) -> int:
        return hash((type(self), self._values.get("id")))

    def __repr__(self) -> str:
        return f"{type(self).__name__}(id={self._values.get('id')!r})"

    def replace(self, **changes: Any) -> Self:
        """Return a copy with some fields changed."""
        return type(self)({**self._values, **changes})


class User(Record):
    """A person who can sign in."""

    __slots__ = ()
    model = "user"

    @property
    def id(self) -> str:
        return self._values["id"]  # type: ignore[no-any-return]

    @property
    def name(self) -> str:
        return self._values["name"]  # type: ignore[no-any-return]

    @property
    def email(self) -> str:
        return self._values["email"]  # type: ignore[no-any-return]

    @property
    def email_verified(self) -> bool:
        return self._values["email_verified"]  # type: ignore[no-any-return]

    @property
    def image(self) -> str | None:
        return self._values["image"]  # type: ignore[no-any-return]

    @property
    def created_at(self) -> datetime:
        return self._values["created_at"]  # type: ignore[no-any-return]

    @property
    def updated_at(self) -> datetime:
        return self._values["updated_at"]  # type: ignore[no-any-return]


class Session(Record):
    """One signed-in browser or client. ``repr`` never shows the token."""

    __slots__ = ()
    model = "session"

    @property
    def id(self) -> str:
        return self._values["id"]  # type: ignore[no-any-return]

    @property
    def token(self) -> str:
        return self._values["token"]  # type: ignore[no-any-return]

    @property
    def user_id(self) -> str:
        return self._values["user_id"]  # type: ignore[no-any-return]

    @property
    def expires_at(self) -> datetime:
        return self._values["expires_at"]  # type: ignore[no-any-return]

    @property
    def ip_address(self) -> str | None:
        return self._values["ip_address"]  # type: ignore[no-any-return]

    @property
    def user_agent(self) -> str | None:
        return self._values["user_agent"]  # type: ignore[no-any-return]

    @property
    def created_at(self) -> datetime:
        return self._values["created_at"]  # type: ignore[no-any-return]

    @property
    def updated_at(self) -> datetime:
        return self._values["updated_at"]  # type: ignore[no-any-return]


class Account(Record):
    """One way of a user to sign in: a password (``credential``) or a provider's identity."""

    __slots__ = ()
    model = "account"

    @property
    def id(self) -> str:
        return self._values["id"]  # type: ignore[no-any-return]

    @property
    def account_id(self) -> str:
        return self._values["account_id"]  # type: ignore[no-any-return]

    @property
    def provider_id(self) -> str:
        return self._values["provider_id"]  # type: ignore[no-any-return]

    @property
    def user_id(self) -> str:
        return self._values["user_id"]  # type: ignore[no-any-return]

    @property
    def password(self) -> str | None:
        return self._values["password"]  # type: ignore[no-any-return]


class Verification(Record):
    """A value that proves something once, kept until it expires. ``repr`` hides both texts."""

    __slots__ = ()
    model = "verification"

    @property
    def id(self) -> str:
        return self._values["id"]  # type: ignore[no-any-return]

    @property
    def identifier(self) -> str:
        return self._values["identifier"]  # type: ignore[no-any-return]

    @property
    def value(self) -> str:
        return self._values["value"]  # type: ignore[no-any-return]

    @property
    def expires_at(self) -> datetime:
        return self._values["expires_at"]  # type: ignore[no-any-return]


RESERVED_FIELD_NAMES = frozenset(name for name in dir(Record) if not name.startswith("_"))
"""Names that a field cannot have, because a record's own methods bear them."""
