"""What commands print without a terminal; ``test_terminal`` has the rest."""

import json

import pytest

from pyauth.cli.output import print_json, print_table


def test_piped_a_table_is_a_line_a_row_without_a_heading(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_table(("A", "B"), [("one", "two"), ("three", "")])
    assert capsys.readouterr().out == "one\ttwo\nthree\t\n"


def test_a_cell_brings_neither_tabs_nor_escape_sequences(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_table(("A",), [("x\ty\x1b[31mz\n",)])
    assert (
        capsys.readouterr().out
        == "x\N{REPLACEMENT CHARACTER}y\N{REPLACEMENT CHARACTER}[31mz"
        + ("\N{REPLACEMENT CHARACTER}\n")
    )


def test_data_is_json_with_its_letters_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"name": "Zoë"})
    shown = capsys.readouterr().out
    assert "Zoë" in shown
    assert json.loads(shown) == {"name": "Zoë"}
