"""What a driver's failure means, in words that hold no SQL and no values."""

import re
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import exc

from pyauth.db.sqlalchemy.tables import TableMap
from pyauth.errors import (
    ReferenceViolation,
    StoreError,
    StoreUnavailable,
    UnfitValue,
    UniqueViolation,
)

_SQLITE_COLUMNS: Final = re.compile(r"UNIQUE constraint failed: (.+)")
_POSTGRES_COLUMNS: Final = re.compile(r"\(([^()]*)\)=\(")
_MYSQL_KEY: Final = re.compile(r".*for key '([^']*)'", re.DOTALL)

_POSTGRES_UNIQUE: Final = "23505"
# The second is RESTRICT's, since PostgreSQL 18.
_POSTGRES_REFERENCE: Final = frozenset({"23503", "23001"})
_POSTGRES_MISSING: Final = frozenset({"42P01", "42703"})
_POSTGRES_CONFLICTS: Final = frozenset({"40001", "40P01"})
_MYSQL_UNIQUE: Final = frozenset({1062, 1586})
# Of a row that names nobody, and of one that others name.
_MYSQL_REFERENCE: Final = frozenset({1216, 1452, 1217, 1451})
_MYSQL_MISSING: Final = frozenset({1146, 1054})
_MYSQL_UNFIT: Final = frozenset({3140, 3157, 3819, 4025})
# A deadlock, and a row that changed after a snapshot was taken (MariaDB).
_MYSQL_CONFLICTS: Final = frozenset({1213, 1020})
_SQLITE_LOCKED: Final = frozenset({5, 6})
_SQLITE_REFUSED: Final = 1
_SQLITE_UNFIT: Final = frozenset({18, 20, 25})
_SQLITE_CONSTRAINT: Final = 19


def is_lost(error: exc.SQLAlchemyError) -> bool:
    """Return whether the connection broke: nobody knows then what the statement has done."""
    return isinstance(error, exc.DBAPIError) and error.connection_invalidated


def is_conflict(error: exc.SQLAlchemyError) -> bool:
    """Return whether the database undid the work because of what others do, and said so."""
    if not isinstance(error, exc.DBAPIError) or error.connection_invalidated:
        return False
    if _sqlstate(error) in _POSTGRES_CONFLICTS or _mysql_code(error) in _MYSQL_CONFLICTS:
        return True
    return _sqlite_code(error) in _SQLITE_LOCKED


def is_transient(error: exc.SQLAlchemyError) -> bool:
    """Return whether the same statement, run alone and at once, may well succeed."""
    return is_lost(error) or is_conflict(error)


def is_refused_commit(error: exc.SQLAlchemyError) -> bool:
    """Return whether a failed ``COMMIT`` is known to have left nothing behind."""
    return is_conflict(error) or isinstance(error, exc.IntegrityError)


def translate(
    error: exc.SQLAlchemyError | UnicodeError, model: str, tables: Mapping[str, TableMap]
) -> StoreError:
    """Return what a store raises for a failure of SQLAlchemy or of the driver.

    Args:
        error: the failure.
        model: the logical model that the statement was about; empty for the whole schema.
        tables: the tables by logical model name.
    """
    if isinstance(error, exc.DBAPIError):
        return _translate_driver_error(error, model, tables)
    if isinstance(error, exc.TimeoutError):
        return StoreUnavailable("every connection to the database, or its one writer, is in use")
    if isinstance(error, exc.StatementError | UnicodeError):
        return UnfitValue(f"a value for {_subject(model)} is of the wrong kind")
    return StoreUnavailable(f"the database cannot be used now ({type(error).__name__})")


def _translate_driver_error(
    error: exc.DBAPIError, model: str, tables: Mapping[str, TableMap]
) -> StoreError:
    if _is_unique_violation(error):
        return UniqueViolation(model, _violated_fields(error, model, tables))
    if isinstance(error, exc.IntegrityError):
        kind = ReferenceViolation if _is_reference_violation(error) else StoreError
        return kind(f"a row of {_subject(model)} breaks a constraint of the database")
    if _is_missing_table(error):
        place = f"table {tables[model].table.name}" if model in tables else "a table"
        return StoreError(
            f"the database lacks {place} or a column of it ({_subject(model)}): run "
            "`pyauth migrate` (in Flask: `flask pyauth migrate`), or call auth.migrate()"
        )
    if isinstance(error, exc.DataError) or _is_unfit(error):
        return UnfitValue(f"a value for {_subject(model)} does not fit its column {_trace(error)}")
    if _is_refused(error):
        return StoreError(
            f"the database refused a statement about {_subject(model)} {_trace(error)}"
        )
    return StoreUnavailable(f"the database is locked or unreachable {_trace(error)}")


def _subject(model: str) -> str:
    return f"model {model!r}" if model else "the schema"


def _trace(error: exc.DBAPIError) -> str:
    code = _mysql_code(error) or _sqlstate(error) or _sqlite_name(error)
    name = type(error.orig).__name__
    return f"({name} {code})" if code else f"({name})"


def _sqlstate(error: exc.DBAPIError) -> str | None:
    orig: Any = error.orig
    found = getattr(orig, "sqlstate", None) or getattr(orig, "pgcode", None)
    return found if isinstance(found, str) else None


def _mysql_code(error: exc.DBAPIError) -> int | None:
    arguments = getattr(error.orig, "args", ())
    return arguments[0] if arguments and isinstance(arguments[0], int) else None


def _sqlite_code(error: exc.DBAPIError) -> int | None:
    found = getattr(error.orig, "sqlite_errorcode", None)
    return found & 0xFF if isinstance(found, int) else None


def _sqlite_name(error: exc.DBAPIError) -> str | None:
    found = getattr(error.orig, "sqlite_errorname", None)
    return found if isinstance(found, str) else None


def _is_unique_violation(error: exc.DBAPIError) -> bool:
    if _sqlstate(error) == _POSTGRES_UNIQUE or _mysql_code(error) in _MYSQL_UNIQUE:
        return True
    return _sqlite_code(error) == _SQLITE_CONSTRAINT and "UNIQUE" in str(error.orig)


def _is_reference_violation(error: exc.DBAPIError) -> bool:
    if _sqlstate(error) in _POSTGRES_REFERENCE or _mysql_code(error) in _MYSQL_REFERENCE:
        return True
    return _sqlite_code(error) == _SQLITE_CONSTRAINT and "FOREIGN KEY" in str(error.orig)


def _is_missing_table(error: exc.DBAPIError) -> bool:
    if _sqlstate(error) in _POSTGRES_MISSING or _mysql_code(error) in _MYSQL_MISSING:
        return True
    text = str(error.orig)
    return _sqlite_code(error) == 1 and ("no such" in text or "has no column" in text)


def _is_refused(error: exc.DBAPIError) -> bool:
    if error.connection_invalidated:
        return False
    return isinstance(error, exc.ProgrammingError) or _sqlite_code(error) == _SQLITE_REFUSED


def _is_unfit(error: exc.DBAPIError) -> bool:
    state = _sqlstate(error)
    if state is not None and state.startswith(("22", "54")):
        return True
    return _mysql_code(error) in _MYSQL_UNFIT or _sqlite_code(error) in _SQLITE_UNFIT


def _violated_fields(
    error: exc.DBAPIError, model: str, tables: Mapping[str, TableMap]
) -> list[str]:
    source = tables.get(model)
    if source is None:
        return []
    fields = {item.column: item.name for item in source.fields.values()}
    columns = _violated_columns(error, source)
    return [fields[column] for column in columns if column in fields]


def _violated_columns(error: exc.DBAPIError, source: TableMap) -> list[str]:
    text = str(error.orig)
    if _mysql_code(error) is not None:
        found = _MYSQL_KEY.match(str(getattr(error.orig, "args", ("", ""))[-1]))
        return _columns_of_key(found[1], source) if found else []
    if _sqlstate(error) is not None:
        diagnosis = getattr(error.orig, "diag", None)
        found = _POSTGRES_COLUMNS.search(getattr(diagnosis, "message_detail", None) or text)
        return [part.strip().strip('"') for part in found[1].split(",")] if found else []
    found = _SQLITE_COLUMNS.search(text)
    return [part.strip().rpartition(".")[2] for part in found[1].split(",")] if found else []


def _columns_of_key(name: str, source: TableMap) -> list[str]:
    name = name.rpartition(".")[2]
    if name == "PRIMARY":
        return [column.name for column in source.table.primary_key]
    for index in source.table.indexes:
        if index.name == name:
            return [column.name for column in index.columns]
    return [name]
