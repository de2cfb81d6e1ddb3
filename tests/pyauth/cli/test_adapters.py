"""``--adapter``: one works, some get advice, the rest is refused."""

from pathlib import Path

import pytest

from tests.pyauth.cli.conftest import Run


@pytest.mark.parametrize("command", ["generate", "migrate", "init"])
@pytest.mark.parametrize(
    "adapter", ["alembic", "flask-migrate", "prisma", "drizzle", "kysely", "memory", "mongodb"]
)
def test_a_known_one_gets_advice_and_nothing_is_done(
    folder: Path, run: Run, command: str, adapter: str
) -> None:
    done = run(command, "--adapter", adapter, "-y")
    assert (done.code, done.err) == (0, "")
    assert len(done.out.splitlines()) == 1
    assert list(folder.iterdir()) == []


def test_an_unknown_one_is_refused(run: Run) -> None:
    done = run("generate", "--adapter", "pickles", "-y")
    assert (done.code, done.out) == (1, "")
    assert "`pickles` is not an adapter of pyauth; it takes sqlalchemy" in done.err


@pytest.mark.parametrize(("adapter", "code"), [("prisma", 0), ("pickles", 1)])
def test_the_one_of_the_configuration_is_treated_alike(
    project: Path, run: Run, adapter: str, code: int
) -> None:
    (project / "pyauth.toml").write_text(f'[database]\nadapter = "{adapter}"\n')
    assert run("migrate", "-y").code == code
    assert not (project / "site.sqlite3").exists()


def test_sqlalchemy_is_what_is_used_anyway(project: Path, run: Run) -> None:
    assert run("migrate", "--adapter", "sqlalchemy", "-y").code == 0
