"""The command line: ``pyauth`` beside any server, and the same commands as ``flask pyauth``."""

from pyauth.cli.commands import ServerNotFound, make_commands, make_secret_command
from pyauth.cli.main import main

__all__ = ["ServerNotFound", "main", "make_commands", "make_secret_command"]
