"""``schema print``: the tables of a server, without a database."""

from typing import Any, Final

import click

from pyauth.auth import PyAuth
from pyauth.cli.adapters import SQLALCHEMY
from pyauth.cli.failures import failures_shown
from pyauth.cli.output import print_json
from pyauth.cli.tables import create_schema
from pyauth.cli.target import FindTarget, Target
from pyauth.db.fields import SchemaField
from pyauth.db.schema import Model

_DIALECTS: Final = ("sqlite", "postgresql", "mysql", "mariadb")


class _Dialect(click.ParamType[str]):
    name = "dialect"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return f"[{'|'.join(_DIALECTS)}]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        spelt = "postgresql" if value == "postgres" else value
        return click.Choice(_DIALECTS).convert(spelt, param, ctx)


dialect_option = click.option(
    "--dialect", type=_Dialect(), help="The kind of database; by default the configured one."
)


def settle_dialect(target: Target, given: str | None, *, adapter: str | None = None) -> str:
    """Return the dialect that SQL is written in: the given one, or the database's.

    Args:
        target: whose database.
        given: what ``--dialect`` says.
        adapter: what ``--adapter`` says; the dialect must then be known.

    Raises:
        click.UsageError: nothing names one, and it must be known.
    """
    dialect = given or target.find_dialect()
    if dialect is None and adapter == SQLALCHEMY:
        raise click.UsageError("--adapter sqlalchemy needs --dialect where nothing else names one")
    return dialect or "sqlite"


def make_schema_group(find_target: FindTarget) -> click.Group:
    """Return the group ``schema``."""

    @click.group("schema", short_help="Show the tables that the server needs.")
    def schema() -> None:
        """Show the tables that the server needs; no database is asked."""

    @schema.command("print", short_help="Print the tables as SQL or JSON.")
    @click.option(
        "--format",
        "form",
        type=click.Choice(["sql", "json"]),
        default="sql",
        show_default=True,
        help="SQL that creates them, or their description as data.",
    )
    @dialect_option
    @failures_shown()
    def print_schema(*, form: str, dialect: str | None) -> None:
        """Print every table, column and index, those of plugins and additional fields too."""
        target = find_target()
        auth = target.open_schema(database=False)
        chosen = settle_dialect(target, dialect)
        if form == "sql":
            click.echo(create_schema(auth, chosen).rstrip())
        else:
            print_json(_describe(auth, chosen))

    return schema


def _describe(auth: PyAuth, dialect: str) -> dict[str, Any]:
    models = auth.context.schema.models.values()
    return {"dialect": dialect, "tables": [_describe_table(model) for model in models]}


def _describe_table(model: Model) -> dict[str, Any]:
    return {
        "model": model.name,
        "name": model.table,
        "columns": [_describe_column(item) for item in model.fields.values()],
    }


def _describe_column(item: SchemaField) -> dict[str, Any]:
    spec = item.spec
    return {
        "field": item.name,
        "name": item.column,
        "type": list(spec.type) if isinstance(spec.type, tuple) else spec.type,
        "required": spec.required,
        "unique": spec.unique,
        "indexed": spec.index,
        "references": None if spec.references is None else spec.references.model_dump(),
        "source": item.source,
    }
