"""A live server: an object of the app's own code, so that nothing can differ from what runs."""

import os
import sys
from dataclasses import dataclass
from importlib import import_module

from pyauth.auth import PyAuth
from pyauth.cli.target import FindAuth
from pyauth.cli.workspace import Workspace
from pyauth.db.sqlalchemy import SQLAlchemyAdapter
from pyauth.errors import ConfigurationError


class ServerNotFound(ConfigurationError):
    """There is no server where the command line says; none has refused to start either."""


@dataclass(frozen=True, slots=True)
class LiveTarget:
    """A server that the app's own code makes.

    Attributes:
        workspace: where the command works.
        find_auth: returns the server.
    """

    workspace: Workspace
    find_auth: FindAuth

    def open(self) -> PyAuth:
        """Return the server."""
        return self.find_auth()

    def open_schema(self, *, database: bool) -> PyAuth:
        """Return the server."""
        return self.find_auth()

    def find_dialect(self) -> str | None:
        """Return the dialect of the server's own database."""
        adapter = self.find_auth().context.adapter
        return adapter.engine.dialect.name if isinstance(adapter, SQLAlchemyAdapter) else None


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
