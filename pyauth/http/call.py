"""One invocation of an endpoint, by HTTP or in process: what handlers and hooks work with."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from werkzeug import Request
from werkzeug.datastructures import Headers
from werkzeug.utils import cached_property

from pyauth import error_codes
from pyauth.context import AuthContext
from pyauth.cookies import (
    DEFAULT_AGE,
    CookieSpec,
    expire,
    parse_cookie_header,
    serialize,
    serialize_signed,
    set_cookie_name,
)
from pyauth.error_codes import ErrorCode
from pyauth.errors import APIError, ConfigurationError, ReferenceViolation
from pyauth.events import RequestInfo
from pyauth.http.endpoint import Endpoint
from pyauth.http.outcome import Outcome
from pyauth.http.validation import ABSENT
from pyauth.models import Session, User
from pyauth.options.listed import ask_functions, functions_of
from pyauth.outbound import Delivery, EventKind
from pyauth.sessions import Reading, SignedIn

E = TypeVar("E")

MAX_USER_AGENT_LENGTH = 1024


class Call:
    """The state of one call.

    Attributes:
        context: the instance it belongs to.
        request: the request, or None for an in-process call without one.
        method: the HTTP method; the endpoint's first one for an in-process call.
        path: below the base path, such as ``/sign-in/email``.
        headers: the request headers, by any letter case.
        static_origins: patterns of origins that are trusted without asking a function.
        ip: the client address, or None where it is unknown.
        endpoint: the matched endpoint; None before the match.
        params: the values of the path's parameters.
        body: the raw body under Python names, as before-hooks may edit it; ``ABSENT`` without one.
        query: the raw query under Python names.
        outcome: what the handler came to; for after-hooks.
        new_session: the session that this call opened, for after-hooks.
        response_headers: the headers of the answer so far.
        skip_session_refresh: set by a hook that does not want the session extended in this call.
        needs_refresh: whether the session waits for a turn of its own to be extended; None where
            that is not deferred.
        session_refusal: why a session could not be extended, so that nobody is signed in; what
            get-session answers.
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
        declare: Callable[[str, str], str] | None = None,
    ) -> None:
        self.context = context
        self.request = request
        self.method = method
        self.path = path
        self.headers = headers
        self._base_url = base_url
        self._declare = declare
        self.static_origins = trusted_origins
        self.ip = ip
        self.endpoint: Endpoint[Any, Any] | None = None
        self.params: Mapping[str, str] = {}
        self.body: Any = ABSENT
        self.query: dict[str, Any] = {}
        self.outcome = Outcome()
        self.new_session: SignedIn | None = None
        self.slots: dict[object, Any] = {}
        self.response_headers = Headers()
        self.skip_session_refresh = False
        self.needs_refresh: bool | None = None
        self.session_refusal: APIError | None = None
        self._signed_in: SignedIn | None = None
        self._is_resolved = False
        self._is_live = False
        self._remember: bool | None = None
        self._deliveries: list[Delivery] = []

    def body_field(self, name: str) -> Any:
        """Return a field of the raw body, None where there is none; for before-hooks.

        The raw body may be anything that JSON can say, or ``ABSENT``.

        Args:
            name: the field's Python name.
        """
        return self.body.get(name) if isinstance(self.body, dict) else None

    @cached_property
    def cookies(self) -> dict[str, str]:
        """The request's cookies; a before-hook may add to them."""
        return parse_cookie_header(self.headers.get("Cookie") or "")

    @cached_property
    def request_info(self) -> RequestInfo | None:
        """The request as plain data for events; None without one."""
        if self.request is None:
            return None
        return RequestInfo(self.method, self._plain_url(), dict(self.headers), self.ip)

    @cached_property
    def trusted_origins(self) -> tuple[str, ...]:
        """Patterns of all origins trusted for this call; asks the app's functions at first use.

        Raises:
            APIError: 500 ``INTERNAL_SERVER_ERROR``: such a function failed.
        """
        functions = functions_of(self.context.options.trusted_origins)
        if not functions:
            return self.static_origins
        found = ask_functions(
            functions, self.request_info, option="trusted_origins", logger=self.context.logger
        )
        return (*self.static_origins, *found)

    @property
    def base_url(self) -> str:
        """Origin and base path under which this call is answered.

        Raises:
            ConfigurationError: an in-process call that says no address, and no ``base_url`` (or
                ``fallback`` of its allowed hosts) is set.
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

    def find_session(
        self, *, live: bool = False, refresh: bool = True, deferred: bool = False
    ) -> SignedIn | None:
        """Return who is signed in, or None; looked up once, extended when it is due.

        Nobody is where the session could not be extended, because it vanished meanwhile or a
        database hook was against it; see :attr:`session_refusal`.

        Args:
            live: whether the store has to be asked; otherwise a session that is cached in a cookie
                will do, even if an earlier look came from there.
            refresh: False to read without extending.
            deferred: whether this is the turn to extend, where reading defers that.
        """
        if self._is_resolved and (self._is_live or not live):
            return self._signed_in
        extend = not self.skip_session_refresh
        reading = Reading(live=live, refresh=refresh, extend=extend, deferred=deferred)
        resolution = self.context.session_manager.resolve(self.cookies, reading)
        self._signed_in, self._is_resolved = resolution.signed_in, True
        self._is_live = live or resolution.is_live
        self.needs_refresh = resolution.needs_refresh
        self.session_refusal = resolution.refusal
        self.send_cookies(resolution.cookies)
        return self._signed_in

    def get_session(self, *, live: bool = False) -> SignedIn:
        """Return who is signed in.

        Args:
            live: whether the store has to be asked.

        Raises:
            APIError: 401 ``UNAUTHORIZED`` when nobody is.
        """
        signed_in = self.find_session(live=live)
        if signed_in is None:
            raise APIError(error_codes.UNAUTHORIZED)
        return signed_in

    def sign_in(
        self,
        user: User,
        *,
        remember: bool = True,
        refusal: ErrorCode = error_codes.FAILED_TO_CREATE_SESSION,
    ) -> Session:
        """Open a session for a user and, once its transaction has committed, hand it over.

        Args:
            user: who proved to be him.
            remember: False for a session that ends with the browser.
            refusal: what is answered when there will be no session.

        Raises:
            APIError: the refusal: a database hook stopped the session, or the user was deleted
                meanwhile.
        """
        try:
            issued = self.context.session_manager.issue(
                user,
                remember=remember,
                ip_address=self._tracked_ip(),
                user_agent=_clean_header(self.headers.get("User-Agent")),
                held=self._held_names(),
            )
        except ReferenceViolation:
            issued = None
        if issued is None:
            raise APIError(refusal)
        # A session that is rolled back must reach neither the browser nor the after-hooks.
        signed_in = SignedIn(issued.session, user)
        self.context.adapter.after_commit(
            partial(self._open, signed_in, issued.cookies, remember=remember)
        )
        return issued.session

    def hand_over(self, signed_in: SignedIn, cookies: tuple[str, ...]) -> None:
        """Make a session that the store knows the call's own, and send its cookies."""
        self.new_session = signed_in
        self._signed_in, self._is_resolved, self._is_live = signed_in, True, True
        self.send_cookies(cookies)

    def renew_session(self, signed_in: SignedIn) -> None:
        """Follow a change of the session or its user: the call's own view and the cookies.

        To be called by whatever changes one of them. A session that ends with the browser goes on
        doing so. Inside a transaction it counts once that has committed. A session that the call
        knows from the cache alone is not cached anew, so that one which was ended stays ended: the
        next reading asks the store.

        Args:
            signed_in: the session and the user as they now are.
        """
        self.context.adapter.after_commit(partial(self._renew, signed_in))

    def forget_session(self) -> None:
        """Make the browser forget its session; the row is the caller's to end."""
        self._signed_in, self._is_resolved, self._is_live = None, True, True
        self.send_cookies(self.context.session_manager.expiring_cookies(self._held_names()))

    def take_back(self) -> None:
        """Take back what was to be handed over, headers and session, where the call has failed."""
        self.response_headers.clear()
        self.new_session = self._signed_in = None
        self._is_resolved = self._is_live = False

    def forget_cache(self) -> None:
        """Make the browser forget what it has cached of its session, if it has."""
        self.send_cookies(self.context.session_manager.expiring_cache(self.cookies))

    def _open(self, signed_in: SignedIn, cookies: tuple[str, ...], *, remember: bool) -> None:
        self._remember = remember
        self.hand_over(signed_in, cookies)

    def _renew(self, signed_in: SignedIn) -> None:
        manager, known = self.context.session_manager, self._signed_in
        if known is not None and not self._is_live and known.session.id == signed_in.session.id:
            self._signed_in = self.new_session = signed_in
            self.forget_cache()
            return
        remember = self._remember
        if remember is None:
            remember = manager.is_remembered(self.cookies)
        held = self._held_names()
        self.hand_over(signed_in, manager.cookies_for(signed_in, remember=remember, held=held))

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
            self.send_cookies((serialize_signed(spec, value, secret, max_age=max_age),))
        else:
            self.send_cookies((serialize(spec, value, max_age=max_age),))

    def expire_cookie(self, spec: CookieSpec) -> None:
        """Make the browser forget a cookie."""
        self.send_cookies((expire(spec),))

    def send_cookies(self, texts: Iterable[str]) -> None:
        """Add cookies to the answer, each in place of an earlier one of its name.

        So that no answer holds a value which it also takes back: whatever reads the raw answer
        would see it (RFC 6265, section 4.1.1).

        Args:
            texts: ``Set-Cookie`` texts.
        """
        added = tuple(texts)
        if not added:
            return
        sent = {set_cookie_name(text): text for text in self._sent_cookies()}
        for text in added:
            name = set_cookie_name(text)
            sent.pop(name, None)
            sent[name] = text
        self.response_headers.setlist("Set-Cookie", sent.values())

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

    def tell(self, kind: EventKind[E], event: E) -> None:
        """Queue an event for the app, as :meth:`deliver` queues a payload."""
        self.deliver(kind.name, kind.pack(event))

    def release_deliveries(self) -> None:
        """Hand the queued deliveries to the runner."""
        deliveries, self._deliveries = self._deliveries, []
        for delivery in deliveries:
            try:
                self.context.runner.submit(delivery)
            except Exception as exc:
                # An app's own runner may break the promise; the answer must not change for it. Its
                # text may quote the payload, and that holds tokens.
                self.context.logger.error(
                    "the runner refused delivery %s (%s)", delivery.id, type(exc).__name__
                )

    def _plain_url(self) -> str:
        """Return the request's address without the values of path parameters: one is a token."""
        assert self.request is not None  # noqa: S101 - asked by request_info alone
        declared = self.path if self._declare is None else self._declare(self.method, self.path)
        if declared == self.path:
            return self.request.base_url
        return f"{self.request.root_url.rstrip('/')}{self.context.options.base_path}{declared}"

    def _held_names(self) -> list[str]:
        """Return the names of the cookies that the browser may hold once it has the answer."""
        return [*self.cookies, *map(set_cookie_name, self._sent_cookies())]

    def _sent_cookies(self) -> list[str]:
        return self.response_headers.getlist("Set-Cookie")

    def _tracked_ip(self) -> str | None:
        if self.context.options.advanced.ip_address.disable_ip_tracking:
            return None
        return self.ip


def _clean_header(text: str | None) -> str | None:
    """Return what can be stored of a header that a client sent."""
    if text is None:
        return None
    kept = text[:MAX_USER_AGENT_LENGTH].replace("\x00", "")
    return kept.encode("utf-8", "replace").decode("utf-8")
