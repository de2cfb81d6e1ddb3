"""One row changed or taken where the database cannot return it: read under a lock, then by its id.

The way of MySQL. Each function wants a connection within a transaction.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from pyauth.db.adapter import Row
from pyauth.db.conditions import Shape
from pyauth.db.sqlalchemy.statements import Params, Statements


def change_one(
    connection: Connection,
    statements: Statements,
    model: str,
    *,
    shape: Shape,
    values: Sequence[Any],
    changed: Sequence[str],
    settings: Params,
    increment: str | None,
) -> Row | None:
    """Change one row that fits and return it; None when none fitted."""
    row = _lock(connection, statements, model, shape, values)
    if row is None:
        return None
    key = {"row_id": row["id"]}
    statement = statements.update_by_id(model, changed, increment=increment)
    if connection.execute(statement, settings | key).rowcount != 1:
        return None
    return statements.to_row(model, connection.execute(statements.find_by_id(model), key).one())


def take_one(
    connection: Connection, statements: Statements, model: str, shape: Shape, values: Sequence[Any]
) -> Row | None:
    """Delete one row that fits and return it; None when none fitted."""
    row = _lock(connection, statements, model, shape, values)
    if row is None:
        return None
    deleted = connection.execute(statements.delete_by_id(model), {"row_id": row["id"]}).rowcount
    return row if deleted == 1 else None


def _lock(
    connection: Connection, statements: Statements, model: str, shape: Shape, values: Sequence[Any]
) -> Row | None:
    statement = statements.find_for_update(model, shape)
    row = connection.execute(statement, statements.params(shape, values)).first()
    return None if row is None else statements.to_row(model, row)
