"""The plugins that come with pyauth, by id; each is loaded when it is asked for."""

from importlib import import_module
from typing import Final

from pyauth.errors import ConfigurationError
from pyauth.plugin import Plugin

_CLASSES: Final = {
    "bearer": "pyauth.plugins.bearer:Bearer",
}
"""Where the class of each plugin is, as ``module:name``."""


def official_ids() -> tuple[str, ...]:
    """Return the ids of all plugins that come with pyauth, in order of the alphabet."""
    return tuple(sorted(_CLASSES))


def find_class(plugin_id: str) -> type[Plugin]:
    """Return the class of a plugin.

    Raises:
        ConfigurationError: none that comes with pyauth has that id.
    """
    try:
        module, _, name = _CLASSES[plugin_id].partition(":")
    except KeyError:
        raise ConfigurationError(unknown(plugin_id)) from None
    found: type[Plugin] = getattr(import_module(module), name)
    return found


def load_plugin(plugin_id: str) -> Plugin:
    """Return a plugin with its default options.

    Raises:
        ConfigurationError: none that comes with pyauth has that id.
    """
    return find_class(plugin_id)()


def has_schema(plugin_id: str) -> bool:
    """Return whether a plugin adds tables or columns.

    Raises:
        ConfigurationError: none that comes with pyauth has that id.
    """
    return bool(load_plugin(plugin_id).contribute().schema)


def unknown(plugin_id: str) -> str:
    """Return what is said of an id that no plugin has."""
    return f"`{plugin_id}` is not an official pyauth plugin; there are: {', '.join(official_ids())}"
