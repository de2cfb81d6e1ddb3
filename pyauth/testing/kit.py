"""An instance for tests, with what its tests reach for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel

from pyauth.auth import PyAuth
from pyauth.crypto.password_schemes import ScryptCost
from pyauth.crypto.passwords import PasswordHasher
from pyauth.db.memory import MemoryAdapter
from pyauth.http.origins import find_origin
from pyauth.models import Account, User, Verification
from pyauth.naming import spelling_in, spellings
from pyauth.outbound import InlineRunner
from pyauth.testing.browser import Browser
from pyauth.testing.clock import FrozenClock
from pyauth.testing.outbox import Outbox
from pyauth.testing.sessions import open_session

ORIGIN = "http://localhost:3000"
_SECRET = "not-a-secret-but-long-enough-for-tests-0123456789"  # noqa: S105
_CHEAPEST = ScryptCost(n=2, r=1, p=1)


@dataclass(frozen=True)
class AuthKit:
    """An instance and what its tests reach for; made by :func:`make_kit`, or around your own.

    Attributes:
        auth: the instance.
        clock: its clock, where it is a frozen one.
        outbox: what it would have sent.
    """

    auth: PyAuth
    clock: FrozenClock = field(default_factory=FrozenClock)
    outbox: Outbox = field(default_factory=Outbox)
    _numbers: "count[int]" = field(default_factory=lambda: count(1), repr=False)

    def create_user(
        self, email: str | None = None, *, password: str | None = None, **fields: Any
    ) -> User:
        """Make a user without signing up.

        Args:
            email: his address; by default one of his own, ``user1@example.com`` and so on.
            password: lets him sign in with it; by default he has none.
            **fields: further fields under Python names, such as ``name`` or ``email_verified``.

        Raises:
            UniqueViolation: the address, or another unique value, is taken.
            LookupError: a database hook stopped the user.
        """
        number = next(self._numbers)
        values = {"name": f"User {number}", "email": email or f"user{number}@example.com", **fields}
        context = self.auth.context
        with context.adapter.transaction():
            user = context.users.create({**context.schema.defaults("user"), **values})
            if user is None:
                raise LookupError("a database hook stopped the user")
            if password is not None:
                context.accounts.create_credential(user.id, context.passwords.hash(password))
        return user

    def create_account(
        self, user: User, provider_id: str, *, account_id: str | None = None, **fields: Any
    ) -> Account:
        """Give a user a further way to sign in, as if he had linked it.

        Args:
            user: whose it is.
            provider_id: the provider, such as ``github``.
            account_id: the provider's own id of the person; by default one of its own, ``github-1``
                and so on.
            **fields: further fields under Python names, such as ``access_token`` or ``scope``.

        Raises:
            LookupError: a database hook stopped the account.
        """
        values = {
            "user_id": user.id,
            "provider_id": provider_id,
            "account_id": account_id or f"{provider_id}-{next(self._numbers)}",
            **fields,
        }
        context = self.auth.context
        account = context.accounts.create({**context.schema.defaults("account"), **values})
        if account is None:
            raise LookupError("a database hook stopped the account")
        return account

    def create_verification(
        self, identifier: str, value: str, *, expires_in: timedelta = timedelta(hours=1)
    ) -> Verification:
        """Keep a value that proves something once, as if a link or a code had been sent.

        Args:
            identifier: what it is kept under.
            value: what it stands for, often the id of a user.
            expires_in: how long it lives.

        Raises:
            LookupError: a database hook stopped it.
        """
        context = self.auth.context
        verification = context.verifications.create(
            identifier=identifier, value=value, expires_at=context.clock() + expires_in
        )
        if verification is None:
            raise LookupError("a database hook stopped the verification")
        return verification

    def headers(self, user: User | None = None, *, remember: bool = True) -> dict[str, str]:
        """Return the headers of a browser on one of the app's pages.

        For ``auth.api.<name>(headers=...)`` and any HTTP client.

        Args:
            user: who shall be signed in, by a new session; nobody by default.
            remember: False for a session that ends with the browser.
        """
        origin = {"Origin": self.origin}
        if user is None:
            return origin
        cookies = open_session(self.auth, user, remember=remember, origin=self.origin)
        return {**origin, "Cookie": "; ".join(f"{name}={cookies[name]}" for name in cookies)}

    def client(self, user: User | None = None) -> Browser:
        """Return a test client for the routes, like a browser on a page of the app.

        Args:
            user: who shall be signed in, by a new session; nobody by default.
        """
        browser = Browser(self.auth.wsgi_app, self.origin)
        cookies = {} if user is None else open_session(self.auth, user, origin=self.origin)
        for name, value in cookies.items():
            browser.set_cookie(name, value, domain=urlsplit(self.origin).hostname or "localhost")
        return browser

    @property
    def origin(self) -> str:
        """The origin of the app's own pages."""
        return find_origin(self.auth.context.base_url or "") or ORIGIN


def make_kit(*, outbox: Outbox | None = None, **options: Any) -> AuthKit:
    """Return an instance in memory: cheap hashes, a clock that stands still, mails kept.

    E-mail and password are on, deliveries are sent at once and in the caller's thread, and the
    senders of verification and reset mails are the outbox, unless the options say otherwise. A
    database that is given by its URL is migrated.

    Args:
        outbox: keeps what is sent; to be given where plugins need it as their sender too.
        **options: arguments of :class:`~pyauth.PyAuth`, over the ones chosen here.
    """
    box = Outbox() if outbox is None else outbox
    clock = options.pop("clock", None) or FrozenClock()
    chosen: dict[str, Any] = {
        "secret": _SECRET,
        "base_url": ORIGIN,
        "mode": "test",
        "database": MemoryAdapter(),
        "passwords": cheap_passwords(),
        "runner": InlineRunner,
    }
    _add_group(options, "email_and_password", {"enabled": True, "send_reset_password": box})
    _add_group(options, "email_verification", {"send_verification_email": box})
    auth = PyAuth(clock=clock, **{**chosen, **options})
    if isinstance(options.get("database"), str):
        auth.migrate()
    return AuthKit(auth, clock, box)


def cheap_passwords() -> PasswordHasher:
    """Return a hasher that takes no time: for tests alone; given as ``passwords=``."""
    return PasswordHasher(cost=_CHEAPEST)


def _add_group(options: dict[str, Any], name: str, defaults: Mapping[str, Any]) -> None:
    """Fill a group of options, a mapping or a model, with what it does not say itself."""
    spelling = spelling_in(options, name)
    given = options.get(spelling) or {}
    if isinstance(given, BaseModel):
        options[spelling] = given.model_copy(update=_missing(defaults, given.model_fields_set))
    elif isinstance(given, Mapping):
        options[spelling] = {**_missing(defaults, set(given)), **given}


def _missing(defaults: Mapping[str, Any], said: set[str]) -> dict[str, Any]:
    return {
        option: value for option, value in defaults.items() if said.isdisjoint(spellings(option))
    }
