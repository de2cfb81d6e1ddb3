"""Column types: what each kind of value is in each dialect, and its way in and out.

============  =================  =====================  =====================================
kind          SQLite             PostgreSQL             MySQL, MariaDB
============  =================  =====================  =====================================
string        TEXT               TEXT                   TEXT, VARCHAR(255) for keys; utf8mb4_bin
number        INTEGER            BIGINT                 BIGINT
boolean       INTEGER            BOOLEAN                BOOLEAN
date          TEXT, ISO 8601     TIMESTAMPTZ            DATETIME(6), UTC
json, lists   TEXT               JSONB                  JSON
id            as string, with the policy ``serial`` INTEGER or BIGINT, with ``uuid`` UUID on
              PostgreSQL
============  =================  =====================  =====================================

The conversions are plain functions, chosen when a statement is compiled: no class of ours runs
for each value. Nor is a dialect imported that nobody uses.
"""

import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib import import_module
from typing import Any, ClassVar, Final, TypeVar

from sqlalchemy import BigInteger, Boolean, DateTime, Integer, Text, TypeDecorator, types
from sqlalchemy.engine import Dialect

from pyauth import codec
from pyauth.db.ids import is_serial, is_uuid
from pyauth.db.values import to_flag, to_integer, to_json, to_moment

_T = TypeVar("_T")
Kind = Callable[[], types.TypeEngine[Any]]
Processor = Callable[[Any], Any]

MYSQL_NAMES: Final = frozenset({"mysql", "mariadb"})
_CHARSET: Final[Any] = {"charset": "utf8mb4", "collation": "utf8mb4_bin"}


def _native(dialect: str, name: str, **arguments: Any) -> Kind:
    """Return what makes a type that only one dialect has; only who uses that dialect calls it."""

    def make() -> types.TypeEngine[Any]:
        kind: Kind = getattr(import_module(f"sqlalchemy.dialects.{dialect}"), name)
        return kind(**arguments)

    return make


_MYSQL_TEXT: Final = _native("mysql", "TEXT", **_CHARSET)
_MYSQL_KEY: Final = _native("mysql", "VARCHAR", length=255, **_CHARSET)


class TextType(TypeDecorator[str]):
    """A text.

    Args:
        keyed: whether a key or index covers it; MySQL bounds the length of these.
    """

    impl = Text
    cache_ok = True

    def __init__(self, *, keyed: bool = False) -> None:
        super().__init__()
        self.keyed = keyed

    def load_dialect_impl(self, dialect: Dialect) -> types.TypeEngine[Any]:
        """Choose the column type of the dialect."""
        if dialect.name not in MYSQL_NAMES:
            return Text()
        return _MYSQL_KEY() if self.keyed else _MYSQL_TEXT()


class _ConvertedType(TypeDecorator[_T]):
    """A type whose values go in and out through plain functions, by dialect.

    Subclasses say which in ``inward`` and ``outward``: by name of the dialect, ``*`` for the
    others, None where the driver's own form is right.
    """

    impl: type[types.TypeEngine[Any]] = Text
    cache_ok = True

    kinds: ClassVar[Mapping[str, Kind]]
    inward: ClassVar[Mapping[str, Processor | None]] = {"*": None}
    outward: ClassVar[Mapping[str, Processor | None]] = {"*": None}

    def load_dialect_impl(self, dialect: Dialect) -> types.TypeEngine[Any]:
        """Choose the column type of the dialect."""
        return _of(self.kinds, dialect)()

    def bind_processor(self, dialect: Dialect) -> Processor | None:
        """Return the conversion of values on their way in."""
        return _of(self.inward, dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor | None:
        """Return the conversion of values on their way out."""
        return _of(self.outward, dialect)


def _of(choices: Mapping[str, _T], dialect: Dialect) -> _T:
    name = "mysql" if dialect.name in MYSQL_NAMES else dialect.name
    return choices[name] if name in choices else choices["*"]


_NO_SERIAL: Final = -1
_NO_UUID: Final = str(uuid.UUID(int=0))


def _serial_in(value: Any) -> int | None:
    # What cannot be an id must find no row, as it does where ids are texts; it is no error.
    if value is None:
        return None
    return int(value) if isinstance(value, str) and is_serial(value) else _NO_SERIAL


def _id_out(value: Any) -> str | None:
    return None if value is None else str(value)


def _uuid_in(value: Any) -> str | None:
    if value is None:
        return None
    return value if isinstance(value, str) and is_uuid(value) else _NO_UUID


def _number_in(value: Any) -> int | None:
    return value if value is None or type(value) is int else to_integer(value)


def _flag_in_native(value: Any) -> bool | None:
    return None if value is None else to_flag(value)


def _flag_in(value: Any) -> int | None:
    return None if value is None else int(to_flag(value))


def _flag_out(value: Any) -> bool | None:
    return None if value is None else bool(value)


def _moment_in(value: Any) -> datetime | None:
    return None if value is None else to_moment(value)


def _moment_in_naive(value: Any) -> datetime | None:
    return None if value is None else to_moment(value).replace(tzinfo=None)


def _moment_in_text(value: Any) -> str | None:
    return None if value is None else codec.iso_timestamp(to_moment(value))


def _moment_out(value: datetime | None) -> datetime | None:
    if value is None:
        return None
    if value.tzinfo is not UTC:
        value = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    excess = value.microsecond % 1000
    return value.replace(microsecond=value.microsecond - excess) if excess else value


def _moment_out_text(value: Any) -> datetime | None:
    if isinstance(value, str):
        moment = datetime.fromisoformat(value)
        is_ours = moment.tzinfo is UTC and moment.microsecond % 1000 == 0
        return moment if is_ours else _moment_out(moment)
    if value is None:
        return None
    # Tools of the TypeScript world also keep dates as milliseconds since 1970.
    return _moment_out(datetime.fromtimestamp(value / 1000, UTC))


def _json_in(value: Any) -> str | None:
    return None if value is None else codec.dumps(value)


def _json_out(value: Any) -> Any:
    return codec.loads(value) if isinstance(value, str | bytes) else value


def is_own_type(kind: object) -> bool:
    """Return whether a type is one of this module."""
    return isinstance(kind, TextType | _ConvertedType)


class SerialId(_ConvertedType[str]):
    """An id that the database counts; a text of digits to its callers."""

    impl = BigInteger
    cache_ok = True
    kinds = {"sqlite": Integer, "*": BigInteger}
    inward = {"*": _serial_in}
    outward = {"*": _id_out}


class UuidId(_ConvertedType[str]):
    """An id that is a UUID; PostgreSQL has a type for it."""

    cache_ok = True
    kinds = {
        "postgresql": _native("postgresql", "UUID", as_uuid=False),
        "mysql": _MYSQL_KEY,
        "*": Text,
    }
    inward = {"postgresql": _uuid_in, "*": None}
    outward = {"postgresql": _id_out, "*": None}


class NumberType(_ConvertedType[int]):
    """A whole number of up to 64 bits."""

    impl = BigInteger
    cache_ok = True
    kinds = {"sqlite": Integer, "*": BigInteger}
    inward = {"*": _number_in}


class FlagType(_ConvertedType[bool]):
    """A boolean."""

    impl = Boolean
    cache_ok = True
    kinds = {"sqlite": Integer, "*": Boolean}
    inward = {"postgresql": _flag_in_native, "*": _flag_in}
    outward = {"postgresql": None, "*": _flag_out}


class MomentType(_ConvertedType[datetime]):
    """A moment in UTC, in whole milliseconds."""

    impl = DateTime
    cache_ok = True
    kinds = {
        "postgresql": _native("postgresql", "TIMESTAMP", timezone=True),
        "mysql": _native("mysql", "DATETIME", fsp=6),
        "*": Text,
    }
    inward = {"postgresql": _moment_in, "mysql": _moment_in_naive, "*": _moment_in_text}
    outward = {"sqlite": _moment_out_text, "*": _moment_out}


class JsonType(_ConvertedType[Any]):
    """A JSON value; None is SQL's NULL."""

    cache_ok = True
    kinds = {
        "postgresql": _native("postgresql", "JSONB", none_as_null=True),
        "mysql": _native("mysql", "JSON", none_as_null=True),
        "*": Text,
    }
    inward = {"*": _json_in}
    outward = {"postgresql": None, "*": _json_out}

    def bind_processor(self, dialect: Dialect) -> Processor | None:
        """Return the conversion of values on their way in."""
        if dialect.name != "postgresql":
            return super().bind_processor(dialect)
        driver = self.impl_instance.bind_processor(dialect)
        return lambda value: driver(to_json(value)) if driver and value is not None else value
