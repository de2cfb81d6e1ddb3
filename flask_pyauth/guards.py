"""Decorators for views that are not for everybody."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast, overload

from flask import current_app, request
from werkzeug.wrappers import Response

from flask_pyauth.answers import answer_error, prefers_json, redirect_to_page
from flask_pyauth.config import DEFAULT_NAME
from flask_pyauth.installation import get_installation
from pyauth import error_codes
from pyauth.errors import APIError

View = TypeVar("View", bound=Callable[..., Any])


class Guards:
    """The decorators of one instance.

    Args:
        name: the instance's name.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    @overload
    def login_required(self, view: View, /) -> View: ...
    @overload
    def login_required(self, /, *, live: bool = True) -> Callable[[View], View]: ...
    def login_required(
        self, view: View | None = None, /, *, live: bool = True
    ) -> View | Callable[[View], View]:
        """Let only signed-in users reach a view: ``@login_required``.

        Others are sent to the ``login_view``; a client that prefers JSON, or an app without that
        page, gets 401 ``UNAUTHORIZED``.

        Args:
            view: the view.
            live: False to believe a session that is cached in a cookie: one look-up less, but a
                session that has been ended is believed until the cache expires.
        """

        def refuse() -> Response | None:
            return refuse_stranger(self._name, live=live)

        def guard(guarded: View) -> View:
            return _guard(guarded, refuse)

        return guard if view is None else guard(view)

    def fresh_session_required(self, view: View) -> View:
        """Let only users reach a view who proved recently who they are.

        How recently is ``session.fresh_age``. Others are sent to the ``reauth_view``; a client
        that prefers JSON, or an app without that page, gets 403 ``SESSION_NOT_FRESH``. Who is not
        signed in at all is treated as by :meth:`login_required`.

        Args:
            view: the view.
        """
        return _guard(view, lambda: refuse_stale_session(self._name))


def refuse_stranger(name: str, *, live: bool) -> Response | None:
    """Return the answer to a request from nobody we know, or None to let it pass."""
    installation = get_installation(name)
    if installation.find_signed_in(live=live) is not None:
        return None
    if installation.login_view is None or prefers_json():
        return answer_error(APIError(error_codes.UNAUTHORIZED))
    return redirect_to_page(installation.login_view)


def refuse_stale_session(name: str) -> Response | None:
    """Return the answer to a request whose session is not fresh, or None to let it pass."""
    refusal = refuse_stranger(name, live=True)
    if refusal is not None:
        return refusal
    installation = get_installation(name)
    signed_in = installation.find_signed_in(live=True)
    manager = installation.auth.context.session_manager
    if signed_in is not None and manager.is_fresh(signed_in.session):
        return None
    if installation.reauth_view is None or prefers_json():
        return answer_error(APIError(error_codes.SESSION_NOT_FRESH))
    return redirect_to_page(installation.reauth_view)


def _guard(view: View, refuse: Callable[[], Response | None]) -> View:
    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        refusal = None if _is_answered_by_flask() else refuse()
        if refusal is not None:
            return refusal
        return current_app.ensure_sync(view)(*args, **kwargs)

    return cast(View, guarded)


def _is_answered_by_flask() -> bool:
    """Return whether Flask lists the methods itself: a preflight carries no cookies to ask for."""
    return request.method == "OPTIONS" and getattr(
        request.url_rule, "provide_automatic_options", False
    )


_default = Guards(DEFAULT_NAME)

login_required = _default.login_required
"""See :meth:`Guards.login_required`; of the default instance."""

fresh_session_required = _default.fresh_session_required
"""See :meth:`Guards.fresh_session_required`; of the default instance."""
