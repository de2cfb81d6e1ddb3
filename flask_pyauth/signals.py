"""What happened, for whoever wants to know: blinker signals.

Each is sent after the fact has been committed and the call has succeeded, by HTTP or by
``auth.api``, with the Flask app as its sender and, as keyword arguments, ``auth`` (the FlaskPyAuth
instance), ``user`` and ``session``. ``session`` is the one that the signal is about; where it is
about a user, it is his session in this call, or None. Receivers should accept ``**extra``: there
may be more one day. What a receiver raises is logged; neither the answer nor the other receivers
notice.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from blinker import NamedSignal, Namespace
from flask import Flask

from pyauth import Account, DatabaseEvent, Session, User
from pyauth.http.call import Call
from pyauth.plugin import AfterHook, Contributions, DatabaseHook, Plugin, define_state
from pyauth.state import find_call

_signals = Namespace()

user_signed_up = _signals.signal("pyauth-user-signed-up")
"""Somebody has a new user; ``session`` is None where sign-up opens none."""

user_signed_in = _signals.signal("pyauth-user-signed-in")
"""A session was opened, at sign-up too."""

user_signed_out = _signals.signal("pyauth-user-signed-out")
"""A user ended the session that he was using."""

session_revoked = _signals.signal("pyauth-session-revoked")
"""A session was ended otherwise; sent once for each."""

user_updated = _signals.signal("pyauth-user-updated")
"""The record of a user has changed, whatever the change; ``user`` is as it now is."""

email_verified = _signals.signal("pyauth-email-verified")
"""An address was proven to be its user's."""

email_changed = _signals.signal("pyauth-email-changed")
"""A user has moved to another address."""

password_changed = _signals.signal("pyauth-password-changed")
"""A user has set another password, or his first; ``session`` is None after a mailed link."""

user_deleted = _signals.signal("pyauth-user-deleted")
"""A user is gone; ``user`` is as he was."""


@dataclass(slots=True)
class _Changes:
    """What a call has committed so far."""

    created: dict[str, User] = field(default_factory=dict)
    updated: dict[str, User] = field(default_factory=dict)
    deleted: dict[str, User] = field(default_factory=dict)
    verified: set[str] = field(default_factory=set)
    moved: set[str] = field(default_factory=set)
    with_new_hash: set[str] = field(default_factory=set)
    sets_password: bool = False
    opened: list[Session] = field(default_factory=list)
    ended: list[Session] = field(default_factory=list)


_changes = define_state("flask-signals", _Changes)


class SignalSender(Plugin):
    """Turns what calls commit into signals; the extension adds it as the last plugin.

    Args:
        app: the sender.
        extension: handed to receivers as ``auth``.
    """

    id = "flask-signals"

    def __init__(self, app: Flask, extension: object) -> None:
        self._app = app
        self._extension = extension

    def contribute(self) -> Contributions:
        """Hooks that note what is written, and one after every endpoint that tells it."""
        return Contributions(
            database_hooks=[
                DatabaseHook("user", "create", after=_note(_on_user_created)),
                DatabaseHook("user", "update", after=_note(_on_user_updated)),
                DatabaseHook("user", "delete", after=_note(_on_user_deleted)),
                DatabaseHook("account", "create", after=_note(_on_account_written)),
                DatabaseHook("account", "update", after=_note(_on_account_written)),
                DatabaseHook("session", "create", after=_note(_on_session_opened)),
                DatabaseHook("session", "delete", after=_note(_on_session_ended)),
            ],
            password_validators=[_note_new_password],
            after=[AfterHook(self._tell, source="plugin flask-signals")],
        )

    def _tell(self, call: Call) -> None:
        if call.outcome.error is not None or not _changes.is_set(call):
            return
        changes = _changes.get(call)
        for user in changes.created.values():
            self._tell_sign_up(call, user)
        for user in changes.updated.values():
            self._tell_updated(call, changes, user)
        if changes.sets_password:
            for user_id in changes.with_new_hash - changes.created.keys():
                self._tell_of(password_changed, call, changes, user_id)
        self._tell_of_sessions(call, changes)
        for user in changes.deleted.values():
            self._send(user_deleted, user=user, session=None)

    def _tell_sign_up(self, call: Call, user: User) -> None:
        # A user whom somebody else has made is no sign-up.
        signed_in = call.new_session
        if signed_in is not None and signed_in.user.id == user.id:
            self._send(user_signed_up, user=signed_in.user, session=signed_in.session)
        elif call.endpoint is not None and call.endpoint.starts_session:
            self._send(user_signed_up, user=user, session=None)

    def _tell_updated(self, call: Call, changes: _Changes, user: User) -> None:
        if user.id in changes.moved:
            self._tell_of(email_changed, call, changes, user.id)
        if user.id in changes.verified:
            self._tell_of(email_verified, call, changes, user.id)
        if user.id not in changes.created:
            self._tell_of(user_updated, call, changes, user.id)

    def _tell_of_sessions(self, call: Call, changes: _Changes) -> None:
        signed_in = call.new_session
        opened = {session.id for session in changes.opened}
        if signed_in is not None and signed_in.session.id in opened:
            self._send(user_signed_in, user=signed_in.user, session=signed_in.session)
        for ended in changes.ended:
            if ended.id not in opened and ended.expires_at > call.now:
                self._tell_ended(call, changes, ended)

    def _tell_ended(self, call: Call, changes: _Changes, session: Session) -> None:
        left = call.endpoint is not None and call.endpoint.name == "sign_out"
        signal = user_signed_out if left else session_revoked
        if signal.has_receivers_for(self._app):
            owner = _find_user(call, changes, session.user_id)
            self._send(signal, user=owner, session=session)

    def _tell_of(self, signal: NamedSignal, call: Call, changes: _Changes, user_id: str) -> None:
        if not signal.has_receivers_for(self._app):
            return
        session = call.current_session
        if session is not None and session.user_id != user_id:
            session = None
        self._send(signal, user=_find_user(call, changes, user_id), session=session)

    def _send(self, signal: NamedSignal, *, user: User | None, session: Session | None) -> None:
        if signal.is_muted:
            return
        for receiver in signal.receivers_for(self._app):
            try:
                self._app.ensure_sync(receiver)(
                    self._app, auth=self._extension, user=user, session=session
                )
            except Exception:
                self._app.logger.exception("a receiver of the signal %s failed", signal.name)


def _find_user(call: Call, changes: _Changes, user_id: str) -> User | None:
    """Return a user as he is after the call, or was before it deleted him."""
    known = changes.deleted.get(user_id) or changes.updated.get(user_id)
    if known is not None:
        return known
    present = call.current_user
    if present is not None and present.id == user_id:
        return present
    return call.context.users.find(user_id)


def _note(add: Callable[[_Changes, DatabaseEvent], None]) -> Callable[[DatabaseEvent], None]:
    def note(event: DatabaseEvent) -> None:
        if event.call is not None:
            add(_changes.get(event.call), event)

    return note


def _note_new_password(_path: str, _password: str) -> None:
    """Tell a password that somebody sets from a hash that is only made anew."""
    call = find_call()
    if call is not None:
        _changes.get(call).sets_password = True


def _on_user_created(changes: _Changes, event: DatabaseEvent) -> None:
    user = cast(User, event.record)
    changes.created[user.id] = user


def _on_user_updated(changes: _Changes, event: DatabaseEvent) -> None:
    user = cast(User, event.record)
    changes.updated[user.id] = user
    if event.data.get("email_verified") is True:
        changes.verified.add(user.id)
    if "email" in event.data:
        changes.moved.add(user.id)


def _on_user_deleted(changes: _Changes, event: DatabaseEvent) -> None:
    user = cast(User, event.record)
    changes.deleted[user.id] = user


def _on_account_written(changes: _Changes, event: DatabaseEvent) -> None:
    if event.data.get("password") is not None:
        changes.with_new_hash.add(cast(Account, event.record).user_id)


def _on_session_opened(changes: _Changes, event: DatabaseEvent) -> None:
    changes.opened.append(cast(Session, event.record))


def _on_session_ended(changes: _Changes, event: DatabaseEvent) -> None:
    changes.ended.append(cast(Session, event.record))
