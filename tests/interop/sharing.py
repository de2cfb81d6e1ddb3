"""The real upstream and pyauth as two servers over one database that upstream has made."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, create_engine, inspect, text

from pyauth import PyAuth
from tests.parity.play import START
from tests.parity.pyauth_side import PyAuthSide
from tests.parity.sides import BASE_PATH, ORIGIN, SECRET, Answer, Json, Request, Setup, Side
from tests.parity.tables import ForeignTables
from tests.parity.upstream_side import UpstreamServer, UpstreamSide
from tests.support.databases import fresh_database

PASSWORD: Final = "correct horse battery"
ADDRESS: Final = "198.51.100.7"
AGENT: Final = "an agent/1.0 (ünïcødé)".encode().decode("latin-1")

Options = Mapping[str, Any]

FIELDS: Final[Options] = {
    "plan": {"type": "string", "required": False, "defaultValue": "free"},
    "age": {"type": "number", "required": False},
    "views": {"type": "number", "bigint": True, "required": False},
    "vip": {"type": "boolean", "required": False},
    "born": {"type": "date", "required": False},
    "meta": {"type": "json", "required": False},
    "tags": {"type": "string[]", "required": False},
    "marks": {"type": "number[]", "required": False},
    "size": {"type": ["small", "large"], "required": False},
    "nick": {"type": "string", "required": False, "unique": True},
}
OPTIONS: Final[Options] = {
    "secret": SECRET,
    "emailAndPassword": {"enabled": True},
    "rateLimit": {"enabled": False, "storage": "database"},
    "user": {"additionalFields": FIELDS, "deleteUser": {"enabled": True}},
}


class Server:
    """One of the two, as a client sees it."""

    def __init__(self, side: Side) -> None:
        self.side = side

    def ask(
        self, method: str, path: str, body: Json = None, *, cookie: str = "", now: datetime = START
    ) -> Answer:
        """Send one request to a path below the base path."""
        headers = [("origin", ORIGIN), ("cookie", cookie), ("user-agent", AGENT)]
        content = None
        if body is not None:
            headers.append(("content-type", "application/json"))
            content = json.dumps(body).encode()
        sent = tuple((name, value) for name, value in headers if value)
        return self.side.request(Request(method, BASE_PATH + path, sent, content, ADDRESS, now))

    def get(self, path: str, cookie: str = "") -> Json:
        """Return the body of an answer that must be good."""
        return _body(self.ask("GET", path, cookie=cookie))

    def post(self, path: str, body: Json, cookie: str = "") -> Json:
        """Return the body of an answer that must be good."""
        return _body(self.ask("POST", path, body, cookie=cookie))

    def sign_up(self, email: str, **more: Json) -> str:
        """Return the cookie of a new user's session."""
        person = {"name": "Ada", "email": email, "password": PASSWORD}
        return _cookie(self.ask("POST", "/sign-up/email", {**person, **more}))

    def sign_in(self, email: str, password: str = PASSWORD) -> str:
        """Return the cookie of a new session."""
        body = {"email": email, "password": password}
        return _cookie(self.ask("POST", "/sign-in/email", body))

    def refuses(self, email: str, password: str) -> bool:
        """Return whether a password is not the right one."""
        body = {"email": email, "password": password}
        return self.ask("POST", "/sign-in/email", body).status == 401

    def mailed(self, kind: str) -> Json:
        """Return the last mail of a kind."""
        return next(mail for mail in reversed(self.side.outbox()) if mail["kind"] == kind)


def _body(answer: Answer) -> Json:
    assert answer.status == 200, (answer.status, answer.body)
    return json.loads(answer.body)


def _cookie(answer: Answer) -> str:
    assert answer.status == 200, (answer.status, answer.body)
    (cookie,) = [text.partition(";")[0] for text in answer.get_all("set-cookie")]
    return cookie


@dataclass(frozen=True)
class Shared:
    """Two servers over one database.

    Attributes:
        kind: ``sqlite``, ``postgresql`` or ``mysql``.
        url: the database.
        upstream: the server that made it.
        pyauth: the one that came later.
        lacking: what pyauth's plan says of the database as upstream made it.
    """

    kind: str
    url: URL
    upstream: Server
    pyauth: Server
    lacking: list[str]

    def server(self, name: str) -> Server:
        """Return a server by its name."""
        return self.upstream if name == "upstream" else self.pyauth

    @property
    def auth(self) -> PyAuth:
        """pyauth's instance."""
        assert isinstance(self.pyauth.side, PyAuthSide)
        return self.pyauth.side.auth

    def stored(self, table: str, column: str, value: str) -> dict[str, str | None]:
        """Return the columns of one row as the database itself writes them."""
        engine = create_engine(self.url)
        try:
            names = [item["name"] for item in inspect(engine).get_columns(table)]
            quote = engine.dialect.identifier_preparer.quote_identifier
            shown = ", ".join(_AS_STORED[self.kind].format(quote(name)) for name in names)
            with engine.connect() as connection:
                for statement in _IN_UTC[self.kind]:
                    connection.execute(text(statement))
                row = connection.execute(
                    text(f"SELECT {shown} FROM {quote(table)} WHERE {quote(column)} = :value"),
                    {"value": value},
                ).one()
            return dict(zip(names, row, strict=True))
        finally:
            engine.dispose()


_AS_STORED: Final = {
    "sqlite": "typeof({0}) || ' ' || {0}",
    "postgresql": "pg_typeof({0}) || ' ' || CAST({0} AS text)",
    "mysql": "CAST({0} AS CHAR)",
}
_IN_UTC: Final = {
    "sqlite": (),
    "postgresql": ("SET TIME ZONE 'UTC'",),
    "mysql": ("SET time_zone = '+00:00'",),
}


@contextmanager
def sharing(
    kind: str, folder: Path, process: UpstreamServer, options: Options = OPTIONS
) -> Iterator[Shared]:
    """Let upstream make a database of a kind, and open it with pyauth."""
    setup = Setup(
        options=options,
        plugins=(),
        presets=[("resetMail", None), ("verificationMail", None)],
        url=ORIGIN,
        environment="development",
        now=START,
    )
    ours = Setup(
        options={**options, "naming": "better-auth"},
        plugins=(),
        presets=setup.presets,
        url=ORIGIN,
        environment="development",
        now=START,
    )
    with fresh_database(kind, folder) as url:
        upstream = UpstreamSide(process, setup, _address(url))
        database = url.render_as_string(hide_password=False)
        pyauth = PyAuthSide(ours, database, tables=ForeignTables())
        try:
            lacking = pyauth.auth.plan().describe()
            yield Shared(kind, url, Server(upstream), Server(pyauth), lacking)
        finally:
            pyauth.close()
            upstream.close()


def _address(url: URL) -> str:
    """Return a URL as Node.js writes it."""
    name = url.get_backend_name()
    if name == "sqlite":
        return f"sqlite:{url.database}"
    return url.set(drivername=name).render_as_string(hide_password=False)
