"""``doctor``: what is doubtful or wrong, for servers that start and for those that do not."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Final

import click

from pyauth.assembly import Finding, UnsafeConfiguration
from pyauth.auth import PyAuth
from pyauth.cli.adapters import SQLALCHEMY
from pyauth.cli.config_file import ProjectConfig
from pyauth.cli.configured import (
    ConfiguredTarget,
    build_server,
    load_plugins,
    require_database_url,
)
from pyauth.cli.description import Description, describe_file, describe_live, installed_version
from pyauth.cli.env_files import find_variable
from pyauth.cli.failures import failures_shown
from pyauth.cli.live import ServerNotFound
from pyauth.cli.output import print_json
from pyauth.cli.target import FindTarget, Target
from pyauth.cli.workspace import Workspace
from pyauth.crypto.secret_keys import generate_secret, strict_weakness, weakness
from pyauth.db.sqlalchemy import SQLAlchemyAdapter
from pyauth.errors import ConfigurationError
from pyauth.plugins.registry import official_ids, unknown

_COLOURS: Final = {"info": None, "warn": "yellow", "error": "red"}
_OF_NO_DATABASE: Final = frozenset({"database.url", "database.migrations_unsupported"})
"""What a server without a database shows; a file always means one."""


def make_doctor_command(find_target: FindTarget) -> click.Command:
    """Return the command."""

    @click.command("doctor", short_help="Look for what is doubtful or wrong, and say what to do.")
    @click.option("--production", is_flag=True, help="Judge as in production, whatever the mode.")
    @click.option("--strict", is_flag=True, help="Let warnings fail the command too.")
    @click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
    @click.pass_context
    @failures_shown()
    def doctor(context: click.Context, *, production: bool, strict: bool, as_json: bool) -> None:
        """Examine the configuration and the database; nothing is changed.

        A server that refuses to start is examined too: its refusal is what is shown. Exit code 0:
        no errors. 1: an error, a warning under --strict, or there is no server to examine.
        """
        description, findings = examine(find_target(), production=production)
        if as_json:
            print_json({**description.as_data(), "findings": [asdict(item) for item in findings]})
        else:
            print_findings(findings)
        context.exit(1 if fails(findings, strict=strict) else 0)

    return doctor


def print_findings(findings: Sequence[Finding]) -> None:
    """Print findings as lines: ``[WARN] security.csrf: ...``."""
    for item in findings:
        level = click.style(f"[{item.level.upper()}]", fg=_COLOURS[item.level])
        click.echo(f"{level} {item.code}: {item.message}")


def fails(findings: Sequence[Finding], *, strict: bool) -> bool:
    """Return whether the command fails: on errors, and with ``strict`` on warnings too."""
    bad = {"error", "warn"} if strict else {"error"}
    return any(finding.level in bad for finding in findings)


def findings_of_refusal(refusal: ConfigurationError) -> tuple[Finding, ...]:
    """Return what a server that refused to start is told to have wrong."""
    if isinstance(refusal, UnsafeConfiguration):
        return refusal.findings
    return tuple(Finding("config.invalid", "error", problem) for problem in refusal.problems)


def examine(
    target: Target, *, production: bool = False, database: bool = True
) -> tuple[Description, tuple[Finding, ...]]:
    """Return where a command looks, and what is to be said of the server there.

    Args:
        target: whose server.
        production: judge as in production, whatever the mode.
        database: ask the database, and judge the whole; without, what the files show is enough.

    Raises:
        ServerNotFound: there is no server.
    """
    workspace = target.workspace
    place = Finding("workspace.root", "info", f"the commands work in {workspace.folder}")
    if isinstance(target, ConfiguredTarget):
        description, findings = _examine_file(workspace, production=production, database=database)
    else:
        description, findings = _examine_live(target, production=production, database=database)
    return description, (place, *findings)


def _examine_live(
    target: Target, *, production: bool, database: bool
) -> tuple[Description, tuple[Finding, ...]]:
    try:
        auth = target.open()
    except ServerNotFound:
        raise
    except ConfigurationError as refusal:
        return Description(target.workspace.folder), findings_of_refusal(refusal)
    config = target.workspace.find_config()
    findings = [*_provider(auth, config)]
    if database:
        findings += [*auth.diagnose(production=production), *_secret(auth, production=production)]
    return describe_live(target.workspace, auth), tuple(findings)


def _examine_file(
    workspace: Workspace, *, production: bool, database: bool
) -> tuple[Description, tuple[Finding, ...]]:
    try:
        config = workspace.find_config()
    except ConfigurationError as refusal:
        return Description(workspace.folder), findings_of_refusal(refusal)
    findings = [*_file(workspace, config)]
    config = config or ProjectConfig()
    findings += [*_framework(config), *_plugins(config), *_adapter(config)]
    if database:
        findings += _diagnose(config, production=production)
    return describe_file(workspace, config), tuple(findings)


def _file(workspace: Workspace, config: ProjectConfig | None) -> Iterator[Finding]:
    if config is None:
        yield Finding(
            "config.missing",
            "warn",
            f"there is no {workspace.config_path}, so the defaults are examined; run `pyauth "
            "init`, or name a live server with --app",
        )


def _framework(config: ProjectConfig) -> Iterator[Finding]:
    version = installed_version("Flask")
    if version is not None:
        yield Finding("framework.detected", "info", f"Flask {version} is installed")
    elif config.project.framework == "flask":
        yield Finding(
            "framework.detected",
            "warn",
            "project.framework is 'flask', but Flask is not installed: pip install "
            "'pyauth-server[flask]', or write 'wsgi'",
        )


def _plugins(config: ProjectConfig) -> Iterator[Finding]:
    for plugin_id in config.plugins.enabled:
        if plugin_id not in official_ids():
            yield Finding(
                "plugins.schema_unknown",
                "warn",
                f"{unknown(plugin_id)}; what it adds to the schema is not known here: examine the "
                "live server with --app",
            )


def _adapter(config: ProjectConfig) -> Iterator[Finding]:
    adapter = config.database.adapter
    if adapter != SQLALCHEMY:
        yield Finding(
            "database.adapter_mismatch",
            "error",
            f"database.adapter is {adapter!r}, which the commands write no tables for; write "
            "'sqlalchemy'",
        )


def _provider(auth: PyAuth, config: ProjectConfig | None) -> Iterator[Finding]:
    adapter = auth.context.adapter
    if config is None or not isinstance(adapter, SQLAlchemyAdapter):
        return
    found, named = adapter.engine.dialect.name, config.database.provider
    if found != named and {found, named} != {"mysql", "mariadb"}:
        yield Finding(
            "database.adapter_provider_mismatch",
            "warn",
            f"the database is {found}, and database.provider names {named}: `generate "
            "--from-empty` and `schema print` would write for the wrong one",
        )


def _diagnose(config: ProjectConfig, *, production: bool) -> Iterator[Finding]:
    """Yield what the server of a file shows, with its database where the URL is set."""
    strict = production or config.project.production
    secret = find_variable(config.security.secret_env)
    url = None
    try:
        url = require_database_url(config)
    except ConfigurationError as refusal:
        yield Finding("database.url", "error" if strict else "warn", str(refusal))
    if secret is None and strict and find_variable("PYAUTH_SECRETS") is None:
        yield Finding(
            "security.secret",
            "error",
            f"{config.security.secret_env} is not set: production needs a secret; `pyauth secret` "
            "makes one",
        )
        secret = generate_secret()  # so that the rest is examined too
    plugins = load_plugins(item for item in config.plugins.enabled if item in official_ids())
    try:
        auth = build_server(config, database=url, secret=secret, plugins=plugins)
    except ConfigurationError as refusal:
        yield from findings_of_refusal(refusal)
        return
    for item in auth.diagnose(production=production):
        if url is not None or item.code not in _OF_NO_DATABASE:
            yield item
    yield from _provider(auth, config)
    yield from _secret(auth, production=production)


def _secret(auth: PyAuth, *, production: bool) -> Iterator[Finding]:
    """Yield what is to be said of a secret that the server takes and nobody should choose."""
    options, secret = auth.context.options, auth.context.keys.for_signing()
    if (options.secret is None and options.secrets is None) or weakness(secret) is not None:
        return
    flaw = strict_weakness(secret)
    if flaw is not None:
        yield Finding(
            "security.secret",
            "error" if production or options.is_production else "warn",
            f"the secret is easier to guess than it should be: {flaw}; `pyauth secret` makes a "
            "good one",
        )
