"""A SQLite database made by Better Auth 1.6.9 serves as it is."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from pyauth.clock import utc_now
from pyauth.db.adapter import Where
from pyauth.db.core_schema import core_models
from pyauth.db.schema import build_schema
from pyauth.db.sqlalchemy import SQLAlchemyAdapter
from pyauth.errors import UniqueViolation
from tests.support.databases import fresh_database

# What its migrator emits (``db/get-migration.ts``).
TABLES = (
    'create table "user" ("id" text not null primary key, "name" text not null, '
    '"email" text not null unique, "emailVerified" integer not null, "image" text, '
    '"createdAt" date not null, "updatedAt" date not null)',
    'create table "session" ("id" text not null primary key, "expiresAt" date not null, '
    '"token" text not null unique, "createdAt" date not null, "updatedAt" date not null, '
    '"ipAddress" text, "userAgent" text, '
    '"userId" text not null references "user" ("id") on delete cascade)',
    'create table "account" ("id" text not null primary key, "accountId" text not null, '
    '"providerId" text not null, "userId" text not null references "user" ("id") on delete '
    'cascade, "accessToken" text, "refreshToken" text, "idToken" text, '
    '"accessTokenExpiresAt" date, "refreshTokenExpiresAt" date, "scope" text, "password" text, '
    '"createdAt" date not null, "updatedAt" date not null)',
    'create table "verification" ("id" text not null primary key, "identifier" text not null, '
    '"value" text not null, "expiresAt" date not null, "createdAt" date not null, '
    '"updatedAt" date not null)',
    'create index "session_userId_idx" on "session" ("userId")',
    'create index "account_userId_idx" on "account" ("userId")',
    'create index "verification_identifier_idx" on "verification" ("identifier")',
)
MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)


@pytest.fixture
def adapter(tmp_path: Path) -> Iterator[SQLAlchemyAdapter]:
    with fresh_database("sqlite", tmp_path) as url:
        adapter = SQLAlchemyAdapter(url)
        adapter.bind(build_schema(core_models(utc_now), naming="better-auth"))
        with adapter.engine.connect() as connection:
            for statement in TABLES:
                connection.execute(text(statement))
        yield adapter
        adapter.close()


def insert_user(adapter: SQLAlchemyAdapter, created_at: Any) -> None:
    statement = text(
        "INSERT INTO \"user\" VALUES ('u', 'Ada', 'ada@example.com', 1, NULL, :at, :at)"
    )
    with adapter.engine.connect() as connection:
        connection.execute(statement, {"at": created_at})


def test_nothing_is_lacking(adapter: SQLAlchemyAdapter) -> None:
    assert adapter.plan().describe() == []


@pytest.mark.parametrize("written", ["2026-01-02T03:04:05.678Z", 1767323045678])
def test_rows_are_read(adapter: SQLAlchemyAdapter, written: object) -> None:
    insert_user(adapter, written)
    assert adapter.find_one("user", [Where("email", "ada@example.com")]) == {
        "id": "u",
        "name": "Ada",
        "email": "ada@example.com",
        "email_verified": True,
        "image": None,
        "created_at": MOMENT,
        "updated_at": MOMENT,
    }


def test_rows_are_written_in_its_forms(adapter: SQLAlchemyAdapter) -> None:
    user = adapter.create("user", {"name": "Ada", "email": "ada@example.com"})
    adapter.create("session", {"token": "t", "expires_at": MOMENT, "user_id": user["id"]})
    with adapter.engine.connect() as connection:
        query = 'SELECT "expiresAt", typeof("expiresAt") FROM "session"'
        assert tuple(connection.execute(text(query)).one()) == ("2026-01-02T03:04:05.678Z", "text")
        query = 'SELECT "emailVerified" FROM "user"'
        assert connection.scalar(text(query)) == 0


def test_its_unique_constraint_names_the_field(adapter: SQLAlchemyAdapter) -> None:
    insert_user(adapter, "2026-01-02T03:04:05.678Z")
    with pytest.raises(UniqueViolation) as caught:
        adapter.create("user", {"name": "Eve", "email": "ada@example.com"})
    assert caught.value.fields == ("email",)
