"""Tables, and their place among those of an application."""

import pytest
from sqlalchemy import (
    Column,
    DateTime,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

from pyauth.clock import utc_now
from pyauth.db.core_schema import core_models
from pyauth.db.schema import ModelSchema, Renaming, build_schema
from pyauth.db.sqlalchemy import SQLAlchemyAdapter
from pyauth.db.sqlalchemy.tables import index_name
from pyauth.errors import ConfigurationError
from pyauth.options.fields import Field
from tests.support.databases import bind, sample_schema
from tests.support.migration import circle


def bound(metadata: MetaData | None = None) -> SQLAlchemyAdapter:
    adapter = SQLAlchemyAdapter("sqlite://", metadata=metadata)
    bind(adapter)
    return adapter


def test_tables_join_the_applications_metadata() -> None:
    metadata = MetaData()
    bound(metadata)
    assert {"users", "sessions", "accounts", "verifications", "samples"} <= set(metadata.tables)
    notes = Table("notes", metadata, Column("user_id", ForeignKey("users.id")))
    assert notes.c.user_id.references(metadata.tables["users"].c.id)
    assert metadata.sorted_tables.index(notes) > metadata.sorted_tables.index(
        metadata.tables["users"]
    )


def test_equal_tables_are_reused() -> None:
    metadata = MetaData()
    bound(metadata)
    users = metadata.tables["users"]
    bound(metadata)
    assert metadata.tables["users"] is users


def test_a_different_table_is_refused_with_all_differences() -> None:
    metadata = MetaData()
    Table(
        "users",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("name", Text, nullable=False),
        Column("email", String, nullable=False),
        Column("created_at", DateTime),
        Column("shoe_size", Integer),
    )
    with pytest.raises(ConfigurationError) as caught:
        bound(metadata)
    problems = caught.value.problems
    assert all("table 'users'" in problem and "model 'user'" in problem for problem in problems)
    for difference in (
        "column 'image' is missing from the application's table",
        "column 'shoe_size' is not known to pyauth",
        "column 'id' is INTEGER PRIMARY KEY, pyauth needs TEXT PRIMARY KEY",
        "column 'email' is VARCHAR NOT NULL, pyauth needs TEXT NOT NULL",
        "column 'email' is not unique there",
    ):
        assert any(difference in problem for problem in problems), difference
    assert "sessions" not in metadata.tables


def test_a_reference_that_differs_is_refused() -> None:
    metadata = MetaData()
    bound(metadata)
    sessions = metadata.tables["sessions"]
    copied = MetaData()
    metadata.tables["users"].to_metadata(copied)
    Table(
        "sessions",
        copied,
        *(
            Column(column.name, column.type, primary_key=column.primary_key, nullable=False)
            for column in sessions.c
        ),
    )
    with pytest.raises(ConfigurationError, match=r"REFERENCES users\.id ON DELETE CASCADE"):
        bound(copied)


def test_a_schema_of_the_metadata_holds_the_tables() -> None:
    adapter = bound(MetaData(schema="auth"))
    assert "auth.users" in adapter.metadata.tables
    assert "REFERENCES auth.users (id) ON DELETE CASCADE" in adapter.create_schema("postgresql")


def test_references_that_go_round_in_a_circle_come_after_the_tables() -> None:
    metadata = MetaData()
    adapter = SQLAlchemyAdapter("sqlite://", metadata=metadata)
    fields, team = circle()
    extras = [ModelSchema("user", fields, source="tests"), team]
    adapter.bind(build_schema(core_models(utc_now), extras))
    assert metadata.sorted_tables  # nobody is warned of the circle
    written = adapter.create_schema("postgresql")
    closing = (
        "ALTER TABLE teams ADD CONSTRAINT fk_teams_owner_id FOREIGN KEY(owner_id) REFERENCES users"
    )
    assert written.index("CREATE TABLE users") < written.index(closing)
    assert "ALTER TABLE users ADD CONSTRAINT fk_users_team_id" in written
    assert "ALTER TABLE" not in adapter.create_schema("sqlite")
    metadata.create_all(adapter.engine)
    assert adapter.plan().describe() == []
    metadata.drop_all(adapter.engine)
    adapter.close()


def test_a_word_that_sqlalchemy_does_not_know_to_be_reserved_is_quoted() -> None:
    adapter = SQLAlchemyAdapter("sqlite://")
    extra = ModelSchema("user", {"returning": Field(type="string", required=False)}, source="tests")
    adapter.bind(build_schema(core_models(utc_now), [extra]))
    adapter.migrate()
    values = {"name": "Ada", "email": "ada@example.com", "returning": "yes"}
    assert adapter.create("user", values)["returning"] == "yes"
    assert adapter.find_many("user")[0]["returning"] == "yes"
    adapter.close()


def test_names_can_be_those_of_better_auth() -> None:
    adapter = SQLAlchemyAdapter("sqlite://")
    schema = build_schema(core_models(utc_now), naming="better-auth")
    adapter.bind(schema)
    assert set(adapter.metadata.tables) == {"user", "session", "account", "verification"}
    assert "emailVerified" in adapter.metadata.tables["user"].c


def test_names_can_be_chosen() -> None:
    adapter = SQLAlchemyAdapter("sqlite://")
    schema = build_schema(
        core_models(utc_now), renamings={"user": Renaming("members", {"email": "mail"})}
    )
    adapter.bind(schema)
    adapter.migrate()
    row = adapter.create("user", {"name": "Ada", "email": "a@example.com"})
    assert "mail" in adapter.metadata.tables["members"].c
    assert row["email"] == "a@example.com"
    adapter.close()


def test_index_names_fit_every_database() -> None:
    assert index_name("users", "email") == "ix_users_email"
    long = index_name("t" * 63, "c" * 63)
    assert len(long) <= 63
    assert long != index_name("t" * 63, "d" * 63)


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        (
            "sqlite",
            [
                "id TEXT NOT NULL",
                "amount INTEGER NOT NULL",
                "active INTEGER NOT NULL",
                "seen_at TEXT,",
                "extra TEXT,",
                "CREATE UNIQUE INDEX ix_samples_code ON samples (code);",
                "FOREIGN KEY(owner_id) REFERENCES users (id) ON DELETE SET NULL",
            ],
        ),
        (
            "postgresql",
            [
                "id TEXT NOT NULL",
                "amount BIGINT NOT NULL",
                "active BOOLEAN NOT NULL",
                "seen_at TIMESTAMP WITH TIME ZONE,",
                "extra JSONB,",
            ],
        ),
        (
            "mysql",
            [
                "id VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL",
                "label TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL",
                "code VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,",
                "amount BIGINT NOT NULL",
                "active BOOL NOT NULL",
                "seen_at DATETIME(6),",
                "extra JSON,",
                "ENGINE=InnoDB",
            ],
        ),
    ],
)
def test_each_dialect_has_its_types(dialect: str, expected: list[str]) -> None:
    written = bound().create_schema(dialect)
    assert [item for item in expected if item not in written] == []
    assert written.index("CREATE TABLE users") < written.index("CREATE TABLE sessions")


def test_ids_follow_the_policy() -> None:
    adapter = SQLAlchemyAdapter("sqlite://")
    adapter.bind(sample_schema(), id_policy="serial")
    assert "id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT" in adapter.create_schema()
    assert "id BIGSERIAL NOT NULL" in adapter.create_schema("postgresql")
    assert "user_id BIGINT NOT NULL" in adapter.create_schema("postgresql")
    assert "id BIGINT NOT NULL AUTO_INCREMENT" in adapter.create_schema("mysql")
    other = SQLAlchemyAdapter("sqlite://")
    other.bind(sample_schema(), id_policy="uuid")
    assert "id UUID NOT NULL" in other.create_schema("postgresql")
    assert "user_id UUID NOT NULL" in other.create_schema("postgresql")


def test_an_unknown_dialect_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="unknown dialect 'oracle'"):
        bound().create_schema("oracle")
