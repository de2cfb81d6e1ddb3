"""``completions``: what makes a shell complete the commands."""

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "fish", "zsh")


def make_completions_command() -> click.Command:
    """Return the command; it is about the program that it is part of."""

    @click.command("completions", short_help="Print what makes a shell complete the commands.")
    @click.argument("shell", type=click.Choice(SHELLS))
    @click.pass_context
    def completions(context: click.Context, *, shell: str) -> None:
        """Print a script that makes a shell complete commands, options and plugin ids.

        \b
        bash:  eval "$(pyauth completions bash)"     in ~/.bashrc
        zsh:   eval "$(pyauth completions zsh)"      in ~/.zshrc
        fish:  pyauth completions fish > ~/.config/fish/completions/pyauth.fish
        """
        kind = get_completion_class(shell)
        if kind is None:
            raise click.UsageError(f"click completes nothing in {shell}")
        program = context.find_root()
        click.echo(kind(program.command, {}, "pyauth", "_PYAUTH_COMPLETE").source())

    return completions
