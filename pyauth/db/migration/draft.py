"""A plan while it is drawn up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from alembic.operations.ops import MigrateOperation
from sqlalchemy.schema import Table

from pyauth.db.migration.plan import AddedColumn, AddedIndex, Plan
from pyauth.db.migration.rendering import render


@dataclass(slots=True)
class Draft:
    """The steps found so far, and what speaks against them; see :class:`~.plan.Plan`."""

    operations: list[MigrateOperation] = field(default_factory=list)
    create_schemas: list[str] = field(default_factory=list)
    create_tables: list[str] = field(default_factory=list)
    add_columns: list[AddedColumn] = field(default_factory=list)
    create_indexes: list[AddedIndex] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def do(self, operations: Iterable[MigrateOperation]) -> None:
        """Add operations to the steps."""
        self.operations += operations

    def refuse(self, table: Table, column: str, problem: str) -> None:
        """Note what pyauth will not change by itself, and the way out."""
        self.problems.append(f"table {table.name}: column {column} {problem}")

    def finish(self, dialect: str, migrations: Sequence[str]) -> Plan:
        """Return the plan.

        Args:
            dialect: the dialect's name.
            migrations: the named migrations that are to run.
        """
        return Plan(
            dialect=dialect,
            create_schemas=tuple(self.create_schemas),
            create_tables=tuple(self.create_tables),
            add_columns=tuple(self.add_columns),
            create_indexes=tuple(self.create_indexes),
            run_migrations=tuple(migrations),
            problems=tuple(self.problems),
            warnings=tuple(self.warnings),
            statements=render(self.operations, dialect),
        )
