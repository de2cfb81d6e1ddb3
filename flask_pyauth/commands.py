"""``flask pyauth``: the commands of ``pyauth`` about the live app.

The group is known to Flask by an entry point of this package, beside the apps: so ``doctor`` can
look at an app that refuses to start.
"""

from collections.abc import Iterator

import click
from flask import Flask, has_app_context
from flask.cli import AppGroup, ScriptInfo

from flask_pyauth.config import DEFAULT_NAME
from flask_pyauth.installation import get_installation
from pyauth import PyAuth
from pyauth.errors import ConfigurationError

_GROUP = "pyauth"
_NAME = "flask_pyauth.name"


def add_commands(app: Flask) -> None:
    """Give an app the ``flask pyauth`` commands, once for all of its instances."""
    if _GROUP not in app.cli.commands:
        app.cli.add_command(group)


def _remember_name(name: str) -> None:
    click.get_current_context().meta[_NAME] = name


class _CommandGroup(AppGroup):
    """Loads the commands when one is asked for: an app that serves does not pay for them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        self._load()
        return super().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by its name."""
        self._load()
        return super().get_command(ctx, cmd_name)

    def _load(self) -> None:
        if not self.commands:
            for command in _make_commands():
                self.add_command(command)


def _make_commands() -> Iterator[click.Command]:
    from pyauth import cli  # noqa: PLC0415 - no request needs it

    def find_target() -> cli.LiveTarget:
        # Flask has read the env files by itself.
        return cli.LiveTarget(cli.open_workspace(), _find_auth)

    yield from cli.make_commands(find_target)
    yield cli.make_list_group()
    yield cli.make_secret_command(cli.find_variable)


def _find_auth() -> PyAuth:
    context = click.get_current_context()
    if not has_app_context():
        app = context.ensure_object(ScriptInfo).load_app()
        context.with_resource(app.app_context())
    try:
        return get_installation(context.meta[_NAME]).auth
    except ConfigurationError as exc:
        from pyauth.cli import ServerNotFound  # noqa: PLC0415 - loaded by now

        raise ServerNotFound(exc.problems) from exc


group = _CommandGroup(
    _GROUP,
    help="Look after the authentication server of this app.",
    callback=_remember_name,
    params=[
        click.Option(["--name"], default=DEFAULT_NAME, show_default=True, help="Which FlaskPyAuth.")
    ],
)
"""The commands; each finds the app when it runs."""
