"""pyauth beside any WSGI application.

:class:`PyAuthMiddleware` answers the routes below the base path and lets the application read who
is signed in through :func:`get_session`, and whether he proved that recently through
:func:`is_fresh`.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from werkzeug import Request
from werkzeug.datastructures import EnvironHeaders, Headers

from pyauth import error_codes
from pyauth.cookies import set_cookie_name
from pyauth.errors import APIError, ConfigurationError
from pyauth.http.base_url import find_headers_address
from pyauth.http.pipeline import path_below
from pyauth.sessions import SignedIn

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from pyauth.auth import PyAuth

ENVIRON_KEY = "pyauth.session"


class LazySession:
    """Who is signed in, looked up at first use and once per request.

    Twice where the first look believed a session cached in a cookie and a later one must not.
    """

    def __init__(self, auth: "PyAuth", environ: "WSGIEnvironment") -> None:
        self._auth = auth
        self._environ = environ
        self._signed_in: SignedIn | None = None
        self._was_asked = False
        self._is_live = False
        self._cookies: dict[str, str] = {}

    def find(self, *, live: bool) -> SignedIn | None:
        """Return the session and its user, or None; extends the session when it is due.

        Args:
            live: whether the store has to be asked; otherwise a session cached in a cookie will do.
        """
        if not self._was_asked or (live and not self._is_live):
            self._was_asked = True
            self._signed_in = self._look_up(live=live)
            self._is_live = live or not self._has_cached_session()
        return self._signed_in

    def is_fresh(self) -> bool:
        """Return whether somebody is signed in and proved recently who he is."""
        signed_in = self.find(live=True)
        manager = self._auth.context.session_manager
        return signed_in is not None and manager.is_fresh(signed_in.session)

    @property
    def headers(self) -> list[tuple[str, str]]:
        """What the answer should carry so far: it depends on the cookie once that was asked for."""
        if not self._was_asked:
            return []
        cookies = self._cookies.values()
        return [("Vary", "Cookie"), *(("Set-Cookie", cookie) for cookie in cookies)]

    def _look_up(self, *, live: bool) -> SignedIn | None:
        answered = Headers()
        try:
            # The endpoint, not the cookie alone: plugins such as Bearer have their say.
            return self._auth.api.get_session(
                query={"disable_cookie_cache": live},
                headers=EnvironHeaders(self._environ),
                response_headers=answered,
            )
        except APIError as exc:
            if exc.status != error_codes.UNAUTHORIZED.status:
                raise
            return None
        finally:
            texts = answered.getlist("Set-Cookie")
            self._cookies.update((set_cookie_name(text), text) for text in texts)

    def _has_cached_session(self) -> bool:
        headers = EnvironHeaders(self._environ)
        context = find_headers_address(self._auth.context, headers).context
        return context.cookies.session_data.name in headers.get("Cookie", "")


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


def get_session(environ: "WSGIEnvironment", *, live: bool = False) -> SignedIn | None:
    """Return who is signed in, or None; one look-up per request, at the first call.

    With ``session.cookie_cache`` an ended session, a deleted user or a changed name is noticed up
    to its ``max_age`` late, unless ``live`` is given: give it wherever the answer refuses somebody,
    changes something or hands out power.

    A session extended here is handed to the browser with the answer, unless the application has
    already started it.

    Args:
        environ: the WSGI environment of a request that passed :class:`PyAuthMiddleware`.
        live: whether the store has to be asked; otherwise a session that is cached in a cookie will
            do. Without a cache, and without a store, both are one.

    Raises:
        ConfigurationError: the request did not pass the middleware.
    """
    return _session_of(environ).find(live=live)


def is_fresh(environ: "WSGIEnvironment") -> bool:
    """Return whether somebody is signed in who proved recently who he is; asks the store.

    How recently is ``session.fresh_age``. For what needs more than an open browser: have others
    sign in again.

    Args:
        environ: the WSGI environment of a request that passed :class:`PyAuthMiddleware`.

    Raises:
        ConfigurationError: the request did not pass the middleware.
    """
    return _session_of(environ).is_fresh()


def _session_of(environ: "WSGIEnvironment") -> LazySession:
    session = environ.get(ENVIRON_KEY)
    if not isinstance(session, LazySession):
        raise ConfigurationError("the request did not pass PyAuthMiddleware(app, auth)")
    return session
