"""Work on rows that plugins want done once per database, and the record of what was done."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, inspect, select

from pyauth.clock import Clock
from pyauth.db.adapter import Adapter
from pyauth.db.schema import ModelSchema
from pyauth.errors import ConfigurationError
from pyauth.options.fields import Field

if TYPE_CHECKING:
    from pyauth.db.sqlalchemy.tables import TableMap

LEDGER: Final = "pyauth_migration"
"""The model whose rows name the migrations that a database has seen."""

_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,100}")


@dataclass(frozen=True, slots=True)
class NamedMigration:
    """Work on existing rows, run once per database by ``migrate`` and recorded there.

    Attributes:
        name: unique within the plugin; never changed once released. Letters, digits, ``_``, ``-``
            and ``.``, at most 100.
        apply: does the work through the adapter, inside a transaction that also records it.
        source: who contributes it; filled in by pyauth.

    Raises:
        ConfigurationError: the name is of another form.
    """

    name: str
    apply: Callable[[Adapter], None]
    source: str = ""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ConfigurationError(
                f"{self.name!r} cannot name a migration: use ASCII letters, digits, '_', '-' and "
                "'.', at most 100"
            )


Migrations = Mapping[str, NamedMigration]
"""Named migrations in the order in which they run, by ``plugin-id/name``."""

NO_MIGRATIONS: Final[Migrations] = MappingProxyType({})


def ledger_model(clock: Clock) -> ModelSchema:
    """Return the model of the record; part of a schema whose plugins have migrations."""
    return ModelSchema(
        LEDGER,
        {
            "name": Field(type="string", unique=True),
            "applied_at": Field(type="date", default=clock),
        },
    )


def find_pending(
    connection: Connection, tables: Iterable["TableMap"], names: Iterable[str]
) -> tuple[str, ...]:
    """Return the migrations that a database has not seen, in their order."""
    wanted = tuple(names)
    ledger = next((item for item in tables if item.model == LEDGER), None)
    if not wanted or ledger is None:
        return ()
    if not inspect(connection).has_table(ledger.table.name, schema=ledger.table.schema):
        return wanted
    seen = set(connection.scalars(select(ledger.column("name"))))
    return tuple(name for name in wanted if name not in seen)
