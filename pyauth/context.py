"""Everything one configured instance holds: built once, read everywhere, never changed."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, TypeVar

from pyauth.clock import Clock
from pyauth.cookies import AuthCookies
from pyauth.crypto.passwords import Passwords
from pyauth.crypto.secret_keys import SecretKeys
from pyauth.db.adapter import Adapter
from pyauth.db.hooks import HookedWriter
from pyauth.db.ids import make_id
from pyauth.db.migration.named import Migrations
from pyauth.db.schema import Schema
from pyauth.error_codes import ErrorCode
from pyauth.options import Options, RateLimitStore
from pyauth.outbound import DeliveryKind, Runner
from pyauth.outbound.http import HttpClient
from pyauth.sessions import SessionManager
from pyauth.storage import SecondaryStorage
from pyauth.stores import AccountStore, SessionStore, UserStore, VerificationStore


class Identified(Protocol):
    """Anything with an id: how the context knows its plugins."""

    id: ClassVar[str]


P = TypeVar("P", bound=Identified)

PasswordValidator = Callable[[str, str], None]
"""``validator(path, password)``: raises an ``APIError`` to refuse a password about to be set."""


@dataclass(frozen=True, kw_only=True)
class AuthContext:
    """What handlers, hooks and plugins use.

    Attributes:
        options: what was configured.
        keys: the secrets.
        schema: the effective schema.
        adapter: the rows; stores are its callers.
        writer: the adapter's writes with the database hooks around them, for stores of plugins.
        secondary_storage: the shared key-value store, or None.
        users, accounts, sessions, verifications: the stores.
        session_manager: from a cookie to a session and back.
        passwords: makes and verifies hashes.
        cookies: the names and attributes of the cookies.
        base_url: origin and base path, such as ``https://app.example.com/api/auth``; None where
            each request says its own.
        trusted_origins: the static patterns, the base URL's origin included.
        secure: whether cookies are secure.
        rate_limit_enabled: whether requests are counted.
        rate_limit_store: what counts them; plugins count by ``count_attempt``.
        runner: takes deliveries.
        http: asks other servers; the only way in which this one does.
        delivery_kinds: what can be delivered, by name.
        migrations: the named migrations of plugins, by ``plugin-id/name``.
        password_validators: asked before a password is set.
        error_codes: every code that answers can carry, the plugins' included.
        plugins: by id, in list order.
        clock: the present moment.
        logger: where the instance logs.
        host_contexts: returns the instance as seen under an origin; None where its cookies are
            the same everywhere.
    """

    options: Options
    keys: SecretKeys = field(repr=False)
    schema: Schema
    adapter: Adapter
    writer: HookedWriter
    secondary_storage: SecondaryStorage | None
    users: UserStore
    accounts: AccountStore
    sessions: SessionStore
    verifications: VerificationStore
    session_manager: SessionManager
    passwords: Passwords
    cookies: AuthCookies
    base_url: str | None
    trusted_origins: tuple[str, ...]
    secure: bool
    rate_limit_enabled: bool
    rate_limit_store: RateLimitStore
    runner: Runner
    http: HttpClient
    delivery_kinds: Mapping[str, DeliveryKind]
    migrations: Migrations
    password_validators: tuple[PasswordValidator, ...]
    error_codes: Mapping[str, ErrorCode]
    plugins: Mapping[str, Any]
    clock: Clock
    logger: logging.Logger
    host_contexts: Callable[[str], "AuthContext"] | None = field(default=None, repr=False)

    def at_origin(self, origin: str) -> "AuthContext":
        """Return the instance as it is seen under an origin, where its cookies depend on that."""
        return self if self.host_contexts is None else self.host_contexts(origin)

    def make_id(self, model: str) -> str | None:
        """Return an id as a new record of a model would get, or None where the database counts."""
        return make_id(self.options.advanced.database.generate_id, model)

    def find_plugin(self, plugin: type[P]) -> P | None:
        """Return the configured instance of a plugin class, or None."""
        found = self.plugins.get(plugin.id)
        return found if isinstance(found, plugin) else None

    def validate_password(self, path: str, password: str) -> None:
        """Ask every password validator.

        Raises:
            APIError: one of them refused the password.
        """
        for validator in self.password_validators:
            validator(path, password)
