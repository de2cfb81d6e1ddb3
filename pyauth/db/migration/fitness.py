"""Whether a column that is there can hold what a field of the schema holds."""

from typing import Any, Final

from sqlalchemy import Column, Connection, types
from sqlalchemy.engine import Dialect

from pyauth.db.schema import SchemaField
from pyauth.db.sqlalchemy.types import (
    MYSQL_NAMES,
    FlagType,
    JsonType,
    MomentType,
    NumberType,
    SerialId,
    TextType,
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
    return _text_fits(field, found, dialect)


def _number_fits(field: SchemaField, found: Type, dialect: str) -> bool:
    if dialect == "sqlite":
        return isinstance(found, types.Integer)
    wide = (types.BIGINT,) if field.spec.bigint else (types.BIGINT, types.INTEGER)
    return isinstance(found, wide)


def _moment_fits(found: Type, dialect: str) -> bool:
    if dialect == "postgresql":
        return isinstance(found, types.DateTime) and found.timezone
    if dialect in MYSQL_NAMES:
        return isinstance(found, types.DateTime)
    return isinstance(found, types.String | types.DateTime | types.Date)


def _text_fits(field: SchemaField, found: Type, dialect: str) -> bool:
    if isinstance(found, types.Enum):
        # Only MySQL takes a text for one.
        choices = field.spec.type
        is_choice = dialect in MYSQL_NAMES and isinstance(choices, tuple)
        return is_choice and set(choices) <= set(found.enums)
    # Tokens and ids must not be compared without regard to case.
    return isinstance(found, types.String) and found.__visit_name__ != "CITEXT"


def type_name(found: Type, dialect: Dialect) -> str:
    """Return how a database calls the type of a column that is there."""
    if isinstance(found, types.NullType):
        return "of a type unknown to SQLAlchemy"
    return found.compile(dialect=dialect)


def fitting_policy(wanted: Type, found: Type, dialect: str) -> str | None:
    """Return the ``generate_id`` under which a column of ids would fit, or None."""
    if isinstance(found, types.Uuid) and dialect == "postgresql":
        return "uuid"
    if isinstance(found, types.Integer):
        return "serial"
    is_text = isinstance(wanted, TextType)
    return "random" if isinstance(found, types.String) and not is_text else None


def counts_itself(connection: Connection, column: Column[Any]) -> bool:
    """Return whether a reflected column of whole numbers gets the next one where none is named."""
    if connection.dialect.name != "sqlite":
        return column.autoincrement is True
    quoted = connection.dialect.identifier_preparer.quote_identifier(column.table.name)
    columns = connection.exec_driver_sql(f"PRAGMA table_info({quoted})").mappings()
    # SQLite counts where the primary key is of the type of this very name.
    return any(
        item["name"] == column.name and item["pk"] and item["type"].upper() == "INTEGER"
        for item in columns
    )


def demands_value(column: Column[Any]) -> bool:
    """Return whether a row cannot be written without naming a value for a reflected column."""
    counted = column.autoincrement is True or column.identity is not None
    return not (column.nullable or column.server_default is not None or counted)
