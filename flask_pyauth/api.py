"""``auth.api`` within a Flask request: on its behalf, with the cookies on its answer."""

from collections.abc import Mapping
from typing import Any

from flask import Flask, current_app, has_request_context
from flask import request as flask_request
from werkzeug import Request
from werkzeug.datastructures import Headers

from flask_pyauth.request_state import RequestState, open_state
from pyauth import PyAuth
from pyauth.api import Api

_CHANGES_NOTHING = frozenset(
    {
        "error",
        "get_session",
        "list_sessions",
        "list_user_accounts",
        "ok",
        "request_password_reset",
        "request_password_reset_callback",
        "send_verification_email",
        "verify_password",
    }
)
"""The endpoints after which the user and the session are what they were, unless cookies say so."""


class FlaskApi(Api):
    """The endpoints of one instance in one app.

    Within a request of that app, a call is made on its behalf: it gives the headers and the client
    address and is counted by the rate limit; the answer's headers go out with the view's response,
    and a later call of the same request sees the cookies that an earlier one has set. Elsewhere it
    is a call as any other.
    """

    def __init__(self, app: Flask, name: str, auth: PyAuth) -> None:
        super().__init__(auth.site)
        self._app = app
        self._name = name
        self._auth = auth

    def invoke(
        self,
        name: str,
        *,
        method: str | None = None,
        body: Any = None,
        query: Any = None,
        params: Mapping[str, str] | None = None,
        headers: Headers | Mapping[str, str] | None = None,
        request: Request | None = None,
        response_headers: Headers | None = None,
    ) -> Any:
        """Run an endpoint by name; see :class:`~pyauth.api.BoundEndpoint` for the arguments.

        Args:
            headers: take the place of the current request's.
            request: takes the place of the current one.
            response_headers: receives the headers too.
        """
        state = self._find_state()
        answered = Headers()
        if state is not None and request is None:
            request = flask_request._get_current_object()  # type: ignore[attr-defined]
            headers = state.headers if headers is None else headers
        try:
            return super().invoke(
                name,
                method=method,
                body=body,
                query=query,
                params=params,
                headers=headers,
                request=request,
                response_headers=answered,
            )
        finally:
            if response_headers is not None:
                response_headers.extend(answered)
            if state is not None:
                self._settle(state, name, answered)

    def _find_state(self) -> RequestState | None:
        if not has_request_context() or current_app._get_current_object() is not self._app:  # type: ignore[attr-defined]
            return None
        return open_state(self._name, self._auth)

    def _settle(self, state: RequestState, name: str, answered: Headers) -> None:
        state.receive(answered)
        if name not in _CHANGES_NOTHING or "Set-Cookie" in answered:
            state.forget()
