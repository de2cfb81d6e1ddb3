"""``plugins``: which there are, and which ``pyauth.toml`` enables."""

from collections.abc import Callable

import click
from click.shell_completion import CompletionItem

from pyauth.cli.config_edit import change_enabled_plugins
from pyauth.cli.failures import failures_shown
from pyauth.cli.migration import yes_option
from pyauth.cli.output import print_json
from pyauth.cli.prompts import confirm
from pyauth.cli.workspace import Workspace
from pyauth.plugins import registry

FindWorkspace = Callable[[], Workspace]
"""Returns where a command works; called when the command runs."""


def make_list_group() -> click.Group:
    """Return the group ``plugins`` with ``list`` alone: for servers whose plugins are in code."""

    @click.group("plugins", short_help="List the plugins that come with pyauth.")
    def plugins() -> None:
        """List the plugins that come with pyauth."""

    plugins.add_command(_make_list_command())
    return plugins


def make_plugins_group(find_workspace: FindWorkspace) -> click.Group:
    """Return the group ``plugins`` with what edits the configuration file too."""

    @click.group("plugins", short_help="List plugins, and enable them in pyauth.toml.")
    def plugins() -> None:
        """List the plugins that come with pyauth, and enable them in pyauth.toml."""

    plugins.add_command(_make_list_command())

    @plugins.command("add", short_help="Enable a plugin.")
    @click.argument("plugin_id", metavar="ID", shell_complete=_complete)
    @yes_option
    @failures_shown()
    def add(*, plugin_id: str, yes: bool) -> None:
        """Enable a plugin in pyauth.toml, after asking, and print how the code has it too.

        Exit code 0: done, there already, or declined. 1: there is no such plugin or no file.
        """
        workspace = find_workspace()
        found = registry.find_class(plugin_id)
        enabled = workspace.require_config().plugins.enabled
        if plugin_id in enabled:
            click.echo(f"{plugin_id} is enabled already.")
        elif _agreed(f"Enable {plugin_id} in {workspace.config_path}?", yes=yes):
            change_enabled_plugins(workspace.config_path, [*enabled, plugin_id])
            click.echo(f"Enabled {plugin_id} in {workspace.config_path}. In code:\n")
            click.echo(f"    from pyauth.plugins import {found.__name__}\n")
            click.echo(f"    auth = PyAuth(..., plugins=[{found.__name__}()])\n")
            click.echo(_schema_hint(plugin_id))

    @plugins.command("remove", short_help="Disable a plugin.")
    @click.argument("plugin_id", metavar="ID", shell_complete=_complete)
    @yes_option
    @failures_shown()
    def remove(*, plugin_id: str, yes: bool) -> None:
        """Take a plugin out of pyauth.toml, after asking; its tables and columns stay.

        Exit code 0: done, not there, or declined. 1: there is no file.
        """
        workspace = find_workspace()
        enabled = workspace.require_config().plugins.enabled
        if plugin_id not in enabled:
            click.echo(f"{plugin_id} is not enabled.")
        elif _agreed(f"Disable {plugin_id} in {workspace.config_path}?", yes=yes):
            rest = [item for item in enabled if item != plugin_id]
            change_enabled_plugins(workspace.config_path, rest)
            click.echo(f"Disabled {plugin_id} in {workspace.config_path}.")
            click.echo("pyauth generates no destructive migrations: tables and columns stay.")

    return plugins


def _make_list_command() -> click.Command:
    @click.command("list", short_help="List the plugins that come with pyauth.")
    @click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
    @failures_shown()
    def list_plugins(*, as_json: bool) -> None:
        """List every plugin that comes with pyauth, and whether it adds to the schema."""
        ids = registry.official_ids()
        found = [{"id": name, "schema": registry.has_schema(name)} for name in ids]
        if as_json:
            print_json(found)
            return
        for item in found:
            click.echo(f"{item['id']} ({'schema' if item['schema'] else 'no schema'})")

    return list_plugins


def _agreed(question: str, *, yes: bool) -> bool:
    agreed = confirm(question, yes=yes)
    if not agreed:
        click.echo("Nothing was changed.")
    return agreed


def _schema_hint(plugin_id: str) -> str:
    if registry.has_schema(plugin_id):
        return "It adds to the schema: run `pyauth migrate`, or `pyauth generate` for the SQL."
    return "It adds nothing to the schema."


def _complete(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    ids = registry.official_ids()
    return [CompletionItem(item) for item in ids if item.startswith(incomplete)]
