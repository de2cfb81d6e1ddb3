"""The endpoints that come with pyauth."""

from typing import Any

import pyauth.plugins
from pyauth import Plugin
from pyauth.http import Endpoint
from pyauth.routes import CORE_ENDPOINTS


def shipped_endpoints() -> list[Endpoint[Any, Any]]:
    """Return the endpoints of the core and of every plugin of ``pyauth.plugins``."""
    return [*CORE_ENDPOINTS, *(item for plugin in shipped_plugins() for item in added_by(plugin))]


def shipped_plugins() -> list[Plugin]:
    """Return the plugins of ``pyauth.plugins``, with their default options."""
    named = [getattr(pyauth.plugins, name) for name in pyauth.plugins.__all__]
    return [item() for item in named if isinstance(item, type) and issubclass(item, Plugin)]


def added_by(plugin: Plugin) -> list[Endpoint[Any, Any]]:
    """Return the endpoints that a plugin contributes."""
    return list(plugin.contribute().endpoints)
