"""Asking before something is done that cannot be taken back."""

import sys

import click

from pyauth.cli.failures import CommandFailed


def confirm(question: str, *, yes: bool) -> bool:
    """Return whether a person agrees.

    Args:
        question: what is about to be done, as a question.
        yes: agree without asking, as ``--yes`` says.

    Raises:
        CommandFailed: nobody can be asked, as standard input is no terminal.
    """
    if yes:
        return True
    require_person()
    return click.confirm(question)


def require_person() -> None:
    """Make sure that somebody can be asked.

    Raises:
        CommandFailed: nobody can, as standard input is no terminal.
    """
    if not sys.stdin.isatty():
        raise CommandFailed(
            "Non-interactive session: pass --yes (or -y) to run this command in CI or scripts."
        )
