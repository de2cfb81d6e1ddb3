"""The writing of ``pyauth.toml``; what people wrote beside it stays, comments too."""

from collections.abc import Sequence
from pathlib import Path

import tomlkit
from tomlkit.items import Array, Table

from pyauth.cli.files import write_files
from pyauth.errors import ConfigurationError


def change_enabled_plugins(path: Path, ids: Sequence[str]) -> None:
    """Make these the enabled plugins of a configuration file that can be read.

    Raises:
        ConfigurationError: the file cannot be written.
    """
    document = tomlkit.parse(path.read_text(encoding="utf-8"))
    section = document.setdefault("plugins", tomlkit.table())
    if not isinstance(section, Table):
        raise ConfigurationError(
            f"{path}: write plugins as a section, [plugins], to have it edited"
        )
    enabled = section.setdefault("enabled", tomlkit.array())
    assert isinstance(enabled, Array)  # noqa: S101 - the file has been read
    for position in range(len(enabled) - 1, -1, -1):
        if enabled[position] not in ids:
            del enabled[position]
    for item in ids:
        if item not in enabled:
            enabled.append(item)
    write_files({path: tomlkit.dumps(document)})


def make_config_text(
    *, framework: str, base_url: str, provider: str, plugins: Sequence[str]
) -> str:
    """Return a new configuration file."""
    enabled = tomlkit.array()
    enabled.extend(plugins)
    values = {
        "framework": framework,
        "base_url": base_url,
        "provider": provider,
        "enabled": enabled,
    }
    return _TEMPLATE.format(
        **{name: tomlkit.item(value).as_string() for name, value in values.items()}
    )


_TEMPLATE = """\
# What the `pyauth` command knows of this project. It holds no secrets: it names the variables that
# do, which are read from the environment, .env.local and .env.

[project]
framework = {framework}
base_url = {base_url}
base_path = "/api/auth"
production = false  # true: the strict posture, whatever PYAUTH_ENV says

[database]
adapter = "sqlalchemy"
provider = {provider}
url_env = "DATABASE_URL"
migrations_dir = "migrations/pyauth"  # where `pyauth generate` writes

[security]
secret_env = "PYAUTH_SECRET"

[plugins]
enabled = {enabled}
"""
