"""``import``: users of another system, with the hashes that they have."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import click

from pyauth.cli.failures import CommandFailed
from pyauth.cli.incoming import (
    FORMATS,
    PRESETS,
    Checked,
    Columns,
    Format,
    ImportRun,
    ImportStopped,
    PersonReader,
    Source,
    UnreadableFile,
    choose_columns,
    guess_format,
)
from pyauth.cli.incoming.run import OnConflict, Written
from pyauth.cli.output import plain
from pyauth.cli.people import refusals_shown
from pyauth.cli.prompts import confirm
from pyauth.cli.target import FindAuth
from pyauth.context import AuthContext
from pyauth.crypto.passwords import PasswordHasher

MAX_BATCH = 5000
"""Lines of a batch: a statement of one value each must stay within every database's bounds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """What the command line asks for."""

    file: Path
    format: Format | None
    preset: str
    maps: Sequence[str]
    single_hash: bool
    on_conflict: OnConflict
    batch_size: int
    dry_run: bool
    yes: bool


def make_import_command(find_auth: FindAuth) -> click.Command:
    """Return the command ``import``.

    Args:
        find_auth: returns the server; called when the command runs.
    """

    @click.command("import", short_help="Take over the users of another system.")
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.option(
        "--format", "format_", type=click.Choice(FORMATS), help="By default the file's ending."
    )
    @click.option(
        "--from",
        "preset",
        type=click.Choice(list(PRESETS)),
        default="generic",
        show_default=True,
        help="Which names the columns have, and how hashes are read.",
    )
    @click.option(
        "--map",
        "maps",
        multiple=True,
        metavar="OURS=THEIRS",
        help="Fill one of our fields from a column of theirs; OURS= leaves it out. Repeatable.",
    )
    @click.option(
        "--single-hash",
        is_flag=True,
        help="With --from flask-security: SECURITY_PASSWORD_SINGLE_HASH is True there.",
    )
    @click.option(
        "--on-conflict",
        type=click.Choice(get_args(OnConflict)),
        default="fail",
        show_default=True,
        help="What an address that has a user already means.",
    )
    @click.option("--dry-run", is_flag=True, help="Check the file and write nothing.")
    @click.option(
        "--batch-size",
        type=click.IntRange(1, MAX_BATCH),
        default=500,
        show_default=True,
        help="Users of one transaction.",
    )
    @click.option("-y", "--yes", is_flag=True, help="Do not ask.")
    def import_users(
        file: Path,
        format_: Format | None,
        preset: str,
        maps: Sequence[str],
        single_hash: bool,  # noqa: FBT001 - click passes it by name
        on_conflict: OnConflict,
        dry_run: bool,  # noqa: FBT001
        batch_size: int,
        yes: bool,  # noqa: FBT001
    ) -> None:
        """Take over users from a CSV file, a JSON array or JSON lines.

        The whole file is checked first, and nothing is written unless every line is good. Users
        are then written in batches, each in one transaction. When a batch fails, those before it
        stay: the last line that is in is named, and running the command again with --on-conflict
        skip goes on behind it.

        A user without a name is named after what stands before the @ of his address. Who is not
        active in the other system is left out. Passwords keep working: their hashes are replaced
        when their owners sign in.
        """
        wish = _Wish(
            file=file,
            format=format_,
            preset=preset,
            maps=maps,
            single_hash=single_hash,
            on_conflict=on_conflict,
            batch_size=batch_size,
            dry_run=dry_run,
            yes=yes,
        )
        with refusals_shown(), _files_shown():
            _import(find_auth().context, wish)

    return import_users


@contextmanager
def _files_shown() -> Iterator[None]:
    try:
        yield
    except UnreadableFile as exc:
        raise CommandFailed(plain(str(exc))) from exc
    except OSError as exc:
        raise CommandFailed(f"the file cannot be read: {exc.strerror}") from exc


def _import(context: AuthContext, wish: _Wish) -> None:
    source = Source(wish.file, wish.format or guess_format(wish.file))
    run = _make_run(context, wish, source)
    checked = _check(run, source)
    click.echo(_describe(checked))
    if checked.bad:
        raise CommandFailed(f"nothing was written: bad lines: {checked.bad}")
    if wish.dry_run:
        click.echo("Dry run: nothing was written.")
        return
    if not checked.ready:
        click.echo("There is nothing to import.")
        return
    if not confirm(f"Import {checked.ready} users?", yes=wish.yes):
        raise click.Abort
    written = _write(run, checked)
    click.echo(f"Imported {written.created} users ({written.with_password} with a password).")
    if written.stopped:
        raise CommandFailed(f"users that a database hook stopped: {written.stopped}")


def _make_run(context: AuthContext, wish: _Wish, source: Source) -> ImportRun:
    preset = PRESETS[wish.preset]
    if wish.preset == "flask-security":
        _require_salt(context, wish)
    elif wish.single_hash:
        raise click.UsageError("--single-hash goes with --from flask-security")
    names = source.columns()
    columns = choose_columns(context.schema.model("user"), preset, wish.maps, names)
    _tell_unused(columns, names)
    reader = PersonReader(
        context,
        preset=preset,
        columns=columns,
        holds_texts=source.holds_texts,
        single_hash=wish.single_hash,
    )
    return ImportRun(
        context, source, reader, on_conflict=wish.on_conflict, batch_size=wish.batch_size
    )


def _require_salt(context: AuthContext, wish: _Wish) -> None:
    passwords = context.passwords
    if wish.single_hash or not isinstance(passwords, PasswordHasher):
        return
    if not passwords.has_flask_security_salt:
        raise CommandFailed(
            "Flask-Security hashes passwords twice: set "
            "email_and_password.password.flask_security_salt to its SECURITY_PASSWORD_SALT; or say "
            "--single-hash if SECURITY_PASSWORD_SINGLE_HASH is True there"
        )


def _tell_unused(columns: Columns, names: Sequence[str] | None) -> None:
    unused = columns.unused(names or ())
    if unused:
        click.echo(f"Columns that fill nothing: {plain(', '.join(unused))}.")


def _check(run: ImportRun, source: Source) -> Checked:
    with _progress("Checking", source.size) as move:
        try:
            return run.check(_report, lambda: move(source.position))
        except KeyboardInterrupt:
            raise CommandFailed("stopped while checking; nothing was written") from None


def _write(run: ImportRun, checked: Checked) -> Written:
    total = checked.ready + checked.present
    try:
        with _progress("Importing", total) as move:
            return run.write(
                checked, _report, lambda: move(run.written.created + run.written.present)
            )
    except KeyboardInterrupt:
        raise CommandFailed(f"stopped.\n{_describe_stop(run.written, checked)}") from None
    except ImportStopped as exc:
        raise CommandFailed(f"{exc}\n{_describe_stop(run.written, checked)}") from exc
    except Exception:
        # A mistake in the app's own code keeps its traceback.
        click.echo(_describe_stop(run.written, checked), err=True)
        raise


def _describe(checked: Checked) -> str:
    parts = [f"{checked.ready} to import ({checked.with_password} with a password)"]
    if checked.unnamed:
        parts.append(f"{checked.unnamed} of them named after their address")
    if checked.present:
        parts.append(f"{checked.present} with a user already")
    if checked.inactive:
        parts.append(f"{checked.inactive} inactive and left out")
    if checked.bad:
        parts.append(f"{checked.bad} bad")
    return f"Lines read: {checked.lines}; {', '.join(parts)}."


def _describe_stop(written: Written, checked: Checked) -> str:
    if not written.last_line:
        return "The open batch was rolled back. Nothing was written."
    return (
        f"The open batch was rolled back. In are {written.created} of {checked.ready} users, up to "
        f"line {written.last_line}. Run it again with --on-conflict skip to go on."
    )


def _report(line: int, problem: str) -> None:
    # On a terminal the progress bar has not ended its line.
    clear = "\r\x1b[2K" if _is_watched() else ""
    click.echo(f"{clear}line {line}: {plain(problem)}", err=True)


def _is_watched() -> bool:
    return sys.stderr.isatty()


@contextmanager
def _progress(label: str, length: int) -> Iterator[Callable[[int], None]]:
    """Show a bar on a terminal, and nothing elsewhere; what it yields is told how far it has come.

    Args:
        label: what goes on.
        length: how far it goes.
    """
    if not _is_watched():
        yield lambda place: None
        return
    with click.progressbar(length=length, label=label, file=sys.stderr) as bar:
        yield lambda place: bar.update(place - bar.pos)
