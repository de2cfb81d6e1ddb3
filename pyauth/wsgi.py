"""pyauth beside any WSGI application.

:class:`PyAuthMiddleware` answers the routes below the base path and lets the application read who
is signed in through :func:`get_session`.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from werkzeug import Request
from werkzeug.datastructures import EnvironHeaders, Headers

from pyauth import error_codes
from pyauth.errors import APIError, ConfigurationError
from pyauth.http.pipeline import path_below
from pyauth.sessions import SignedIn

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from pyauth.auth import PyAuth

ENVIRON_KEY = "pyauth.session"


class LazySession:
    """Who is signed in, looked up at first use and once per request."""

    def __init__(self, auth: "PyAuth", environ: "WSGIEnvironment") -> None:
        self._auth = auth
        self._environ = environ
        self._answered: Headers | None = None
        self._signed_in: SignedIn | None = None

    def find(self) -> SignedIn | None:
        """Return the session and its user, or None; extends the session when it is due."""
        if self._answered is None:
            self._answered = Headers()
            self._signed_in = self._look_up(self._answered)
        return self._signed_in

    @property
    def headers(self) -> list[tuple[str, str]]:
        """What the answer should carry so far: it depends on the cookie once that was asked for."""
        if self._answered is None:
            return []
        cookies = self._answered.getlist("Set-Cookie")
        return [("Vary", "Cookie"), *(("Set-Cookie", cookie) for cookie in cookies)]

    def _look_up(self, answered: Headers) -> SignedIn | None:
        try:
            # The endpoint, not the cookie alone: plugins such as Bearer have their say.
            return self._auth.api.get_session(
                headers=EnvironHeaders(self._environ), response_headers=answered
            )
        except APIError as exc:
            if exc.status != error_codes.UNAUTHORIZED.status:
                raise
            return None


class PyAuthMiddleware:
    """Mounts an instance in front of a WSGI application.

    Args:
        app: the application that answers everything outside of the base path.
        auth: the instance.
    """

    def __init__(self, app: "WSGIApplication", auth: "PyAuth") -> None:
        self._app = app
        self._auth = auth

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        base_path = self._auth.base_path
        path = Request(environ, populate_request=False).path
        if path_below(base_path, path) is not None:
            answer: Iterable[bytes] = self._auth.wsgi_app(environ, start_response)
            return answer
        session = LazySession(self._auth, environ)
        environ[ENVIRON_KEY] = session

        def start_with_cookies(
            status: str, headers: list[tuple[str, str]], exc_info: Any = None
        ) -> Any:
            return start_response(status, [*headers, *session.headers], exc_info)

        return self._app(environ, start_with_cookies)


def get_session(environ: "WSGIEnvironment") -> SignedIn | None:
    """Return who is signed in, or None; one look-up per request, at the first call.

    A session extended here is handed to the browser with the answer, unless the application has
    already started it.

    Args:
        environ: the WSGI environment of a request that passed :class:`PyAuthMiddleware`.

    Raises:
        ConfigurationError: the request did not pass the middleware.
    """
    session = environ.get(ENVIRON_KEY)
    if not isinstance(session, LazySession):
        raise ConfigurationError("the request did not pass PyAuthMiddleware(app, auth)")
    return session.find()
