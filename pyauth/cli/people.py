"""What the commands about users and their sessions share."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pyauth.cli.failures import CommandFailed, failures_shown
from pyauth.cli.output import plain
from pyauth.context import AuthContext
from pyauth.errors import APIError
from pyauth.http.inputs import MAX_EMAIL_LENGTH
from pyauth.models import User

NOT_AN_ADDRESS = f"is no e-mail address of at most {MAX_EMAIL_LENGTH} characters"


@contextmanager
def refusals_shown() -> Iterator[None]:
    """Turn what rules, hooks and stores refuse into messages.

    As :func:`~pyauth.cli.failures.failures_shown`, and for the errors of the HTTP contract too.
    """
    with failures_shown():
        try:
            yield
        except APIError as exc:
            raise CommandFailed(exc.message) from exc


def find_user(context: AuthContext, text: str) -> User:
    """Return the user of an e-mail address or an id.

    Args:
        context: the instance.
        text: an address if it holds an ``@``, else an id.

    Raises:
        CommandFailed: there is none.
    """
    by_email = "@" in text
    user = context.users.find_by_email(text) if by_email else context.users.find(text)
    if user is None:
        kind = "address" if by_email else "id"
        raise CommandFailed(f"there is no user with the {kind} {plain(text)}")
    return user


def make_user(
    context: AuthContext, values: Mapping[str, Any], password_hash: str | None
) -> User | None:
    """Store a user and, where there is one, his password; to be called within a transaction.

    Args:
        context: the instance.
        values: his fields, checked, the additional ones and their defaults among them.
        password_hash: None for a user without a password.

    Returns:
        The user; None when a database hook stopped him.

    Raises:
        CommandFailed: a database hook stopped the password; the transaction must not commit.
        UniqueViolation: the address, or another unique value, is taken.
    """
    user = context.users.create(values)
    if user is None or password_hash is None:
        return user
    if context.accounts.create_credential(user.id, password_hash) is None:
        raise CommandFailed("a database hook stopped the password of a new user")
    return user


def local_part(email: str) -> str:
    """Return what stands before the ``@``: the name of a user who was given none."""
    return email.partition("@")[0]
