"""Instances and visitors for tests: cheap hashes, a clock that stands still, an outbox.

A :class:`Visitor` is one browser. It reaches an instance over WSGI or, with ``door="api"``, through
``auth.api``; both ways give the same :class:`Answer`, so that one test can run both.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlencode

from werkzeug.datastructures import Headers
from werkzeug.test import Client, EnvironBuilder

from pyauth import APIError, PyAuth
from pyauth import codec as json_codec
from pyauth.cookies import parse_cookie_header, set_cookie_pair
from pyauth.crypto.password_schemes import ScryptCost
from pyauth.db.adapter import Row, Where
from pyauth.db.memory import MemoryAdapter
from pyauth.naming import to_camel
from pyauth.outbound import InlineRunner
from pyauth.testing import FrozenClock as FrozenClock
from pyauth.testing import Outbox as Outbox
from pyauth.testing import cheap_passwords
from pyauth.testing.clock import START as START

SECRET = "a-secret-of-the-tests-0123456789-ABCDEF"
ORIGIN = "http://localhost:3000"
FOREIGN = "https://evil.example"
ADDRESS = "203.0.113.7"
CHEAP_COST = ScryptCost(n=2, r=1, p=1)

Door = Literal["http", "api"]


def make_auth(*, verification: Any = None, **options: Any) -> PyAuth:
    """Return an instance for tests: e-mail and password on, cheap hashes, deliveries sent inline.

    Args:
        verification: the sender of verification mails.
        **options: arguments of ``PyAuth``, over the ones chosen here. A database given as URL is
            migrated.
    """
    chosen: dict[str, Any] = {
        "secret": SECRET,
        "base_url": ORIGIN,
        "mode": "test",
        "passwords": cheap_passwords(),
        "runner": InlineRunner,
        "email_and_password": {"enabled": True},
        "database": MemoryAdapter(),
    }
    if verification is not None:
        settings = dict(options.pop("email_verification", {}))
        chosen["email_verification"] = {**settings, "send_verification_email": verification}
    auth = PyAuth(**{**chosen, **options})
    if isinstance(options.get("database"), str):
        auth.migrate()
    return auth


def rows_of(auth: PyAuth, model: str, *where: Where) -> list[Row]:
    """Return the rows of a model as the adapter has them."""
    return auth.context.adapter.find_many(model, where, limit=1000)


def row_counts(auth: PyAuth) -> dict[str, int]:
    """Return how many rows each model of the core has."""
    models = ("user", "account", "session", "verification")
    return {model: auth.context.adapter.count(model) for model in models}


@dataclass(frozen=True)
class Answer:
    """What came back, by whichever door."""

    status: int
    headers: Headers
    text: str
    cookies: dict[str, str] = field(default_factory=dict)
    """What this answer set, by cookie name; an expired one is ``""``."""

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.text)

    @property
    def code(self) -> str:
        """The error code of the body."""
        found: str = self.json["code"]
        return found

    @property
    def refusal(self) -> tuple[int, str]:
        """Status and error code."""
        return self.status, self.code

    @property
    def location(self) -> str:
        """Where the answer redirects."""
        return self.headers["Location"]

    @property
    def set_cookies(self) -> list[str]:
        """The ``Set-Cookie`` texts, in order."""
        return self.headers.getlist("Set-Cookie")


class Visitor:
    """One browser with its cookies.

    Args:
        auth: the instance it talks to.
        door: how it reaches the endpoints in :meth:`call`.
        address: the peer address.
        origin: the ``Origin`` that its POST requests carry; None for a client that is no browser.
    """

    def __init__(
        self,
        auth: PyAuth,
        *,
        door: Door = "http",
        address: str | None = ADDRESS,
        origin: str | None = ORIGIN,
    ) -> None:
        self.auth = auth
        self.door = door
        self.address = address
        self.origin = origin
        self.cookies: dict[str, str] = {}
        self._client = Client(auth.wsgi_app, use_cookies=False)

    # Over HTTP -----------------------------------------------------------------------------------

    def get(self, path: str, **arguments: Any) -> Answer:
        """Send a GET to a path below the base path."""
        return self.request("GET", path, **arguments)

    def post(self, path: str, body: Any = None, **arguments: Any) -> Answer:
        """Send a POST with ``body`` as JSON to a path below the base path."""
        if body is not None:
            arguments = {"json": body, **arguments}
        return self.request("POST", path, **arguments)

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        data: bytes | None = None,
        content_type: str | None = None,
        query: Mapping[str, Any] | str | None = None,
        headers: Mapping[str, str] | Sequence[tuple[str, str]] = (),
        environ: Mapping[str, Any] | None = None,
    ) -> Answer:
        """Send any request to a path below the base path, with this browser's cookies."""
        if json is not None:
            data, content_type = json_codec.dumps(json).encode(), content_type or "application/json"
        if form is not None:
            data = urlencode(form).encode()
            content_type = content_type or "application/x-www-form-urlencoded"
        sent = Headers(headers)
        if self.cookies and "Cookie" not in sent:
            sent.set("Cookie", self.cookie_header)
        if self.origin is not None and "Origin" not in sent and method not in {"GET", "HEAD"}:
            sent.set("Origin", self.origin)
        built = EnvironBuilder(
            method=method,
            path=self.auth.base_path + path,
            base_url=ORIGIN,
            query_string=query if isinstance(query, str) else urlencode(query or {}, doseq=True),
            headers=sent,
            data=data,
            content_type=content_type,
            environ_overrides={"REMOTE_ADDR": self.address or "", **(environ or {})},
        )
        response = self._client.open(built)
        return self._take(
            Answer(response.status_code, response.headers, response.get_data(as_text=True))
        )

    # By either door ------------------------------------------------------------------------------

    def call(
        self,
        name: str,
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Run an endpoint by its name; body and query are under Python names."""
        if self.door == "api":
            return self._call_api(name, body, query, headers)
        found = self.auth.site.registry.operations[name].endpoint
        assert found.path is not None
        return self.request(
            found.methods[0],
            found.path,
            json=None if body is None else {to_camel(key): value for key, value in body.items()},
            query=None if query is None else {to_camel(key): item for key, item in query.items()},
            headers=headers or {},
        )

    def sign_up(self, email: str = "ada@example.com", **body: Any) -> Answer:
        """Sign up with e-mail and password."""
        person = {"name": "Ada", "email": email, "password": "correct horse"}
        return self.call("sign_up_email", {**person, **body})

    def sign_in(self, email: str = "ada@example.com", **body: Any) -> Answer:
        """Sign in with e-mail and password."""
        return self.call("sign_in_email", {"email": email, "password": "correct horse", **body})

    def get_session(self, **query: Any) -> Any:
        """Return the body of get-session: a dict or None."""
        answer = self.call("get_session", query=query or None)
        assert answer.status == 200, answer.text
        return answer.json

    @property
    def cookie_header(self) -> str:
        """The ``Cookie`` header that this browser sends."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    @property
    def session_cookie(self) -> str:
        """The value of the session cookie, as it travels."""
        return self.cookies[self.auth.context.cookies.session_token.name]

    def _call_api(
        self,
        name: str,
        body: Mapping[str, Any] | None,
        query: Mapping[str, Any] | None,
        headers: Mapping[str, str] | None,
    ) -> Answer:
        sent = Headers(dict(headers or {}))
        if self.cookies and "Cookie" not in sent:
            sent.set("Cookie", self.cookie_header)
        received = Headers()
        endpoint: Callable[..., Any] = getattr(self.auth.api, name)
        status = 200
        try:
            result = endpoint(body=body, query=query, headers=sent, response_headers=received)
        except APIError as error:
            status, result = error.status, error.body
        location = getattr(result, "location", None)
        if location is not None:
            status, result = result.status, None
            received.set("Location", location)
        text = json_codec.dumps(result, default=self.auth.site.encode)
        return self._take(Answer(status, received, text))

    def _take(self, answer: Answer) -> Answer:
        for text in answer.set_cookies:
            name, value = set_cookie_pair(text)
            attributes = text.partition(";")[2]
            expired = "; Max-Age=0;" in f"; {attributes};".replace(";  ", "; ")
            answer.cookies[name] = "" if expired else value
            if expired:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return answer


def cookies_in(texts: Iterable[str]) -> dict[str, str]:
    """Return the cookies that ``Set-Cookie`` texts set, as the server reads them back."""
    return parse_cookie_header("; ".join("=".join(set_cookie_pair(text)) for text in texts))


def token_of(visitor: Visitor) -> str:
    """Return the plain session token behind the visitor's cookie."""
    name = visitor.auth.context.cookies.session_token.name
    text = parse_cookie_header(visitor.cookie_header)[name]
    return text.rpartition(".")[0]
