"""The tables of a server, asked of nothing but its configuration."""

from typing import Any

from sqlalchemy import Engine

from pyauth.auth import PyAuth
from pyauth.db.lifecycle import Migratable
from pyauth.db.migration.plan import Plan
from pyauth.db.sqlalchemy import SQLAlchemyAdapter
from pyauth.errors import ConfigurationError


def create_schema(auth: PyAuth, dialect: str) -> str:
    """Return the SQL that creates every table and index in a dialect."""
    return _tables_of(auth).create_schema(dialect)


def plan_from_nothing(auth: PyAuth, dialect: str) -> Plan:
    """Return what an empty database of a dialect lacks."""
    return _tables_of(auth).plan(dialect=dialect, migrations=auth.context.migrations)


def _no_engine() -> Engine:
    raise ConfigurationError("there is no database to ask: set database")


def _tables_of(auth: PyAuth) -> Migratable:
    """Return the server's adapter; for a server without a database, one that stays empty."""
    adapter: Any = auth.context.adapter
    if isinstance(adapter, Migratable):
        return adapter
    settings = auth.context.options.advanced.database
    stand_in = SQLAlchemyAdapter(_no_engine, schema_name=settings.schema_name)
    stand_in.bind(auth.context.schema, id_policy=settings.generate_id)
    return stand_in
