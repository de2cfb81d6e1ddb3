"""The stores of one instance: which ones keep sessions and values where the options say."""

from dataclasses import dataclass
from typing import Any

from pyauth.clock import Clock
from pyauth.db.adapter import Adapter
from pyauth.db.hooks import HookedWriter
from pyauth.db.schema import Schema
from pyauth.options import Options
from pyauth.storage import SecondaryStorage
from pyauth.stores.accounts import AccountStore
from pyauth.stores.session_values import SessionValues
from pyauth.stores.sessions import SessionRows, SessionStore
from pyauth.stores.stored_sessions import MirroredSessions, PreservedSessions, StoredSessions
from pyauth.stores.stored_verifications import MirroredVerifications, StoredVerifications
from pyauth.stores.user_copies import CopiesInSessions
from pyauth.stores.users import UserStore
from pyauth.stores.verification_values import VerificationValues
from pyauth.stores.verifications import VerificationRows, VerificationStore


@dataclass(frozen=True, slots=True)
class Stores:
    """The stores of the core's models."""

    users: UserStore
    accounts: AccountStore
    sessions: SessionStore
    verifications: VerificationStore


def open_stores(
    options: Options,
    *,
    adapter: Adapter,
    writer: HookedWriter,
    schema: Schema,
    clock: Clock,
    storage: SecondaryStorage | None,
) -> Stores:
    """Return the stores.

    Args:
        options: say where sessions and values are kept.
        adapter: the rows.
        writer: the adapter's writes, with hooks.
        schema: the effective schema.
        clock: the present moment.
        storage: the secondary storage, or None.
    """
    shared: dict[str, Any] = {
        "adapter": adapter,
        "writer": writer,
        "schema": schema,
        "clock": clock,
        "id_policy": options.advanced.database.generate_id,
    }
    accounts = AccountStore(**shared)
    if storage is None:
        users = UserStore(**shared)
        sessions = SessionRows(users=users, **shared)
        verifications = VerificationRows(options=options.verification, **shared)
        return Stores(users, accounts, sessions, verifications)
    place: dict[str, Any] = {
        "storage": storage,
        "adapter": adapter,
        "schema": schema,
        "clock": clock,
    }
    # Users and the copies of them need one another; nothing is asked before both are there.
    values = SessionValues(find_user=lambda user_id: users.find(user_id), **place)
    users = UserStore(copies=CopiesInSessions(values), **shared)
    return Stores(
        users,
        accounts,
        _open_sessions(options, values, users, shared),
        _open_verifications(options, VerificationValues(**place), shared),
    )


def _open_sessions(
    options: Options, values: SessionValues, users: UserStore, shared: dict[str, Any]
) -> SessionStore:
    kind = StoredSessions
    if options.session.store_session_in_database:
        preserves = options.session.preserve_session_in_database
        kind = PreservedSessions if preserves else MirroredSessions
    return kind(values=values, users=users, **shared)


def _open_verifications(
    options: Options, values: VerificationValues, shared: dict[str, Any]
) -> VerificationStore:
    if options.verification.store_in_database:
        return MirroredVerifications(values=values, options=options.verification, **shared)
    return StoredVerifications(values=values, options=options.verification, **shared)
