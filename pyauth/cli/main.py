"""``pyauth --app module:auth <command>``."""

import os
import sys
from importlib import import_module

import click

from pyauth.auth import PyAuth
from pyauth.cli.commands import ServerNotFound, make_commands, make_secret_command
from pyauth.version import __version__

_APP = "pyauth.app"


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--app",
    metavar="MODULE:NAME",
    help="Where the server is: a PyAuth object, or a function that returns one.",
)
@click.version_option(__version__, prog_name="pyauth")
@click.pass_context
def main(context: click.Context, app: str | None) -> None:
    """Look after a pyauth server. In a Flask app, use `flask pyauth` instead."""
    context.meta[_APP] = app


def load_auth(target: str) -> PyAuth:
    """Import a server.

    Args:
        target: ``module:name``; the module is looked for in the working directory too.

    Raises:
        ServerNotFound: there is no such thing, or it is no server.
        ConfigurationError: the server refuses to start.
    """
    module_name, colon, name = target.partition(":")
    if not colon or not name:
        raise ServerNotFound(f"--app is {target!r}; it must look like module:name")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        module = import_module(module_name)
    except ModuleNotFoundError as exc:
        raise ServerNotFound(f"--app {target}: {exc}") from exc
    try:
        found = getattr(module, name)
    except AttributeError as exc:
        raise ServerNotFound(f"--app {target}: {exc}") from exc
    if not isinstance(found, PyAuth) and callable(found):
        found = found()
    if not isinstance(found, PyAuth):
        raise ServerNotFound(
            f"--app {target} is of type {type(found).__name__}, not a PyAuth; "
            "for a Flask app use `flask pyauth`"
        )
    return found


def _find_auth() -> PyAuth:
    target = click.get_current_context().meta[_APP]
    if not target:
        raise click.UsageError("say where the server is: pyauth --app module:name COMMAND")
    return load_auth(target)


for _command in (*make_commands(_find_auth), make_secret_command()):
    main.add_command(_command)
