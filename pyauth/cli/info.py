"""``info``: what somebody who helps has to know; nothing that is secret."""

import platform
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final

import click

from pyauth.cli.clipboard import PROGRAMS, copy_text
from pyauth.cli.description import installed_version
from pyauth.cli.doctor import examine
from pyauth.cli.failures import CommandFailed, failures_shown
from pyauth.cli.output import print_json, print_table, to_json
from pyauth.cli.target import FindTarget

_LIBRARIES: Final = (
    "Flask",
    "Werkzeug",
    "SQLAlchemy",
    "alembic",
    "pydantic",
    "click",
    "psycopg",
    "PyMySQL",
    "redis",
)


def make_info_command(find_target: FindTarget) -> click.Command:
    """Return the command."""

    @click.command("info", short_help="Show versions and configuration, without secrets.")
    @click.option("-j", "--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
    @click.option("-C", "--copy", is_flag=True, help="Put it on the clipboard too, as JSON.")
    @failures_shown()
    def info(*, as_json: bool, copy: bool) -> None:
        """Show versions and the configuration for a report of a problem; no database is asked.

        Secrets and the URL of the database are never shown. Exit code 0: shown. 1: there is no
        server, or --copy found no clipboard.
        """
        description, findings = examine(find_target(), database=False)
        found = {
            **description.as_data(),
            "system": {"platform": platform.platform(), "machine": platform.machine()},
            "libraries": {name: installed_version(name) for name in _LIBRARIES},
            "findings": [asdict(item) for item in findings],
        }
        if as_json:
            print_json(found)
        else:
            print_table(("WHAT", "VALUE"), list(_rows(found)))
        if copy:
            _copy(to_json(found))

    return info


def _rows(found: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in found.items():
        if isinstance(value, Mapping):
            yield from _rows(value, f"{prefix}{name}.")
        elif name == "findings":
            yield from ((item["code"], item["message"]) for item in value)
        else:
            yield f"{prefix}{name}", _show(value)


def _show(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) or "-" if isinstance(value, list) else str(value)


def _copy(text: str) -> None:
    if not copy_text(text):
        names = ", ".join(program[0] for program in PROGRAMS)
        raise CommandFailed(f"nothing was copied: there is no clipboard, or none of {names}")
    click.echo("Copied to the clipboard.", err=True)
