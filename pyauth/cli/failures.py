"""How commands end: done, not done with a reason, or asked for in the wrong way.

Exit codes: 0 done; 1 it could not be done, or a check found something; 2 the command line is wrong.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from pyauth.errors import ConfigurationError, StoreError


class CommandFailed(click.ClickException):
    """The work could not be done; shown on standard error without a traceback.

    Args:
        message: what is wrong and what would be right; one line per problem.
    """

    exit_code = 1


@contextmanager
def failures_shown() -> Iterator[None]:
    """Turn the errors that people can do something about into messages, one problem a line."""
    try:
        yield
    except ConfigurationError as exc:
        raise CommandFailed("\n".join(exc.problems)) from exc
    except StoreError as exc:
        raise CommandFailed(str(exc)) from exc
