"""Who makes and empties the tables of pyauth's side."""

from typing import Protocol

from sqlalchemy import Engine, create_engine, make_url

from pyauth import PyAuth
from pyauth.db.sqlalchemy.types import MYSQL_NAMES


class Tables(Protocol):
    """Makes the tables of one scenario, and clears up behind it."""

    def prepare(self, auth: PyAuth) -> None:
        """Give an instance the tables that it needs, without rows."""

    def clear(self, auth: PyAuth) -> None:
        """Take away what the scenario left."""


class NewTables:
    """Tables that live as long as one scenario.

    Args:
        database: the URL.
    """

    def __init__(self, database: str) -> None:
        self._database = database

    def prepare(self, auth: PyAuth) -> None:
        """Create them."""
        auth.migrate()

    def clear(self, auth: PyAuth) -> None:
        """Drop them; a database in memory goes by itself."""
        if self._database == "sqlite://":
            return
        engine = create_engine(self._database)
        auth.metadata.drop_all(engine)
        engine.dispose()


class ReusedTables:
    """Tables that are emptied after a scenario, and made anew only where the next needs others.

    Args:
        database: the URL.
    """

    def __init__(self, database: str) -> None:
        self._engine: Engine = create_engine(make_url(database))
        self._known: dict[str, PyAuth] = {}

    def prepare(self, auth: PyAuth) -> None:
        """Create them where those that are there are others."""
        wanted = auth.create_schema()
        if wanted in self._known:
            return
        for other in self._known.values():
            other.metadata.drop_all(self._engine)
        self._known = {wanted: auth}
        auth.migrate()

    def clear(self, auth: PyAuth) -> None:
        """Delete every row."""
        with self._engine.begin() as connection:
            if connection.dialect.name in MYSQL_NAMES:
                # It checks references row by row, also those within a table.
                connection.exec_driver_sql("SET foreign_key_checks = 0")
            for table in reversed(auth.metadata.sorted_tables):
                connection.execute(table.delete())
        self._engine.dispose()

    def close(self) -> None:
        """Let the database go."""
        self._engine.dispose()


class ForeignTables:
    """Tables that somebody else made; nothing is changed about them."""

    def prepare(self, auth: PyAuth) -> None:
        """Do nothing."""

    def clear(self, auth: PyAuth) -> None:
        """Do nothing."""
