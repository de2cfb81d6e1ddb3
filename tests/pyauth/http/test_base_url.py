"""Under which address a call is answered: configured, chosen from allowed hosts, or inferred."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import EnvironHeaders
from werkzeug.test import EnvironBuilder, run_wsgi_app

from pyauth import APIError, ConfigurationError, DynamicBaseURL, PyAuth, PyAuthMiddleware
from pyauth.assembly.hosts import MAX_HOSTS
from pyauth.db.memory import MemoryAdapter
from pyauth.http.base_url import find_allowed_origin, is_forwarded_host, is_loopback, origins_of
from pyauth.http.endpoint import endpoint
from pyauth.plugin import Contributions, Plugin
from pyauth.wsgi import get_session
from tests.support.app import SECRET, Answer, Outbox, Visitor, make_auth, row_counts

HOSTS = ("app.example.com", "*.preview.example.com", "localhost:3000")
PERSON = {"name": "Ada", "email": "ada@example.com", "password": "correct horse"}


class Site:
    """An instance whose verification mails tell which address it took for its own."""

    def __init__(self, **options: Any) -> None:
        self.outbox = Outbox()
        chosen = {"base_url": {"allowed_hosts": HOSTS}, **options}
        self.auth = make_auth(
            verification=self.outbox, email_verification={"send_on_sign_up": True}, **chosen
        )

    def sign_up(
        self,
        url: str = "https://app.example.com",
        headers: Mapping[str, str] | None = None,
        **body: Any,
    ) -> Answer:
        """Sign up under a URL; further headers may contradict it."""
        parts = urlsplit(url)
        return Visitor(self.auth, origin=None).post(
            "/sign-up/email",
            {**PERSON, **body},
            headers={"Host": parts.netloc, **(headers or {})},
            environ={"wsgi.url_scheme": parts.scheme, "SCRIPT_NAME": parts.path},
        )

    @property
    def link(self) -> str:
        """The newest mailed link, without its query."""
        url: str = self.outbox.last.url
        return url.partition("?")[0]

    def link_under(self, url: str, headers: Mapping[str, str] | None = None) -> str:
        """Return the origin of the link that a sign-up under a URL mails."""
        assert self.sign_up(url, headers).status == 200
        return self.link.removesuffix("/api/auth/verify-email")


def cookies_of(answer: Answer) -> dict[str, str]:
    """Return the attributes of the session cookie under its name."""
    (text,) = answer.set_cookies
    pair, _, attributes = text.partition("; ")
    return {pair.partition("=")[0]: attributes}


# The allowed hosts --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://app.example.com", "https://app.example.com"),
        ("http://app.example.com", "http://app.example.com"),
        ("https://APP.Example.com", "https://app.example.com"),
        ("https://app.example.com:443", "https://app.example.com"),
        ("https://one.preview.example.com", "https://one.preview.example.com"),
        ("https://a.b.preview.example.com", "https://a.b.preview.example.com"),
        ("http://localhost:3000", "http://localhost:3000"),
    ],
)
def test_links_lead_to_the_allowed_host_of_the_request(url: str, origin: str) -> None:
    assert Site().link_under(url) == origin


FOREIGN_HOSTS = [
    "evil.example",
    "app.example.com.evil.example",
    "evilapp.example.com",
    "preview.example.com",
    "evilpreview.example.com",
    "app.example.com:8443",
    "one.preview.example.com:8443",
    "localhost",
    "localhost:3001",
    "app.example.com.",
    "127.0.0.1:3000",
]
DISGUISED_HOSTS = [
    "evil.example/.preview.example.com",
    "evil.example\\.preview.example.com",
    "evil.example?.preview.example.com",
    "evil.example#.preview.example.com",
    "evil.example@app.example.com",
    "user@app.example.com",
    "app.example.com@evil.example",
    "evil.example:80/.preview.example.com",
    "evil.example\t.preview.example.com",
    "evil.example%2f.preview.example.com",
    "evil.example,app.example.com",
    "app.example.com, evil.example",
    "[::1].preview.example.com",
    " app.example.com",
]


@pytest.mark.parametrize("host", FOREIGN_HOSTS + DISGUISED_HOSTS)
def test_a_request_under_another_host_is_refused_and_changes_nothing(host: str) -> None:
    site = Site()
    answer = site.sign_up("https://app.example.com", {"Host": host})
    assert answer.refusal == (400, "BAD_REQUEST")
    assert answer.set_cookies == []
    assert set(row_counts(site.auth).values()) == {0}
    assert site.outbox.sent == []


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_the_fallback_takes_the_place_of_another_host(host: str) -> None:
    site = Site(base_url={"allowed_hosts": HOSTS, "fallback": "https://main.example.com"})
    assert site.link_under(f"https://{host}") == "https://main.example.com"


def test_every_route_refuses_another_host() -> None:
    visitor = Visitor(Site().auth)
    for path in ("/ok", "/get-session", "/nope", "/error"):
        answer = visitor.get(path, headers={"Host": "evil.example"})
        assert answer.refusal == (400, "BAD_REQUEST"), path


def test_the_log_names_the_host_to_add_and_the_answer_does_not(
    caplog: pytest.LogCaptureFixture,
) -> None:
    answer = Site().sign_up("https://evil.example")
    assert "evil.example" in caplog.text
    assert "allowed_hosts" in caplog.text
    assert "evil.example" not in answer.text
    assert "app.example.com" not in answer.text


@pytest.mark.parametrize("protocol", ["http", "https"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_fixed_protocol_is_the_links(protocol: str, scheme: str) -> None:
    site = Site(base_url={"allowed_hosts": HOSTS, "protocol": protocol})
    assert site.link_under(f"{scheme}://app.example.com") == f"{protocol}://app.example.com"


def test_the_mount_point_of_the_application_is_part_of_the_link() -> None:
    site = Site()
    site.sign_up("https://app.example.com/shop")
    assert site.link == "https://app.example.com/shop/api/auth/verify-email"


def test_hosts_do_not_mix_under_concurrency() -> None:
    site = Site()

    def visit(number: int) -> None:
        host = f"h{number}.preview.example.com"
        answer = site.sign_up(f"https://{host}", email=f"u{number}@example.com")
        assert answer.status == 200

    with ThreadPoolExecutor(max_workers=32) as pool:
        list(pool.map(visit, range(64)))
    for mail in site.outbox.sent:
        number = mail.user.email.partition("@")[0][1:]
        assert urlsplit(mail.url).netloc == f"h{number}.preview.example.com"


# What is trusted because of it --------------------------------------------------------------------


def origin_status(site: Site, origin: str, url: str = "https://app.example.com") -> int:
    """Return the status of a POST that a page of an origin sends."""
    parts = urlsplit(url)
    return (
        Visitor(site.auth, origin=origin)
        .post(
            "/sign-out",
            {},
            headers={"Host": parts.netloc, "Cookie": "a=b"},
            environ={"wsgi.url_scheme": parts.scheme},
        )
        .status
    )


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://app.example.com", 200),
        ("https://one.preview.example.com", 200),
        ("https://localhost:3000", 200),
        ("http://localhost:3000", 200),
        ("http://app.example.com", 403),
        ("http://one.preview.example.com", 403),
        ("https://preview.example.com", 403),
        ("https://evil.example", 403),
    ],
)
def test_the_allowed_hosts_are_trusted_origins(origin: str, status: int) -> None:
    assert origin_status(Site(), origin) == status


def test_the_chosen_origin_is_trusted_under_http_too_and_no_other_is() -> None:
    site = Site()
    url = "http://app.example.com"
    assert origin_status(site, url, url) == 200
    assert origin_status(site, "http://one.preview.example.com", url) == 403
    assert origin_status(site, url, "https://app.example.com") == 403


def test_the_fallback_is_a_trusted_origin() -> None:
    site = Site(base_url={"allowed_hosts": HOSTS, "fallback": "https://main.example.com"})
    assert origin_status(site, "https://main.example.com") == 200
    assert origin_status(Site(), "https://main.example.com") == 403


def test_a_foreign_host_earns_no_trust_from_the_fallback() -> None:
    site = Site(base_url={"allowed_hosts": HOSTS, "fallback": "https://main.example.com"})
    assert origin_status(site, "https://evil.example", "https://evil.example") == 403
    answer = site.sign_up("https://evil.example", callbackURL="https://evil.example/x")
    assert answer.refusal == (403, "INVALID_CALLBACK_URL")


def test_trusted_origins_add_to_the_allowed_hosts() -> None:
    site = Site(trusted_origins=["https://partner.example"])
    assert origin_status(site, "https://partner.example") == 200


def test_a_host_with_a_scheme_is_trusted_under_it_alone() -> None:
    site = Site(base_url={"allowed_hosts": ["http://dev.example.com"]})
    assert site.link_under("https://dev.example.com") == "https://dev.example.com"
    assert origin_status(site, "http://dev.example.com", "https://dev.example.com") == 200


@pytest.mark.parametrize(
    ("protocol", "origins"),
    [
        ("auto", {"https://a.example", "https://localhost", "http://localhost"}),
        ("https", {"https://a.example", "https://localhost", "http://localhost"}),
        ("http", {"http://a.example", "http://localhost"}),
    ],
)
def test_the_protocol_decides_which_origins_are_trusted(protocol: Any, origins: set[str]) -> None:
    rule = DynamicBaseURL(allowed_hosts=("a.example", "localhost"), protocol=protocol)
    assert set(origins_of(rule)) == origins


# Forwarded headers --------------------------------------------------------------------------------

FORWARDED = {"X-Forwarded-Host": "app.example.com", "X-Forwarded-Proto": "https"}


def test_forwarded_headers_are_not_believed_unless_configured() -> None:
    site = Site()
    assert site.sign_up("http://internal", FORWARDED).status == 400
    theirs = {**FORWARDED, "X-Forwarded-Proto": "http"}
    assert site.link_under("https://localhost:3000", theirs) == "https://localhost:3000"
    inferred = Site(base_url=None)
    assert inferred.link_under("http://internal", FORWARDED) == "http://internal"


def test_forwarded_headers_choose_the_host_once_they_are_believed() -> None:
    site = Site(advanced={"trusted_proxy_headers": True})
    assert site.link_under("http://internal", FORWARDED) == "https://app.example.com"


def test_each_forwarded_header_counts_alone_where_hosts_are_allowed() -> None:
    trusting: dict[str, Any] = {"advanced": {"trusted_proxy_headers": True}}
    host, proto = ({name: value} for name, value in FORWARDED.items())
    assert Site(**trusting).link_under("http://internal", host) == "http://app.example.com"
    assert Site(**trusting).link_under("http://app.example.com", proto) == "https://app.example.com"


def test_a_forwarded_host_that_is_not_allowed_is_refused() -> None:
    site = Site(advanced={"trusted_proxy_headers": True})
    answer = site.sign_up("https://app.example.com", {"X-Forwarded-Host": "evil.example"})
    assert answer.refusal == (400, "BAD_REQUEST")


def test_a_fixed_protocol_beats_the_forwarded_one() -> None:
    site = Site(
        base_url={"allowed_hosts": HOSTS, "protocol": "https"},
        advanced={"trusted_proxy_headers": True},
    )
    theirs = {"X-Forwarded-Proto": "http"}
    assert site.link_under("http://app.example.com", theirs) == "https://app.example.com"


BAD_FORWARDED = [
    "",
    " ",
    "a.example, b.example",
    "a.example,b.example",
    "..evil",
    ".evil",
    "a..b",
    "ev il",
    "evil<x",
    "evil>x",
    'evil"x',
    "evil'x",
    "-a.example",
    "a.example.",
    "a.example:",
    "a.example:99999",
    "1.2.3.4:99999",
    "a.example:80:80",
    "a.example/x",
    "a.example\\x",
    "a.example?x",
    "a.example#x",
    "user@a.example",
    "https://a.example",
    "javascript:alert(1)",
    "[::zz]",
    "[::1",
    "[1.2.3.4]",
    "[::1]x",
    "a.example%00",
    "under_score.example",
    "ä.example",
    "a.example\x00",
    "a.example\n",
    "a." + "b" * 64 + ".example",
]


@pytest.mark.parametrize("host", BAD_FORWARDED)
def test_a_forwarded_host_that_is_not_one_host_is_passed_over(host: str) -> None:
    assert not is_forwarded_host(host)
    if host.isprintable() and host.isascii():
        site = Site(base_url=None, advanced={"trusted_proxy_headers": True})
        headers = {"X-Forwarded-Host": host, "X-Forwarded-Proto": "https"}
        assert site.link_under("http://internal", headers) == "http://internal"


@pytest.mark.parametrize(
    "host",
    ["a.example", "A.Example:8443", "localhost", "1.2.3.4:80", "[::1]:3000", "[2001:db8::1]", "a"],
)
def test_what_a_forwarded_host_may_be(host: str) -> None:
    assert is_forwarded_host(host)


@pytest.mark.parametrize("scheme", ["", "ftp", "javascript", "HTTPS", "https,http", " https"])
def test_a_forwarded_scheme_is_http_or_https(scheme: str) -> None:
    trusting: dict[str, Any] = {"advanced": {"trusted_proxy_headers": True}}
    headers = {**FORWARDED, "X-Forwarded-Proto": scheme}
    assert Site(base_url=None, **trusting).link_under("http://internal", headers) == (
        "http://internal"
    )
    assert Site(**trusting).link_under("http://internal", headers) == "http://app.example.com"


# Without a base URL -------------------------------------------------------------------------------


def test_the_request_says_the_address_where_nothing_is_configured() -> None:
    site = Site(base_url=None)
    assert site.link_under("http://shop.example:8080") == "http://shop.example:8080"


def test_one_requests_host_does_not_reach_the_next_ones_links() -> None:
    site = Site(base_url=None)
    site.sign_up("https://evil.example")
    site.sign_up("https://app.example.com", email="bob@example.com")
    assert site.link == "https://app.example.com/api/auth/verify-email"


def test_an_inferred_address_needs_both_forwarded_headers() -> None:
    trusting: dict[str, Any] = {"base_url": None, "advanced": {"trusted_proxy_headers": True}}
    assert Site(**trusting).link_under("http://internal", FORWARDED) == "https://app.example.com"
    for name, value in FORWARDED.items():
        assert Site(**trusting).link_under("http://internal", {name: value}) == "http://internal"


def test_the_origin_that_a_proxy_forwards_is_the_trusted_one() -> None:
    site = Site(base_url=None, advanced={"trusted_proxy_headers": True})
    visitor = Visitor(site.auth, origin="https://app.example.com")
    headers = {**FORWARDED, "Host": "internal", "Cookie": "a=b"}
    assert visitor.post("/sign-out", {}, headers=headers).status == 200
    headers["Origin"] = "http://internal"
    assert visitor.post("/sign-out", {}, headers=headers).status == 403


@pytest.mark.parametrize("trusting", [True, False])
def test_a_configured_address_is_not_moved_by_any_header(trusting: bool) -> None:
    site = Site(base_url="https://fixed.example.com", advanced={"trusted_proxy_headers": trusting})
    assert site.link_under("http://evil.example", FORWARDED) == "https://fixed.example.com"


# In process ---------------------------------------------------------------------------------------


def sign_up_in_process(site: Site, **arguments: Any) -> str:
    """Sign up through ``auth.api`` and return the origin of the mailed link."""
    site.auth.api.sign_up_email(body=PERSON, **arguments)
    return site.link.removesuffix("/api/auth/verify-email")


@pytest.mark.parametrize(
    ("headers", "origin"),
    [
        ({"host": "app.example.com"}, "https://app.example.com"),
        ({"host": "localhost:3000"}, "http://localhost:3000"),
        ({"host": "one.preview.example.com"}, "https://one.preview.example.com"),
    ],
)
def test_the_headers_of_a_call_in_process_name_the_host(
    headers: dict[str, str], origin: str
) -> None:
    assert sign_up_in_process(Site(), headers=headers) == origin


@pytest.mark.parametrize("headers", [None, {}, {"host": "evil.example"}, {"host": "a/b"}])
def test_without_an_allowed_host_a_call_in_process_takes_the_fallback(headers: Any) -> None:
    site = Site(base_url={"allowed_hosts": HOSTS, "fallback": "https://main.example.com/"})
    assert sign_up_in_process(site, headers=headers) == "https://main.example.com"


@pytest.mark.parametrize("headers", [None, {}, {"host": "evil.example"}])
def test_without_host_and_fallback_a_link_in_process_is_a_clear_error(headers: Any) -> None:
    site = Site()
    with pytest.raises(ConfigurationError, match="base_url"):
        sign_up_in_process(site, headers=headers)
    assert set(row_counts(site.auth).values()) == {0}
    assert site.auth.api.get_session(headers=headers) is None


def test_a_request_on_whose_behalf_a_call_is_made_is_held_to_the_allowed_hosts() -> None:
    site = Site()
    request = EnvironBuilder(base_url="https://app.example.com").get_request()
    assert sign_up_in_process(site, request=request) == "https://app.example.com"
    foreign = EnvironBuilder(base_url="https://evil.example").get_request()
    with pytest.raises(APIError) as caught:
        site.auth.api.get_session(request=foreign)
    assert (caught.value.status, caught.value.code) == (400, "BAD_REQUEST")


def test_a_forwarded_host_in_process_counts_only_when_configured() -> None:
    headers = {"host": "localhost:3000", **FORWARDED}
    assert sign_up_in_process(Site(), headers=headers) == "http://localhost:3000"
    site = Site(advanced={"trusted_proxy_headers": True})
    assert sign_up_in_process(site, headers=headers) == "https://app.example.com"


# Cookies ------------------------------------------------------------------------------------------


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


def test_in_production_a_sender_of_mails_is_content_with_allowed_hosts() -> None:
    settings: dict[str, Any] = {
        "secret": SECRET,
        "database": MemoryAdapter(),
        "email_verification": {"send_verification_email": Outbox()},
    }
    assert PyAuth(base_url={"allowed_hosts": HOSTS}, **settings).context.base_url is None
    with pytest.raises(ConfigurationError, match="base_url is missing"):
        PyAuth(**settings)


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


# Pure rules ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True),
        ("localhost:3000", True),
        ("LOCALHOST:*", True),
        ("tenant.localhost", True),
        ("*.localhost:3000", True),
        ("127.0.0.1", True),
        ("127.8.9.1:80", True),
        ("[::1]:3000", True),
        ("0.0.0.0", False),
        ("localhost.evil.example", False),
        ("notlocalhost", False),
        ("127.0.0.1.evil.example", False),
        ("[::2]", False),
        ("", False),
    ],
)
def test_which_hosts_are_this_machine(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


_RULE = DynamicBaseURL(allowed_hosts=("app.example.com", "*.example.com", "p?.example.net:*"))


@given(st.text(st.sampled_from("aexmplcop.example.comnet:80/\\@?#%[] \t\n,;\u3002"), max_size=30))
def test_no_text_makes_an_origin_whose_host_is_not_allowed(host: str) -> None:
    for text in (host, f"{host}.example.com", f"app.example.com{host}"):
        origin = find_allowed_origin(_RULE, "https", text)
        if origin is None:
            continue
        parts = urlsplit(origin)
        assert parts.hostname is not None
        assert parts.hostname.endswith((".example.com", ".example.net"))
        assert (parts.path, parts.query, parts.fragment, parts.username) == ("", "", "", None)


def test_the_headers_of_a_wsgi_request_know_their_scheme_and_mount() -> None:
    builder = EnvironBuilder(base_url="http://app.example.com/shop")
    headers = EnvironHeaders(builder.get_environ())
    assert sign_up_in_process(Site(), headers=headers) == "http://app.example.com/shop"


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
