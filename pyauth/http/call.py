"""One invocation of an endpoint, by HTTP or in process: what handlers and hooks work with."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from werkzeug import Request
from werkzeug.datastructures import Headers
from werkzeug.utils import cached_property

from pyauth import error_codes
from pyauth.context import AuthContext
from pyauth.cookies import CookieSpec, expire, parse_cookie_header, serialize, serialize_signed
from pyauth.cookies.spec import DEFAULT_AGE
from pyauth.errors import APIError, ConfigurationError
from pyauth.events import RequestInfo
from pyauth.http.endpoint import Endpoint
from pyauth.http.outcome import Outcome
from pyauth.http.validation import ABSENT
from pyauth.models import Session, User
from pyauth.outbound import Delivery
from pyauth.sessions import SignedIn


class Call:
    """The state of one call.

    Attributes:
        context: the instance it belongs to.
        request: the request, or None for an in-process call without one.
        method: the HTTP method; the endpoint's first one for an in-process call.
        path: below the base path, such as ``/sign-in/email``.
        headers: the request headers, by any letter case.
        trusted_origins: patterns of origins trusted for this call.
        ip: the client address, or None where it is unknown.
        endpoint: the matched endpoint; None before the match.
        params: the values of the path's parameters.
        body: the raw body under Python names, as before-hooks may edit it; ``ABSENT`` without one.
        query: the raw query under Python names.
        outcome: what the handler came to; for after-hooks.
        new_session: the session that this call opened, for after-hooks.
        response_headers: the headers of the answer so far.
        slots: the values of ``define_state``.
    """

    def __init__(
        self,
        context: AuthContext,
        *,
        method: str,
        path: str,
        headers: Headers,
        base_url: str | None,
        trusted_origins: tuple[str, ...],
        ip: str | None,
        request: Request | None = None,
    ) -> None:
        self.context = context
        self.request = request
        self.method = method
        self.path = path
        self.headers = headers
        self._base_url = base_url
        self.trusted_origins = trusted_origins
        self.ip = ip
        self.endpoint: Endpoint[Any, Any] | None = None
        self.params: Mapping[str, str] = {}
        self.body: Any = ABSENT
        self.query: dict[str, Any] = {}
        self.outcome = Outcome()
        self.new_session: SignedIn | None = None
        self.slots: dict[object, Any] = {}
        self.response_headers = Headers()
        self._signed_in: SignedIn | None = None
        self._is_resolved = False
        self._deliveries: list[Delivery] = []

    @cached_property
    def cookies(self) -> dict[str, str]:
        """The request's cookies; a before-hook may add to them."""
        return parse_cookie_header(self.headers.get("Cookie") or "")

    @cached_property
    def request_info(self) -> RequestInfo | None:
        """The request as plain data for events; None without one."""
        if self.request is None:
            return None
        return RequestInfo(self.method, self.request.base_url, dict(self.headers), self.ip)

    @property
    def base_url(self) -> str:
        """Origin and base path under which this call is answered.

        Raises:
            ConfigurationError: an in-process call without a request, and no ``base_url`` is set.
        """
        if self._base_url is None:
            raise ConfigurationError(
                "a link needs base_url (or PYAUTH_URL), or the request that the call is made for"
            )
        return self._base_url

    @property
    def now(self) -> datetime:
        """The present moment."""
        return self.context.clock()

    @property
    def current_session(self) -> Session | None:
        """The session resolved so far; resolves nothing itself."""
        return None if self._signed_in is None else self._signed_in.session

    @property
    def current_user(self) -> User | None:
        """The user of :attr:`current_session`."""
        return None if self._signed_in is None else self._signed_in.user

    def replace_request(self, request: Request, path: str) -> None:
        """Go on with another request, as a plugin wants it.

        Args:
            request: takes the place of the one that arrived.
            path: its path below the base path.
        """
        self.request, self.headers = request, request.headers
        self.method, self.path = request.method, path
        self.__dict__.pop("cookies", None)
        self.__dict__.pop("request_info", None)

    def find_session(self, *, refresh: bool = True) -> SignedIn | None:
        """Return who is signed in, or None; looked up once, extended when it is due.

        Args:
            refresh: False to read without extending.
        """
        if self._is_resolved:
            return self._signed_in
        resolution = self.context.session_manager.resolve(self.cookies, refresh=refresh)
        self._is_resolved = True
        self._signed_in = resolution.signed_in
        for cookie in resolution.cookies:
            self.add_header("Set-Cookie", cookie)
        return self._signed_in

    def get_session(self) -> SignedIn:
        """Return who is signed in.

        Raises:
            APIError: 401 ``UNAUTHORIZED`` when nobody is.
        """
        signed_in = self.find_session()
        if signed_in is None:
            raise APIError(error_codes.UNAUTHORIZED)
        return signed_in

    def sign_in(self, user: User, *, remember: bool = True, failure_status: int = 500) -> Session:
        """Open a session for a user and, once its transaction has committed, hand it over.

        Args:
            user: who proved to be him.
            remember: False for a session that ends with the browser.
            failure_status: the status of the refusal when a database hook stops it.

        Raises:
            APIError: ``FAILED_TO_CREATE_SESSION`` when a database hook stopped it.
        """
        issued = self.context.session_manager.issue(
            user,
            remember=remember,
            ip_address=self._tracked_ip(),
            user_agent=_clean_header(self.headers.get("User-Agent")),
        )
        if issued is None:
            raise APIError(error_codes.FAILED_TO_CREATE_SESSION, status=failure_status)
        # A session that is rolled back must reach neither the browser nor the after-hooks.
        self.context.adapter.after_commit(
            partial(self.hand_over, SignedIn(issued.session, user), issued.cookies)
        )
        return issued.session

    def hand_over(self, signed_in: SignedIn, cookies: tuple[str, ...]) -> None:
        """Make a session the call's own and send its cookies."""
        self.new_session = signed_in
        self._signed_in, self._is_resolved = signed_in, True
        for cookie in cookies:
            self.add_header("Set-Cookie", cookie)

    def forget_session(self) -> None:
        """Make the browser forget its session; the row is the caller's to end."""
        self._signed_in, self._is_resolved = None, True
        for cookie in self.context.session_manager.expiring_cookies():
            self.add_header("Set-Cookie", cookie)

    def set_cookie(
        self,
        spec: CookieSpec,
        value: str,
        *,
        signed: bool = False,
        max_age: Any = DEFAULT_AGE,
    ) -> None:
        """Set a cookie of the answer.

        Args:
            spec: which cookie.
            value: its plain value.
            signed: whether to sign it.
            max_age: seconds instead of the spec's; None for one that ends with the browser.
        """
        if signed:
            secret = self.context.keys.for_signing()
            self.add_header("Set-Cookie", serialize_signed(spec, value, secret, max_age=max_age))
        else:
            self.add_header("Set-Cookie", serialize(spec, value, max_age=max_age))

    def expire_cookie(self, spec: CookieSpec) -> None:
        """Make the browser forget a cookie."""
        self.add_header("Set-Cookie", expire(spec))

    def add_header(self, name: str, value: str) -> None:
        """Add a header to the answer, beside others of that name."""
        self.response_headers.add(name, value)

    def set_header(self, name: str, value: str) -> None:
        """Set a header of the answer, in place of others of that name."""
        self.response_headers.set(name, value)

    def deliver(self, kind: str, payload: Mapping[str, Any]) -> None:
        """Queue a delivery; it starts once this call has ended and its transaction committed.

        Args:
            kind: the name of a delivery kind.
            payload: plain data.
        """
        delivery = Delivery.create(kind, payload)
        self.context.adapter.after_commit(lambda: self._deliveries.append(delivery))

    def release_deliveries(self) -> None:
        """Hand the queued deliveries to the runner."""
        deliveries, self._deliveries = self._deliveries, []
        for delivery in deliveries:
            try:
                self.context.runner.submit(delivery)
            except Exception:
                # An app's own runner may break the promise; the answer must not change for it.
                self.context.logger.exception("the runner refused delivery %s", delivery.id)

    def _tracked_ip(self) -> str | None:
        if self.context.options.advanced.ip_address.disable_ip_tracking:
            return None
        return self.ip


MAX_USER_AGENT_LENGTH = 1024


def _clean_header(text: str | None) -> str | None:
    """Return what can be stored of a header that a client sent."""
    if text is None:
        return None
    kept = text[:MAX_USER_AGENT_LENGTH].replace("\x00", "")
    return kept.encode("utf-8", "replace").decode("utf-8")
