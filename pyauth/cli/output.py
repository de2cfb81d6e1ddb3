"""What commands print: tables that read well in a terminal, plain text when piped."""

import json
import sys
from collections.abc import Sequence
from typing import Any

import click


def print_table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows below a heading, in columns; piped, a line per row with tabs and no heading.

    Args:
        heading: the name of each column.
        rows: the cells of each row, as many as the heading has.
    """
    if not is_terminal():
        for row in rows:
            click.echo("\t".join(plain(cell) for cell in row))
        return
    lines = [tuple(heading), *(tuple(plain(cell) for cell in row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heading))]
    for number, line in enumerate(lines):
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        text = "  ".join(cells).rstrip()
        click.echo(click.style(text, bold=True) if number == 0 else text)


def print_json(value: Any) -> None:
    """Print plain data as JSON, indented."""
    click.echo(to_json(value))


def to_json(value: Any) -> str:
    """Return plain data as JSON, indented."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def is_terminal() -> bool:
    """Return whether a person reads standard output."""
    return sys.stdout.isatty()


def plain(text: str) -> str:
    """Return a text for a terminal: what is not printable, such as an escape, is replaced.

    Names come from people: a tab or an escape sequence of theirs must not reach the terminal.
    """
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)
