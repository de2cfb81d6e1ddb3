"""Where a command works: the folder, and the configuration file in it."""

from dataclasses import dataclass
from pathlib import Path

from pyauth.cli.config_file import CONFIG_NAME, ProjectConfig, read_config_file
from pyauth.errors import ConfigurationError


class ConfigMissing(ConfigurationError):
    """There is no configuration file where a command needs one."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folder of a command and its configuration file.

    Attributes:
        folder: absolute; relative paths and URLs of SQLite start here.
        config_path: where the configuration file is, or would be.
        is_named: whether ``--config`` named the file.
    """

    folder: Path
    config_path: Path
    is_named: bool = False

    def find_config(self) -> ProjectConfig | None:
        """Return the configuration, or None where there is no file.

        Raises:
            ConfigurationError: the file cannot be read.
        """
        return read_config_file(self.config_path) if self.config_path.exists() else None

    def require_config(self) -> ProjectConfig:
        """Return the configuration.

        Raises:
            ConfigMissing: there is no file.
            ConfigurationError: the file cannot be read.
        """
        config = self.find_config()
        if config is None:
            raise ConfigMissing(
                f"No pyauth config found at {self.config_path}; run `pyauth init`, pass --config "
                "<path>, or name a live server with --app."
            )
        return config

    def config_or_defaults(self) -> ProjectConfig:
        """Return the configuration; the defaults where there is no file and none was named.

        Raises:
            ConfigMissing: the file that ``--config`` names is not there.
            ConfigurationError: the file cannot be read.
        """
        return self.require_config() if self.is_named else self.find_config() or ProjectConfig()


def open_workspace(config: Path | None = None) -> Workspace:
    """Return the workspace of the working directory.

    Args:
        config: the configuration file, where it is not ``pyauth.toml`` in that directory.
    """
    folder = Path.cwd()
    return Workspace(folder, folder / (config or CONFIG_NAME), is_named=config is not None)
