"""``sessions``: who is signed in where, and ending that."""

from collections.abc import Sequence
from typing import Any

import click

from pyauth import codec
from pyauth.cli.failures import CommandFailed
from pyauth.cli.output import plain, print_json, print_table
from pyauth.cli.people import find_user, refusals_shown
from pyauth.cli.prompts import confirm
from pyauth.cli.target import FindAuth
from pyauth.context import AuthContext
from pyauth.models import Session, User

_HEADING = ("ID", "TOKEN", "CREATED", "EXPIRES", "ADDRESS", "USER AGENT")
_SHOWN = 4
"""Symbols of a token that are shown: enough to tell two apart, and no help in guessing one."""


def make_sessions_group(find_auth: FindAuth) -> click.Group:
    """Return the group ``sessions`` with its commands.

    Args:
        find_auth: returns the server; called when a command runs.
    """
    group = click.Group(
        "sessions",
        short_help="List and end the sessions of a user.",
        help="List and end the sessions of a user.",
    )
    group.add_command(_make_list(find_auth))
    group.add_command(_make_revoke(find_auth))
    return group


def _make_list(find_auth: FindAuth) -> click.Command:
    @click.command("list", short_help="List the sessions of a user.")
    @click.argument("user", metavar="EMAIL_OR_ID")
    @click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
    def list_sessions(user: str, as_json: bool) -> None:  # noqa: FBT001 - click passes it by name
        """List the active sessions of a user; of their tokens only the beginning is shown."""
        with refusals_shown():
            context = find_auth().context
            found = context.sessions.list_of_user(find_user(context, user).id)
        if as_json:
            print_json({"sessions": [_as_data(session) for session in found]})
            return
        print_table(_HEADING, [_as_cells(session) for session in found])

    return list_sessions


def _make_revoke(find_auth: FindAuth) -> click.Command:
    @click.command("revoke", short_help="End a session, or all of a user.")
    @click.argument("target", metavar="SESSION_ID|EMAIL_OR_ID")
    @click.option("--all", "of_user", is_flag=True, help="End every session of a user.")
    @click.option(
        "--user",
        "owner",
        metavar="EMAIL_OR_ID",
        help="Whose session it is; needed where sessions live in the secondary storage alone.",
    )
    @click.option("-y", "--yes", is_flag=True, help="Do not ask.")
    def revoke(
        target: str,
        of_user: bool,  # noqa: FBT001 - click passes it by name
        owner: str | None,
        yes: bool,  # noqa: FBT001
    ) -> None:
        """End one session by its id, or with --all every session of a user.

        They end wherever they are kept: in the database, in the secondary storage, and on the list
        that the storage keeps of a user. A browser that has its session cached in a cookie may show
        it for the cache's age.
        """
        if of_user and owner is not None:
            raise click.UsageError("with --all the argument is the user: leave --user out")
        with refusals_shown():
            context = find_auth().context
            if of_user:
                _revoke_all(context, find_user(context, target), yes=yes)
            else:
                user = None if owner is None else find_user(context, owner)
                _revoke_one(context, target, user, yes=yes)

    return revoke


def _revoke_all(context: AuthContext, user: User, *, yes: bool) -> None:
    if not confirm(f"End every session of {plain(user.email)}?", yes=yes):
        raise click.Abort
    ended = context.sessions.delete_of_user(user.id)
    kept = len(context.sessions.list_of_user(user.id))
    if kept:
        raise CommandFailed(f"sessions ended: {ended}; a database hook kept {kept}")
    click.echo(f"Sessions ended: {ended}.")


def _revoke_one(context: AuthContext, session_id: str, user: User | None, *, yes: bool) -> None:
    session = _find_session(context, session_id, user)
    if not confirm(f"End the session {plain(session.id)}?", yes=yes):
        raise click.Abort
    if not context.sessions.delete(session.token, user_id=session.user_id):
        raise CommandFailed("the session has ended already, or a database hook kept it")
    click.echo(f"Ended the session {plain(session.id)}.")


def _find_session(context: AuthContext, session_id: str, user: User | None) -> Session:
    found = context.sessions.find(session_id)
    if found is not None and (user is None or found.user_id == user.id):
        return found
    if user is not None:
        for session in context.sessions.list_of_user(user.id, only_active=False):
            if session.id == session_id:
                return session
        raise CommandFailed(f"{plain(user.email)} has no session with this id")
    if _has_rows(context):
        raise CommandFailed("there is no session with this id")
    raise CommandFailed(
        "sessions live in the secondary storage, which does not find them by id: say whose it is "
        "with --user"
    )


def _has_rows(context: AuthContext) -> bool:
    in_database = context.options.session.store_session_in_database
    return context.secondary_storage is None or in_database


def _as_cells(session: Session) -> Sequence[str]:
    return (
        session.id,
        f"{session.token[:_SHOWN]}...",
        codec.iso_timestamp(session.created_at),
        codec.iso_timestamp(session.expires_at),
        session.ip_address or "",
        session.user_agent or "",
    )


def _as_data(session: Session) -> dict[str, Any]:
    return {
        "id": session.id,
        "tokenPrefix": session.token[:_SHOWN],
        "createdAt": codec.iso_timestamp(session.created_at),
        "expiresAt": codec.iso_timestamp(session.expires_at),
        "ipAddress": session.ip_address,
        "userAgent": session.user_agent,
    }
