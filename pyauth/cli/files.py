"""Files that are there whole or not at all, whenever a command is interrupted."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from pyauth.crypto.random import generate_id
from pyauth.errors import ConfigurationError

PRIVATE = 0o600
"""For files with secrets: nobody but their owner reads them."""
PUBLIC = 0o666
"""For all others, less what the umask takes away."""


def write_files(texts: Mapping[Path, str], *, mode: int = PUBLIC) -> None:
    """Write files, making their folders; each appears, or is replaced, in one step.

    All are written under temporary names first, so that nothing is replaced when one cannot be
    written; then they take their places in the order given.

    Args:
        texts: what each file holds.
        mode: the permissions of files that are new; others keep theirs.

    Raises:
        ConfigurationError: one cannot be written.
    """
    waiting: dict[Path, Path] = {}
    try:
        for path, text in texts.items():
            waiting[path] = path.with_name(f".{path.name}.{generate_id(8)}.tmp")
            _write(waiting[path], text, _mode_of(path, mode))
        for path in texts:
            os.replace(waiting[path], path)
            del waiting[path]
    except OSError as exc:
        raise ConfigurationError(f"{exc.filename} cannot be written: {exc.strerror}") from exc
    finally:
        for rest in waiting.values():
            with suppress(OSError):
                rest.unlink()


def _mode_of(path: Path, mode: int) -> int:
    try:
        return path.stat().st_mode & 0o777
    except FileNotFoundError:
        return mode


def _write(path: Path, text: str, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    # Line ends stay as they were read.
    with open(descriptor, "w", encoding="utf-8", newline="") as file:
        file.write(text)
