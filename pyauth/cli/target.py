"""The server that a command is about, wherever it comes from."""

from collections.abc import Callable
from typing import Protocol

from pyauth.auth import PyAuth
from pyauth.cli.workspace import Workspace

FindAuth = Callable[[], PyAuth]
"""Returns the server that a command is about; called when the command runs."""


class Target(Protocol):
    """The server that a command is about."""

    @property
    def workspace(self) -> Workspace:
        """Where the command works."""

    def open(self) -> PyAuth:
        """Return the server, with its database and its secret.

        Raises:
            ConfigurationError: there is none, or it refuses to start.
        """

    def open_schema(self, *, database: bool) -> PyAuth:
        """Return a server whose tables and routes are the right ones; it must not sign anything.

        Args:
            database: whether the database will be asked; without, none needs to be configured.

        Raises:
            ConfigurationError: there is none, or it refuses to start.
        """

    def find_dialect(self) -> str | None:
        """Return the dialect of the database without asking it; None where nothing names one."""


FindTarget = Callable[[], Target]
"""Returns what a command is about; called when the command runs."""
