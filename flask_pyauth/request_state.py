"""What one request knows of its session: who is signed in, and which cookies the answer gets.

A request has one :class:`RequestState` per instance, made at first use and kept on ``flask.g``.
"""

from flask import Request, Response, g, request
from werkzeug.datastructures import EnvironHeaders, Headers

from pyauth import PyAuth, error_codes
from pyauth.cookies import encode_uri_component, parse_cookie_header
from pyauth.errors import APIError
from pyauth.http.base_url import find_headers_address
from pyauth.sessions import SignedIn

_OWN_TO_THE_ANSWER = frozenset({"set-cookie", "location"})


class RequestState:
    """The session side of one request to one instance.

    Args:
        auth: the instance.
        request: the request itself, not Flask's proxy.
    """

    def __init__(self, auth: PyAuth, request: Request) -> None:
        self._auth = auth
        self.request = request
        self._signed_in: SignedIn | None = None
        self._is_known = False
        self._is_live = False
        self._was_asked = False
        self._is_sent = False
        self._changed_cookies: dict[str, str] = {}
        self._pending = Headers()

    @property
    def headers(self) -> Headers | None:
        """The request's headers with the cookies that calls of this request have set since.

        None while they have set none.
        """
        if not self._changed_cookies:
            return None
        cookies = {**self._sent_cookies, **self._changed_cookies}
        text = "; ".join(
            f"{name}={encode_uri_component(value)}" for name, value in cookies.items() if value
        )
        return EnvironHeaders({**self.request.environ, "HTTP_COOKIE": text})

    def find_signed_in(self, *, live: bool) -> SignedIn | None:
        """Return who is signed in, or None; looked up once.

        Args:
            live: whether the store has to be asked; otherwise a session cached in a cookie will do.
        """
        self._was_asked = True
        if self._is_known and (self._is_live or not live):
            return self._signed_in
        self._signed_in = self._look_up(live=live)
        self._is_known = True
        self._is_live = live or not self._has_cached_session()
        return self._signed_in

    def forget(self) -> None:
        """Look up anew at the next question, because something may have changed."""
        self._is_known = False

    def receive(self, headers: Headers) -> None:
        """Take over the headers of a call's answer: cookies count at once, and all go out."""
        self._was_asked = True
        self.learn_cookies(headers)
        for name, value in headers.items():
            if name.lower() == "set-cookie":
                self._pending.add(name, value)
            elif name.lower() not in _OWN_TO_THE_ANSWER:
                self._pending.set(name, value)

    def learn_cookies(self, headers: Headers) -> None:
        """Let the cookies that an answer sets count for the rest of this request."""
        for text in headers.getlist("Set-Cookie"):
            self._changed_cookies.update(parse_cookie_header(text.partition(";")[0]))

    def write(self, response: Response) -> None:
        """Put the headers on the answer; what the answer says itself stays.

        Afterwards the answer is on its way, so nothing is extended any more.
        """
        self._is_sent = True
        if self._was_asked:
            response.vary.add("Cookie")
        if not self._pending:
            return
        taken = {_whole_name(_cookie_name(text)) for text in response.headers.getlist("Set-Cookie")}
        latest = {_cookie_name(text): text for text in self._pending.getlist("Set-Cookie")}
        for name, text in latest.items():
            if _whole_name(name) not in taken:
                response.headers.add("Set-Cookie", text)
        for name, value in self._pending.items():
            if name.lower() != "set-cookie":
                response.headers.setdefault(name, value)

    def _look_up(self, *, live: bool) -> SignedIn | None:
        answered = Headers()
        try:
            return self._auth.api.get_session(
                query={"disable_cookie_cache": live, "disable_refresh": self._is_sent},
                headers=self.headers or self.request.headers,
                response_headers=answered,
            )
        except APIError as exc:
            if exc.status != error_codes.UNAUTHORIZED.status:
                raise
            return None
        finally:
            cookies = [("Set-Cookie", text) for text in answered.getlist("Set-Cookie")]
            self.receive(Headers(cookies))

    def _has_cached_session(self) -> bool:
        address = find_headers_address(self._auth.context, self.request.headers)
        name = address.context.cookies.session_data.name
        if not self._changed_cookies and name not in self.request.headers.get("Cookie", ""):
            return False
        held = {**self._sent_cookies, **self._changed_cookies}
        return any(value and held_name.startswith(name) for held_name, value in held.items())

    @property
    def _sent_cookies(self) -> dict[str, str]:
        return parse_cookie_header(self.request.headers.get("Cookie", ""))


def open_state(name: str, auth: PyAuth) -> RequestState:
    """Return the state of the current request, made at first use.

    Args:
        name: the instance's name.
        auth: the instance.

    Raises:
        RuntimeError: there is no request.
    """
    # Asked at every request: the objects themselves, not Flask's proxies for each attribute.
    current = request._get_current_object()  # type: ignore[attr-defined]
    states: dict[str, RequestState] = g._get_current_object().setdefault("_pyauth", {})
    state = states.get(name)
    # An application context pushed by hand, as tests do, outlives a request, and so does its g.
    if state is None or state.request is not current:
        state = states[name] = RequestState(auth, current)
    return state


def _cookie_name(text: str) -> str:
    return text.partition("=")[0]


def _whole_name(name: str) -> str:
    """Return the name of the cookie that a piece such as ``session_data.1`` belongs to."""
    stem, _, number = name.rpartition(".")
    return stem if number.isdecimal() else name
