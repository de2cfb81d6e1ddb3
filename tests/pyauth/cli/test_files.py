"""Files are there whole or not at all."""

import os
from pathlib import Path

import pytest

from pyauth.cli.files import PRIVATE, write_files
from pyauth.errors import ConfigurationError


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_files_are_written_with_their_folders(folder: Path) -> None:
    write_files({folder / "a" / "b.txt": "one\r\n", folder / "c.txt": "two"})
    assert (folder / "a" / "b.txt").read_bytes() == b"one\r\n"
    assert names(folder) == ["b.txt", "c.txt"]


def test_a_new_file_has_the_mode_and_an_old_one_keeps_its_own(folder: Path) -> None:
    old, new = folder / "old", folder / "new"
    old.write_text("x")
    old.chmod(0o640)
    write_files({old: "y", new: "y"}, mode=PRIVATE)
    assert [path.stat().st_mode & 0o777 for path in (old, new)] == [0o640, 0o600]


@pytest.mark.parametrize("failing", ["replace", "open"])
def test_an_interruption_leaves_what_was_there(
    folder: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    path = folder / "a.txt"
    path.write_text("before")

    def interrupt(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, failing, interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_files({path: "after"})
    assert names(folder) == ["a.txt"]
    assert path.read_text() == "before"


def test_nothing_is_replaced_when_one_cannot_be_written(folder: Path) -> None:
    (folder / "file").write_text("")
    path = folder / "a.txt"
    path.write_text("before")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        write_files({path: "after", folder / "file" / "b.txt": "x"})
    assert names(folder) == ["a.txt", "file"]
    assert path.read_text() == "before"
