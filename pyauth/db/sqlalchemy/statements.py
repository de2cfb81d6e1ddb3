"""The SQL of one database, prepared once for each shape of call.

A statement is built when a shape - model, conditions, changed fields - is seen first, and kept.
SQLAlchemy caches its compiled form under the same object, so that later calls only bind values.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import (
    Column,
    ColumnElement,
    Delete,
    Executable,
    Insert,
    Integer,
    Select,
    Update,
    bindparam,
    func,
    insert,
    select,
)
from sqlalchemy import Row as SQLRow
from sqlalchemy import delete as delete_from
from sqlalchemy import update as change
from sqlalchemy.engine import Dialect

from pyauth.db.adapter import Row, SortBy
from pyauth.db.conditions import TEXT_TESTS, VALUELESS_TESTS, Shape
from pyauth.db.sqlalchemy.clauses import Clauses, pattern
from pyauth.db.sqlalchemy.tables import TableMap
from pyauth.db.sqlalchemy.types import MYSQL_NAMES
from pyauth.errors import ConfigurationError

_T = TypeVar("_T")

Params = dict[str, Any]


@dataclass(frozen=True, slots=True)
class JoinedSelect:
    """A query of two models, and the names of the fields of either side.

    Attributes:
        statement: the query.
        left: the fields of the first model, whose columns come first.
        right: the fields of the second.
        limited: whether the statement takes the parameter ``limit``.
    """

    statement: Select[Any]
    left: tuple[str, ...]
    right: tuple[str, ...]
    limited: bool

    def split(self, row: SQLRow[Any]) -> tuple[Row, Row]:
        """Return the two rows that one result row holds."""
        # A zip asks for the name first: where the left ones end, the right values are all there.
        values = iter(row)
        left = dict(zip(self.left, values, strict=False))
        return left, dict(zip(self.right, values, strict=True))


class Statements:
    """The statements over the tables of one schema in one dialect.

    Args:
        tables: the tables by logical model name.
        dialect: the dialect of an engine that has connected once, so that it knows its server.
        returning: whether ``UPDATE`` and ``DELETE`` may use ``RETURNING`` where the server has it.
    """

    def __init__(
        self, tables: Mapping[str, TableMap], dialect: Dialect, *, returning: bool = True
    ) -> None:
        self._tables = tables
        self._cache: dict[tuple[Any, ...], Any] = {}
        self._name = dialect.name
        self._clauses = Clauses(dialect.name)
        self._is_mysql = dialect.name in MYSQL_NAMES
        self.delete_returning = returning and dialect.delete_returning
        self.update_returning = returning and dialect.update_returning

    def to_row(self, model: str, found: SQLRow[Any]) -> Row:
        """Return a result row under the fields' names."""
        return dict(zip(self._tables[model].names, found, strict=True))

    def params(self, shape: Shape, values: Sequence[Any]) -> Params:
        """Return the parameters of a statement prepared for ``shape``."""
        params = {}
        for position, (condition, value) in enumerate(zip(shape, values, strict=True)):
            if condition.test in VALUELESS_TESTS:
                continue
            if condition.test in TEXT_TESTS and self._name != "sqlite":
                value = pattern(condition.test, value)
            params[f"where_{position}"] = value
        return params

    def insert(self, model: str) -> Insert:
        """``INSERT`` of a whole row; its parameters are named as the columns."""
        return self._prepared(("insert", model), lambda: insert(self._tables[model].table).inline())

    def insert_counted(self, model: str) -> Insert:
        """``INSERT`` of a row without its id, which the database makes and reports."""
        return self._prepared(("counted", model), lambda: insert(self._tables[model].table))

    def find(
        self,
        model: str,
        shape: Shape,
        *,
        offset: bool = False,
        sort_by: SortBy | None = None,
    ) -> Select[Any]:
        """``SELECT`` of whole rows, with the parameter ``limit`` and at will ``offset``."""
        key = ("find", model, shape, offset, sort_by)
        return self._prepared(key, lambda: self._find(model, shape, offset=offset, sort_by=sort_by))

    def find_one(self, model: str, shape: Shape) -> Select[Any]:
        """``SELECT`` of one row."""
        return self._prepared(("one", model, shape), lambda: self._find_one(model, shape))

    def find_for_update(self, model: str, shape: Shape) -> Select[Any]:
        """``SELECT`` of one row that stays locked until the transaction ends."""
        return self._prepared(
            ("locked", model, shape), lambda: self._find_one(model, shape).with_for_update()
        )

    def joined(self, model: str, shape: Shape, *, via: str) -> JoinedSelect:
        """``SELECT`` of rows beside the rows that their field ``via`` refers to."""
        key = ("joined", model, shape, via)
        return self._prepared(key, lambda: self._joined(model, shape, via))

    def count(self, model: str, shape: Shape) -> Select[Any]:
        """``SELECT count(*)``."""
        return self._prepared(("count", model, shape), lambda: self._count(model, shape))

    def update_many(self, model: str, shape: Shape, fields: Iterable[str]) -> Update:
        """``UPDATE`` of every row that fits."""
        names = tuple(fields)
        key = ("update", model, shape, names)
        return self._prepared(
            key, lambda: self._update(model, names).where(self._clause(model, shape))
        )

    def update_one(
        self, model: str, shape: Shape, fields: Iterable[str], *, increment: str | None = None
    ) -> Update:
        """``UPDATE`` of one row that fits, returning it."""
        names = tuple(fields)
        key = ("update one", model, shape, names, increment)
        return self._prepared(
            key,
            lambda: (
                self._update(model, names, increment)
                .where(self._one_row(model, shape))
                .returning(*self._tables[model].table.c)
            ),
        )

    def update_by_id(
        self, model: str, fields: Iterable[str], *, increment: str | None = None
    ) -> Update:
        """``UPDATE`` of the row whose id is the parameter ``row_id``."""
        names = tuple(fields)
        key = ("update by id", model, names, increment)
        return self._prepared(
            key, lambda: self._update(model, names, increment).where(self._by_id(model))
        )

    def find_by_id(self, model: str) -> Select[Any]:
        """``SELECT`` of the row whose id is the parameter ``row_id``."""
        return self._prepared(
            ("by id", model), lambda: select(*self._columns(model)).where(self._by_id(model))
        )

    def delete_many(self, model: str, shape: Shape) -> Delete:
        """``DELETE`` of every row that fits."""
        return self._prepared(
            ("delete", model, shape),
            lambda: delete_from(self._tables[model].table).where(self._clause(model, shape)),
        )

    def consume_one(self, model: str, shape: Shape) -> Executable:
        """``DELETE`` of one row that fits, returning it."""
        return self._prepared(("consume", model, shape), lambda: self._consume(model, shape))

    def delete_by_id(self, model: str) -> Delete:
        """``DELETE`` of the row whose id is the parameter ``row_id``."""
        return self._prepared(
            ("delete by id", model),
            lambda: delete_from(self._tables[model].table).where(self._by_id(model)),
        )

    def _prepared(self, key: tuple[Any, ...], build: Callable[[], _T]) -> _T:
        # Two threads may build one statement at once: the later one replaces an equal one.
        statement = self._cache.get(key)
        if statement is None:
            statement = self._cache[key] = build()
        return statement

    def _columns(self, model: str) -> tuple[Column[Any], ...]:
        return tuple(self._tables[model].table.c)

    def _find(
        self, model: str, shape: Shape, *, offset: bool, sort_by: SortBy | None
    ) -> Select[Any]:
        statement = select(*self._columns(model)).where(self._clause(model, shape))
        if sort_by is not None:
            statement = statement.order_by(*self._clauses.order(self._tables[model], sort_by))
        statement = statement.limit(bindparam("limit", type_=Integer()))
        if offset:
            statement = statement.offset(bindparam("offset", type_=Integer()))
        return statement

    def _find_one(self, model: str, shape: Shape) -> Select[Any]:
        statement = select(*self._columns(model)).where(self._clause(model, shape))
        return statement if self._is_pinned(model, shape) else statement.limit(1)

    def _joined(self, model: str, shape: Shape, via: str) -> JoinedSelect:
        source = self._tables[model]
        reference = source.column(via)
        spec = source.fields[via].spec.references
        if spec is None:
            raise ConfigurationError(f"field {via!r} of model {model!r} references no model")
        target = self._tables[spec.model]
        aliased = target.table.alias()
        aim = aliased.c[target.fields[spec.field].column]
        statement = (
            select(*source.table.c, *aliased.c)
            .select_from(source.table.join(aliased, reference == aim))
            .where(self._clause(model, shape))
        )
        limited = not self._is_pinned(model, shape)
        if limited:
            statement = statement.limit(bindparam("limit", type_=Integer()))
        return JoinedSelect(statement, source.names, target.names, limited)

    def _count(self, model: str, shape: Shape) -> Select[Any]:
        table = self._tables[model].table
        return select(func.count()).select_from(table).where(self._clause(model, shape))

    def _update(self, model: str, names: tuple[str, ...], increment: str | None = None) -> Update:
        source = self._tables[model]
        values: dict[Column[Any], Any] = {
            source.column(name): bindparam(f"set_{position}", type_=source.column(name).type)
            for position, name in enumerate(names)
        }
        if increment is not None:
            number = source.column(increment)
            values[number] = number + bindparam("by", type_=number.type)
        return change(source.table).values(values)

    def _consume(self, model: str, shape: Shape) -> Executable:
        table = self._tables[model].table
        if self._is_mysql:
            statement = delete_from(table).where(self._clause(model, shape))
            statement = statement.with_dialect_options(**{f"{self._name}_limit": 1})
        else:
            statement = delete_from(table).where(self._one_row(model, shape))
        return statement.returning(*table.c)

    def _by_id(self, model: str) -> ColumnElement[bool]:
        column = self._tables[model].column("id")
        return column == bindparam("row_id", type_=column.type)

    def _one_row(self, model: str, shape: Shape) -> ColumnElement[bool]:
        """Return a condition that at most one row meets, and each caller at once its own."""
        if self._is_pinned(model, shape):
            return self._clause(model, shape)
        column = self._tables[model].column("id")
        chosen = select(column).where(self._clause(model, shape)).limit(1)
        if self._name == "postgresql":
            # Waits for the row's holder and looks at its outcome, then goes on to the next row.
            chosen = chosen.with_for_update()
        return column == chosen.scalar_subquery()

    def _is_pinned(self, model: str, shape: Shape) -> bool:
        fields = self._tables[model].fields
        return any(
            item.test == "eq"
            and not item.alternative
            and not item.ignore_case
            and (item.field == "id" or fields[item.field].spec.unique)
            for item in shape
        )

    def _clause(self, model: str, shape: Shape) -> ColumnElement[bool]:
        return self._clauses.where(self._tables[model], shape)
