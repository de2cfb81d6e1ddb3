"""Missing tables, and the schema they live in."""

from pyauth.db.migration import rendering
from pyauth.db.migration.draft import Draft
from pyauth.db.migration.found import Found
from pyauth.db.migration.judging.renaming import warn_of_renamed_table
from pyauth.db.migration.keys import find_holder
from pyauth.db.sqlalchemy.tables import TableMap


def judge_schema(found: Found, draft: Draft) -> None:
    """Create the schema that the tables live in, where the options name one that is missing."""
    schema = found.schema
    if schema is None or found.has_schema(schema):
        return
    if found.dialect.name != "postgresql":
        draft.problems.append(
            f"schema {schema} is missing, and pyauth makes none on {found.dialect.name}; create it "
            "by hand, or take the schema from the MetaData that the tables join"
        )
        return
    draft.create_schemas.append(schema)
    draft.do([rendering.create_schema(schema)])


def judge_missing(found: Found, draft: Draft, item: TableMap) -> None:
    """Create a table that is missing, with its indexes."""
    table = item.table
    if found.has_table(table.name):
        twin = found.find_twin(table.name)
        there = "a view of that name" if twin is None else f"{twin}, which means the same here"
        draft.problems.append(
            f"table {table.name}: there is {there}; rename it, or give model {item.model!r} "
            "another table"
        )
        return
    for index in table.indexes:
        if (holder := find_holder(found.connection, str(index.name), found.place)) is not None:
            draft.problems.append(
                f"table {table.name}: it needs an index {index.name}, and that name belongs to "
                f"{holder}; rename that by hand, and migrate again"
            )
    draft.create_tables.append(table.name)
    draft.do([rendering.create_table(table), *rendering.create_indexes(table)])
    warn_of_renamed_table(found, draft, item)


def close_circles(found: Found, draft: Draft) -> None:
    """Add the references of new tables that could not come with them."""
    for name in draft.create_tables:
        table = found.tables[name].table
        draft.do(rendering.create_late_references(table, found.dialect.name))
