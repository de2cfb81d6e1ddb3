"""docs/cli.md names every command and every option."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from pyauth.cli import main
from pyauth.cli.config_file import ProjectConfig

PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")


def commands(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{path}{name} ")
        else:
            yield f"{path}{name}", command


@pytest.mark.parametrize(("path", "command"), [*commands(main)], ids=str)
def test_the_page_names_the_command_and_its_options(path: str, command: click.Command) -> None:
    assert re.search(rf"`(pyauth )?{path}\b", PAGE), path
    for parameter in command.params:
        for option in (*parameter.opts, *parameter.secondary_opts):
            assert not option.startswith("-") or f"`{option}" in PAGE, f"{path} {option}"


def test_the_page_shows_every_key_of_the_file() -> None:
    for section, field in ProjectConfig.model_fields.items():
        assert f"[{section}]" in PAGE
        annotation = field.annotation
        assert annotation is not None
        for key in annotation.model_fields:
            assert f"\n{key} = " in PAGE
