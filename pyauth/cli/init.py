"""``init``: begins a project with ``pyauth.toml`` and its env files."""

from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any, Final, get_args

import click
from dotenv.parser import parse_stream

from pyauth.cli.adapters import adapter_option
from pyauth.cli.config_edit import make_config_text
from pyauth.cli.config_file import Framework, Project
from pyauth.cli.failures import CommandFailed, failures_shown
from pyauth.cli.files import PRIVATE, write_files
from pyauth.cli.plugins import FindWorkspace
from pyauth.cli.prompts import require_person
from pyauth.crypto.secret_keys import PLACEHOLDER, generate_secret
from pyauth.errors import ConfigurationError
from pyauth.options.base_url import check_address
from pyauth.plugins import registry

_FRAMEWORKS: Final = get_args(Framework)
_URLS: Final = {
    "sqlite": "sqlite:///pyauth.sqlite3",
    "postgresql": "postgresql://user:password@localhost:5432/pyauth",
    "mysql": "mysql://user:password@localhost:3306/pyauth",
    "mariadb": "mariadb://user:password@localhost:3306/pyauth",
}
"""What the URL of each database looks like."""
_SPELLINGS: Final = {"postgres": "postgresql"}


@dataclass(frozen=True, slots=True)
class _Answers:
    """What a project begins with."""

    framework: str
    database: str
    base_url: str
    plugins: tuple[str, ...]
    seeded: bool


def make_init_command(find_workspace: FindWorkspace) -> click.Command:
    """Return the command."""

    @click.command("init", short_help="Begin a project: pyauth.toml, .env.example and .env.")
    @click.option("--framework", type=click.Choice(_FRAMEWORKS), help="What serves the routes.")
    @click.option(
        "--database", type=click.Choice([*_URLS, *_SPELLINGS]), help="The kind of database."
    )
    @click.option("--base-url", metavar="URL", help="The public origin of the server.")
    @click.option("--plugins", metavar="ID,ID", help="Plugins to enable.")
    @click.option("--seed-secrets", is_flag=True, help="Put a new secret into .env.")
    @click.option("--force", is_flag=True, help="Replace a pyauth.toml that is there.")
    @click.option("-y", "--yes", is_flag=True, help="Take the defaults without asking.")
    @adapter_option
    @failures_shown()
    def init(*, force: bool, yes: bool, adapter: str | None, **given: Any) -> None:  # noqa: ARG001
        """Write pyauth.toml, and add what is missing to .env.example and .env.

        In a terminal it asks for what no option says. No line of an env file that is there is
        changed, but a secret that is still to be put in is with --seed-secrets. Exit code 0: done.
        1: there is a pyauth.toml already, or something could not be written.
        """
        workspace = find_workspace()
        if workspace.config_path.exists() and not force:
            raise CommandFailed(
                f"{workspace.config_path} is there already; pass --force to replace it"
            )
        _check(given)
        if not yes:
            require_person()
        answers = _complete(given, ask=not yes)
        _write(workspace.folder, workspace.config_path, answers)

    return init


def _check(given: Mapping[str, Any]) -> None:
    """Refuse what the options say before anybody is asked for the rest."""
    if given["base_url"] is not None:
        _read_address(given["base_url"])
    for plugin_id in _read_ids(given["plugins"] or ""):
        registry.find_class(plugin_id)


def _complete(given: Mapping[str, Any], *, ask: bool) -> _Answers:
    """Return what the options say, and for the rest what a person answers, or the defaults."""

    def settle(name: str, text: str, default: str, **settings: Any) -> Any:
        if given[name] is not None:
            return given[name]
        return click.prompt(text, default=default, **settings) if ask else default

    framework = settle("framework", "Framework", "flask", type=click.Choice(_FRAMEWORKS))
    database = settle("database", "Database", "sqlite", type=click.Choice(list(_URLS)))
    base_url = settle(
        "base_url", "Public address", Project().base_url, value_proc=_for_prompt(_read_address)
    )
    known = ", ".join(registry.official_ids())
    plugins = settle(
        "plugins",
        f"Plugins, with commas between ({known})",
        "",
        show_default=False,
        value_proc=_for_prompt(_read_known_ids),
    )
    seeded = given["seed_secrets"] or (ask and click.confirm("Put a new secret into .env?", True))
    return _Answers(
        framework=framework,
        database=_SPELLINGS.get(database, database),
        base_url=_read_address(base_url),
        plugins=_read_ids(plugins),
        seeded=seeded,
    )


def _for_prompt(read: Any) -> Any:
    """Return a reader of answers that lets a person try again."""

    def value_proc(text: str) -> str:
        try:
            read(text)
        except (ConfigurationError, CommandFailed) as exc:
            raise click.UsageError(str(exc)) from exc
        return text

    return value_proc


def _read_address(text: str) -> str:
    try:
        return check_address(text)
    except ValueError as exc:
        raise CommandFailed(f"--base-url {exc}") from exc


def _read_known_ids(text: str) -> None:
    for plugin_id in _read_ids(text):
        registry.find_class(plugin_id)


def _read_ids(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def _write(folder: Path, config_path: Path, answers: _Answers) -> None:
    url = _URLS[answers.database]
    secret = generate_secret() if answers.seeded else PLACEHOLDER
    env, example = folder / ".env", folder / ".env.example"
    config = make_config_text(
        framework=answers.framework,
        base_url=answers.base_url,
        provider=answers.database,
        plugins=answers.plugins,
    )
    env_text = _merge(_read(env), {"DATABASE_URL": url, "PYAUTH_SECRET": secret})
    example_text = _merge(_read(example), {"DATABASE_URL": url, "PYAUTH_SECRET": PLACEHOLDER})
    write_files({env: env_text}, mode=PRIVATE)
    # Last, because it is what a second run refuses to replace.
    write_files({example: example_text, config_path: config})
    _tell(folder, config_path, secret_is_there=PLACEHOLDER not in env_text)


def _tell(folder: Path, config_path: Path, *, secret_is_there: bool) -> None:
    click.echo(f"Wrote {config_path}, {folder / '.env.example'} and {folder / '.env'}.")
    click.echo("Next:")
    click.echo("  - keep .env out of version control")
    click.echo("  - set DATABASE_URL in .env")
    if not secret_is_there:
        click.echo("  - put the output of `pyauth secret` in the place of the secret in .env")
    click.echo("  - run `pyauth migrate`, then `pyauth doctor`")


def _read(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as exc:
        raise CommandFailed(f"{path} cannot be read: it must be UTF-8 text") from exc


def _merge(text: str, values: Mapping[str, str]) -> str:
    """Return an env file with what it lacks; a place-holder in it gives way to its value."""
    parts = []
    missing = dict(values)
    for binding in parse_stream(StringIO(text, newline="")):
        line = binding.original.string
        if binding.key is not None and missing.pop(binding.key, None) is not None:
            line = line.replace(PLACEHOLDER, values[binding.key])
        parts.append(line)
    merged = "".join(parts)
    if missing and merged and not merged.endswith("\n"):
        merged += "\n"
    return merged + "".join(f"{name}={value}\n" for name, value in missing.items())
