"""``doctor``: what it prints and how it exits, for servers that start and for those that do not."""

import json
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner

from pyauth.cli import main

STRONG = "kT9vQ2mXz7LpR4wYb8NcF6hJd3GsA5eU"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a module that has servers."""
    module = f"""
        from pyauth import PyAuth

        def good():
            auth = PyAuth(mode="production", secret="{STRONG}", base_url="https://a.example",
                          database="sqlite:///site.sqlite3", email_and_password={{"enabled": True}})
            auth.migrate()
            return auth

        def doubtful():
            return PyAuth(mode="test", secret="pa55word", database="sqlite:///other.sqlite3")

        def refused():
            return PyAuth(mode="production", secret="pa55word",
                          email_and_password={{"enabled": True}})

        def misspelt():
            return PyAuth(mode="production", secrte="pa55word")

        def broken():
            return PyAuth(mode="test", secret="{STRONG}",
                          database="postgresql://me:pa55word@127.0.0.1:1/x?password=pa55word")
    """
    (tmp_path / "doctor_site.py").write_text(dedent(module))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "doctor_site", raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delenv("PYAUTH_ENV", raising=False)
    return tmp_path


def run(name: str, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["--app", f"doctor_site:{name}", "doctor", *arguments])
    assert "Traceback" not in result.output
    assert "pa55word" not in result.output
    return result.exit_code, result.stdout


def test_a_good_server_passes_even_strictly(folder: Path) -> None:
    code, output = run("good", "--strict")
    assert code == 0
    assert output.startswith("[INFO] config.loaded: mode production, at https://a.example")
    assert "[INFO] database.schema: " in output


def test_warnings_fail_only_strictly(folder: Path) -> None:
    code, output = run("doubtful")
    assert code == 0
    assert "[WARN] security.secret: the secret is too weak" in output
    assert "[WARN] database.pending_schema: " in output
    assert run("doubtful", "--strict")[0] == 1


def test_a_server_can_be_judged_as_in_production(folder: Path) -> None:
    code, output = run("doubtful", "--production")
    assert code == 1
    assert "[ERROR] security.secret: the secret is too weak for production" in output


def test_a_server_that_refuses_to_start_is_told_all_that_was_found(folder: Path) -> None:
    code, output = run("refused")
    assert code == 1
    assert "[ERROR] security.secret: " in output
    assert "[ERROR] database.url: " in output
    assert "[WARN] security.base_url: " in output


def test_options_that_cannot_be_read_are_findings_too(folder: Path) -> None:
    assert run("misspelt") == (
        1,
        "[ERROR] config.invalid: unknown option 'secrte'; did you mean 'secret'?\n",
    )


def test_a_database_that_does_not_answer_is_an_error(folder: Path) -> None:
    code, output = run("broken")
    assert code == 1
    assert "[ERROR] database.connection: the database postgresql at 127.0.0.1, x does not" in output


def test_findings_are_json_on_demand(folder: Path) -> None:
    code, output = run("refused", "--json")
    findings = json.loads(output)["findings"]
    assert code == 1
    assert {"code", "level", "message"} == set(findings[0])
    assert ("security.secret", "error") in [(item["code"], item["level"]) for item in findings]


@pytest.mark.parametrize("name", ["nothing", "__name__"])
def test_no_server_is_no_finding(folder: Path, name: str) -> None:
    code, output = run(name)
    assert code == 2
    assert output == ""
