"""``users``: making, listing and looking after users."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import click

from pyauth import codec
from pyauth.cli.failures import CommandFailed
from pyauth.cli.field_input import read_assignments
from pyauth.cli.output import plain, print_json, print_table
from pyauth.cli.password_input import hash_new_password, password_options, read_password
from pyauth.cli.people import (
    NOT_AN_ADDRESS,
    find_user,
    local_part,
    make_user,
    refusals_shown,
)
from pyauth.cli.target import FindAuth
from pyauth.context import AuthContext
from pyauth.db.adapter import SortBy, Where
from pyauth.errors import UniqueViolation
from pyauth.http.inputs import is_email
from pyauth.models import User
from pyauth.options.fields import MAX_TEXT_LENGTH
from pyauth.routes.password_change import SET_PASSWORD
from pyauth.routes.sign_up import sign_up_email
from pyauth.stores import normalize_email

MAX_PAGE = 1000
"""Users on one page of a listing."""

_SIGN_UP = sign_up_email.path or ""
_HEADING = ("ID", "EMAIL", "NAME", "VERIFIED", "CREATED")


def make_users_group(find_auth: FindAuth) -> click.Group:
    """Return the group ``users`` with its commands.

    Args:
        find_auth: returns the server; called when a command runs.
    """
    group = click.Group(
        "users",
        short_help="Make and list users, and set their passwords.",
        help="Make and list users, and set their passwords.",
    )
    for make in (_make_create, _make_list, _make_set_password):
        group.add_command(make(find_auth))
    return group


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """What a listing asks for."""

    limit: int
    after: str | None
    offset: int
    search: str | None


def _make_create(find_auth: FindAuth) -> click.Command:
    @click.command("create", short_help="Make a user.")
    @click.option("--email", required=True, help="His address; it must be free.")
    @click.option("--name", help="His name; by default what stands before the @.")
    @password_options
    @click.option("--verified", is_flag=True, help="Mark the address as verified.")
    @click.option(
        "--field",
        "fields",
        multiple=True,
        metavar="NAME=VALUE",
        help="An additional field of users; repeat it for several.",
    )
    def create(
        email: str,
        name: str | None,
        ask: bool,  # noqa: FBT001 - click passes it by name
        from_stdin: bool,  # noqa: FBT001
        verified: bool,  # noqa: FBT001
        fields: Sequence[str],
    ) -> None:
        """Make a user, by the rules of sign-up.

        Without --password and --password-stdin he has no password yet: he can set one by a mailed
        link for a lost password. Nothing is mailed to him.
        """
        with refusals_shown():
            context = find_auth().context
            values = {
                "email": _read_email(email),
                "name": _read_name(local_part(email) if name is None else name),
                "email_verified": verified,
                **_read_fields(context, fields),
            }
            _refuse_taken(context, email)
            password = read_password(ask=ask, from_stdin=from_stdin)
            user = _create(context, values, password)
        click.echo(f"Created {user.email}, id {user.id}.")

    return create


def _make_list(find_auth: FindAuth) -> click.Command:
    @click.command("list", short_help="List users, a page at a time.")
    @click.option(
        "--limit",
        type=click.IntRange(1, MAX_PAGE),
        default=50,
        show_default=True,
        help="How many.",
    )
    @click.option("--after", metavar="EMAIL", help="Begin after this address.")
    @click.option("--offset", type=click.IntRange(0), default=0, help="Leave out so many.")
    @click.option("--search", metavar="TEXT", help="Only those with this in address or name.")
    @click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
    def list_users(
        limit: int,
        after: str | None,
        offset: int,
        search: str | None,
        as_json: bool,  # noqa: FBT001 - click passes it by name
    ) -> None:
        """List users by their address, a page at a time.

        Where there are more, the way to the next page is told on standard error, and with --json
        in the member `next`. --after finds its page at once, however many users there are; --offset
        counts its way there. --search takes its text literally and ignores the case of letters.
        """
        if after is not None and offset:
            raise click.UsageError("--after and --offset exclude each other")
        page = _Page(limit=limit, after=after, offset=offset, search=search)
        with refusals_shown():
            found = _find(find_auth().context, page)
        users, more = found[:limit], len(found) > limit
        if as_json:
            following = users[-1].email if more else None
            print_json({"users": [_as_data(user) for user in users], "next": following})
            return
        print_table(_HEADING, [_as_cells(user) for user in users])
        if more:
            way = f"--offset {offset + limit}" if offset else f"--after {plain(users[-1].email)}"
            click.echo(f"More: {way}", err=True)

    return list_users


def _make_set_password(find_auth: FindAuth) -> click.Command:
    @click.command("set-password", short_help="Set the password of a user.")
    @click.argument("user", metavar="EMAIL_OR_ID")
    @password_options
    @click.option("--keep-sessions", is_flag=True, help="Leave him signed in where he is.")
    def set_password(
        user: str,
        ask: bool,  # noqa: FBT001 - click passes it by name
        from_stdin: bool,  # noqa: FBT001
        keep_sessions: bool,  # noqa: FBT001
    ) -> None:
        """Set the password of a user, whether he has one or not.

        It is asked for unless --password-stdin is given. All sessions of the user end with the old
        one, unless --keep-sessions is given.
        """
        with refusals_shown():
            context = find_auth().context
            found = find_user(context, user)
            password = read_password(ask=ask or not from_stdin, from_stdin=from_stdin)
            ended = _set_password(context, found, password or "", keep_sessions=keep_sessions)
        told = "" if keep_sessions else f" Sessions ended: {ended}."
        click.echo(f"{plain(found.email)} has a new password.{told}")

    return set_password


def _read_email(text: str) -> str:
    if not is_email(text):
        raise CommandFailed(f"--email {NOT_AN_ADDRESS}")
    return normalize_email(text)


def _read_name(text: str) -> str:
    if len(text) > MAX_TEXT_LENGTH:
        raise CommandFailed(f"--name has more than {MAX_TEXT_LENGTH} characters")
    return text


def _read_fields(context: AuthContext, texts: Sequence[str]) -> dict[str, Any]:
    given = read_assignments(context.schema.model("user"), texts)
    return context.schema.parse_input("user", given, "create")


def _refuse_taken(context: AuthContext, email: str) -> None:
    if context.users.find_by_email(email) is not None:
        raise CommandFailed(f"the address {normalize_email(email)} is taken")


def _create(context: AuthContext, values: dict[str, Any], password: str | None) -> User:
    made = None if password is None else hash_new_password(context, password, path=_SIGN_UP)
    try:
        with context.adapter.transaction():
            user = make_user(context, values, made)
    except UniqueViolation as exc:
        _refuse_taken(context, values["email"])
        names = ", ".join(exc.fields) or "unknown"
        raise CommandFailed(f"another user has this value already, in the field {names}") from exc
    if user is None:
        raise CommandFailed("a database hook stopped the new user")
    return user


def _find(context: AuthContext, page: _Page) -> list[User]:
    """Return the users of a page, and one more where there are more."""
    where = []
    if page.after is not None:
        where.append(Where("email", normalize_email(page.after), "gt"))
    if page.search:
        where += [
            Where(field, page.search, "contains", "OR", ignore_case=True)
            for field in ("email", "name")
        ]
    return context.users.list(
        where, limit=page.limit + 1, offset=page.offset, sort_by=SortBy("email")
    )


def _as_cells(user: User) -> tuple[str, ...]:
    verified = "yes" if user.email_verified else "no"
    return user.id, user.email, user.name, verified, codec.iso_timestamp(user.created_at)


def _as_data(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "emailVerified": user.email_verified,
        "createdAt": codec.iso_timestamp(user.created_at),
    }


def _set_password(context: AuthContext, user: User, password: str, *, keep_sessions: bool) -> int:
    """Store a new password and return how many sessions ended."""
    made = hash_new_password(context, password, path=SET_PASSWORD)
    with context.adapter.transaction():
        if context.users.lock(user.id) is None:
            raise CommandFailed("the user is gone")
        if not context.accounts.store_password(user.id, made):
            raise CommandFailed("a database hook stopped the new password")
        return 0 if keep_sessions else context.sessions.delete_of_user(user.id)
