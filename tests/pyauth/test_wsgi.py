"""pyauth beside any WSGI application."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from werkzeug.test import Client, EnvironBuilder, run_wsgi_app

from pyauth import ConfigurationError, PyAuth, PyAuthMiddleware
from pyauth.db.memory import MemoryAdapter
from pyauth.plugins import Bearer
from pyauth.wsgi import get_session, is_fresh
from tests.support.app import ORIGIN, FrozenClock, Visitor, make_auth
from tests.support.watched import WatchedAdapter


class Site:
    """An application that says who is there."""

    def __init__(self, *, looks: int = 1, late: bool = False) -> None:
        self._looks = looks
        self._late = late

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        found = None
        if not self._late:
            for _ in range(self._looks):
                found = get_session(environ)
        start_response("200 OK", [("Content-Type", "text/plain"), ("Set-Cookie", "own=1")])
        if self._late:
            found = get_session(environ)
        name = "nobody" if found is None else found.user.email
        return [f"{name} at {environ['PATH_INFO']}".encode()]


def open_site(auth: PyAuth, visitor: Visitor, site: Callable[..., Any], path: str = "/") -> Any:
    client = Client(PyAuthMiddleware(site, auth), use_cookies=False)
    return client.get(path, base_url=ORIGIN, headers={"Cookie": visitor.cookie_header})


@pytest.fixture
def auth(clock: FrozenClock) -> PyAuth:
    return make_auth(clock=clock)


@pytest.fixture
def ada(auth: PyAuth) -> Visitor:
    visitor = Visitor(auth)
    visitor.sign_up()
    return visitor


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/", "ada@example.com at /"),
        ("/api/authors", "ada@example.com at /api/authors"),
        ("/api/auth/ok", "OK"),
    ],
)
def test_the_routes_are_ours_and_the_rest_is_the_applications(
    auth: PyAuth, ada: Visitor, path: str, text: str
) -> None:
    assert open_site(auth, ada, Site(), path).text == text


def test_what_we_do_not_know_below_the_base_path_is_our_404(auth: PyAuth, ada: Visitor) -> None:
    for path in ("/api/auth", "/api/auth/nope"):
        response = open_site(auth, ada, Site(), path)
        assert (response.status_code, response.json["code"]) == (404, "NOT_FOUND")


def test_nobody_is_signed_in_without_a_cookie(auth: PyAuth) -> None:
    assert open_site(auth, Visitor(auth), Site()).text == "nobody at /"


def test_a_forged_cookie_is_nobody(auth: PyAuth, ada: Visitor) -> None:
    ada.cookies["better-auth.session_token"] = "x" + ada.session_cookie
    assert open_site(auth, ada, Site()).text == "nobody at /"


@pytest.mark.parametrize(("looks", "queries"), [(0, 0), (1, 1), (3, 1)])
def test_the_session_is_looked_up_at_first_use_and_once(looks: int, queries: int) -> None:
    adapter = WatchedAdapter(MemoryAdapter())
    auth = make_auth(database=adapter)
    visitor = Visitor(auth)
    visitor.sign_up()
    adapter.forget()
    open_site(auth, visitor, Site(looks=looks))
    assert len(adapter.statements) == queries


def test_an_extension_goes_out_with_the_answer(
    auth: PyAuth, ada: Visitor, clock: FrozenClock
) -> None:
    clock.advance(days=2)
    cookies = open_site(auth, ada, Site()).headers.getlist("Set-Cookie")
    assert cookies[0] == "own=1"
    assert cookies[1].startswith("better-auth.session_token=")
    assert open_site(auth, ada, Site()).headers.getlist("Set-Cookie") == ["own=1"]


def test_after_the_answer_has_begun_no_cookie_goes_out(
    auth: PyAuth, ada: Visitor, clock: FrozenClock
) -> None:
    clock.advance(days=2)
    response = open_site(auth, ada, Site(late=True))
    assert response.text == "ada@example.com at /"
    assert response.headers.getlist("Set-Cookie") == ["own=1"]


def test_an_expired_session_is_nobody_and_its_cookies_go(
    auth: PyAuth, ada: Visitor, clock: FrozenClock
) -> None:
    clock.advance(days=8)
    response = open_site(auth, ada, Site())
    assert response.text == "nobody at /"
    assert len(response.headers.getlist("Set-Cookie")) == 4


def test_a_session_that_ends_while_it_is_extended_is_nobody(clock: FrozenClock) -> None:
    adapter = WatchedAdapter(MemoryAdapter())
    auth = make_auth(database=adapter, clock=clock)
    visitor = Visitor(auth)
    visitor.sign_up()
    clock.advance(days=2)

    def revoke(statement: str) -> None:
        if statement == "update_one session":
            adapter.inner.delete_many("session", [])

    adapter.on_statement = revoke
    response = open_site(auth, visitor, Site())
    assert response.text == "nobody at /"
    assert len(response.headers.getlist("Set-Cookie")) == 4


def test_a_plugin_has_its_say_in_who_is_signed_in() -> None:
    auth = make_auth(plugins=[Bearer()])
    visitor = Visitor(auth)
    token = visitor.sign_up().headers["set-auth-token"]
    client = Client(PyAuthMiddleware(Site(), auth), use_cookies=False)
    response = client.get("/", base_url=ORIGIN, headers={"Authorization": f"Bearer {token}"})
    assert response.text == "ada@example.com at /"


def test_without_the_middleware_the_question_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match="PyAuthMiddleware"):
        get_session({})


def test_an_error_of_the_application_passes_through(auth: PyAuth) -> None:
    def broken(environ: Any, start_response: Any) -> Any:
        raise LookupError("theirs")

    with pytest.raises(LookupError, match="theirs"):
        open_site(auth, Visitor(auth), broken)


def test_an_application_may_replace_its_answer_after_an_error(auth: PyAuth) -> None:
    seen: list[Any] = []

    def site(environ: Any, start_response: Any) -> Any:
        start_response("500 Oh", [], (ValueError, ValueError("x"), None))
        return [b"oh"]

    def start_response(status: str, headers: Any, exc_info: Any = None) -> Any:
        seen.append((status, exc_info is not None))
        return lambda data: None

    environ = EnvironBuilder(path="/", base_url=ORIGIN).get_environ()
    list(PyAuthMiddleware(site, auth)(environ, start_response))
    assert seen == [("500 Oh", True)]


def test_the_wsgi_application_answers_a_bare_environment(auth: PyAuth) -> None:
    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/api/auth/ok",
        "SERVER_NAME": "x",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
    }
    body, status, _ = run_wsgi_app(auth.wsgi_app, environ)
    assert (b"".join(body), status) == (b"OK", "200 OK")


HOSTS = ["", "[", "[::1", "a b", "\u00e4", "a:b:c", "x" * 5000, "a/../b", "%00", "a\x00b"]


@pytest.mark.parametrize("host", HOSTS, ids=ascii)
def test_no_host_header_is_a_server_error(host: str) -> None:
    for base_url in (None, ORIGIN):
        visitor = Visitor(make_auth(base_url=base_url))
        answer = visitor.request("GET", "/ok", environ={"HTTP_HOST": host})
        assert answer.status in {200, 400}, (base_url, host)


@pytest.mark.parametrize("path", ["/\xff", "/\x00", "/%", "/..", "/" + "x" * 10_000, "/\xc3\x28"])
def test_no_path_is_a_server_error(path: str) -> None:
    answer = Visitor(make_auth()).request("GET", "", environ={"PATH_INFO": f"/api/auth{path}"})
    assert answer.refusal == (404, "NOT_FOUND")


def test_an_answer_that_asked_who_it_is_varies_by_cookie(auth: PyAuth, ada: Visitor) -> None:
    assert open_site(auth, ada, Site()).headers.getlist("Vary") == ["Cookie"]


# The cache in a cookie ----------------------------------------------------------------------------


@pytest.fixture
def cached(clock: FrozenClock) -> tuple[Visitor, WatchedAdapter]:
    """Somebody whose session is cached in a cookie."""
    adapter = WatchedAdapter(MemoryAdapter())
    session = {"cookie_cache": {"enabled": True}}
    visitor = Visitor(make_auth(database=adapter, clock=clock, session=session))
    visitor.sign_up()
    adapter.forget()
    return visitor, adapter


def _asking(*looks: Callable[[dict[str, Any]], object]) -> Callable[..., Any]:
    """Return an application that answers with what several looks say."""

    def site(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        said = [bool(look(environ)) for look in looks]
        start_response("200 OK", [])
        return [" ".join(map(str, said)).encode()]

    return site


def _live(environ: dict[str, Any]) -> object:
    return get_session(environ, live=True)


@pytest.mark.parametrize(
    ("looks", "said", "queries"),
    [
        ([get_session], "True", 0),
        ([_live], "False", 1),
        ([is_fresh], "False", 1),
        ([get_session, _live, get_session], "True False False", 1),
        ([_live, get_session, is_fresh], "False False False", 1),
    ],
    ids=["cached", "live", "fresh", "both", "live first"],
)
def test_a_session_that_was_ended_elsewhere_is_noticed_where_the_store_is_asked(
    cached: tuple[Visitor, WatchedAdapter],
    looks: list[Callable[..., object]],
    said: str,
    queries: int,
) -> None:
    visitor, adapter = cached
    adapter.inner.delete_many("session", [])
    response = open_site(visitor.auth, visitor, _asking(*looks))
    assert response.text == said
    assert len(adapter.statements) == queries
    names = [text.partition("=")[0] for text in response.headers.getlist("Set-Cookie")]
    assert len(names) == len(set(names))
    assert bool(names) is (queries > 0), "whoever asked takes the cookies away"


def test_without_a_cached_session_the_first_look_was_live(auth: PyAuth) -> None:
    adapter = WatchedAdapter(MemoryAdapter())
    visitor = Visitor(make_auth(database=adapter))
    visitor.sign_up()
    adapter.forget()
    assert open_site(visitor.auth, visitor, _asking(get_session, _live)).text == "True True"
    assert len(adapter.statements) == 1


@pytest.mark.parametrize(("hours", "fresh"), [(23, True), (24, False)])
def test_who_signed_in_long_ago_is_not_fresh(
    auth: PyAuth, ada: Visitor, clock: FrozenClock, hours: int, fresh: bool
) -> None:
    clock.advance(hours=hours)
    assert open_site(auth, ada, _asking(_live, is_fresh)).text == f"True {fresh}"


def test_nobody_is_not_fresh_either(auth: PyAuth) -> None:
    assert open_site(auth, Visitor(auth), _asking(is_fresh)).text == "False"
    with pytest.raises(ConfigurationError, match="PyAuthMiddleware"):
        is_fresh({})
