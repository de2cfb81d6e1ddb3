"""``init``: the files of a new project."""

from pathlib import Path

import pytest
from dotenv import dotenv_values

from pyauth.cli.config_file import read_config_file
from pyauth.crypto.secret_keys import strict_weakness
from tests.pyauth.cli.conftest import Run

PLACEHOLDER = "<generate-with-pyauth-secret>"


def test_it_writes_a_configuration_that_can_be_read(folder: Path, run: Run) -> None:
    done = run(
        *("init", "-y", "--framework", "wsgi", "--database", "postgres"),
        *("--base-url", "https://app.example.com", "--plugins", "bearer"),
    )
    assert done.code == 0
    config = read_config_file(folder / "pyauth.toml")
    assert config.project.framework == "wsgi"
    assert config.project.base_url == "https://app.example.com"
    assert config.database.provider == "postgresql"
    assert config.plugins.enabled == ("bearer",)
    url = "postgresql://user:password@localhost:5432/pyauth"
    expected = f"DATABASE_URL={url}\nPYAUTH_SECRET={PLACEHOLDER}\n"
    assert (folder / ".env").read_text() == expected
    assert (folder / ".env.example").read_text() == expected
    assert "run `pyauth migrate`" in done.out


def test_the_defaults_make_a_project_that_works_at_once(folder: Path, run: Run) -> None:
    assert run("init", "-y", "--seed-secrets").code == 0
    assert run("migrate", "-y").code == 0
    assert (folder / "pyauth.sqlite3").exists()
    assert run("doctor").code == 0


def test_secrets_are_for_nobody_else(folder: Path, run: Run) -> None:
    run("init", "-y", "--seed-secrets")
    assert (folder / ".env").stat().st_mode & 0o077 == 0
    secret = dotenv_values(folder / ".env")["PYAUTH_SECRET"]
    assert secret is not None
    assert strict_weakness(secret) is None
    assert secret not in (folder / ".env.example").read_text()


def test_lines_that_are_there_stay(folder: Path, run: Run) -> None:
    (folder / ".env").write_text("# mine\nDATABASE_URL='sqlite:///mine.db'\nOTHER=1")
    run("init", "-y")
    assert (folder / ".env").read_text() == (
        f"# mine\nDATABASE_URL='sqlite:///mine.db'\nOTHER=1\nPYAUTH_SECRET={PLACEHOLDER}\n"
    )


def test_a_secret_that_is_there_stays_and_a_placeholder_gives_way(folder: Path, run: Run) -> None:
    (folder / ".env").write_text("PYAUTH_SECRET=mine\n")
    run("init", "-y", "--seed-secrets")
    assert (folder / ".env").read_text().startswith("PYAUTH_SECRET=mine\n")

    (folder / ".env").write_text(f"A=1\nPYAUTH_SECRET={PLACEHOLDER}\nB=2\n")
    run("init", "-y", "--seed-secrets", "--force")
    lines = (folder / ".env").read_text().splitlines()
    assert [line.partition("=")[0] for line in lines] == ["A", "PYAUTH_SECRET", "B", "DATABASE_URL"]
    assert PLACEHOLDER not in lines[1]


def test_a_configuration_that_is_there_is_replaced_by_force_alone(folder: Path, run: Run) -> None:
    (folder / "pyauth.toml").write_text("# mine\n")
    done = run("init", "-y")
    assert done.code == 1
    assert f"{folder}/pyauth.toml is there already; pass --force" in done.err
    assert (folder / "pyauth.toml").read_text() == "# mine\n"
    assert not (folder / ".env").exists()

    assert run("init", "-y", "--force").code == 0
    assert read_config_file(folder / "pyauth.toml").project.framework == "flask"


def test_the_file_may_be_elsewhere(folder: Path, run: Run) -> None:
    assert run("--config", "conf/auth.toml", "init", "-y").code == 0
    assert (folder / "conf" / "auth.toml").exists()
    assert (folder / ".env").exists()


@pytest.mark.parametrize(
    ("option", "value", "complaint", "code"),
    [
        ("--plugins", "bearer,nope", "`nope` is not an official pyauth plugin; there are: ", 1),
        ("--base-url", "localhost:5000", "--base-url must be an address", 1),
        ("--database", "oracle", "'oracle' is not one of", 2),
        ("--framework", "django", "'django' is not one of", 2),
        ("--adapter", "pickles", "`pickles` is not an adapter of pyauth", 1),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(
    folder: Path, run: Run, option: str, value: str, complaint: str, code: int
) -> None:
    done = run("init", "-y", option, value)
    assert (done.code, list(folder.iterdir())) == (code, [])
    assert complaint in done.err


def test_without_a_terminal_it_asks_nothing(folder: Path, run: Run) -> None:
    done = run("init")
    assert done.code == 1
    assert "Non-interactive session: pass --yes (or -y)" in done.err
    assert list(folder.iterdir()) == []
