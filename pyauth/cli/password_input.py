"""Where a command gets a password from: a person who types it unseen, or standard input."""

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from pyauth import codec
from pyauth.cli.failures import CommandFailed
from pyauth.context import AuthContext
from pyauth.routes.passwords import check_password_rules

F = TypeVar("F", bound=Callable[..., Any])

_LONGEST_LINE = 20_000
"""Characters of standard input that are read: more than any password may have."""


def password_options(command: F) -> F:
    """Give a command the flags ``--password`` and ``--password-stdin``."""
    ask = click.option(
        "--password", "ask", is_flag=True, help="Ask for a password: unseen, and twice."
    )
    from_stdin = click.option(
        "--password-stdin",
        "from_stdin",
        is_flag=True,
        help="Read the password from the first line of standard input, for scripts.",
    )
    return ask(from_stdin(command))


def read_password(*, ask: bool, from_stdin: bool) -> str | None:
    """Return the password that somebody types or a script hands over; None without either.

    A password is never an argument of the command line: other users of the machine see those.

    Args:
        ask: whether to ask for it, unseen and twice.
        from_stdin: whether it is the first line of standard input, without its line ending.

    Raises:
        CommandFailed: nobody can be asked, or what came is no text.
        UsageError: both are wanted.
    """
    if ask and from_stdin:
        raise click.UsageError("--password and --password-stdin exclude each other")
    if from_stdin:
        return _check(_read_line())
    if not ask:
        return None
    if not sys.stdin.isatty():
        raise CommandFailed("standard input is no terminal to ask in: use --password-stdin")
    return _check(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))


def hash_new_password(context: AuthContext, password: str, *, path: str) -> str:
    """Return the hash of a password, once the rules of sign-up allow it.

    Args:
        context: the instance.
        password: as it was typed.
        path: what password validators are told of whoever sets it.

    Raises:
        APIError: the rules or a validator refuse it, or too many hashes are being computed.
    """
    check_password_rules(context, password, path=path)
    if not context.options.email_and_password.enabled:
        click.echo(
            "Note: email_and_password.enabled is off, so nobody can sign in with a password.",
            err=True,
        )
    return context.passwords.hash(password)


def _read_line() -> str:
    line = sys.stdin.readline(_LONGEST_LINE)
    if not line:
        raise CommandFailed("standard input is empty; it must hold the password")
    return line.removesuffix("\n").removesuffix("\r")


def _check(password: str) -> str:
    try:
        codec.check_text(password)
    except codec.UnreadableText as exc:
        raise CommandFailed(f"the password cannot be used: {exc}") from exc
    return password
