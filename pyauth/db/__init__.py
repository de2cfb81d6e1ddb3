"""Rows: the schema, the adapters, the hooks around writes, migration."""

from pyauth.db.adapter import Adapter, Row, SortBy, Where
from pyauth.db.memory import MemoryAdapter
from pyauth.db.migration.plan import Plan
from pyauth.db.sqlalchemy import SQLAlchemyAdapter

__all__ = ["Adapter", "MemoryAdapter", "Plan", "Row", "SQLAlchemyAdapter", "SortBy", "Where"]
