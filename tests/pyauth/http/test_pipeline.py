"""The order of the ten stops, as it can be observed from outside."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from werkzeug import Request, Response

from pyauth import APIError, Contributions, Plugin, PyAuth, StoreUnavailable
from pyauth.context import AuthContext
from pyauth.error_codes import ErrorCode
from pyauth.http.call import Call
from pyauth.http.endpoint import endpoint
from pyauth.http.hooks import AfterHook, BeforeHook, PathMiddleware
from pyauth.http.inputs import Body
from pyauth.http.outcome import Redirect
from pyauth.state import find_call
from tests.support.app import ADDRESS, FOREIGN, Answer, FrozenClock, Visitor, make_auth, row_counts

REFUSED = ErrorCode("REFUSED", "Refused", 409)
LIMIT = {"enabled": True, "max": 2, "window": 10}


class Work(Body):
    item_name: str
    wanted: str = "result"


@dataclass(frozen=True, slots=True)
class Done:
    item_name: str


def refuse(call: Call) -> None:
    raise APIError(REFUSED)


def _allow(call: Call) -> None:
    TRACE.append("endpoint guard")
    if call.headers.get("X-Guard") == "refuse":
        raise APIError(REFUSED)


TRACE: list[str] = []
"""What ran, in order; emptied before each test."""

OUTCOMES: dict[str, Callable[[Call], Any]] = {
    "error": refuse,
    "crash": lambda call: _raise(KeyError("sEcReT")),
    "locked": lambda call: _raise(StoreUnavailable("sEcReT is locked")),
    "response": lambda call: Response("as it is", mimetype="text/plain"),
    "redirect": lambda call: Redirect("/elsewhere"),
    "text": lambda call: "plain",
    "none": lambda call: None,
    "unrenderable": lambda call: {1, 2},
    "nan": lambda call: float("nan"),
}


def _raise(error: Exception) -> Any:
    raise error


@endpoint("POST", "/work", body=Work, guards=(_allow,))
def work(call: Call, body: Work) -> Any:
    TRACE.append(f"handler {body.item_name}")
    if body.wanted in OUTCOMES:
        return OUTCOMES[body.wanted](call)
    return Done(body.item_name)


@dataclass(eq=False)
class Tracer(Plugin):
    """Notes every stop that it can see."""

    name: str = "a"
    request: Any = None
    response: Any = None
    middleware: Callable[[Call], None] | None = None
    before: Callable[[Call], Any] | None = None
    after: Callable[[Call], Any] | None = None
    endpoints: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.id = f"tracer-{self.name}"  # type: ignore[misc]

    def contribute(self) -> Contributions:
        return Contributions(
            endpoints=self.endpoints,
            on_request=[self._on_request],
            on_response=[self._on_response],
            middlewares=[PathMiddleware(self._noting("middleware", self.middleware))],
            before=[BeforeHook(self._noting("before", self.before))],
            after=[AfterHook(self._noting("after", self.after))],
        )

    def _noting(self, stop: str, handler: Callable[[Call], Any] | None) -> Callable[[Call], Any]:
        def note(call: Call) -> Any:
            TRACE.append(f"{stop} {self.name}")
            return None if handler is None else handler(call)

        return note

    def _on_request(self, request: Request, context: AuthContext) -> Any:
        TRACE.append(f"on_request {self.name}")
        return None if self.request is None else self.request(request)

    def _on_response(self, response: Response, context: AuthContext) -> Any:
        TRACE.append(f"on_response {self.name} {response.status_code}")
        return None if self.response is None else self.response(response)


@pytest.fixture(autouse=True)
def _empty_trace() -> None:
    TRACE.clear()


def make(*tracers: Tracer, **options: Any) -> PyAuth:
    plugins = list(tracers) or [Tracer()]
    plugins[0].endpoints = [work]
    return make_auth(plugins=plugins, **options)


def send(auth: PyAuth, body: Any = None, **arguments: Any) -> Answer:
    return Visitor(auth).post("/work", body or {"itemName": "x"}, **arguments)


def test_every_stop_in_order() -> None:
    def app_before(call: Call) -> None:
        TRACE.append("before app")

    def app_after(call: Call) -> None:
        TRACE.append("after app")

    auth = make(Tracer("a"), Tracer("b"), hooks={"before": app_before, "after": app_after})
    assert send(auth).json == {"itemName": "x"}
    assert TRACE == [
        "on_request a",
        "on_request b",
        "middleware a",
        "middleware b",
        "before app",
        "before a",
        "before b",
        "endpoint guard",
        "handler x",
        "after app",
        "after a",
        "after b",
        "on_response a 200",
        "on_response b 200",
    ]


def test_in_process_calls_run_the_stops_from_hooks_to_hooks() -> None:
    auth = make()
    assert auth.api.work(body={"item_name": "x"}) == Done("x")
    assert TRACE == ["before a", "endpoint guard", "handler x", "after a"]


# Stops 2 to 4 -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/work", "/work/", "/work//"])
def test_a_disabled_path_does_not_exist(path: str) -> None:
    auth = make(disabled_paths=["/work"], rate_limit=LIMIT)
    for _ in range(5):
        answer = Visitor(auth).post(path, {"itemName": "x"})
        assert answer.refusal == (404, "NOT_FOUND")
    assert TRACE == []
    assert auth.api.work(body={"item_name": "x"}) == Done("x"), "in process it still works"


def test_a_plugin_can_disable_a_path() -> None:
    class Closer(Plugin):
        id = "closer"

        def contribute(self) -> Contributions:
            return Contributions(disabled_paths=["/ok"])

    assert Visitor(make_auth(plugins=[Closer()])).get("/ok").refusal == (404, "NOT_FOUND")


@pytest.mark.parametrize("path", ["/ok", "/nope", "/nope/deeper", "/", ""])
def test_the_limit_comes_before_everything_and_counts_unknown_paths(path: str) -> None:
    auth = make(rate_limit=LIMIT)
    visitor = Visitor(auth)
    passed = [visitor.get(path).status for _ in range(2)]
    assert 429 not in passed
    TRACE.clear()
    answer = visitor.get(path)
    assert answer.json == {
        "code": "TOO_MANY_REQUESTS",
        "message": "Too many requests. Please try again later.",
    }
    assert (answer.status, answer.headers["X-Retry-After"]) == (429, "10")
    assert TRACE == [], "neither on_request nor on_response sees a refused request"


def test_a_refused_request_changes_nothing(clock: FrozenClock) -> None:
    auth = make_auth(rate_limit={"enabled": True}, clock=clock)
    visitor = Visitor(auth)
    for number in range(5):
        visitor.sign_up(f"u{number}@example.com")
    assert row_counts(auth)["user"] == 3
    assert Visitor(auth, address="203.0.113.8").sign_up("u9@example.com").status == 200
    clock.advance(seconds=10, milliseconds=1)
    assert visitor.sign_up("u8@example.com").status == 200


@pytest.mark.parametrize("path", ["/sign-in/email", "/sign-in/email/", "/sign%2Din/email"])
def test_every_spelling_of_a_path_is_counted_together(path: str) -> None:
    auth = make_auth(rate_limit={"enabled": True}, advanced={"skip_trailing_slashes": True})
    visitor = Visitor(auth)
    for _ in range(3):
        visitor.post("/sign-in/email", {"email": "a@b.co", "password": "x"})
    assert visitor.post(path, {"email": "a@b.co", "password": "x"}).status == 429


@pytest.mark.parametrize(
    ("addresses", "status"),
    [
        (["2001:db8:1:2::1", "2001:db8:1:2::2", "2001:DB8:1:2:ffff::"], 429),
        (["2001:db8:1:2::1", "2001:db8:1:3::1", "2001:db8:1:4::1"], 200),
        (["203.0.113.7", "::ffff:203.0.113.7", "::ffff:cb00:7107"], 429),
    ],
)
def test_clients_are_told_apart_by_their_network(addresses: list[str], status: int) -> None:
    auth = make_auth(rate_limit=LIMIT)
    answers = [Visitor(auth, address=address).get("/ok").status for address in addresses]
    assert answers[-1] == status


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "CF-Connecting-IP", "True-Client-IP"]
)
def test_no_header_changes_who_is_counted(header: str) -> None:
    auth = make_auth(rate_limit=LIMIT)
    visitor = Visitor(auth)
    answers = [
        visitor.get("/ok", headers={header: f"198.51.100.{number}"}).status for number in range(3)
    ]
    assert answers == [200, 200, 429]


def test_a_client_without_an_address_is_refused_in_production() -> None:
    auth = make_auth(mode="production", secret="kT9vQ2mXz7LpR4wYb8NcF6hJd3GsA5eU")
    answer = Visitor(auth, address=None).get("/ok")
    assert (answer.status, answer.headers["X-Retry-After"]) == (429, "10")
    assert Visitor(auth).get("/ok").status == 200
    assert Visitor(make_auth(rate_limit=LIMIT), address=None).get("/ok").status == 200


def test_an_in_process_call_is_counted_for_the_request_it_is_made_for() -> None:
    auth = make(rate_limit=LIMIT)
    request = Request({"REMOTE_ADDR": ADDRESS, "wsgi.url_scheme": "http", "HTTP_HOST": "x"})
    for _ in range(3):
        auth.api.work(body={"item_name": "x"})
    for _ in range(2):
        auth.api.work(body={"item_name": "x"}, request=request)
    with pytest.raises(APIError) as caught:
        auth.api.work(body={"item_name": "x"}, request=request)
    assert (caught.value.status, caught.value.headers) == (429, [("X-Retry-After", "10")])
    assert send(auth).status == 429, "both ways in share one count"


def test_a_plugin_can_answer_a_request_at_once() -> None:
    auth = make(Tracer("a", request=lambda request: Response("mine", 418)), Tracer("b"))
    answer = send(auth)
    assert (answer.status, answer.text) == (418, "mine")
    assert TRACE == ["on_request a"], "no on_response, no other plugin"


def test_a_plugin_can_replace_the_request() -> None:
    def reroute(request: Request) -> Request:
        environ = {**request.environ, "PATH_INFO": "/api/auth/ok", "REQUEST_METHOD": "GET"}
        environ.pop("HTTP_COOKIE", None)
        return Request(environ)

    seen: list[str] = []
    auth = make(
        Tracer("a", request=reroute),
        Tracer("b", request=lambda request: seen.append(request.path)),
    )
    answer = send(auth)
    assert (answer.text, seen) == ("OK", ["/api/auth/ok"])


# Stops 5 and 6 ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nope"),
        ("GET", "/work"),
        ("HEAD", "/ok"),
        ("OPTIONS", "/ok"),
        ("PUT", "/ok"),
        ("TRACE", "/ok"),
        ("GET", "/ok/"),
        ("GET", "/OK"),
        ("GET", "/ok%00"),
        ("GET", ""),
    ],
)
def test_unknown_paths_and_methods_are_404_and_seen_by_on_response(method: str, path: str) -> None:
    auth = make()
    answer = Visitor(auth).request(method, path)
    assert answer.status == 404
    assert answer.headers["Content-Type"] == "application/json"
    if method != "HEAD":
        assert answer.json == {"code": "NOT_FOUND", "message": "Not Found"}
    assert TRACE == ["on_request a", "on_response a 404"]


def test_outside_of_the_base_path_nothing_is_known() -> None:
    auth = make_auth()
    visitor = Visitor(auth)
    for path in ("/ok", "/api/ok", "/api/authok", "/api/auth2/ok", "/API/AUTH/ok"):
        answer = visitor.request("GET", "", environ={"PATH_INFO": path})
        assert answer.status == 404, path
    assert visitor.request("GET", "", environ={"PATH_INFO": "/api/auth/ok"}).status == 200


def test_a_trailing_slash_can_be_let_through() -> None:
    visitor = Visitor(make_auth(advanced={"skip_trailing_slashes": True}))
    assert visitor.get("/ok/").text == "OK"


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ({"data": b"<x/>", "content_type": "text/xml"}, 415),
        ({"data": b"{", "content_type": "application/json"}, 400),
        ({"data": b"a=b", "content_type": "application/x-www-form-urlencoded"}, 415),
        ({"data": b'"' + b"x" * 200 + b'"', "content_type": "application/json"}, 413),
        ({"query": "a=%00"}, 400),
    ],
)
def test_what_cannot_be_read_is_refused_before_the_origin_is_looked_at(
    arguments: dict[str, Any], status: int
) -> None:
    auth = make(advanced={"max_body_size": 100})
    headers = {"Cookie": "a=b", "Origin": FOREIGN}
    assert Visitor(auth).request("POST", "/work", headers=headers, **arguments).status == status
    assert ["on_request a", f"on_response a {status}"] == TRACE


def test_no_hook_sees_the_refusal_of_a_guard() -> None:
    auth = make(Tracer("a", middleware=refuse))
    foreign = send(auth, headers={"Cookie": "a=b", "Origin": FOREIGN})
    assert foreign.refusal == (403, "INVALID_ORIGIN")
    assert TRACE == ["on_request a", "on_response a 403"], "the origin comes before middlewares"
    TRACE.clear()
    assert send(auth).refusal == (409, "REFUSED")
    assert TRACE == ["on_request a", "middleware a", "on_response a 409"]


# Stop 7 -------------------------------------------------------------------------------------------


def test_before_hooks_see_python_names_on_the_raw_body() -> None:
    seen: list[Any] = []
    auth = make(Tracer("a", before=lambda call: seen.append((dict(call.body), dict(call.query)))))
    answer = send(auth, {"itemName": 5, "other_one": [1], "callbackURL": "/x"}, query="disableIt=1")
    assert seen == [
        ({"item_name": 5, "other_one": [1], "callback_url": "/x"}, {"disableIt": "1"}),
    ]
    assert answer.refusal == (400, "VALIDATION_ERROR")


def test_what_a_before_hook_changes_is_validated() -> None:
    def rename(call: Call) -> None:
        call.body["item_name"] = call.body.pop("alias")

    auth = make(Tracer("a", before=rename))
    assert send(auth, {"alias": "y"}).json == {"itemName": "y"}
    assert send(auth, {"alias": 5}).refusal == (400, "VALIDATION_ERROR")
    assert auth.api.work(body={"alias": "y"}) == Done("y")


def test_an_error_in_a_before_hook_skips_the_rest_and_the_after_hooks() -> None:
    auth = make(Tracer("a", before=refuse), Tracer("b"))
    assert send(auth).refusal == (409, "REFUSED")
    assert TRACE[2:] == [
        "middleware a", "middleware b", "before a", "on_response a 409", "on_response b 409",
    ]  # fmt: skip
    TRACE.clear()
    with pytest.raises(APIError):
        auth.api.work(body={"item_name": "x"})
    assert TRACE == ["before a"]


def test_a_before_hook_can_answer_in_the_endpoints_place() -> None:
    auth = make(Tracer("a", before=lambda call: {"mine": True}), Tracer("b"))
    assert send(auth).json == {"mine": True}
    assert TRACE[4:] == ["before a", "on_response a 200", "on_response b 200"]


@pytest.mark.parametrize("stop", ["before", "after"])
def test_hidden_fields_stay_hidden_in_the_answer_of_a_hook(stop: str) -> None:
    fields = {"inner": {"type": "string", "default": "sEcReT", "returned": False}}
    auth = make(
        user={"additional_fields": fields},
        hooks={stop: lambda call: call.context.users.list()[0] if call.path == "/work" else None},
    )
    Visitor(auth).sign_up()
    answer = send(auth)
    assert answer.json["email"] == "ada@example.com"
    assert "sEcReT" not in answer.text


def test_hooks_run_where_they_are_wanted() -> None:
    ran: list[str] = []

    class Choosy(Plugin):
        id = "choosy"

        def contribute(self) -> Contributions:
            return Contributions(
                before=[
                    BeforeHook(lambda call: ran.append("named"), frozenset({"work"})),
                    BeforeHook(lambda call: ran.append("other"), frozenset({"ok"})),
                    BeforeHook(lambda call: ran.append("when"), when=lambda call: bool(call.query)),
                ],
                after=[AfterHook(lambda call: ran.append("after"), when=lambda call: False)],
                endpoints=[work],
            )

    auth = make_auth(plugins=[Choosy()])
    send(auth)
    assert ran == ["named"]
    send(auth, query="a=b")
    assert ran == ["named", "named", "when"]


# Stop 8 -------------------------------------------------------------------------------------------


def test_validation_comes_before_the_endpoints_guards() -> None:
    answer = send(make(), {"itemName": 5}, headers={"X-Guard": "refuse"})
    assert answer.refusal == (400, "VALIDATION_ERROR")
    assert "endpoint guard" not in TRACE
    assert send(make(), headers={"X-Guard": "refuse"}).refusal == (409, "REFUSED")
    assert "handler x" not in TRACE


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        ({"itemName": "x", "wanted": "text"}, 200, "plain"),
        ({"itemName": "x", "wanted": "none"}, 200, "null"),
        ({"itemName": "x", "wanted": "redirect"}, 302, ""),
        ({"itemName": "x", "wanted": "response"}, 200, "as it is"),
    ],
)
def test_what_a_handler_may_return(body: dict[str, Any], status: int, text: str) -> None:
    answer = send(make(), body)
    assert (answer.status, answer.text) == (status, text)


@pytest.mark.parametrize(
    ("wanted", "status", "code"),
    [
        ("crash", 500, "INTERNAL_SERVER_ERROR"),
        ("unrenderable", 500, "INTERNAL_SERVER_ERROR"),
        ("nan", 500, "INTERNAL_SERVER_ERROR"),
        ("locked", 503, "SERVICE_UNAVAILABLE"),
    ],
)
def test_what_nobody_expected_is_logged_and_tells_nothing(
    wanted: str, status: int, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = send(make(), {"itemName": "x", "wanted": wanted})
    assert answer.refusal == (status, code)
    assert set(answer.json) == {"code", "message"}
    assert "sEcReT" not in answer.text
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert caplog.records[0].exc_info is not None


@pytest.mark.parametrize("stop", ["request", "middleware", "before", "after", "response"])
@pytest.mark.parametrize("error", [ValueError("sEcReT"), StoreUnavailable("sEcReT")])
def test_a_plugin_that_fails_anywhere_is_answered_for(stop: str, error: Exception) -> None:
    parts: Any = {stop: lambda _: _raise(error)}
    answer = send(make(Tracer("a", **parts)))
    wanted = 503 if isinstance(error, StoreUnavailable) and stop != "response" else 500
    assert answer.status == wanted
    assert "sEcReT" not in answer.text
    assert find_call() is None


# Stop 9 -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ({"itemName": "x"}, "Done(item_name='x')"),
        ({"itemName": "x", "wanted": "error"}, "REFUSED"),
        ({"itemName": 5}, "VALIDATION_ERROR"),
        ({"itemName": "x", "wanted": "redirect"}, "to /elsewhere"),
    ],
)
def test_after_hooks_see_results_and_errors_validation_included(
    body: dict[str, Any], outcome: str
) -> None:
    seen: list[str] = []

    def look(call: Call) -> None:
        error, result = call.outcome.error, call.outcome.result
        if isinstance(result, Redirect):
            result = f"to {result.location}"
        seen.append(str(result) if error is None else error.code)

    send(make(Tracer("a", after=look)), body)
    assert seen == [outcome]


def test_an_after_hook_can_replace_the_outcome_and_the_next_one_sees_that() -> None:
    seen: list[Any] = []
    auth = make(
        Tracer("a", after=lambda call: {"replaced": True}),
        Tracer("b", after=lambda call: seen.append(call.outcome.result)),
    )
    assert send(auth, {"itemName": "x", "wanted": "error"}).json == {"replaced": True}
    assert seen == [{"replaced": True}]


def test_an_error_in_an_after_hook_takes_the_results_place() -> None:
    seen: list[Any] = []
    auth = make(
        Tracer("a", after=refuse),
        Tracer("b", after=lambda call: seen.append(call.outcome.error and call.outcome.error.code)),
    )
    assert send(auth).refusal == (409, "REFUSED")
    assert seen == ["REFUSED"]
    with pytest.raises(APIError):
        auth.api.work(body={"item_name": "x"})


def test_a_finished_response_skips_the_after_hooks() -> None:
    send(make(), {"itemName": "x", "wanted": "response"})
    assert TRACE[-2:] == ["handler x", "on_response a 200"]


def test_hooks_can_add_headers_and_cookies() -> None:
    def decorate(call: Call) -> None:
        call.set_header("X-One", "1")
        call.set_header("X-One", "2")
        call.add_header("Set-Cookie", "a=1")
        call.add_header("Set-Cookie", "b=2")

    answer = send(make(Tracer("a", before=decorate), Tracer("b", after=decorate)))
    assert answer.headers.getlist("X-One") == ["2"]
    assert answer.set_cookies == ["a=1", "b=2", "a=1", "b=2"]


# Stop 10 ------------------------------------------------------------------------------------------


def test_the_first_replacement_of_the_response_wins() -> None:
    auth = make(
        Tracer("a"),
        Tracer("b", response=lambda response: Response("b")),
        Tracer("c", response=lambda response: Response("c")),
    )
    assert send(auth).text == "b"
    assert TRACE[-2:] == ["on_response a 200", "on_response b 200"]


def test_the_call_is_open_during_the_work_and_closed_afterwards() -> None:
    seen: list[Any] = []
    auth = make(Tracer("a", before=lambda call: seen.append(find_call() is call)))
    send(auth)
    auth.api.work(body={"item_name": "x"})
    assert seen == [True, True]
    assert find_call() is None
