"""``current_user`` and ``current_session``: who sent the request, looked up at first use.

A proxy of nobody is falsy and equal to None; ``current_user is None`` is never true, because a
proxy is an object of its own: write ``if current_user:``.
"""

from typing import cast

from werkzeug.local import LocalProxy

from flask_pyauth.config import DEFAULT_NAME
from flask_pyauth.installation import find_signed_in
from pyauth import Session, User


def make_user_proxy(name: str) -> User:
    """Return the proxy of an instance's signed-in user."""

    def find_user() -> User | None:
        signed_in = find_signed_in(name)
        return None if signed_in is None else signed_in.user

    return cast(User, LocalProxy(find_user))


def make_session_proxy(name: str) -> Session:
    """Return the proxy of an instance's session."""

    def find_session() -> Session | None:
        signed_in = find_signed_in(name)
        return None if signed_in is None else signed_in.session

    return cast(Session, LocalProxy(find_session))


current_user = make_user_proxy(DEFAULT_NAME)
"""The user whom the default instance recognises in this request; falsy when there is none."""

current_session = make_session_proxy(DEFAULT_NAME)
"""The session that the default instance recognises in this request; falsy when there is none."""
