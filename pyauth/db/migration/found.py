"""What a database has, read once for a plan."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, inspect
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import Table

from pyauth.db.migration.comparison import Comparison, compare
from pyauth.db.migration.keys import Keys, read_keys
from pyauth.db.sqlalchemy.tables import TableMap


class Found:
    """What a database has of the schema.

    Args:
        connection: reads the database.
        tables: the tables of the schema, referred ones first.
    """

    def __init__(self, connection: Connection, tables: Sequence[TableMap]) -> None:
        self.connection = connection
        self.tables: Mapping[str, TableMap] = {item.table.name: item for item in tables}
        """The tables of the schema, by name."""
        self.comparison: Comparison = compare(connection, tables)
        self._inspector = inspect(connection)
        self._keys: dict[str, Keys] = {}

    @property
    def dialect(self) -> Dialect:
        """The dialect of the database."""
        return self.connection.dialect

    @property
    def present(self) -> Mapping[str, Table]:
        """The tables of the schema that are there, as they are, by name."""
        return self.comparison.present

    @property
    def schema(self) -> str | None:
        """The schema that the tables are to live in, where one is named."""
        return next(iter(self.tables.values())).table.schema

    @property
    def place(self) -> str | None:
        """The schema that the tables live in, named or not."""
        return self.schema or self._inspector.default_schema_name

    def has_schema(self, name: str) -> bool:
        """Return whether there is a schema of a name."""
        return name in self._inspector.get_schema_names()

    def has_table(self, name: str) -> bool:
        """Return whether there is a table, or a view, where statements look for the tables."""
        return self._inspector.has_table(name, schema=self.schema)

    def find_twin(self, name: str) -> str | None:
        """Return the table whose name the database takes for another one, or None."""
        names = self._inspector.get_table_names(schema=self.schema)
        return next((there for there in names if there.lower() == name.lower()), None)

    def keys_of(self, table: Table) -> Keys:
        """Return the keys that a table has in the database."""
        if table.name not in self._keys:
            self._keys[table.name] = read_keys(self.connection, table)
        return self._keys[table.name]
