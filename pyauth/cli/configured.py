"""A server made of ``pyauth.toml`` and the environment."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass

import click

from pyauth.auth import PyAuth
from pyauth.cli.adapters import settle_adapter
from pyauth.cli.config_file import Project, ProjectConfig
from pyauth.cli.env_files import find_variable
from pyauth.cli.workspace import Workspace
from pyauth.crypto.secret_keys import generate_secret
from pyauth.errors import ConfigurationError
from pyauth.options import Mode, read_environment
from pyauth.plugin import Plugin
from pyauth.plugins.registry import load_plugin

_NO_DATABASE = "sqlite://"
"""Stands in where nothing is asked of a database; no file is made."""


@dataclass(frozen=True, slots=True)
class ConfiguredTarget:
    """The server that the configuration file describes."""

    workspace: Workspace

    def open(self) -> PyAuth:
        """Return the server of the file."""
        config = self.workspace.require_config()
        _require_sqlalchemy(config)
        return build_server(
            config,
            database=require_database_url(config),
            secret=_require_secret(config),
            plugins=load_plugins(config.plugins.enabled),
        )

    def open_schema(self, *, database: bool) -> PyAuth:
        """Return the server of the file; the defaults do where no database will be asked."""
        workspace = self.workspace
        config = workspace.require_config() if database else workspace.config_or_defaults()
        if database:
            _require_sqlalchemy(config)
        return build_server(
            config,
            database=require_database_url(config) if database else _NO_DATABASE,
            # Who makes tables need not hold the secret that signs cookies.
            secret=generate_secret(),
            plugins=load_plugins(config.plugins.enabled),
        )

    def find_dialect(self) -> str | None:
        """Return the provider that the file names."""
        config = self.workspace.find_config()
        return None if config is None else config.database.provider


def build_server(
    config: ProjectConfig,
    *,
    database: str | None,
    secret: str | None,
    plugins: Iterable[Plugin],
) -> PyAuth:
    """Return the server that a file describes; it is closed when the command ends.

    Args:
        config: the file.
        database: the URL of the database, or None for none.
        secret: the secret, or None for none.
        plugins: in order.

    Raises:
        ConfigurationError: it refuses to start.
    """
    auth = PyAuth(
        database=database,
        plugins=tuple(plugins),
        mode=find_mode(config),
        base_url=_base_url(config),
        base_path=config.project.base_path,
        secret=secret,
        # What is doubtful is for `doctor` to say, not for every command.
        logger=logging.Logger("pyauth.cli", level=logging.ERROR),
    )
    context = click.get_current_context(silent=True)
    if context is not None:
        context.call_on_close(auth.close)
    return auth


def load_plugins(ids: Iterable[str]) -> list[Plugin]:
    """Return the plugins of a file.

    Raises:
        ConfigurationError: there is none of that id.
    """
    return [load_plugin(plugin_id) for plugin_id in ids]


def find_mode(config: ProjectConfig) -> Mode:
    """Return the posture: production where the file says so, else ``PYAUTH_ENV`` or development."""
    if config.project.production:
        return "production"
    return read_environment().mode or "development"


def require_database_url(config: ProjectConfig) -> str:
    """Return the URL of the database.

    Raises:
        ConfigurationError: the variable that has it is unset, or has one of another notation.
    """
    name = config.database.url_env
    url = find_variable(name)
    if url is None:
        raise ConfigurationError(
            f"{name} is not set: put the URL of the database there, in the environment or in .env, "
            "such as sqlite:///pyauth.sqlite3"
        )
    if url.startswith("sqlite://") and url != "sqlite://" and not url.startswith("sqlite:///"):
        raise ConfigurationError(
            f"{name}: the URL of a file has three slashes, as in sqlite:///pyauth.sqlite3"
        )
    return url


def _require_sqlalchemy(config: ProjectConfig) -> None:
    settle_adapter(click.get_current_context(), config.database.adapter)


def _require_secret(config: ProjectConfig) -> str | None:
    name = config.security.secret_env
    secret = find_variable(name)
    if secret is None and config.project.production and not find_variable("PYAUTH_SECRETS"):
        raise ConfigurationError(
            f"{name} is not set: production needs a secret; `pyauth secret` makes one"
        )
    return secret


def _base_url(config: ProjectConfig) -> str:
    # The file plays the part of Flask's app.config: it goes before the environment.
    if "base_url" in config.project.model_fields_set:
        return config.project.base_url
    return read_environment().url or Project().base_url
