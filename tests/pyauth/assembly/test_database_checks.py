"""What a database shows when it is examined."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, event, text

from pyauth import Finding, PyAuth
from tests.support.app import make_auth
from tests.support.databases import fresh_database


def database_findings(auth: PyAuth) -> dict[str, Finding]:
    found = {item.code: item for item in auth.diagnose() if item.code.startswith("database.")}
    auth.close()
    return found


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/site.sqlite3"


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    made = create_engine(url)
    yield made
    made.dispose()


def test_a_database_that_has_all_is_said_to(url: str) -> None:
    assert set(database_findings(make_auth(database=url))) == {"database.schema"}


def test_what_is_missing_is_listed(url: str) -> None:
    auth = PyAuth(mode="test", database=url)
    (finding,) = database_findings(auth).values()
    assert (finding.code, finding.level) == ("database.pending_schema", "warn")
    assert "create table users" in finding.message
    assert "`migrate`" in finding.message


def test_a_column_of_another_kind_is_an_error(url: str, engine: Engine) -> None:
    make_auth(database=url).close()
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE users DROP COLUMN email_verified"))
        connection.execute(text("ALTER TABLE users ADD COLUMN email_verified TEXT"))
    finding = database_findings(PyAuth(mode="test", database=url))["database.schema_type_mismatch"]
    assert finding.level == "error"
    assert "email_verified" in finding.message


def test_records_in_memory_have_nothing_to_compare() -> None:
    assert set(database_findings(make_auth())) == {"database.migrations_unsupported"}


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////no/such/folder/site.sqlite3",
        "postgresql+psycopg://someone:pa55word@127.0.0.1:1/nothing",
        "mysql+pymysql://someone:pa55word@127.0.0.1:1/nothing",
    ],
)
def test_a_database_that_does_not_answer_is_an_error_without_its_password(url: str) -> None:
    finding = database_findings(PyAuth(mode="test", database=url))["database.connection"]
    assert finding.level == "error"
    assert url.partition(":")[0].partition("+")[0] in finding.message
    assert "pa55word" not in finding.message
    assert "someone" not in finding.message


def test_the_settings_of_the_apps_own_sqlite_engine_are_looked_at(url: str, engine: Engine) -> None:
    make_auth(database=url).close()
    with engine.connect() as connection:
        connection.execute(text("PRAGMA journal_mode = DELETE"))
    found = database_findings(PyAuth(mode="test", database=engine))
    assert found["database.sqlite_wal"].level == "warn"
    assert found["database.sqlite_foreign_keys"].level == "warn"


def test_an_engine_with_good_settings_is_left_alone(url: str, engine: Engine) -> None:
    make_auth(database=url).close()  # leaves the file with its write-ahead log
    event.listen(
        engine, "connect", lambda connection, _: connection.execute("PRAGMA foreign_keys = ON")
    )
    assert set(database_findings(PyAuth(mode="test", database=lambda: engine))) == {
        "database.schema"
    }


def test_a_column_that_ignores_letter_case_is_an_error(tmp_path: Path) -> None:
    with fresh_database("mysql", tmp_path) as place:
        url = place.render_as_string(hide_password=False)
        auth = make_auth(database=url)
        assert set(database_findings(auth)) == {"database.schema"}
        server = create_engine(url)
        with server.begin() as connection:
            connection.execute(
                text(
                    "ALTER TABLE sessions MODIFY token VARCHAR(255) "
                    "CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL"
                )
            )
        server.dispose()
        finding = database_findings(PyAuth(mode="test", database=url))["database.collation"]
    assert finding.level == "error"
    assert "sessions.token" in finding.message
    assert "utf8mb4_bin" in finding.message
