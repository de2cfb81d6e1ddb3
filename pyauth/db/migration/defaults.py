"""The defaults that columns can have themselves, for the rows that are there when one is added."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import TextClause, text, types

from pyauth import codec
from pyauth.db.schema import SchemaField
from pyauth.db.sqlalchemy.types import MYSQL_NAMES, JsonType, TextType
from pyauth.db.values import JSON_KINDS, kind_of, normaliser_of

Constant = str | int | bool | datetime

_MYSQL_MOMENT: Final = "%Y-%m-%d %H:%M:%S.%f"


def constant_default(field: SchemaField) -> Constant | None:
    """Return the default that a column can have itself, else None.

    That is a constant that fits its field and has no control characters, which would be lost on
    their way through files of SQL. A JSON value is returned as text.
    """
    default = field.spec.default
    if not field.spec.has_default or default is None or callable(default):
        return None
    try:
        value = normaliser_of(field)(default)
    except (TypeError, ValueError):
        return None
    if kind_of(field) in JSON_KINDS:
        value = codec.dumps(value)
    constant: Constant = value
    return None if isinstance(constant, str) and not constant.isprintable() else constant


def server_default(
    value: Constant | None, kind: types.TypeEngine[Any], dialect: str
) -> str | TextClause | None:
    """Return a constant as SQLAlchemy takes the default of a column.

    Args:
        value: the constant.
        kind: the type of the column.
        dialect: the dialect's name.
    """
    if value is None:
        return None
    if isinstance(value, bool):
        return text(str(value).lower() if dialect == "postgresql" else str(int(value)))
    if isinstance(value, int):
        return text(str(value))
    if isinstance(value, datetime):
        return _write_moment(value, dialect)
    if dialect in MYSQL_NAMES and _is_open(kind):
        quoted = value.replace("\\", "\\\\").replace("'", "''").replace(":", "\\:")
        return text(f"('{quoted}')")
    return value


def _write_moment(value: datetime, dialect: str) -> str:
    if dialect == "postgresql":
        return value.isoformat(sep=" ")
    return value.strftime(_MYSQL_MOMENT) if dialect in MYSQL_NAMES else codec.iso_timestamp(value)


def _is_open(kind: types.TypeEngine[Any]) -> bool:
    """Return whether a type of MySQL has no bound, and takes an expression for a default only."""
    return isinstance(kind, JsonType) or (isinstance(kind, TextType) and not kind.keyed)
