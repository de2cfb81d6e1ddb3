"""The engine of ``import``: users from a file of another system, checked and written in batches.

``files`` reads lines, ``columns`` says what they mean, ``people`` checks one line, ``run`` checks
and writes all of them. Nothing here talks to a person: ``pyauth.cli.importing`` does.
"""

from pyauth.cli.incoming.columns import PRESETS, Columns, Preset, choose_columns
from pyauth.cli.incoming.files import FORMATS, Format, Source, UnreadableFile, guess_format
from pyauth.cli.incoming.people import BadLine, Person, PersonReader
from pyauth.cli.incoming.run import Checked, ImportRun, ImportStopped, Written

__all__ = [
    "FORMATS",
    "PRESETS",
    "BadLine",
    "Checked",
    "Columns",
    "Format",
    "ImportRun",
    "ImportStopped",
    "Person",
    "PersonReader",
    "Preset",
    "Source",
    "UnreadableFile",
    "Written",
    "choose_columns",
    "guess_format",
]
