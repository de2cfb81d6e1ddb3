"""``secret``: makes a secret, or judges one."""

from collections.abc import Callable

import click

from pyauth.cli.failures import CommandFailed, failures_shown
from pyauth.crypto.secret_keys import MIN_SECRET_LENGTH, generate_secret, strict_weakness

FindVariable = Callable[[str], str | None]
"""Returns a variable of the environment, or None where it is unset or empty."""


def make_secret_command(find_variable: FindVariable) -> click.Command:
    """Return the command; it needs no server.

    Args:
        find_variable: reads the environment, with the env files where those count.
    """

    @click.command("secret", short_help="Make a secret, or judge one.")
    @click.option(
        "--bytes",
        "size",
        type=click.IntRange(min=MIN_SECRET_LENGTH),
        default=MIN_SECRET_LENGTH,
        show_default=True,
        help="How many random bytes it is made of.",
    )
    @click.option("--env-line", is_flag=True, help="Print a line for an env file.")
    @click.option("--check", metavar="SECRET", help="Judge this secret instead of making one.")
    @click.option("--check-env", metavar="NAME", help="Judge the secret in this variable.")
    @click.option(
        "--production/--dev",
        default=True,
        help="Judge as for production (the default), or only whether there is one.",
    )
    @failures_shown()
    def secret(
        *, size: int, env_line: bool, check: str | None, check_env: str | None, production: bool
    ) -> None:
        """Print a new random secret, fit for PYAUTH_SECRET; or judge one that you have.

        Other users of the machine may see what --check is given; prefer --check-env. Exit code 0:
        made, or good. 1: it will not do.
        """
        if check is not None and check_env is not None:
            raise click.UsageError("--check and --check-env exclude each other")
        if check is None and check_env is None:
            made = generate_secret(size)
            click.echo(f"PYAUTH_SECRET={made}" if env_line else made)
            return
        given = find_variable(check_env) if check_env is not None else check
        _judge(given or "", name=check_env, production=production)

    return secret


def _judge(secret: str, *, name: str | None, production: bool) -> None:
    what = "the secret" if name is None else name
    if not secret.strip():
        raise CommandFailed(f"{what} is empty; `pyauth secret` makes one")
    flaw = strict_weakness(secret) if production else None
    if flaw is not None:
        raise CommandFailed(f"{what} will not do: {flaw}; `pyauth secret` makes a good one")
    click.echo("Secret strength looks good.")
