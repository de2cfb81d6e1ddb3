"""How commands end."""

import click
import pytest
from click.testing import CliRunner

from pyauth.cli.failures import failures_shown
from pyauth.cli.prompts import confirm
from pyauth.errors import ConfigurationError, StoreUnavailable


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (ConfigurationError(["one", "two"]), "Error: one\ntwo\n"),
        (StoreUnavailable("the database is locked"), "Error: the database is locked\n"),
    ],
)
def test_what_people_can_mend_is_a_message_and_code_1(error: Exception, shown: str) -> None:
    @click.command()
    @failures_shown()
    def fail() -> None:
        raise error

    result = CliRunner().invoke(fail)
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", shown)


def test_what_nobody_expected_keeps_its_traceback() -> None:
    @click.command()
    @failures_shown()
    def fail() -> None:
        raise RuntimeError("a bug")

    assert isinstance(CliRunner().invoke(fail).exception, RuntimeError)


def test_a_question_is_not_asked_where_everybody_agrees() -> None:
    @click.command()
    def ask() -> None:
        click.echo(confirm("Do it?", yes=True))

    assert CliRunner().invoke(ask).stdout == "True\n"


def test_a_question_is_not_asked_where_nobody_can_answer() -> None:
    @click.command()
    def ask() -> None:
        confirm("Do it?", yes=False)

    result = CliRunner().invoke(ask, input="y\n")
    assert result.exit_code == 1
    assert result.stderr == (
        "Error: Non-interactive session: pass --yes (or -y) to run this command in CI or scripts.\n"
    )
