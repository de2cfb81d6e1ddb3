"""Databases whose tables tests create, change and look at."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Engine, create_engine, inspect, text

from pyauth import PyAuth
from pyauth.clock import utc_now
from pyauth.db.core_schema import core_models
from pyauth.db.schema import ModelSchema, build_schema
from pyauth.db.sqlalchemy import SQLAlchemyAdapter
from pyauth.options.fields import Field, Reference

KINDS = ("sqlite", "postgresql", "mysql")


def only_on(*kinds: str) -> pytest.MarkDecorator:
    """Return the mark of a test that concerns some kinds of databases."""
    return pytest.mark.parametrize("shared_url", kinds, indirect=True)


def by_default_on(*kinds: str) -> pytest.MarkDecorator:
    """Return the mark of a test that the whole matrix runs on every kind of database."""
    marked = (
        kind if kind in kinds else pytest.param(kind, marks=pytest.mark.full) for kind in KINDS
    )
    return pytest.mark.parametrize("shared_url", list(marked), indirect=True)


def emptied(url: URL, folder: Path) -> URL:
    """Return a database without any table: the one given, or a new file of SQLite."""
    if url.get_backend_name() == "sqlite":
        return url.set(database=str(folder / "database.sqlite3"))
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        if url.get_backend_name() == "postgresql":
            _empty_postgres(engine)
        else:
            _empty_mysql(engine)
    finally:
        engine.dispose()
    return url


def _empty_postgres(engine: Engine) -> None:
    own = ("information_schema",)
    with engine.connect() as connection:
        for schema in inspect(connection).get_schema_names():
            if schema not in own:
                connection.execute(text(f'DROP SCHEMA "{schema}" CASCADE'))
        connection.execute(text("CREATE SCHEMA public"))


def _empty_mysql(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(text("SET FOREIGN_KEY_CHECKS = 0"))
        found = connection.execute(text("SHOW FULL TABLES")).all()
        for name, sort in found:
            what = "VIEW" if sort == "VIEW" else "TABLE"
            connection.execute(text(f"DROP {what} `{name}`"))


def open_adapter(
    database: URL | str | Engine,
    fields: Mapping[str, Field] | None = None,
    *,
    models: Sequence[ModelSchema] = (),
    id_policy: Any = "random",
    **arguments: Any,
) -> SQLAlchemyAdapter:
    """Open a database under the core's schema and more.

    Args:
        database: where.
        fields: further fields of the user.
        models: further models.
        id_policy: who makes ids.
        **arguments: of ``build_schema``, and ``metadata`` and ``schema_name`` of the adapter.
    """
    own = {name: arguments.pop(name, None) for name in ("metadata", "schema_name")}
    adapter = SQLAlchemyAdapter(database, **own)
    extras = [ModelSchema("user", fields, source="tests")] if fields else []
    schema = build_schema(core_models(utc_now), [*extras, *models], **arguments)
    adapter.bind(schema, id_policy=id_policy)
    return adapter


def adapter_of(auth: PyAuth) -> SQLAlchemyAdapter:
    """Return the adapter of a server over a database."""
    adapter = auth.context.adapter
    assert isinstance(adapter, SQLAlchemyAdapter)
    return adapter


def run(adapter: SQLAlchemyAdapter, *statements: str) -> None:
    """Execute statements one by one, beside pyauth."""
    with adapter.engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))


def add_user(adapter: SQLAlchemyAdapter, name: str = "Ada") -> dict[str, Any]:
    """Create a user."""
    return adapter.create("user", {"name": name, "email": f"{name.lower()}@example.com"})


def drop_index(adapter: SQLAlchemyAdapter, name: str, table: str = "users") -> None:
    """Drop an index."""
    suffix = f" ON {table}" if adapter.engine.dialect.name in ("mysql", "mariadb") else ""
    run(adapter, f"DROP INDEX {name}{suffix}")


def columns_of(adapter: SQLAlchemyAdapter, table: str) -> set[str]:
    """Return the names of a table's columns."""
    return {column["name"] for column in inspect(adapter.engine).get_columns(table)}


def circle() -> tuple[dict[str, Field], ModelSchema]:
    """Return fields of the user and a model that refer to one another."""

    def refer(model: str) -> Field:
        target = Reference(model=model, on_delete="set null")
        return Field(type="string", required=False, references=target)

    return {"team_id": refer("team")}, ModelSchema(
        "team", {"owner_id": refer("user")}, source="tests"
    )


def many_references() -> ModelSchema:
    """Return a model whose table has several constraints and indexes."""
    owner = Field(type="string", required=False, index=True, references=Reference(model="user"))
    return ModelSchema("many", {f"field{place}_id": owner for place in range(6)}, source="tests")
