"""``generate``: the file, its name and its plan."""

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from tests.pyauth.cli.conftest import Run

NAME = re.compile(r"\d{14}_(sqlite|postgresql|mysql|mariadb)_[0-9a-f]{16}\.sql")


def written(folder: Path) -> Path:
    (path,) = folder.glob("*.sql")
    return path


def test_the_file_brings_the_database_up_to_date(project: Path, run: Run) -> None:
    done = run("generate", "-y")
    path = written(project / "migrations" / "pyauth")
    assert done.code == 0
    assert done.out.endswith(f"Wrote {path.relative_to(project)}\n")
    assert NAME.fullmatch(path.name)

    with closing(sqlite3.connect(project / "site.sqlite3")) as connection:
        connection.executescript(path.read_text())
    assert run("status", "--check").code == 0
    done = run("generate", "-y")
    assert (done.code, done.out) == (0, "Schema is already up to date.\n")


def test_the_header_tells_where_it_comes_from(project: Path, run: Run) -> None:
    run("generate", "-y")
    path = written(project / "migrations" / "pyauth")
    lines = path.read_text().splitlines()
    header = dict(line.removeprefix("-- ").split(": ", 1) for line in lines[:5])
    assert list(header) == [
        *("dialect", "generated_at", "schema_hash", "plan_hash", "config_base_path")
    ]
    assert header["dialect"] == "sqlite"
    assert header["generated_at"].endswith("+00:00")
    assert re.sub("[^0-9]", "", header["generated_at"])[:14] == path.name[:14]
    assert header["plan_hash"].startswith(path.name.split("_")[2].removesuffix(".sql"))
    assert header["config_base_path"] == "/api/auth"
    assert len(header["schema_hash"]) == len(sha256().hexdigest())


def test_the_same_plan_is_not_written_twice_unless_forced(project: Path, run: Run) -> None:
    run("generate", "-y")
    path = written(project / "migrations" / "pyauth")
    renamed = path.rename(path.with_name("0001_begin.sql"))

    done = run("generate", "-y")
    assert done.code == 1
    assert "0001_begin.sql holds this plan already: apply it, or pass --force" in done.err

    renamed.write_text(renamed.read_text().replace("CREATE TABLE users", "-- edited"))
    assert run("generate", "-y", "--force").code == 0
    assert "CREATE TABLE users" in written(path.parent).read_text()


def test_the_file_and_the_folder_may_be_named(project: Path, run: Run) -> None:
    assert run("generate", "-y", "--output", "sql/begin.sql").code == 0
    assert (project / "sql" / "begin.sql").exists()
    assert run("generate", "-y", "--output-dir", "other").code == 0
    assert NAME.fullmatch(written(project / "other").name)
    assert run("generate", "--output", "a.sql", "--output-dir", "b").code == 2


def test_another_file_is_not_replaced_unless_forced(project: Path, run: Run) -> None:
    (project / "mine.sql").write_text("mine")
    done = run("generate", "-y", "--output", "mine.sql")
    assert done.code == 1
    assert "mine.sql is there already" in done.err
    assert (project / "mine.sql").read_text() == "mine"
    assert run("generate", "-y", "--output", "mine.sql", "--force").code == 0


def test_the_folder_is_the_configured_one(project: Path, run: Run) -> None:
    (project / "pyauth.toml").write_text('[database]\nmigrations_dir = "db/auth"\n')
    run("generate", "-y")
    assert NAME.fullmatch(written(project / "db" / "auth").name)


@pytest.mark.parametrize("dialect", ["sqlite", "postgres", "postgresql", "mysql", "mariadb"])
def test_without_a_database_everything_is_written(folder: Path, run: Run, dialect: str) -> None:
    done = run("generate", "-y", "--from-empty", "--dialect", dialect)
    assert done.code == 0
    text = written(folder / "migrations" / "pyauth").read_text()
    assert text.startswith(f"-- dialect: {dialect.replace('postgres', 'postgresql')[:10]}")
    assert "CREATE TABLE users" in text
    assert [path.name for path in folder.iterdir()] == ["migrations"]


def test_the_dialect_without_a_database_is_the_configured_one(project: Path, run: Run) -> None:
    (project / "pyauth.toml").write_text('[database]\nprovider = "postgres"\n')
    (project / ".env").write_text("DATABASE_URL=postgresql://me@127.0.0.1:1/x\n")
    assert run("generate", "-y", "--from-empty").code == 0
    assert "_postgresql_" in written(project / "migrations" / "pyauth").name


def test_another_dialect_needs_to_begin_from_nothing(project: Path, run: Run) -> None:
    done = run("generate", "-y", "--dialect", "postgresql")
    assert done.code == 2
    assert "the database is sqlite: --dialect postgresql needs --from-empty" in done.err
    assert run("generate", "-y", "--dialect", "sqlite").code == 0


def test_a_named_adapter_needs_a_dialect_where_nothing_names_one(folder: Path, run: Run) -> None:
    arguments = ("generate", "-y", "--from-empty", "--adapter", "sqlalchemy")
    done = run(*arguments)
    assert done.code == 2
    assert "--adapter sqlalchemy needs --dialect" in done.err
    assert run(*arguments, "--dialect", "mysql").code == 0


def test_nobody_to_ask_is_a_failure_and_leaves_nothing(project: Path, run: Run) -> None:
    done = run("generate")
    assert done.code == 1
    assert "Non-interactive session" in done.err
    assert not (project / "migrations").exists()


def test_what_needs_work_by_hand_is_refused(project: Path, run: Run) -> None:
    with closing(sqlite3.connect(project / "site.sqlite3")) as connection:
        connection.execute("CREATE TABLE users (id INTEGER PRIMARY KEY)")
    done = run("generate", "-y")
    assert done.code == 1
    assert done.err.startswith("Error: table users: ")
    assert not (project / "migrations").exists()


PLUGIN = """
    from pyauth import Contributions, Plugin, PyAuth
    from pyauth.plugin import NamedMigration

    class Tidy(Plugin):
        id = "tidy"

        def contribute(self):
            return Contributions(migrations=[NamedMigration("lower-names", lambda adapter: None)])

    auth = PyAuth(mode="test", database="sqlite:///live.sqlite3", plugins=[Tidy()])
    memory = PyAuth(mode="test", plugins=[Tidy()])
"""


def test_migrations_of_plugins_are_a_comment(
    folder: Path, run: Run, module: Callable[[str], str]
) -> None:
    name = module(PLUGIN)
    assert run("--app", f"{name}:auth", "generate", "-y").code == 0
    path = written(folder / "migrations" / "pyauth")
    assert "-- `pyauth migrate` runs the migration tidy/lower-names of a plugin" in path.read_text()

    with closing(sqlite3.connect(folder / "live.sqlite3")) as connection:
        connection.executescript(path.read_text())
    done = run("--app", f"{name}:auth", "generate", "-y")
    assert done.code == 0
    assert done.out == (
        "Schema is already up to date.\n"
        "Migrations of plugins wait for `migrate`, which runs them: tidy/lower-names\n"
    )


def test_a_live_server_without_a_database_has_tables_to_write_too(
    folder: Path, run: Run, module: Callable[[str], str]
) -> None:
    name = module(PLUGIN)
    done = run(
        *("--app", f"{name}:memory", "generate", "-y", "--from-empty"),
        *("--dialect", "postgresql", "--output", "all.sql"),
    )
    assert done.code == 0
    assert "tidy/lower-names" in (folder / "all.sql").read_text()
