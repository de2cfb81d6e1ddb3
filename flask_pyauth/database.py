"""Where the records live when the app has Flask-SQLAlchemy."""

from collections.abc import Callable
from typing import Protocol, TypeGuard, cast

from flask import Flask
from sqlalchemy import Engine, MetaData

from pyauth.assembly import Database


class FlaskDatabase(Protocol):
    """What is used of Flask-SQLAlchemy's ``SQLAlchemy`` object."""

    @property
    def engine(self) -> Engine:
        """The engine of the current app; needs an application context."""

    @property
    def metadata(self) -> MetaData:
        """The MetaData of the app's models."""

    def init_app(self, app: Flask) -> None:
        """Bind the object to an app."""


def resolve_database(
    app: Flask, database: "Database | FlaskDatabase", metadata: MetaData | None
) -> tuple[Database, MetaData | None]:
    """Return the database and the MetaData as the core takes them.

    Args:
        app: whose engine a Flask-SQLAlchemy object means.
        database: anything the core takes, or a Flask-SQLAlchemy object; the latter is asked for
            its engine at first use and gives its MetaData, unless there is another.
        metadata: the MetaData that the tables join.
    """
    if not _is_flask_database(database):
        return cast(Database, database), metadata
    return _engine_of(app, database), database.metadata if metadata is None else metadata


def _is_flask_database(database: object) -> TypeGuard[FlaskDatabase]:
    # Asked of the class: the object itself refuses outside of an application context.
    kind = type(database)
    return all(hasattr(kind, name) for name in ("init_app", "engine", "metadata"))


def _engine_of(app: Flask, database: FlaskDatabase) -> Callable[[], Engine]:
    def engine() -> Engine:
        with app.app_context():
            return database.engine

    return engine
