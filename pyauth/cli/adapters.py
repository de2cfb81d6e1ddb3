"""``--adapter``: what the commands can write tables for, and advice for the rest."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

from pyauth.cli.failures import CommandFailed

SQLALCHEMY: Final = "sqlalchemy"

_Command = TypeVar("_Command", bound=Callable[..., Any])

_ADVICE: Final = {
    "alembic": (
        "Alembic compares models with a database by itself: give it `auth.metadata` as "
        "target_metadata, and run `alembic revision --autogenerate`."
    ),
    "flask-migrate": (
        "Flask-Migrate sees the tables when FlaskPyAuth is given the app's SQLAlchemy object: run "
        "`flask db migrate`."
    ),
    "flask-sqlalchemy": (
        "Flask-SQLAlchemy is used through the live app: FlaskPyAuth(database=db), then "
        "`flask pyauth migrate`."
    ),
    "sqlmodel": (
        "SQLModel shares SQLAlchemy's MetaData: give PyAuth metadata=SQLModel.metadata and its "
        "Engine, and use `--adapter sqlalchemy`."
    ),
    "memory": "Records in memory have no tables: nothing has to be generated or migrated.",
    "mongodb": (
        "MongoDB has no tables to migrate, and pyauth brings no adapter for it: write one to the "
        "protocol pyauth.db.Adapter and hand it over as database=."
    ),
    "prisma": (
        "Prisma is of Node.js: run `pyauth generate`, apply the SQL, then `prisma db pull` to "
        "have the models in its schema."
    ),
    "drizzle": (
        "Drizzle is of Node.js: run `pyauth generate`, apply the SQL, then `drizzle-kit pull` to "
        "have the tables in its schema."
    ),
    "kysely": (
        "Kysely is of Node.js and has no schema of its own: run `pyauth generate` or "
        "`pyauth migrate` with `--adapter sqlalchemy`."
    ),
    "django": (
        "Django's ORM is not written for: keep the tables of pyauth beside it with `pyauth "
        "migrate`, and map them by unmanaged models (managed = False)."
    ),
    "peewee": "Peewee is not written for: keep the tables with `pyauth migrate` beside it.",
    "tortoise": "Tortoise is asynchronous; keep the tables with `pyauth migrate` beside it.",
}


def adapter_option(function: _Command) -> _Command:
    """Give a command the option ``--adapter``; any name but ``sqlalchemy`` ends it with advice.

    The command receives ``adapter``: ``sqlalchemy``, or None where the option was not given.
    """
    option = click.option(
        "--adapter",
        metavar="NAME",
        callback=lambda context, _parameter, value: settle_adapter(context, value),
        help="What speaks to the database: sqlalchemy. Other names get advice.",
    )
    return option(function)


def settle_adapter(context: click.Context, name: str | None) -> str | None:
    """End the command with advice where an adapter is another one than ``sqlalchemy``.

    Raises:
        CommandFailed: nothing is known of it.
    """
    if name is not None and name != SQLALCHEMY:
        click.echo(_advise(name))
        context.exit(0)
    return name


def _advise(name: str) -> str:
    advice = _ADVICE.get(name)
    if advice is None:
        raise CommandFailed(
            f"`{name}` is not an adapter of pyauth; it takes sqlalchemy, and has advice for "
            f"{', '.join(sorted(_ADVICE))}"
        )
    return advice
