"""``migrate`` and ``status``: what the database lacks, told and added."""

from typing import Any

import click

from pyauth.cli.adapters import adapter_option
from pyauth.cli.failures import failures_shown
from pyauth.cli.output import print_json
from pyauth.cli.prompts import confirm
from pyauth.cli.target import FindTarget
from pyauth.db.migration.plan import Plan
from pyauth.errors import ConfigurationError

yes_option = click.option("-y", "--yes", is_flag=True, help="Do it without asking.")


def make_migrate_command(find_target: FindTarget) -> click.Command:
    """Return the command that adds what is missing."""

    @click.command("migrate", short_help="Create the tables, columns and indexes that are missing.")
    @click.option("--dry-run", is_flag=True, help="Show what would be done and change nothing.")
    @yes_option
    @adapter_option
    @failures_shown()
    def migrate(*, dry_run: bool, yes: bool, adapter: str | None) -> None:  # noqa: ARG001
        """Create the tables, columns and indexes that the database lacks, after asking.

        Plugins' own migrations run too, once per database. Nothing is ever dropped or changed in
        kind: where that would be needed, nothing is done at all. Exit code 0: done, nothing to do,
        or declined. 1: it could not be done, or nobody is there to be asked and --yes is missing.
        """
        auth = find_target().open_schema(database=True)
        plan = auth.plan()
        refuse_problems(plan)
        print_warnings(plan)
        if not plan.has_steps:
            click.echo("No migrations needed.")
            return
        print_steps(plan, heading=f"To do in the {plan.dialect} database:")
        if dry_run:
            click.echo("Dry run complete; no changes were applied.")
        elif confirm("Apply these changes?", yes=yes):
            _tell(auth.migrate(), expected=plan)
        else:
            click.echo("Migration cancelled; no changes were applied.")

    return migrate


def make_status_command(find_target: FindTarget) -> click.Command:
    """Return the command that tells what is missing."""

    @click.command("status", short_help="Tell whether the database is up to date.")
    @click.option("--check", is_flag=True, help="Exit with 1 unless the database is up to date.")
    @click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
    @click.pass_context
    @failures_shown()
    def status(context: click.Context, *, check: bool, as_json: bool) -> None:
        """Tell whether the database has all that the configuration needs; nothing is changed.

        Exit code 0: told. 1: the database could not be asked, or, under --check, it lacks
        something or needs work by hand.
        """
        plan = find_target().open_schema(database=True).plan()
        if as_json:
            print_json(_as_data(plan))
        else:
            _print_status(plan)
        context.exit(1 if check and not plan.is_empty else 0)

    return status


def refuse_problems(plan: Plan) -> None:
    """Refuse a plan that pyauth must not carry out.

    Raises:
        ConfigurationError: with each problem and its way out.
    """
    if plan.problems:
        raise ConfigurationError(plan.problems)


def print_steps(plan: Plan, *, heading: str) -> None:
    """Print what a plan does, a line a step."""
    click.echo(heading)
    for line in plan.describe_steps():
        click.echo(f"  {line}")


def print_warnings(plan: Plan) -> None:
    """Print on standard error what differs and does no harm."""
    for warning in plan.warnings:
        click.echo(click.style(f"Warning: {warning}", fg="yellow"), err=True)


def _tell(done: Plan, *, expected: Plan) -> None:
    if done.hash != expected.hash:
        # Somebody else migrated while the question stood.
        if done.has_steps:
            print_steps(done, heading="The database had changed meanwhile. Done:")
        else:
            click.echo("Nothing was left to do: another migration has just done it.")
    click.echo("Migration completed successfully.")


def _print_status(plan: Plan) -> None:
    if plan.is_empty:
        click.echo("The database is up to date.")
    if plan.has_steps:
        print_steps(plan, heading=f"The {plan.dialect} database lacks:")
        click.echo(f"Plan {plan.hash[:16]}; `migrate` carries it out.")
    for problem in plan.problems:
        click.echo(click.style(f"problem: {problem}", fg="red"))
    for warning in plan.warnings:
        click.echo(click.style(f"warning: {warning}", fg="yellow"))


def _as_data(plan: Plan) -> dict[str, Any]:
    return {
        "provider": plan.dialect,
        "tables_to_create": list(plan.create_tables),
        "columns_to_add": [
            {"table": item.table, "column": item.column, "definition": item.definition}
            for item in plan.add_columns
        ],
        "indexes_to_create": [
            {"name": item.name, "table": item.table, "column": item.column, "unique": item.unique}
            for item in plan.create_indexes
        ],
        "migrations_to_run": list(plan.run_migrations),
        "problems": list(plan.problems),
        "warnings": list(plan.warnings),
        "statements": list(plan.statements),
        "plan_hash": plan.hash,
    }
