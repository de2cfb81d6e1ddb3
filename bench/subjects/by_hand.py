"""What both hand-written views share: tables, prepared statements and the cookie's signature.

The way a good engineer writes it for one application and one database: SQLAlchemy Core, every
statement built once, one query for a session and its user, one for a user and his password.
"""

import hmac
import json
import secrets
import time
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, unquote

from sqlalchemy import (
    Boolean,
    Column,
    Engine,
    MetaData,
    Table,
    Text,
    bindparam,
    create_engine,
    delete,
    event,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import DATETIME

from bench.subjects.settings import (
    FRESH_AGE,
    ORIGIN,
    SECRET,
    SESSION_LIFE,
    UPDATE_AGE,
)

_KEY: Final = SECRET.encode()
_MOMENT: Final = DATETIME(  # type: ignore[no-untyped-call]
    storage_format=(
        "%(year)04d-%(month)02d-%(day)02dT%(hour)02d:%(minute)02d:%(second)02d.%(microsecond)06dZ"
    )
)

_metadata: Final = MetaData()

users: Final = Table(
    "users",
    _metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text),
    Column("email", Text),
    Column("email_verified", Boolean),
    Column("image", Text),
    Column("created_at", _MOMENT),
    Column("updated_at", _MOMENT),
)
sessions: Final = Table(
    "sessions",
    _metadata,
    Column("id", Text, primary_key=True),
    Column("token", Text),
    Column("user_id", Text),
    Column("expires_at", _MOMENT),
    Column("ip_address", Text),
    Column("user_agent", Text),
    Column("created_at", _MOMENT),
    Column("updated_at", _MOMENT),
)
accounts: Final = Table(
    "accounts",
    _metadata,
    Column("id", Text, primary_key=True),
    Column("user_id", Text),
    Column("account_id", Text),
    Column("provider_id", Text),
    Column("password", Text),
    Column("created_at", _MOMENT),
    Column("updated_at", _MOMENT),
)

_FIND_SESSION: Final = (
    select(*sessions.c, *users.c)
    .join_from(sessions, users, sessions.c.user_id == users.c.id)
    .where(sessions.c.token == bindparam("wanted"))
)
_FIND_LOGIN: Final = (
    select(accounts.c.password, *users.c)
    .join_from(users, accounts, accounts.c.user_id == users.c.id)
    .where(users.c.email == bindparam("wanted"), accounts.c.provider_id == "credential")
)
_OPEN_SESSION: Final = insert(sessions).inline()
_EXTEND_SESSION: Final = (
    update(sessions)
    .where(sessions.c.token == bindparam("wanted"))
    .values(expires_at=bindparam("expires"), updated_at=bindparam("now"))
)
_FIND_USER: Final = select(users.c.id).where(users.c.email == bindparam("wanted"))
_MAKE_USER: Final = insert(users).inline()
_MAKE_ACCOUNT: Final = insert(accounts).inline()
_LIST_SESSIONS: Final = (
    select(*sessions.c)
    .where(sessions.c.user_id == bindparam("owner"), sessions.c.expires_at > bindparam("now"))
    .order_by(sessions.c.created_at.desc())
    .limit(100)
)
_END_SESSION: Final = delete(sessions).where(sessions.c.token == bindparam("wanted"))


class Store:
    """The queries.

    Args:
        database: the path of the SQLite file.
    """

    def __init__(self, database: str) -> None:
        self._engine = _make_engine(database)

    def find_session(self, token: str) -> dict[str, Any] | None:
        """Return the JSON of a session and its user; extend it when it is due."""
        with self._engine.connect() as connection:
            row = connection.execute(_FIND_SESSION, {"wanted": token}).first()
            if row is None:
                return None
            found, now = _read_session(row), datetime.now(UTC)
            expires = row[3]
            if expires < now:
                connection.execute(_END_SESSION, {"wanted": token})
                return None
            if expires - SESSION_LIFE + UPDATE_AGE <= now:
                expires = now + SESSION_LIFE
                connection.execute(
                    _EXTEND_SESSION, {"wanted": token, "expires": expires, "now": now}
                )
                found["session"] |= {"expiresAt": _iso(expires), "updatedAt": _iso(now)}
            return found

    def find_login(self, email: str) -> tuple[str, dict[str, Any]] | None:
        """Return the password hash and the JSON of the user of an address."""
        with self._engine.connect() as connection:
            row = connection.execute(_FIND_LOGIN, {"wanted": email}).first()
        return None if row is None else (row[0], _read_user(row[1:]))

    def open_session(self, user_id: str, ip_address: str | None, user_agent: str | None) -> str:
        """Make a session and return its token."""
        values = _new_session(user_id, ip_address, user_agent)
        with self._engine.connect() as connection:
            connection.execute(_OPEN_SESSION, values)
        return str(values["token"])

    def sign_up(
        self, person: Mapping[str, str], ip_address: str | None, user_agent: str | None
    ) -> tuple[str, dict[str, Any]] | None:
        """Make a user, his account and a session, all or nothing; None when he is there already.

        Args:
            person: ``name``, ``email`` and ``password``, which is a hash.
            ip_address, user_agent: what the session keeps.
        """
        now, key = datetime.now(UTC), secrets.token_urlsafe(24)
        stamps = {"created_at": now, "updated_at": now}
        with self._engine.connect() as connection:
            if connection.execute(_FIND_USER, {"wanted": person["email"]}).first() is not None:
                return None
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            user = {"id": key, "name": person["name"], "email": person["email"], **stamps}
            connection.execute(_MAKE_USER, {**user, "email_verified": False, "image": None})
            account = {"id": secrets.token_urlsafe(24), "user_id": key, "account_id": key, **stamps}
            account |= {"provider_id": "credential", "password": person["password"]}
            connection.execute(_MAKE_ACCOUNT, account)
            values = _new_session(key, ip_address, user_agent)
            connection.execute(_OPEN_SESSION, values)
            connection.exec_driver_sql("COMMIT")
        row = (key, person["name"], person["email"], False, None, now, now)
        return values["token"], _read_user(row)

    def list_sessions(self, token: str) -> list[dict[str, Any]] | None:
        """Return the JSON of a user's sessions; None for a token that is not live and fresh."""
        with self._engine.connect() as connection:
            row, now = connection.execute(_FIND_SESSION, {"wanted": token}).first(), _now()
            if row is None or row[3] < now or now - row[6] >= FRESH_AGE:
                return None
            rows = connection.execute(_LIST_SESSIONS, {"owner": row[2], "now": now}).all()
        return [_session_json(found) for found in reversed(rows)]

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()


def read_cache(text: str | None, token: str) -> dict[str, Any] | None:
    """Return the session and user of a compact cache cookie, if it is ours and of that session."""
    if not text:
        return None
    envelope = json.loads(urlsafe_b64decode(unquote(text) + "=="))
    content, expires = envelope["session"], envelope["expiresAt"]
    signed = json.dumps(
        {**content, "expiresAt": expires}, separators=(",", ":"), ensure_ascii=False
    )
    expected = urlsafe_b64encode(hmac.digest(_KEY, signed.encode(), "sha256")).rstrip(b"=")
    if not hmac.compare_digest(envelope["signature"].encode(), expected):
        return None
    if expires < time.time() * 1000 or content["session"]["token"] != token:
        return None
    return {"session": content["session"], "user": content["user"]}


def read_cookie(text: str | None) -> str | None:
    """Return the token of a signed cookie, or None when the signature is wrong."""
    if not text:
        return None
    token, _, signature = unquote(text).rpartition(".")
    return token if hmac.compare_digest(signature.encode(), _sign(token)) else None


def write_cookie(token: str) -> str:
    """Return the signed cookie of a token."""
    return quote(f"{token}.{_sign(token).decode()}", safe="")


def is_own_origin(headers: Mapping[str, str] | Any) -> bool:
    """Return whether a request was sent by our own pages, or by no page."""
    origin = headers.get("Origin")
    return origin is None or origin == ORIGIN


def _sign(token: str) -> bytes:
    return b64encode(hmac.digest(_KEY, token.encode(), "sha256"))


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")[:-6] + "Z"


def _now() -> datetime:
    return datetime.now(UTC)


def _new_session(user_id: str, ip_address: str | None, user_agent: str | None) -> dict[str, Any]:
    now = _now()
    return {
        "id": secrets.token_urlsafe(24),
        "token": secrets.token_urlsafe(24),
        "user_id": user_id,
        "expires_at": now + SESSION_LIFE,
        "ip_address": ip_address or "",
        "user_agent": user_agent or "",
        "created_at": now,
        "updated_at": now,
    }


def _read_session(row: Any) -> dict[str, Any]:
    return {"session": _session_json(row[:8]), "user": _read_user(row[8:])}


def _session_json(row: Any) -> dict[str, Any]:
    key, token, user_id, expires, ip_address, user_agent, created, updated = row
    return {
        "expiresAt": _iso(expires),
        "token": token,
        "createdAt": _iso(created),
        "updatedAt": _iso(updated),
        "ipAddress": ip_address,
        "userAgent": user_agent,
        "userId": user_id,
        "id": key,
    }


def _read_user(row: Any) -> dict[str, Any]:
    key, name, email, email_verified, image, created, updated = row
    return {
        "name": name,
        "email": email,
        "emailVerified": email_verified,
        "image": image,
        "createdAt": _iso(created),
        "updatedAt": _iso(updated),
        "id": key,
    }


def _make_engine(database: str) -> Engine:
    engine = create_engine(
        f"sqlite:///{database}",
        isolation_level="AUTOCOMMIT",
        pool_reset_on_return=None,
        skip_autocommit_rollback=True,
        pool_use_lifo=True,
    )

    def set_up(driver_connection: Any, _record: Any) -> None:
        driver_connection.execute("PRAGMA busy_timeout = 5000")
        driver_connection.execute("PRAGMA foreign_keys = ON")
        driver_connection.execute("PRAGMA journal_mode = WAL")

    event.listen(engine, "connect", set_up)
    return engine
