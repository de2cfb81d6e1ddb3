"""``pyauth <command>``."""

import os
from functools import partial
from pathlib import Path

import click

from pyauth.cli.commands import make_commands
from pyauth.cli.completions import make_completions_command
from pyauth.cli.configured import ConfiguredTarget
from pyauth.cli.env_files import find_variable, load_env_files
from pyauth.cli.init import make_init_command
from pyauth.cli.live import LiveTarget, load_auth
from pyauth.cli.plugins import make_plugins_group
from pyauth.cli.secret import make_secret_command
from pyauth.cli.target import Target
from pyauth.cli.workspace import Workspace, open_workspace
from pyauth.version import __version__

_CONFIG = "pyauth.config"
_APP = "pyauth.app"


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-c",
    "--cwd",
    metavar="DIR",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Work as if started in this folder.",
)
@click.option(
    "--config",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The configuration file, in place of pyauth.toml in that folder.",
)
@click.option(
    "--app",
    metavar="MODULE:NAME",
    help="A live server in place of the file: a PyAuth object, or a function that returns one.",
)
@click.version_option(__version__, prog_name="pyauth")
@click.pass_context
def main(context: click.Context, cwd: Path | None, config: Path | None, app: str | None) -> None:
    """Look after a pyauth server: the one in pyauth.toml, or a live one with --app.

    In a Flask app, use `flask pyauth` instead.
    """
    if cwd is not None:
        os.chdir(cwd)
    if find_variable("NO_COLOR") is not None:
        context.color = False  # https://no-color.org
    context.meta[_CONFIG] = config
    context.meta[_APP] = app


def _find_workspace() -> Workspace:
    return open_workspace(click.get_current_context().meta[_CONFIG])


def _load_environment(workspace: Workspace) -> None:
    load_env_files([workspace.folder, workspace.config_path.parent])


def _find_target() -> Target:
    workspace = _find_workspace()
    _load_environment(workspace)
    app = click.get_current_context().meta[_APP]
    if app is None:
        return ConfiguredTarget(workspace)
    return LiveTarget(workspace, partial(load_auth, app))


def _find_variable(name: str) -> str | None:
    _load_environment(_find_workspace())
    return find_variable(name)


for _command in (
    *make_commands(_find_target),
    make_init_command(_find_workspace),
    make_plugins_group(_find_workspace),
    make_secret_command(_find_variable),
    make_completions_command(),
):
    main.add_command(_command)
