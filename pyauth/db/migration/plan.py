"""What a database lacks of the effective schema."""

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
        create_tables: missing tables, referred ones first; their indexes come with them.
        add_columns: missing columns of existing tables.
        create_indexes: missing indexes of existing tables.
        problems: what pyauth will not change by itself; a plan with one is refused whole.
    """

    create_tables: tuple[str, ...] = ()
    add_columns: tuple[AddedColumn, ...] = ()
    create_indexes: tuple[AddedIndex, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the database holds all that the schema needs, and no problem was found."""
        return not (self.create_tables or self.add_columns or self.create_indexes or self.problems)

    def describe(self) -> list[str]:
        """Return one line per step and per problem."""
        return [
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
            *(f"problem: {problem}" for problem in self.problems),
        ]
