"""``flask pyauth migrate | status | secret | routes``."""

import click
from flask import Flask
from flask.cli import AppGroup, with_appcontext

from flask_pyauth.config import DEFAULT_NAME
from flask_pyauth.installation import get_installation
from pyauth import PyAuth
from pyauth.cli import make_commands, make_secret_command

_GROUP = "pyauth"
_NAME = "flask_pyauth.name"


def add_commands(app: Flask) -> None:
    """Give an app the ``flask pyauth`` commands, once for all of its instances."""
    if _GROUP in app.cli.commands:
        return
    group = AppGroup(
        _GROUP,
        help="Look after the authentication server of this app.",
        callback=_remember_name,
        params=[
            click.Option(
                ["--name"], default=DEFAULT_NAME, show_default=True, help="Which FlaskPyAuth."
            )
        ],
    )
    for command in make_commands(_find_auth):
        assert command.callback is not None  # noqa: S101 - each is made of a function
        command.callback = with_appcontext(command.callback)
        group.add_command(command)
    group.add_command(make_secret_command())
    app.cli.add_command(group)


def _remember_name(name: str) -> None:
    click.get_current_context().meta[_NAME] = name


def _find_auth() -> PyAuth:
    return get_installation(click.get_current_context().meta[_NAME]).auth
