"""The clipboard of the desktop, through whichever program reaches it."""

import shutil
import subprocess

PROGRAMS = (
    ("pbcopy",),
    ("wl-copy",),
    ("xclip", "-selection", "clipboard"),
    ("xsel", "--clipboard", "--input"),
    ("clip.exe",),
)
"""What is tried, in order; each reads the text from standard input."""

_TIMEOUT = 5
"""Seconds that a program may take."""


def copy_text(text: str) -> bool:
    """Put a text on the clipboard; return whether some program did."""
    return any(_copy_with(program, text) for program in PROGRAMS if shutil.which(program[0]))


def _copy_with(program: tuple[str, ...], text: str) -> bool:
    try:
        subprocess.run(  # noqa: S603 - one of our own list
            program,
            input=text.encode(),
            # A program that stays to serve the clipboard must not hold our own output open.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_TIMEOUT,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return True
