"""What drivers' failures become, in the words of servers that the other tests do not run."""

import subprocess
import sys
from typing import Any

import pytest
from sqlalchemy import exc

from pyauth.db.sqlalchemy import SQLAlchemyAdapter
from pyauth.db.sqlalchemy.errors import is_refused_commit, is_transient, translate
from pyauth.errors import ReferenceViolation, StoreError, StoreUnavailable, UniqueViolation
from tests.support.databases import bind


class DriverError(Exception):
    """Stands for a driver's own error."""

    def __init__(self, *args: object, **attributes: object) -> None:
        super().__init__(*args)
        self.__dict__.update(attributes)


def failed(orig: DriverError, kind: Any = exc.OperationalError, **options: Any) -> exc.DBAPIError:
    error = kind("SELECT secret", {"secret": "secret"}, orig, **options)
    assert isinstance(error, exc.DBAPIError)
    return error


@pytest.fixture(scope="module")
def tables() -> Any:
    adapter = SQLAlchemyAdapter("sqlite://")
    bind(adapter)
    return adapter.tables


def translated(error: exc.SQLAlchemyError, tables: Any, model: str = "user") -> StoreError:
    outcome = translate(error, model, tables)
    assert "secret" not in str(outcome)
    return outcome


@pytest.mark.parametrize(
    ("orig", "fields"),
    [
        (DriverError(1062, "Duplicate entry 'secret' for key 'users.ix_users_email'"), ["email"]),
        (DriverError(1062, "Duplicate entry 'a' for key 'b' for key 'email'"), ["email"]),
        (DriverError(1062, "Duplicate entry 'secret' for key 'users.PRIMARY'"), ["id"]),
        (DriverError(1062, "Duplicate entry 'secret' for key 'unknown'"), []),
        (DriverError(1062, "in another language"), []),
        (DriverError("Key (email)=(secret) already exists.", sqlstate="23505"), ["email"]),
        (DriverError('Schlüssel »(id, "name")=(s, t)« ist da', sqlstate="23505"), ["id", "name"]),
        (DriverError("nothing to see", pgcode="23505"), []),
    ],
)
def test_unique_violations_name_the_fields_they_can(
    orig: DriverError, fields: list[str], tables: Any
) -> None:
    outcome = translated(failed(orig, exc.IntegrityError), tables)
    assert isinstance(outcome, UniqueViolation)
    assert list(outcome.fields) == fields


@pytest.mark.parametrize(
    "orig",
    [
        DriverError("canceling statement due to lock timeout", sqlstate="55P03"),
        DriverError("too many connections", sqlstate="53300"),
        DriverError(1205, "Lock wait timeout exceeded"),
        DriverError(1040, "Too many connections"),
        DriverError("disk full", sqlite_errorcode=13, sqlite_errorname="SQLITE_FULL"),
    ],
)
def test_a_store_that_cannot_serve_is_unavailable(orig: DriverError, tables: Any) -> None:
    error = failed(orig)
    assert isinstance(translated(error, tables), StoreUnavailable)
    assert not is_transient(error)


@pytest.mark.parametrize(
    "error",
    [
        failed(DriverError("serialization", sqlstate="40001")),
        failed(DriverError("deadlock", sqlstate="40P01")),
        failed(DriverError(1213, "Deadlock found")),
        failed(DriverError(1020, "Record has changed since last read")),
        failed(DriverError("locked", sqlite_errorcode=5, sqlite_errorname="SQLITE_BUSY")),
        failed(
            DriverError("locked", sqlite_errorcode=517, sqlite_errorname="SQLITE_BUSY_SNAPSHOT")
        ),
        failed(DriverError("gone"), connection_invalidated=True),
    ],
)
def test_conflicts_and_lost_connections_are_tried_again(error: exc.DBAPIError, tables: Any) -> None:
    assert is_transient(error)
    assert isinstance(translated(error, tables), StoreUnavailable)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (failed(DriverError("x", sqlstate="54000")), "does not fit"),
        (failed(DriverError(1406, "secret too long"), exc.DataError), "does not fit"),
        (failed(DriverError(4025, "CONSTRAINT `users.secret` failed")), "does not fit"),
        (failed(DriverError(1452, "secret"), exc.IntegrityError), "breaks a constraint"),
        (failed(DriverError("secret", sqlstate="42501"), exc.ProgrammingError), "refused"),
        (failed(DriverError("secret", sqlite_errorcode=1)), "refused"),
        (failed(DriverError(1146, "secret"), exc.ProgrammingError), "pyauth migrate"),
        (exc.StatementError("m", "SELECT secret", {}, ValueError("secret")), "wrong kind"),
    ],
)
def test_other_failures_are_no_matter_of_waiting(
    error: exc.SQLAlchemyError, words: str, tables: Any
) -> None:
    outcome = translated(error, tables)
    assert words in str(outcome)
    assert "model 'user'" in str(outcome)
    assert not isinstance(outcome, StoreUnavailable)
    assert not is_transient(error)


@pytest.mark.parametrize(
    ("error", "is_known"),
    [
        (failed(DriverError("serialization", sqlstate="40001")), True),
        (failed(DriverError("deferred", sqlstate="23503"), exc.IntegrityError), True),
        (failed(DriverError(1213, "certification failed")), True),
        (failed(DriverError("locked", sqlite_errorcode=5)), True),
        (failed(DriverError("gone"), connection_invalidated=True), False),
        (failed(DriverError("disk full", sqlite_errorcode=13)), False),
        (failed(DriverError(2013, "Lost connection")), False),
    ],
)
def test_a_commit_is_undone_only_where_the_database_says_so(
    error: exc.DBAPIError, *, is_known: bool
) -> None:
    assert is_refused_commit(error) is is_known


def test_waiting_for_a_connection_is_unavailable(tables: Any) -> None:
    assert isinstance(translated(exc.TimeoutError("secret"), tables), StoreUnavailable)
    assert isinstance(translated(exc.PendingRollbackError("secret"), tables), StoreUnavailable)


def test_a_failure_may_concern_no_model(tables: Any) -> None:
    error = failed(DriverError("Key (email)=(secret)", sqlstate="23505"), exc.IntegrityError)
    outcome = translated(error, tables, model="")
    assert isinstance(outcome, UniqueViolation)
    assert outcome.fields == ()


def test_importing_loads_no_driver_and_no_alembic() -> None:
    script = (
        "import sys, pyauth.db.sqlalchemy, pyauth.db.memory, pyauth.db.lifecycle; "
        "print([n for n in ('alembic', 'psycopg', 'pymysql', 'sqlite3', 'flask') "
        "if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("orig", "is_reference"),
    [
        (DriverError("x", sqlstate="23503"), True),
        (DriverError("x", sqlstate="23001"), True),
        (DriverError(1452, "x"), True),
        (DriverError(1451, "x"), True),
        (DriverError("FOREIGN KEY constraint failed", sqlite_errorcode=787), True),
        (DriverError("NOT NULL constraint failed", sqlite_errorcode=1299), False),
        (DriverError("x", sqlstate="23502"), False),
    ],
)
def test_a_missing_reference_is_told_from_other_constraints(
    orig: DriverError, tables: Any, *, is_reference: bool
) -> None:
    outcome = translated(failed(orig, exc.IntegrityError), tables)
    assert isinstance(outcome, ReferenceViolation) is is_reference
    assert "breaks a constraint" in str(outcome)
