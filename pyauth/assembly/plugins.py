"""Plugins: indexed by id, asked once, and their contributions put under their names."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from pyauth.errors import ConfigurationError, ConflictError
from pyauth.options import Options
from pyauth.plugin import Contributions, NamedMigration, Plugin, source_of

ByPlugin = Mapping[str, Contributions]
"""What each plugin contributes, by plugin id and in list order."""


def index_plugins(plugins: Sequence[Plugin]) -> dict[str, Plugin]:
    """Return the plugins by id, in list order.

    Raises:
        ConfigurationError: one has no id.
        ConflictError: two have the same.
    """
    indexed: dict[str, Plugin] = {}
    for plugin in plugins:
        if not plugin.id:
            raise ConfigurationError(f"{type(plugin).__name__} has no id; a plugin needs one")
        if plugin.id in indexed:
            raise ConflictError(
                f"the plugin id {plugin.id!r}",
                first=type(indexed[plugin.id]).__name__,
                second=type(plugin).__name__,
            )
        indexed[plugin.id] = plugin
    return indexed


def configure(plugin: Plugin, options: Options) -> Options:
    """Return the options as a plugin wants them.

    Raises:
        ConfigurationError: it returned something else.
    """
    configured: object = plugin.configure(options)
    if not isinstance(configured, Options):
        raise ConfigurationError(f"configure() of {source_of(plugin.id)} must return the options")
    return configured


def attribute(plugin_id: str, contributions: Contributions) -> Contributions:
    """Return the contributions under their plugin's name, which conflicts then give."""
    source = source_of(plugin_id)

    def attributed(items: Iterable[Any]) -> list[Any]:
        return [replace(item, source=source) for item in items]

    return replace(
        contributions,
        schema=attributed(contributions.schema),
        migrations=attributed(contributions.migrations),
        endpoints=attributed(contributions.endpoints),
        before=attributed(contributions.before),
        after=attributed(contributions.after),
        middlewares=attributed(contributions.middlewares),
        delivery_kinds=attributed(contributions.delivery_kinds),
    )


def name_migrations(contributions: ByPlugin) -> dict[str, NamedMigration]:
    """Return the named migrations of all plugins in order, by ``plugin-id/name``.

    Raises:
        ConfigurationError: a plugin gives two the same name.
    """
    named: dict[str, NamedMigration] = {}
    for plugin_id, contribution in contributions.items():
        for migration in contribution.migrations:
            name = f"{plugin_id}/{migration.name}"
            if name in named:
                raise ConfigurationError(f"{source_of(plugin_id)} has two migrations {name!r}")
            named[name] = migration
    return named


def flatten(groups: Iterable[Iterable[Any]]) -> list[Any]:
    """Return the items of all groups in one list."""
    return list(chain.from_iterable(groups))
