"""The environment of a command: the process, then the files."""

import os
from pathlib import Path

import pytest

from pyauth.cli.env_files import find_variable, load_env_files
from pyauth.errors import ConfigurationError


def test_the_process_goes_before_the_files_and_each_file_before_the_next(folder: Path) -> None:
    config_folder = folder / "config"
    config_folder.mkdir()
    os.environ["A"] = "process"
    (folder / ".env.local").write_text("A=1\nB=1\n")
    (folder / ".env").write_text("A=2\nB=2\nC=2\n")
    (config_folder / ".env.local").write_text("A=3\nB=3\nC=3\nD=3\n")
    (config_folder / ".env").write_text("A=4\nB=4\nC=4\nD=4\nE=4\n")

    load_env_files([folder, config_folder])

    assert [find_variable(name) for name in "ABCDE"] == ["process", "1", "2", "3", "4"]


def test_an_empty_variable_counts_as_unset_and_is_not_filled(folder: Path) -> None:
    os.environ["A"] = ""
    (folder / ".env").write_text("A=file\n")
    load_env_files([folder])
    assert find_variable("A") is None


def test_quotes_comments_and_export_are_those_of_env_files(folder: Path) -> None:
    (folder / ".env").write_text("# a comment\nexport A='one two'\nB=\"x\"  # why\n\n")
    load_env_files([folder])
    assert (find_variable("A"), find_variable("B")) == ("one two", "x")


def test_a_line_that_is_none_is_told_with_its_number_and_without_its_text(folder: Path) -> None:
    (folder / ".env").write_text("A=1\nmy secret\n")
    with pytest.raises(ConfigurationError) as caught:
        load_env_files([folder])
    assert str(caught.value) == f"{folder}/.env:2: must look like NAME=value"


def test_a_file_that_is_no_text_is_told(folder: Path) -> None:
    (folder / ".env").write_bytes(b"A=\xff\n")
    with pytest.raises(ConfigurationError, match=r"\.env cannot be read: it must be UTF-8 text"):
        load_env_files([folder])
