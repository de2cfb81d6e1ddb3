"""``flask pyauth``: the commands of ``pyauth`` about the live app.

The group is known to Flask by an entry point of this package, beside the apps: so ``doctor`` can
look at an app that refuses to start.
"""

import click
from flask import Flask, has_app_context
from flask.cli import AppGroup, ScriptInfo

from flask_pyauth.config import DEFAULT_NAME
from flask_pyauth.installation import get_installation
from pyauth import PyAuth
from pyauth.cli import (
    LiveTarget,
    ServerNotFound,
    find_variable,
    make_commands,
    make_list_group,
    make_secret_command,
    open_workspace,
)
from pyauth.errors import ConfigurationError

_GROUP = "pyauth"
_NAME = "flask_pyauth.name"


def add_commands(app: Flask) -> None:
    """Give an app the ``flask pyauth`` commands, once for all of its instances."""
    if _GROUP not in app.cli.commands:
        app.cli.add_command(group)


def _remember_name(name: str) -> None:
    click.get_current_context().meta[_NAME] = name


def _find_auth() -> PyAuth:
    context = click.get_current_context()
    if not has_app_context():
        app = context.ensure_object(ScriptInfo).load_app()
        context.with_resource(app.app_context())
    try:
        return get_installation(context.meta[_NAME]).auth
    except ConfigurationError as exc:
        raise ServerNotFound(exc.problems) from exc


def _find_target() -> LiveTarget:
    # Flask has read the env files by itself.
    return LiveTarget(open_workspace(), _find_auth)


def _make_group() -> AppGroup:
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
    for command in (
        *make_commands(_find_target),
        make_list_group(),
        make_secret_command(find_variable),
    ):
        group.add_command(command)
    return group


group = _make_group()
"""The commands; each finds the app when it runs."""
