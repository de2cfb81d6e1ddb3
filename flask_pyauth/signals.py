"""What happened, for whoever wants to know: blinker signals.

Each is sent after the fact has been committed and the call has succeeded, by HTTP or by
``auth.api``, with the Flask app as its sender and, as keyword arguments, ``auth`` (the FlaskPyAuth
instance), ``user`` and ``session``. Receivers should accept ``**extra``: there may be more one day.
What a receiver raises is logged; neither the answer nor the other receivers notice.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from blinker import NamedSignal, Namespace
from flask import Flask

from pyauth import DatabaseEvent, Session, User
from pyauth.http.call import Call
from pyauth.plugin import AfterHook, Contributions, DatabaseHook, Plugin, define_state

_signals = Namespace()

user_signed_up = _signals.signal("pyauth-user-signed-up")
"""Somebody has a new user; ``session`` is None where sign-up opens none."""

user_signed_in = _signals.signal("pyauth-user-signed-in")
"""A session was opened, at sign-up too."""

user_signed_out = _signals.signal("pyauth-user-signed-out")
"""A user ended the session that he was using."""

session_revoked = _signals.signal("pyauth-session-revoked")
"""A session was ended otherwise; sent once for each."""

email_verified = _signals.signal("pyauth-email-verified")
"""An address was proven for the first time; ``session`` is that of the call, or None."""


@dataclass(slots=True)
class _Changes:
    """What a call has committed so far."""

    created_users: list[User] = field(default_factory=list)
    verified_users: list[User] = field(default_factory=list)
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
                DatabaseHook("session", "create", after=_note(_on_session_opened)),
                DatabaseHook("session", "delete", after=_note(_on_session_ended)),
            ],
            after=[AfterHook(self._tell, source="plugin flask-signals")],
        )

    def _tell(self, call: Call) -> None:
        if call.outcome.error is not None or not _changes.is_set(call):
            return
        changes = _changes.get(call)
        signed_in = call.new_session
        for user in changes.created_users:
            self._tell_sign_up(call, user)
        for user in changes.verified_users:
            self._send(email_verified, user=user, session=call.current_session)
        opened = {session.id for session in changes.opened}
        if signed_in is not None and signed_in.session.id in opened:
            self._send(user_signed_in, user=signed_in.user, session=signed_in.session)
        for ended in changes.ended:
            if ended.id not in opened and ended.expires_at > call.now:
                self._tell_ended(call, ended)

    def _tell_sign_up(self, call: Call, user: User) -> None:
        # A user whom somebody else has made is no sign-up.
        signed_in = call.new_session
        if signed_in is not None and signed_in.user.id == user.id:
            self._send(user_signed_up, user=signed_in.user, session=signed_in.session)
        elif call.endpoint is not None and call.endpoint.starts_session:
            self._send(user_signed_up, user=user, session=None)

    def _tell_ended(self, call: Call, session: Session) -> None:
        left = call.endpoint is not None and call.endpoint.name == "sign_out"
        signal = user_signed_out if left else session_revoked
        if not signal.has_receivers_for(self._app):
            return
        owner = call.current_user
        if owner is None or owner.id != session.user_id:
            owner = call.context.users.find(session.user_id)
        self._send(signal, user=owner, session=session)

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


def _note(add: Callable[[_Changes, DatabaseEvent], None]) -> Callable[[DatabaseEvent], None]:
    def note(event: DatabaseEvent) -> None:
        if event.call is not None:
            add(_changes.get(event.call), event)

    return note


def _on_user_created(changes: _Changes, event: DatabaseEvent) -> None:
    changes.created_users.append(cast(User, event.record))


def _on_user_updated(changes: _Changes, event: DatabaseEvent) -> None:
    if event.data.get("email_verified") is True:
        changes.verified_users.append(cast(User, event.record))


def _on_session_opened(changes: _Changes, event: DatabaseEvent) -> None:
    changes.opened.append(cast(Session, event.record))


def _on_session_ended(changes: _Changes, event: DatabaseEvent) -> None:
    changes.ended.append(cast(Session, event.record))
