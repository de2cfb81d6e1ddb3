"""The command line: ``pyauth`` beside any server, and the same commands as ``flask pyauth``."""

from pyauth.cli.commands import make_commands
from pyauth.cli.env_files import find_variable
from pyauth.cli.live import LiveTarget, ServerNotFound
from pyauth.cli.main import main
from pyauth.cli.plugins import make_list_group
from pyauth.cli.secret import make_secret_command
from pyauth.cli.workspace import open_workspace

__all__ = [
    "LiveTarget",
    "ServerNotFound",
    "find_variable",
    "main",
    "make_commands",
    "make_list_group",
    "make_secret_command",
    "open_workspace",
]
