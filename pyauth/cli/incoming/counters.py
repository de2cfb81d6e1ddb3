"""The counter of a database that makes ids, when users bring ids of their own."""

from sqlalchemy import func, literal, select

from pyauth.context import AuthContext
from pyauth.db.sqlalchemy import SQLAlchemyAdapter


def raise_counter(context: AuthContext, highest_id: int) -> None:
    """See that the database makes no id up to ``highest_id``, which imported users will have.

    SQLite and MySQL count on from the highest id by themselves; PostgreSQL does not, and would give
    the next user who signs up an id that is taken.

    Args:
        context: the instance.
        highest_id: the highest that is about to be stored, or 0.
    """
    adapter = context.adapter
    if highest_id == 0 or context.options.advanced.database.generate_id != "serial":
        return
    if not isinstance(adapter, SQLAlchemyAdapter) or adapter.engine.dialect.name != "postgresql":
        return
    source = adapter.tables["user"]
    name = adapter.engine.dialect.identifier_preparer.format_table(source.table)
    sequence = func.pg_get_serial_sequence(literal(name), literal(source.column("id").name))
    # Never down: ids of users who are gone must not come back.
    reached = func.greatest(func.nextval(sequence), literal(highest_id))
    with adapter.engine.connect() as connection:
        connection.execute(select(func.setval(sequence, reached)))
        connection.commit()
