"""What a database lacks of the effective schema."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AddedColumn:
    """A column that an existing table lacks.

    Attributes:
        model: logical model name.
        field: logical field name.
        table: physical table.
        column: physical column.
        definition: its type and default, as SQL.
    """

    model: str
    field: str
    table: str
    column: str
    definition: str


@dataclass(frozen=True, slots=True)
class AddedIndex:
    """An index that an existing table lacks."""

    name: str
    table: str
    column: str
    unique: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be added, and what forbids it.

    Attributes:
        dialect: the database it is for: ``sqlite``, ``postgresql``, ``mysql`` or ``mariadb``.
        create_schemas: a missing schema of PostgreSQL.
        create_tables: missing tables, referred ones first; their indexes come with them.
        add_columns: missing columns of existing tables.
        create_indexes: missing indexes of existing tables.
        run_migrations: plugins' named migrations that this database has not seen, as
            ``plugin-id/name``.
        problems: what pyauth will not change by itself, each with the table, the column and the
            way out; a plan with one is refused whole.
        warnings: what differs and is served all the same.
        statements: the SQL of the steps, in order, without final semicolons.
    """

    dialect: str = ""
    create_schemas: tuple[str, ...] = ()
    create_tables: tuple[str, ...] = ()
    add_columns: tuple[AddedColumn, ...] = ()
    create_indexes: tuple[AddedIndex, ...] = ()
    run_migrations: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    statements: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do, and nothing that forbids it."""
        return not (self.has_steps or self.problems)

    @property
    def has_steps(self) -> bool:
        """Whether there is something to do."""
        return bool(self.statements or self.run_migrations)

    @property
    def hash(self) -> str:
        """Names the steps: two plans for one dialect with one hash do the same. 64 hex digits."""
        parts = (self.dialect, *self.statements, "", *self.run_migrations)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def describe_steps(self) -> list[str]:
        """Return one line per step."""
        return [
            *(f"create schema {schema}" for schema in self.create_schemas),
            *(f"create table {table}" for table in self.create_tables),
            *(
                f"add column {item.table}.{item.column} {item.definition}"
                for item in self.add_columns
            ),
            *(
                f"create {'unique ' if item.unique else ''}index {item.name} "
                f"on {item.table} ({item.column})"
                for item in self.create_indexes
            ),
            *(f"run migration {name}" for name in self.run_migrations),
        ]

    def describe(self) -> list[str]:
        """Return one line per step, per problem and per warning."""
        return [
            *self.describe_steps(),
            *(f"problem: {problem}" for problem in self.problems),
            *(f"warning: {warning}" for warning in self.warnings),
        ]
