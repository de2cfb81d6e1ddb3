"""The commands about users, around an instance or in a script, before any front mounts them."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from typing import Any

import click
from click.testing import CliRunner
from sqlalchemy import event

from pyauth import PyAuth
from pyauth.cli.importing import make_import_command
from pyauth.cli.sessions import make_sessions_group
from pyauth.cli.users import make_users_group
from pyauth.db.sqlalchemy import SQLAlchemyAdapter
from tests.support.app import make_auth
from tests.support.commands import Done
from tests.support.databases import fresh_database

SITE = """
    import click
    from pyauth.cli.importing import make_import_command
    from pyauth.cli.sessions import make_sessions_group
    from pyauth.cli.users import make_users_group
    from tests.support.app import make_auth

    def find_auth():
        return make_auth(database="sqlite:///site.sqlite3", {options})

    commands = [make_users_group(find_auth), make_sessions_group(find_auth)]
    click.Group(commands=[*commands, make_import_command(find_auth)])()
"""


def mount(auth: PyAuth) -> click.Group:
    """Return the commands about users, for one instance."""
    groups: list[click.Command] = [
        make_users_group(lambda: auth),
        make_sessions_group(lambda: auth),
        make_import_command(lambda: auth),
    ]
    return click.Group(commands=groups)


def invoke(auth: PyAuth, *arguments: str, typed: str = "") -> Done:
    """Run a command in this process, without a terminal.

    Args:
        auth: the instance.
        *arguments: the command line.
        typed: standard input.
    """
    result = CliRunner().invoke(mount(auth), arguments, input=typed)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert "Traceback" not in result.output
    return Done(result.exit_code, result.stdout, result.stderr)


def write_site(folder: Path, options: str = "") -> tuple[str, ...]:
    """Write a script that runs the commands over a database in the folder; return how to call it.

    Args:
        folder: where it goes.
        options: further arguments of ``make_auth``, as source.
    """
    path = folder / "site_commands.py"
    path.write_text(dedent(SITE).replace("{options}", options))
    return (sys.executable, str(path))


@contextmanager
def instance_on(kind: str, folder: Path, **options: Any) -> Iterator[PyAuth]:
    """Yield an instance on a new database of a kind, which is dropped afterwards."""
    with fresh_database(kind, folder) as url:
        auth = make_auth(database=url.render_as_string(hide_password=False), **options)
        try:
            yield auth
        finally:
            auth.close()


@contextmanager
def fetched_rows(auth: PyAuth) -> Iterator[list[int]]:
    """Collect, within the block, how many rows each query of a page returned."""
    adapter = auth.context.adapter
    assert isinstance(adapter, SQLAlchemyAdapter)
    counts: list[int] = []
    find_many = adapter.find_many

    def counted(*arguments: Any, **named: Any) -> Any:
        rows = find_many(*arguments, **named)
        counts.append(len(rows))
        return rows

    adapter.find_many = counted  # type: ignore[method-assign]
    try:
        yield counts
    finally:
        adapter.find_many = find_many  # type: ignore[method-assign]


@contextmanager
def executed(auth: PyAuth) -> Iterator[list[tuple[str, Any]]]:
    """Collect, within the block, the statements and their parameters."""
    adapter = auth.context.adapter
    assert isinstance(adapter, SQLAlchemyAdapter)
    found: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        found.append((statement, parameters))

    event.listen(adapter.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(adapter.engine, "before_cursor_execute", note)
