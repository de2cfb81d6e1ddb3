"""The pyauth side: in process, through the WSGI application."""

import json
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from werkzeug.test import EnvironBuilder, run_wsgi_app

import pyauth.plugins
from pyauth import APIError, Plugin, PyAuth
from pyauth.clock import epoch_ms
from pyauth.codec import parse_timestamp
from pyauth.crypto.passwords import Passwords
from pyauth.db.adapter import Where
from pyauth.db.memory import MemoryAdapter
from pyauth.naming import to_camel, to_snake
from pyauth.outbound import InlineRunner
from pyauth.storage import MemoryStorage
from tests.parity.presets import PRESETS, to_plain
from tests.parity.sides import Answer, Json, Request, Rows, Setup
from tests.parity.tables import NewTables, Tables

MEMORY = "memory"
"""In place of a database URL: pyauth's own adapter without a database."""
_EVERY_ROW = 100_000


class _Log(logging.Handler):
    """Keeps what pyauth logs."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.levelname.lower()}: {self.format(record)}")


class PyAuthSide:
    """One ``PyAuth``.

    Args:
        setup: how it is configured.
        database: the URL of its database, or :data:`MEMORY`.
        tables: makes and clears the tables; by default they are new ones, and dropped at the end.
        passwords: hashes passwords in place of the built-in schemes, unless the setup says how.
    """

    def __init__(
        self,
        setup: Setup,
        database: str,
        *,
        tables: Tables | None = None,
        passwords: Passwords | None = None,
    ) -> None:
        self._url = setup.url
        self._outbox: list[Json] = []
        self._log = _Log()
        logger = logging.getLogger("pyauth")
        logger.addHandler(self._log)
        logger.propagate = False  # what was logged is part of the suite's own report
        self._now = setup.now
        options = {to_snake(key): _python_fields(value) for key, value in setup.options.items()}
        for name, argument in setup.presets:
            PRESETS[name](options, self._outbox, argument)
        if options.get("secondary_storage") is MemoryStorage:
            options["secondary_storage"] = MemoryStorage(lambda: self._now)
        defaults: dict[str, Any] = {
            "base_url": setup.url,
            "mode": setup.environment,
            "database": MemoryAdapter() if database == MEMORY else database,
        }
        if options.get("database", database) is None:
            database = MEMORY
        self._auth = PyAuth(
            plugins=[_plugin(name, given) for name, given in setup.plugins],
            clock=lambda: self._now,
            runner=InlineRunner,
            passwords=None if _hashes_itself(options) else passwords,
            **(defaults | options),
        )
        self._tables = None if database == MEMORY else tables or NewTables(database)
        if self._tables is not None:
            self._tables.prepare(self._auth)
        self._adapter = self._auth.context.adapter
        self._models = self._auth.context.schema.models

    @property
    def auth(self) -> PyAuth:
        """The instance itself."""
        return self._auth

    def request(self, request: Request) -> Answer:
        """Answer ``request``; an exception that leaves the application is a 599."""
        self._now = request.now
        try:
            body, status, headers = run_wsgi_app(
                self._auth.wsgi_app, self._environ(request), buffered=True
            )
            content = b"".join(body)
        except Exception as error:
            self._log.lines.append(f"exception: {error!r}")
            logging.getLogger("pyauth").exception("left the application")
            return Answer(599, (), f"{type(error).__name__}: {error}".encode())
        return Answer(int(status.split()[0]), tuple(headers), content)

    def _environ(self, request: Request) -> dict[str, Any]:
        path, _, query = request.target.partition("?")
        parts = urlsplit(self._url)
        builder = EnvironBuilder(
            path=path,
            base_url=f"{parts.scheme}://{parts.netloc}/",
            query_string=query,
            method=request.method,
            headers=list(request.headers),
            data=request.body,
            environ_base={"REMOTE_ADDR": request.ip},
        )
        try:
            return builder.get_environ()
        finally:
            builder.close()

    def call(self, name: str, given: Mapping[str, Json], now: datetime) -> Json:
        """Call ``auth.api.<name>`` with Python names in the body and the query."""
        arguments = {
            key: _python_names(value) if key in ("body", "query") else value
            for key, value in given.items()
        }
        self._now = now
        try:
            result = getattr(self._auth.api, to_snake(name))(**arguments)
        except APIError as error:
            body = {"code": error.code, "message": error.message}
            return {"error": {"status": error.status, "body": body}}
        plain: Json = json.loads(json.dumps(result, default=self._auth.site.encode))
        return {"result": plain}

    def rows(self) -> Rows:
        """Return every row of every table, under wire names."""
        return {to_camel(name): self._table(name) for name in self._models}

    def _table(self, name: str) -> list[dict[str, Json]]:
        wire = self._models[name].wire_names
        rows = self._adapter.find_many(name, limit=_EVERY_ROW)
        named = [
            {wire.get(key, key): to_plain(value) for key, value in row.items()} for row in rows
        ]
        return sorted(named, key=lambda row: str(row.get("createdAt", "")))

    def change_rows(
        self, action: str, model: str, where: Mapping[str, Json], values: Mapping[str, Json]
    ) -> int:
        """Insert, update or delete rows directly."""
        name = to_snake(model)
        data = {
            self._field(name, key): self._value(name, key, item) for key, item in values.items()
        }
        conditions = [
            Where(self._field(name, key), self._value(name, key, item))
            for key, item in where.items()
        ]
        if action == "insert":
            self._adapter.create(name, data)
            return 1
        if action == "update":
            return self._update(name, conditions, data)
        return self._adapter.delete_many(name, conditions)

    def _update(self, name: str, conditions: list[Where], data: dict[str, object]) -> int:
        """Change rows without touching the time of their last change, as plain SQL would."""
        rows = self._adapter.find_many(name, conditions, limit=_EVERY_ROW)
        for row in rows:
            kept = {"updated_at": row["updated_at"]} if "updated_at" in row else {}
            self._adapter.update_one(name, [Where("id", row["id"])], kept | data)
        return len(rows)

    def _field(self, model: str, wire_name: str) -> str:
        return self._models[model].names_by_wire.get(wire_name, wire_name)

    def _value(self, model: str, wire_name: str, value: Json) -> object:
        field = self._models[model].fields.get(self._field(model, wire_name))
        is_date = field is not None and field.spec.type == "date"
        return parse_timestamp(value) if is_date and isinstance(value, str) else value

    def storage(self, now: datetime) -> Json:
        """Return every entry of the secondary storage."""
        self._now = now
        storage = self._auth.context.secondary_storage
        assert isinstance(storage, MemoryStorage)
        return {
            key: {"value": entry.value, "ttl": _seconds_left(entry.expires_at, now)}
            for key, entry in dict(storage._entries).items()
            if storage.get(key) is not None
        }

    def outbox(self) -> list[Json]:
        """Return what the senders were given."""
        return list(self._outbox)

    def log(self) -> list[str]:
        """Return what was logged."""
        return self._log.lines

    def close(self) -> None:
        """Clear the tables and let the database go."""
        logger = logging.getLogger("pyauth")
        logger.removeHandler(self._log)
        logger.propagate = True
        if self._tables is not None:
            self._tables.clear(self._auth)
        self._auth.close()


def _seconds_left(expires_at: int | None, now: datetime) -> int | None:
    return None if expires_at is None else (expires_at - epoch_ms(now)) // 1000


def _hashes_itself(options: Mapping[str, Any]) -> bool:
    return "password" in options.get("email_and_password", {})


def _plugin(name: str, given: Mapping[str, object]) -> Plugin:
    kind: Callable[..., Plugin] = getattr(pyauth.plugins, name[0].upper() + name[1:])
    return kind(**{to_snake(key): value for key, value in given.items()})


def _python_fields(group: object) -> object:
    """Return a group of options with the names of fields in it spelt as Python names."""
    if not isinstance(group, Mapping):
        return group
    return {
        key: {to_snake(name): item for name, item in value.items()}
        if key in ("fields", "additionalFields")
        else value
        for key, value in group.items()
    }


def _python_names(value: Json) -> Json:
    if isinstance(value, Mapping):
        return {to_snake(key): item for key, item in value.items()}
    return value
