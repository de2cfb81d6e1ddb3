"""An instance with every feature of the core on, people in it, and a valid request for each route.

The tests of this folder go over every route of the registry. What a route needs to do its work
stands in :data:`RECIPES`; a core route without a recipe fails
``test_routes.py::test_every_core_route_has_a_request_that_works``.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pyauth.plugins
from pyauth import PyAuth, StoreUnavailable
from pyauth.db.memory import MemoryAdapter
from pyauth.db.sqlalchemy import SQLAlchemyAdapter
from pyauth.http.endpoint import Endpoint
from pyauth.outbound import InlineRunner
from pyauth.storage import MemoryStorage, SecondaryStorage
from tests.support.app import (
    ORIGIN,
    SECRET,
    Answer,
    FrozenClock,
    Outbox,
    Visitor,
    make_auth,
    token_of,
)
from tests.support.databases import fresh_database
from tests.support.redis import shared_redis
from tests.support.watched import CountingPasswords, WatchedAdapter

PASSWORD = "correct horse battery"
NEW_PASSWORD = "another horse staple"

_CACHE = {"enabled": True, "max_age": timedelta(days=1)}
KEEPINGS: dict[str, dict[str, Any]] = {
    "rows": {},
    "cached": {"cookie_cache": _CACHE},
    "jwt": {"cookie_cache": {**_CACHE, "strategy": "jwt"}},
    "jwe": {"cookie_cache": {**_CACHE, "strategy": "jwe"}},
    "stored": {},
    "stored-cached": {"cookie_cache": _CACHE},
    "mirrored": {"cookie_cache": _CACHE, "store_session_in_database": True},
    "preserved": {
        "cookie_cache": _CACHE,
        "store_session_in_database": True,
        "preserve_session_in_database": True,
    },
}
"""How sessions are kept, by name: the options that say so. The caches outlive every test."""

IN_STORAGE = {"stored", "stored-cached", "mirrored", "preserved"}
"""The ways that need a secondary storage."""


class WatchedStorage:
    """A storage in memory that counts what it is asked, and fails where it is told to.

    Attributes:
        asked: the operations, in order.
        fail_at: which one fails, counted from 1.
    """

    def __init__(self, clock: Callable[[], Any]) -> None:
        self.inner = MemoryStorage(clock)
        self.asked: list[str] = []
        self.fail_at: int | None = None

    def __getattr__(self, name: str) -> Any:
        operation = getattr(self.inner, name)
        if not callable(operation):
            return operation

        def watched(*arguments: Any, **named: Any) -> Any:
            self.asked.append(name)
            if self.fail_at == len(self.asked):
                raise StoreUnavailable("the secondary storage failed")
            return operation(*arguments, **named)

        return watched

    def close(self) -> None:
        """Do nothing."""

    def dump(self) -> dict[str, str]:
        """Return every value by its key."""
        return {key: entry.value for key, entry in self.inner._entries.items()}


# What isinstance() of the protocol looks for has to be found on the class itself.
for _name in (
    "get", "set", "set_if_not_exists", "delete", "take", "compare_and_set", "delete_if_value",
    "increment", "consume",
):  # fmt: skip
    setattr(
        WatchedStorage,
        _name,
        (lambda name: lambda self, *a, **n: self.__getattr__(name)(*a, **n))(_name),
    )


@dataclass(frozen=True)
class Attempt:
    """One request of a route.

    Attributes:
        endpoint: the route.
        path: below the base path, with its parameters.
        body: wire names to values; None for a request without a body.
        query: wire names to values.
    """

    endpoint: Endpoint[Any, Any]
    path: str
    body: Mapping[str, Any] | None = None
    query: Mapping[str, Any] = field(default_factory=dict)

    @property
    def method(self) -> str:
        """The method that changes something, where there are two."""
        return self.endpoint.methods[-1]


@dataclass
class Person:
    """A user with two browsers."""

    email: str
    id: str
    visitor: Visitor
    other: Visitor


class World:
    """An instance, and what is needed to look at everything that it keeps."""

    def __init__(
        self,
        auth: PyAuth,
        *,
        outbox: Outbox,
        clock: FrozenClock,
        adapter: WatchedAdapter | None = None,
        passwords: CountingPasswords | None = None,
        storage: WatchedStorage | None = None,
        origin: str = ORIGIN,
    ) -> None:
        self.auth, self.outbox, self.clock, self._origin = auth, outbox, clock, origin
        self._adapter, self._passwords, self._storage = adapter, passwords, storage
        self._numbers = count(1)

    @property
    def adapter(self) -> WatchedAdapter:
        """The watched adapter."""
        assert self._adapter is not None
        return self._adapter

    @property
    def passwords(self) -> CountingPasswords:
        """The watched hasher."""
        assert self._passwords is not None
        return self._passwords

    @property
    def storage(self) -> WatchedStorage:
        """The watched storage."""
        assert self._storage is not None
        return self._storage

    @property
    def endpoints(self) -> dict[str, Endpoint[Any, Any]]:
        """Every endpoint by its name."""
        operations = self.auth.site.registry.operations
        return {name: item.endpoint for name, item in operations.items()}

    def visitor(self) -> Visitor:
        """Return a browser that nobody has used."""
        return Visitor(self.auth, origin=self._origin)

    def person(self) -> Person:
        """Return somebody who has signed up, and signed in with another browser."""
        email = f"p{next(self._numbers):04}@example.com"
        visitor, other = self.visitor(), self.visitor()
        answer = visitor.post(
            "/sign-up/email", {"name": "Ada", "email": email, "password": PASSWORD}
        )
        assert answer.status == 200, answer.text
        assert self.sign_in(other, email).status == 200
        return Person(email, answer.json["user"]["id"], visitor, other)

    def sign_in(self, visitor: Visitor, email: str, password: str = PASSWORD) -> Answer:
        """Sign in with e-mail and password."""
        return visitor.post("/sign-in/email", {"email": email, "password": password})

    def attempt(self, name: str, person: Person) -> Attempt:
        """Return a request that makes a route do its work for a person."""
        endpoint = self.endpoints[name]
        assert endpoint.path is not None
        recipe = RECIPES.get(name)
        given = _guess(endpoint) if recipe is None else recipe(self, person)
        path = re.sub(r":(\w+)", lambda found: str(given.params.get(found[1], "x")), endpoint.path)
        return Attempt(endpoint, path, given.body, given.query)

    def send(self, visitor: Visitor, attempt: Attempt, **changed: Any) -> Answer:
        """Send a request; what is ``changed`` replaces arguments of :meth:`Visitor.request`."""
        sent: dict[str, Any] = {"query": dict(attempt.query)}
        if attempt.body is not None:
            sent["json"] = dict(attempt.body)
        method = changed.pop("method", attempt.method)
        path = changed.pop("path", attempt.path)
        return visitor.request(method, path, **{**sent, **changed})

    def everything(self) -> dict[str, Any]:
        """Return every row, every value of the storage, and how many mails went out."""
        adapter = self.auth.context.adapter
        rows = {
            model: {row["id"]: row for row in adapter.find_many(model, limit=10_000)}
            for model in self.auth.context.schema.models
        }
        kept = {} if self._storage is None else self._storage.dump()
        return {**rows, "storage": kept, "mails": len(self.outbox.sent)}

    def mailed_token(self) -> str:
        """Return the token of the newest mail."""
        token: str = self.outbox.last.token
        return token


# Requests that work -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Given:
    """What a route is given."""

    body: Mapping[str, Any] | None = None
    query: Mapping[str, Any] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)


Recipe = Callable[[World, Person], Given]


def _sign_up(world: World, person: Person) -> Given:
    return Given({"name": "Eve", "email": f"new-{person.email}", "password": PASSWORD})


def _revoke_one(world: World, person: Person) -> Given:
    return Given({"token": token_of(person.other)})


def _verify_email(world: World, person: Person) -> Given:
    person.visitor.post("/send-verification-email", {"email": person.email})
    return Given(query={"token": world.mailed_token()})


def _reset_token(world: World, person: Person) -> str:
    person.visitor.post("/request-password-reset", {"email": person.email})
    return world.mailed_token()


def _deletion_token(world: World, person: Person) -> str:
    person.visitor.post("/delete-user", {})
    return world.mailed_token()


def _unlink(world: World, person: Person) -> Given:
    world.auth.context.adapter.create(
        "account",
        {
            "user_id": person.id,
            "provider_id": "elsewhere",
            "account_id": f"at-{person.id}",
            "access_token": "access-token-of-the-provider",
        },
    )
    return Given({"providerId": "elsewhere"})


RECIPES: dict[str, Recipe] = {
    "sign_up_email": _sign_up,
    "sign_in_email": lambda _, person: Given({"email": person.email, "password": PASSWORD}),
    "sign_out": lambda *_: Given(),
    "get_session": lambda *_: Given(),
    "list_sessions": lambda *_: Given(),
    "revoke_session": _revoke_one,
    "revoke_sessions": lambda *_: Given(),
    "revoke_other_sessions": lambda *_: Given(),
    "update_session": lambda *_: Given({"theme": "dark"}),
    "send_verification_email": lambda _, person: Given({"email": person.email}),
    "verify_email": _verify_email,
    "change_email": lambda _, person: Given({"newEmail": f"moved-{person.email}"}),
    "update_user": lambda *_: Given({"name": "Renamed"}),
    "delete_user": lambda world, person: Given({"token": _deletion_token(world, person)}),
    "delete_user_callback": lambda world, person: Given(
        query={"token": _deletion_token(world, person)}
    ),
    "request_password_reset": lambda _, person: Given({"email": person.email}),
    "request_password_reset_callback": lambda world, person: Given(
        params={"token": _reset_token(world, person)}, query={"callbackURL": "/new-password"}
    ),
    "reset_password": lambda world, person: Given(
        {"token": _reset_token(world, person), "newPassword": NEW_PASSWORD}
    ),
    "change_password": lambda *_: Given(
        {
            "currentPassword": PASSWORD,
            "newPassword": NEW_PASSWORD,
            "revokeOtherSessions": True,
        }
    ),
    "verify_password": lambda *_: Given({"password": PASSWORD}),
    "list_user_accounts": lambda *_: Given(),
    "unlink_account": _unlink,
    "ok": lambda *_: Given(),
    "error": lambda *_: Given(query={"error": "INVALID_TOKEN"}),
}
"""What makes each route of the core do its work."""


def _guess(endpoint: Endpoint[Any, Any]) -> Given:
    """Return something for a plugin's route, which nobody here knows."""
    shape, query = endpoint.body_shape, endpoint.query_shape
    return Given(
        None if shape is None else dict.fromkeys(shape.names_by_wire, "x"),
        {} if query is None else dict.fromkeys(query.names_by_wire, "x"),
    )


# Making worlds ------------------------------------------------------------------------------------

THEME: dict[str, Any] = {"theme": {"type": "string", "required": False}}


@contextmanager
def open_world(
    folder: Path,
    *,
    database: str = "memory",
    kept: str = "rows",
    redis: bool = False,
    watched: bool = True,
    links_sign_in: bool = False,
    **options: Any,
) -> Iterator[World]:
    """Make an instance with every feature on.

    Args:
        folder: where SQLite keeps its files.
        database: ``memory``, ``sqlite``, ``postgresql`` or ``mysql``.
        kept: how sessions are kept, a key of :data:`KEEPINGS`.
        redis: whether the storage is in Redis.
        watched: False for tests with many threads.
        links_sign_in: whether opening a verification link opens a session.
        **options: over the ones chosen here.
    """
    with ExitStack() as stack:
        outbox, clock = Outbox(), FrozenClock()
        inner: MemoryAdapter | SQLAlchemyAdapter = MemoryAdapter()
        if database != "memory":
            inner = SQLAlchemyAdapter(stack.enter_context(fresh_database(database, folder)))
            stack.callback(inner.close)
        adapter = WatchedAdapter(inner) if watched else None
        storage: WatchedStorage | SecondaryStorage | None = None
        if kept in IN_STORAGE:
            storage = stack.enter_context(shared_redis()) if redis else WatchedStorage(clock)
        passwords = CountingPasswords()
        chosen = {
            "secret": SECRET,
            "base_url": ORIGIN,
            "mode": "test",
            "runner": InlineRunner,
            **all_features(outbox, links_sign_in=links_sign_in),
            "database": adapter or inner,
            "clock": clock,
            "passwords": passwords,
            "secondary_storage": storage,
            **options,
        }
        session = {"additional_fields": THEME, **KEEPINGS[kept], **chosen.pop("session", {})}
        auth = PyAuth(session=session, **chosen)
        if isinstance(inner, SQLAlchemyAdapter):
            inner.migrate()
        stack.callback(auth.close)
        yield World(
            auth,
            outbox=outbox,
            clock=clock,
            adapter=adapter,
            passwords=passwords,
            storage=storage if isinstance(storage, WatchedStorage) else None,
            origin=chosen["base_url"],
        )


def all_features(outbox: Outbox, *, links_sign_in: bool = False) -> dict[str, Any]:
    """Return options that turn every feature of the core and every shipped plugin on."""
    return {
        "email_and_password": {
            "enabled": True,
            "send_reset_password": outbox,
            "revoke_sessions_on_password_reset": True,
        },
        "email_verification": {
            "send_verification_email": outbox,
            "auto_sign_in_after_verification": links_sign_in,
        },
        "user": {
            "change_email": {"enabled": True, "send_change_email_confirmation": outbox},
            "delete_user": {"enabled": True, "send_delete_account_verification": outbox},
        },
        "plugins": [getattr(pyauth.plugins, name)() for name in pyauth.plugins.__all__],
    }


def _list_routes() -> list[Endpoint[Any, Any]]:
    auth = make_auth(**all_features(Outbox()))
    found = [item.endpoint for item in auth.site.registry.operations.values()]
    auth.close()
    return found


ENDPOINTS = _list_routes()
"""Every endpoint of the registry, those without a route included."""
ROUTES = [item.name for item in ENDPOINTS if item.path is not None]
"""The names of those that have a route."""
WRITING = [
    item.name
    for item in ENDPOINTS
    if item.path is not None and not set(item.methods) <= {"GET", "HEAD"}
]
"""The names of those that a browser reaches with another method than GET."""
