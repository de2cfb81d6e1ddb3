"""The commands that both fronts share: ``pyauth`` and ``flask pyauth``."""

import click

from pyauth.auth import PyAuth
from pyauth.cli.doctor import make_doctor_command
from pyauth.cli.generate import make_generate_command
from pyauth.cli.importing import make_import_command
from pyauth.cli.info import make_info_command
from pyauth.cli.migration import make_migrate_command, make_status_command
from pyauth.cli.routes import make_routes_command
from pyauth.cli.schema import make_schema_group
from pyauth.cli.sessions import make_sessions_group
from pyauth.cli.target import FindTarget
from pyauth.cli.users import make_users_group


def make_commands(find_target: FindTarget) -> list[click.Command]:
    """Return the commands that are about one server.

    Args:
        find_target: returns what they are about; called when a command runs.
    """

    def find_auth() -> PyAuth:
        return find_target().open()

    of_database = [
        make_status_command(find_target),
        make_generate_command(find_target),
        make_migrate_command(find_target),
    ]
    return [
        *of_database,
        _make_db_group(of_database),
        make_schema_group(find_target),
        make_routes_command(find_target),
        make_doctor_command(find_target),
        make_info_command(find_target),
        make_users_group(find_auth),
        make_sessions_group(find_auth),
        make_import_command(find_auth),
    ]


def _make_db_group(commands: list[click.Command]) -> click.Group:
    return click.Group(
        "db",
        commands=commands,
        help="Compare the database with the schema: the commands of the same names.",
        short_help="status, generate and migrate, as one group.",
    )
