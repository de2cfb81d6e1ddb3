"""Whether a column that is there can hold what a field of the schema holds."""

from typing import Any, Final

from sqlalchemy import Column, types
from sqlalchemy.engine import Dialect

from pyauth.db.schema import SchemaField
from pyauth.db.sqlalchemy.types import (
    MYSQL_NAMES,
    FlagType,
    JsonType,
    MomentType,
    NumberType,
    SerialId,
    UuidId,
)

Type = types.TypeEngine[Any]

_FLAG_TYPES: Final = (types.Boolean, types.Integer, types.Numeric)


def type_fits(field: SchemaField, wanted: Type, found: Type, dialect: str) -> bool:
    """Return whether the type of an existing column serves a field.

    Args:
        field: the field.
        wanted: the type of its column in the schema.
        found: the type of the column that is there.
        dialect: the dialect's name.
    """
    if isinstance(wanted, UuidId) and dialect == "postgresql":
        return isinstance(found, types.Uuid)
    if isinstance(wanted, NumberType | SerialId):
        return _number_fits(field, found, dialect)
    if isinstance(wanted, FlagType):
        return isinstance(found, types.Boolean if dialect == "postgresql" else _FLAG_TYPES)
    if isinstance(wanted, MomentType):
        return _moment_fits(found, dialect)
    if isinstance(wanted, JsonType) and isinstance(found, types.JSON):
        return True
    if isinstance(wanted, JsonType) and dialect == "postgresql":
        return False
    return isinstance(found, types.String)


def _number_fits(field: SchemaField, found: Type, dialect: str) -> bool:
    narrow = isinstance(found, types.INTEGER | types.SMALLINT)
    if field.spec.bigint and narrow and dialect != "sqlite":
        return False
    return isinstance(found, types.Integer)


def _moment_fits(found: Type, dialect: str) -> bool:
    if dialect == "postgresql":
        return isinstance(found, types.DateTime) and found.timezone
    if dialect in MYSQL_NAMES:
        return isinstance(found, types.DateTime)
    return isinstance(found, types.String | types.DateTime | types.Date)


def type_name(found: Type, dialect: Dialect) -> str:
    """Return how a database calls the type of a column that is there."""
    if isinstance(found, types.NullType):
        return "of a type unknown to SQLAlchemy"
    return found.compile(dialect=dialect)


def demands_value(column: Column[Any]) -> bool:
    """Return whether a row cannot be written without naming a value for a reflected column."""
    counted = column.autoincrement is True or column.identity is not None
    return not (column.nullable or column.server_default is not None or counted)
