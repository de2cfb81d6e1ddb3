"""``generate``: what the database lacks, as a file of SQL."""

from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

import click

from pyauth.auth import PyAuth
from pyauth.cli.adapters import adapter_option
from pyauth.cli.failures import CommandFailed, failures_shown
from pyauth.cli.files import write_files
from pyauth.cli.migration import print_steps, print_warnings, refuse_problems, yes_option
from pyauth.cli.prompts import confirm
from pyauth.cli.schema import dialect_option, settle_dialect
from pyauth.cli.tables import create_schema, plan_from_nothing
from pyauth.cli.target import FindTarget, Target
from pyauth.clock import utc_now
from pyauth.db.migration.plan import Plan

_NAMED: Final = 16
"""How many digits of a plan's hash the name of its file has."""
_HASH_LINE: Final = "-- plan_hash: "
_MAX_HEADER: Final = 20
"""Lines of a file that are looked at for its plan."""


def make_generate_command(find_target: FindTarget) -> click.Command:
    """Return the command that writes SQL."""

    @click.command("generate", short_help="Write the SQL of what the database lacks to a file.")
    @click.option(
        "--output", type=click.Path(path_type=Path, dir_okay=False), help="The file to write."
    )
    @click.option(
        "--output-dir",
        type=click.Path(path_type=Path, file_okay=False),
        help="The folder for a file with a name of its own.",
    )
    @dialect_option
    @click.option(
        "--from-empty", is_flag=True, help="Write everything an empty database needs; ask none."
    )
    @click.option("--force", is_flag=True, help="Write although the same plan is there already.")
    @yes_option
    @adapter_option
    @failures_shown()
    def generate(
        *,
        output: Path | None,
        output_dir: Path | None,
        dialect: str | None,
        from_empty: bool,
        force: bool,
        yes: bool,
        adapter: str | None,
    ) -> None:
        """Write the SQL of what the database lacks to a file, after asking; nothing is applied.

        The file is named after the time, the dialect and the hash of the plan. Exit code 0:
        written, or nothing to do. 1: it could not be done, the same plan is in the folder already,
        or it was declined.
        """
        if output is not None and output_dir is not None:
            raise click.UsageError("--output and --output-dir exclude each other")
        target = find_target()
        if from_empty:
            auth = target.open_schema(database=False)
            plan = plan_from_nothing(auth, settle_dialect(target, dialect, adapter=adapter))
        else:
            auth = target.open_schema(database=True)
            plan = auth.plan()
            _check_dialect(plan, dialect)
        refuse_problems(plan)
        print_warnings(plan)
        if not plan.statements:
            _tell_of_nothing(plan)
            return
        now = utc_now()
        path = output or (output_dir or _default_folder(target)) / _name(plan, now)
        written = _choose_path(path, plan, is_named=output is not None, force=force)
        print_steps(plan, heading=f"To be written to {written}:")
        if not confirm(f"Write {written}?", yes=yes):
            raise CommandFailed("nothing was written")
        write_files({written: _write_sql(auth, plan, now)})
        click.echo(f"Wrote {written}")

    return generate


def _default_folder(target: Target) -> Path:
    return Path(target.workspace.config_or_defaults().database.migrations_dir)


def _check_dialect(plan: Plan, dialect: str | None) -> None:
    if dialect is not None and {dialect, plan.dialect} not in (
        {dialect},
        {"mysql", "mariadb"},
    ):
        raise click.UsageError(
            f"the database is {plan.dialect}: --dialect {dialect} needs --from-empty, which "
            "compares with nothing"
        )


def _tell_of_nothing(plan: Plan) -> None:
    click.echo("Schema is already up to date.")
    if plan.run_migrations:
        names = ", ".join(plan.run_migrations)
        click.echo(f"Migrations of plugins wait for `migrate`, which runs them: {names}")


def _name(plan: Plan, now: datetime) -> str:
    return f"{now:%Y%m%d%H%M%S}_{plan.dialect}_{plan.hash[:_NAMED]}.sql"


def _choose_path(path: Path, plan: Plan, *, is_named: bool, force: bool) -> Path:
    """Return where the plan is written: forced, a file that holds it is written anew.

    Raises:
        CommandFailed: the plan, or the file, is there already.
    """
    same = _find_same(path.parent, plan)
    if same is not None and not force:
        raise CommandFailed(
            f"{same} holds this plan already: apply it, or pass --force to write it anew"
        )
    if is_named and path.exists() and not force:
        raise CommandFailed(f"{path} is there already; pass --force to replace it")
    return path if is_named or same is None else same


def _find_same(folder: Path, plan: Plan) -> Path | None:
    """Return the file of a folder that was written from a plan of the same hash, or None."""
    wanted = f"{_HASH_LINE}{plan.hash}"
    for path in sorted(folder.glob("*.sql")):
        try:
            with path.open(encoding="utf-8", errors="replace") as file:
                head = [line.strip() for line, _ in zip(file, range(_MAX_HEADER), strict=False)]
        except OSError:
            continue
        if wanted in head:
            return path
    return None


def _write_sql(auth: PyAuth, plan: Plan, now: datetime) -> str:
    schema = create_schema(auth, plan.dialect)
    header = [
        f"-- dialect: {plan.dialect}",
        f"-- generated_at: {now.isoformat(timespec='seconds')}",
        f"-- schema_hash: {sha256(schema.encode()).hexdigest()}",
        f"{_HASH_LINE}{plan.hash}",
        f"-- config_base_path: {auth.base_path or '/'}",
    ]
    later = [
        f"-- `pyauth migrate` runs the migration {name} of a plugin: it is not SQL"
        for name in plan.run_migrations
    ]
    body = [f"{statement};" for statement in plan.statements]
    parts = ["\n".join(header), *body, *(["\n".join(later)] if later else [])]
    return "\n\n".join(parts) + "\n"
