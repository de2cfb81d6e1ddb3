"""Cookies under several hosts: whose they are, and whether they need https."""

from typing import Any

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from pyauth import PyAuth, PyAuthMiddleware
from pyauth.assembly.hosts import MAX_HOSTS
from pyauth.http.endpoint import endpoint
from pyauth.plugin import Contributions, Plugin
from pyauth.wsgi import get_session
from tests.support.app import SECRET, Answer, Visitor, make_auth
from tests.support.hosts import HOSTS, PERSON, Site


def cookies_of(answer: Answer) -> dict[str, str]:
    """Return the attributes of the session cookie under its name."""
    (text,) = answer.set_cookies
    pair, _, attributes = text.partition("; ")
    return {pair.partition("=")[0]: attributes}


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"base_url": {"allowed_hosts": HOSTS}}, "better-auth"),
        ({"base_url": {"allowed_hosts": HOSTS, "protocol": "http"}}, "better-auth"),
        ({"base_url": {"allowed_hosts": HOSTS, "protocol": "https"}}, "__Secure-better-auth"),
        ({"advanced": {"use_secure_cookies": True}}, "__Secure-better-auth"),
        (
            {
                "base_url": {"allowed_hosts": HOSTS, "protocol": "https"},
                "advanced": {"use_secure_cookies": False},
            },
            "better-auth",
        ),
    ],
)
def test_the_protocol_makes_cookies_secure(options: dict[str, Any], name: str) -> None:
    (found,) = cookies_of(Site(**options).sign_up())
    assert found == f"{name}.session_token"


def test_in_production_cookies_are_secure_unless_the_protocol_is_http() -> None:
    for protocol, secure in (("auto", True), ("https", True), ("http", False)):
        auth = PyAuth(
            secret=SECRET, base_url={"allowed_hosts": ["a.example"], "protocol": protocol}
        )
        assert auth.context.cookies.session_token.attributes.secure is secure


SHARED: dict[str, Any] = {"cross_sub_domain_cookies": {"enabled": True}}


@pytest.mark.parametrize(
    ("url", "name", "attributes"),
    [
        (
            "https://app.example.com",
            "__Secure-better-auth.session_token",
            "Max-Age=604800; Domain=app.example.com; Path=/; HttpOnly; Secure; SameSite=Lax",
        ),
        (
            "http://app.example.com",
            "better-auth.session_token",
            "Max-Age=604800; Domain=app.example.com; Path=/; HttpOnly; SameSite=Lax",
        ),
        (
            "https://one.preview.example.com",
            "__Secure-better-auth.session_token",
            "Max-Age=604800; Domain=one.preview.example.com; Path=/; HttpOnly; Secure; "
            "SameSite=Lax",
        ),
    ],
)
def test_shared_cookies_take_the_domain_and_security_of_the_host(
    url: str, name: str, attributes: str
) -> None:
    assert cookies_of(Site(advanced=SHARED).sign_up(url)) == {name: attributes}


def test_a_configured_domain_is_every_hosts() -> None:
    shared = {"cross_sub_domain_cookies": {"enabled": True, "domain": "example.com"}}
    for url in ("https://app.example.com", "https://one.preview.example.com"):
        (attributes,) = cookies_of(Site(advanced=shared).sign_up(url)).values()
        assert "; Domain=example.com;" in f"; {attributes}"


def test_a_session_is_read_ended_and_forgotten_under_its_hosts_cookies() -> None:
    site = Site(advanced=SHARED)
    answer = site.sign_up()
    cookie = "; ".join(text.partition(";")[0] for text in answer.set_cookies)
    visitor = Visitor(site.auth, origin="https://app.example.com")
    under = {"headers": {"Host": "app.example.com", "Cookie": cookie}}
    https: Any = {**under, "environ": {"wsgi.url_scheme": "https"}}
    assert visitor.get("/get-session", **https).json["user"]["email"] == PERSON["email"]
    assert visitor.get("/get-session", **under).json is None, "http has cookies of another name"
    ended = visitor.post("/sign-out", {}, **https)
    assert all("Domain=app.example.com" in text for text in ended.set_cookies)
    assert visitor.get("/get-session", **https).json is None


def test_a_plugin_makes_its_cookies_for_the_host_of_the_call() -> None:
    @endpoint("GET", "/mark")
    def mark(call: Any) -> None:
        call.set_cookie(call.context.cookies.create("mark"), "x")

    class Marks(Plugin):
        id = "marks"

        def contribute(self) -> Contributions:
            return Contributions(endpoints=[mark])

    auth = make_auth(base_url={"allowed_hosts": HOSTS}, advanced=SHARED, plugins=[Marks()])
    answer = Visitor(auth).get("/mark", headers={"Host": "app.example.com"})
    assert answer.set_cookies == [
        "better-auth.mark=x; Domain=app.example.com; Path=/; HttpOnly; SameSite=Lax"
    ]


def test_any_number_of_hosts_takes_a_bounded_amount_of_memory() -> None:
    context = make_auth(base_url={"allowed_hosts": ["*.example.com"]}, advanced=SHARED).context
    views = [context.at_origin(f"https://h{number}.example.com") for number in range(1000)]
    assert len({id(view) for view in views}) == 1000
    kept = context.at_origin("https://h999.example.com")
    assert kept is views[999]
    assert context.host_contexts is not None
    assert context.host_contexts.cache_info().currsize == MAX_HOSTS  # type: ignore[attr-defined]


def test_where_no_host_changes_the_cookies_there_is_one_context() -> None:
    for options in ({}, {"base_url": {"allowed_hosts": HOSTS}}, {"base_url": None}):
        context = make_auth(**options).context
        assert context.at_origin("https://app.example.com") is context


def test_the_middleware_reads_the_cookies_of_the_host_and_scheme() -> None:
    site = Site(advanced=SHARED)
    answer = site.sign_up("http://app.example.com")
    cookie = answer.set_cookies[0].partition(";")[0]
    seen: list[Any] = []

    def app(environ: Any, start_response: Any) -> list[bytes]:
        seen.append(get_session(environ))
        start_response("200 OK", [])
        return []

    for url in ("http://app.example.com", "http://one.preview.example.com"):
        environ = EnvironBuilder(base_url=url, headers=[("Cookie", cookie)]).get_environ()
        run_wsgi_app(PyAuthMiddleware(app, site.auth), environ)
    assert [found and found.user.email for found in seen] == [PERSON["email"]] * 2
