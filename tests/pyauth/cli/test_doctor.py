"""``doctor``: what it prints and how it exits, for servers that start and for those that do not."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pyauth import __version__
from pyauth.cli import description, doctor
from tests.pyauth.cli.conftest import STRONG, Run
from tests.support.commands import Done

UNMIXED = "abcdefghijklmnopqrstuvwxyz0123456789"

SERVERS = f"""
    from pyauth import PyAuth

    def good():
        auth = PyAuth(mode="production", secret="{STRONG}", base_url="https://a.example",
                      database="sqlite:///live.sqlite3", email_and_password={{"enabled": True}})
        auth.migrate()
        return auth

    def doubtful():
        return PyAuth(mode="test", secret="pa55word", database="sqlite:///other.sqlite3")

    def unmixed():
        return PyAuth(mode="production", secret="{UNMIXED}", base_url="https://a.example",
                      database="sqlite:///other.sqlite3")

    def refused():
        return PyAuth(mode="production", secret="pa55word",
                      email_and_password={{"enabled": True}})

    def misspelt():
        return PyAuth(mode="production", secrte="pa55word")

    def broken():
        return PyAuth(mode="test", secret="{STRONG}",
                      database="postgresql://me:pa55word@127.0.0.1:1/x?password=pa55word")
"""


@pytest.fixture
def examine(run: Run, module: Callable[[str], str]) -> Run:
    """Examines one of the servers."""
    site = module(SERVERS)

    def examine(name: str, *arguments: str) -> Done:
        done = run("--app", f"{site}:{name}", "doctor", *arguments)
        assert "pa55word" not in done.out + done.err
        return done

    return examine


def test_a_good_server_passes_even_strictly(folder: Path, examine: Run) -> None:
    done = examine("good", "--strict")
    assert done.code == 0
    first, second, *_ = done.out.splitlines()
    assert first == f"[INFO] workspace.root: the commands work in {folder}"
    assert second.startswith("[INFO] config.loaded: mode production, at https://a.example")
    assert "[INFO] database.schema: " in done.out


def test_warnings_fail_only_strictly(examine: Run) -> None:
    done = examine("doubtful")
    assert done.code == 0
    assert "[WARN] security.secret: the secret is too weak" in done.out
    assert "[WARN] database.pending_schema: " in done.out
    assert examine("doubtful", "--strict").code == 1


def test_a_server_can_be_judged_as_in_production(examine: Run) -> None:
    done = examine("doubtful", "--production")
    assert done.code == 1
    assert "[ERROR] security.secret: the secret is too weak for production" in done.out


def test_a_secret_that_nobody_should_choose_is_an_error_in_production(examine: Run) -> None:
    done = examine("unmixed")
    assert done.code == 1
    assert "[ERROR] security.secret: the secret is easier to guess than it should be" in done.out
    assert UNMIXED not in done.out


def test_a_server_that_refuses_to_start_is_told_all_that_was_found(examine: Run) -> None:
    done = examine("refused")
    assert done.code == 1
    assert "[ERROR] security.secret: " in done.out
    assert "[ERROR] database.url: " in done.out
    assert "[WARN] security.base_url: " in done.out


def test_options_that_cannot_be_read_are_findings_too(examine: Run) -> None:
    done = examine("misspelt")
    assert done.code == 1
    assert done.out.endswith(
        "[ERROR] config.invalid: unknown option 'secrte'; did you mean 'secret'?\n"
    )


def test_a_database_that_does_not_answer_is_an_error(examine: Run) -> None:
    done = examine("broken")
    assert done.code == 1
    assert "[ERROR] database.connection: the database postgresql at 127.0.0.1, x does" in done.out


def test_all_is_data_on_demand(folder: Path, examine: Run) -> None:
    done = examine("good", "--json")
    found = json.loads(done.out)
    assert {"code", "level", "message"} == set(found["findings"][0])
    assert {name: value for name, value in found.items() if name != "findings"} == {
        "workspace_root": str(folder),
        "python": found["python"],
        "pyauth_version": __version__,
        "config": {
            "mode": "production",
            "base_url": "https://a.example/api/auth",
            "base_path": "/api/auth",
            "adapter": "SQLAlchemyAdapter",
            "provider": "sqlite",
            "naming": "pyauth",
            "plugins": [],
        },
        "database_url": "[REDACTED]",
        "secret": "[REDACTED]",
    }
    assert STRONG not in done.out


@pytest.mark.parametrize("name", ["nothing", "__name__"])
def test_no_server_is_no_finding(examine: Run, name: str) -> None:
    done = examine(name)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("Error: --app ")


def test_a_live_server_is_compared_with_the_configuration(folder: Path, examine: Run) -> None:
    (folder / "pyauth.toml").write_text('[database]\nprovider = "mysql"\n')
    assert "[WARN] database.adapter_provider_mismatch: the database is sqlite, and" in (
        examine("good").out
    )


def codes(done: Done) -> dict[str, str]:
    """Return the levels of the findings by code."""
    return {
        code.rstrip(":"): level.strip("[]").lower()
        for level, code, *_ in (line.split() for line in done.out.splitlines())
    }


def test_a_configured_server_is_examined_with_its_database(project: Path, run: Run) -> None:
    with (project / ".env").open("a") as file:
        file.write(f"PYAUTH_SECRET={STRONG}\n")
    run("migrate", "-y")
    done = run("doctor", "--strict")
    assert done.code == 0
    assert codes(done) == {
        "workspace.root": "info",
        "framework.detected": "info",
        "config.loaded": "info",
        "database.schema": "info",
    }


def test_what_the_environment_lacks_is_an_error_in_production_alone(
    project: Path, run: Run
) -> None:
    (project / ".env").unlink()
    done = run("doctor")
    assert done.code == 0
    assert codes(done)["database.url"] == "warn"
    assert codes(done)["security.secret"] == "info"

    done = run("doctor", "--production")
    assert done.code == 1
    assert codes(done)["database.url"] == "error"
    assert codes(done)["security.secret"] == "error"
    assert "[ERROR] security.secret: PYAUTH_SECRET is not set: " in done.out

    text = '[project]\nproduction = true\n[security]\nsecret_env = "AUTH_KEY"\n'
    (project / "pyauth.toml").write_text(text)
    assert "[ERROR] security.secret: AUTH_KEY is not set: " in run("doctor").out


def test_a_weak_secret_of_the_environment_is_told(project: Path, run: Run) -> None:
    with (project / ".env").open("a") as file:
        file.write("PYAUTH_SECRET=pa55word\n")
    done = run("doctor", "--production")
    assert done.code == 1
    assert "[ERROR] security.secret: the secret is too weak for production" in done.out
    assert "pa55word" not in done.out


def test_no_configuration_is_a_warning(folder: Path, run: Run) -> None:
    done = run("doctor")
    assert done.code == 0
    assert codes(done)["config.missing"] == "warn"
    assert f"there is no {folder}/pyauth.toml" in done.out


def test_a_configuration_that_cannot_be_read_is_an_error(project: Path, run: Run) -> None:
    (project / "pyauth.toml").write_text("[projct]\n")
    done = run("doctor", "--json")
    found = json.loads(done.out)
    assert done.code == 1
    assert [item["code"] for item in found["findings"]] == ["workspace.root", "config.invalid"]
    assert "pyauth.toml:1: unknown key 'projct'" in found["findings"][1]["message"]
    assert found["config"] == {}


def test_mistakes_of_the_configuration_have_codes_of_their_own(project: Path, run: Run) -> None:
    text = '[database]\nadapter = "prisma"\nprovider = "mysql"\n[plugins]\nenabled = ["sso"]\n'
    (project / "pyauth.toml").write_text(text)
    found = codes(run("doctor"))
    assert found["plugins.schema_unknown"] == "warn"
    assert found["database.adapter_mismatch"] == "error"
    assert found["database.adapter_provider_mismatch"] == "warn"


def test_mysql_and_mariadb_are_no_mismatch(project: Path, run: Run) -> None:
    (project / "pyauth.toml").write_text('[database]\nprovider = "mariadb"\n')
    (project / ".env").write_text("DATABASE_URL=mysql://me@127.0.0.1:1/x\n")
    assert "database.adapter_provider_mismatch" not in codes(run("doctor"))


def test_a_framework_that_is_not_installed_is_told(
    project: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "installed_version", lambda name: None)
    done = run("doctor")
    assert "[WARN] framework.detected: project.framework is 'flask', but Flask is not" in done.out
    (project / "pyauth.toml").write_text('[project]\nframework = "wsgi"\n')
    assert "framework.detected" not in run("doctor").out


def test_what_is_not_installed_has_no_version() -> None:
    assert description.installed_version("no-such-distribution") is None
