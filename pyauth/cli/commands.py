"""The commands. Which server they are about is asked of a function, so that every front fits.

Exit codes: 0 done; 1 ``status`` found the database behind, or ``doctor`` an error; 2 it could not
be done.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from pyauth.assembly import Finding
from pyauth.auth import PyAuth
from pyauth.cli.doctor import fails, findings_of_refusal
from pyauth.cli.reports import report_findings, report_findings_as_json, report_plan, report_routes
from pyauth.crypto.secret_keys import generate_secret
from pyauth.errors import ConfigurationError, StoreError

FindAuth = Callable[[], PyAuth]

BEHIND = 1
FAILED = 2


class ServerNotFound(ConfigurationError):
    """There is no server where the command line says; none has refused to start either."""


class CommandFailed(click.ClickException):
    """The work could not be done; shown without a traceback."""

    exit_code = FAILED


def make_commands(find_auth: FindAuth) -> list[click.Command]:
    """Return the commands that are about one server.

    Args:
        find_auth: returns the server; called when a command runs.
    """

    @click.command("migrate", short_help="Create the tables, columns and indexes that are missing.")
    @click.option("--dry-run", is_flag=True, help="Show what would be done and change nothing.")
    def migrate(dry_run: bool) -> None:  # noqa: FBT001 - click passes it by name
        """Create the tables, columns and indexes that the database lacks.

        Nothing is ever dropped or changed in kind. Where that would be needed, nothing is done at
        all and the exit code is 2.
        """
        with failures_shown():
            _migrate(find_auth(), dry_run=dry_run)

    @click.command("status", short_help="Tell whether the database is up to date.")
    @click.pass_context
    def status(context: click.Context) -> None:
        """Tell whether the database has all that the configuration needs.

        Exit code 0: it has. 1: `migrate` would add something. 2: it needs work by hand, or could
        not be asked.
        """
        with failures_shown():
            context.exit(_show_status(find_auth()))

    @click.command("routes", short_help="List the routes and who contributes them.")
    def routes() -> None:
        """List every route with its methods, the name it has in `auth.api`, and its contributor."""
        with failures_shown():
            click.echo(report_routes(find_auth()))

    return [migrate, status, routes, _make_doctor_command(find_auth)]


def _make_doctor_command(find_auth: FindAuth) -> click.Command:
    @click.command("doctor", short_help="Look for what is doubtful or wrong, and say what to do.")
    @click.option("--production", is_flag=True, help="Judge as in production, whatever the mode.")
    @click.option("--strict", is_flag=True, help="Let warnings fail the command too.")
    @click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
    @click.pass_context
    def doctor(
        context: click.Context,
        production: bool,  # noqa: FBT001 - click passes it by name
        strict: bool,  # noqa: FBT001
        as_json: bool,  # noqa: FBT001
    ) -> None:
        """Examine the configuration and the database; nothing is changed.

        Exit code 0: no errors. 1: an error, or a warning under --strict. 2: there is no server to
        examine. A server that refuses to start is examined too: its refusal is what is shown.
        """
        with failures_shown():
            findings = _diagnose(find_auth, production=production)
        report = report_findings_as_json if as_json else report_findings
        click.echo(report(findings))
        context.exit(1 if fails(findings, strict=strict) else 0)

    return doctor


def _diagnose(find_auth: FindAuth, *, production: bool) -> tuple[Finding, ...]:
    try:
        auth = find_auth()
    except ServerNotFound:
        raise
    except ConfigurationError as refusal:
        return findings_of_refusal(refusal)
    return auth.diagnose(production=production)


def make_secret_command() -> click.Command:
    """Return the command that makes a secret; it needs no server."""

    @click.command("secret", short_help="Make a secret.")
    def secret() -> None:
        """Print a new random secret, fit for PYAUTH_SECRET."""
        click.echo(generate_secret())

    return secret


@contextmanager
def failures_shown() -> Iterator[None]:
    """Turn the errors that people can do something about into messages, one problem a line."""
    try:
        yield
    except ConfigurationError as exc:
        raise CommandFailed("\n".join(exc.problems)) from exc
    except StoreError as exc:
        raise CommandFailed(str(exc)) from exc


def _migrate(auth: PyAuth, *, dry_run: bool) -> None:
    plan = auth.plan() if dry_run else auth.migrate()
    if plan.problems:
        raise ConfigurationError(plan.problems)
    done = "to do" if dry_run else "done"
    click.echo(report_plan(plan, heading=done))


def _show_status(auth: PyAuth) -> int:
    plan = auth.plan()
    click.echo(report_plan(plan, heading="missing"))
    if plan.problems:
        return FAILED
    return 0 if plan.is_empty else BEHIND
