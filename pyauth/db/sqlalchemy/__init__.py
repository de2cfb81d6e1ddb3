"""Rows in SQLite, PostgreSQL, MySQL and MariaDB, through SQLAlchemy Core."""

from pyauth.db.sqlalchemy.adapter import SQLAlchemyAdapter

__all__ = ["SQLAlchemyAdapter"]
