"""Where a command looks, in the words of ``doctor`` and ``info``; nothing that is secret."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from pyauth.auth import PyAuth
from pyauth.cli.config_file import ProjectConfig
from pyauth.cli.env_files import find_variable
from pyauth.cli.workspace import Workspace
from pyauth.db.sqlalchemy import SQLAlchemyAdapter
from pyauth.version import __version__

REDACTED: Final = "[REDACTED]"
"""Stands for what is set and not shown."""


@dataclass(frozen=True, slots=True)
class Description:
    """Where a command looks.

    Attributes:
        folder: where it works.
        config: what is configured, as plain data.
        has_database_url: whether the URL of a database is known.
        has_secret: whether a secret is known.
    """

    folder: Path
    config: Mapping[str, Any] = field(default_factory=dict)
    has_database_url: bool = False
    has_secret: bool = False

    def as_data(self) -> dict[str, Any]:
        """Return it as plain data, with a word in the place of each secret."""
        return {
            "workspace_root": str(self.folder),
            "python": platform.python_version(),
            "pyauth_version": __version__,
            "config": dict(self.config),
            "database_url": REDACTED if self.has_database_url else None,
            "secret": REDACTED if self.has_secret else None,
        }


def describe_file(workspace: Workspace, config: ProjectConfig) -> Description:
    """Describe what a configuration file says, or what holds without one."""
    path = str(workspace.config_path) if workspace.config_path.exists() else None
    return Description(
        folder=workspace.folder,
        config={"path": path, **config.model_dump(mode="json")},
        has_database_url=find_variable(config.database.url_env) is not None,
        has_secret=find_variable(config.security.secret_env) is not None,
    )


def describe_live(workspace: Workspace, auth: PyAuth) -> Description:
    """Describe how a live server is configured."""
    options, adapter = auth.context.options, auth.context.adapter
    dialect = adapter.engine.dialect.name if isinstance(adapter, SQLAlchemyAdapter) else None
    return Description(
        folder=workspace.folder,
        config={
            "mode": options.mode,
            "base_url": auth.context.base_url,
            "base_path": auth.base_path,
            "adapter": type(adapter).__name__,
            "provider": dialect,
            "naming": options.naming,
            "plugins": list(auth.context.plugins),
        },
        has_database_url=dialect is not None,
        has_secret=options.secret is not None or options.secrets is not None,
    )


def installed_version(distribution: str) -> str | None:
    """Return the version of an installed distribution, or None."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None
