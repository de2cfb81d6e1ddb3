"""Under which address a call is answered: configured, chosen from allowed hosts, or inferred."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import EnvironHeaders
from werkzeug.test import EnvironBuilder

from pyauth import APIError, ConfigurationError, DynamicBaseURL, PyAuth
from pyauth.db.memory import MemoryAdapter
from pyauth.http.base_url import find_allowed_origin, is_forwarded_host, is_loopback, origins_of
from tests.support.app import SECRET, Outbox, Visitor, row_counts
from tests.support.hosts import HOSTS, PERSON, Site

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


@pytest.mark.parametrize(
    ("host", "url", "origin"),
    [
        ("app.example.com:443", "https://app.example.com", "https://app.example.com"),
        ("app.example.com:443", "https://app.example.com:443", "https://app.example.com"),
        ("https://app.example.com:443", "https://app.example.com", "https://app.example.com"),
        ("app.example.com:80", "http://app.example.com", "http://app.example.com"),
        ("*.example.com:443", "https://app.example.com", "https://app.example.com"),
    ],
)
def test_a_host_may_name_the_port_that_is_the_schemes_own(host: str, url: str, origin: str) -> None:
    site = Site(base_url={"allowed_hosts": [host]})
    assert site.link_under(url) == origin
    assert origin_status(site, origin, url) == 200


@pytest.mark.parametrize("url", ["http://app.example.com", "https://app.example.com:80"])
def test_and_allows_no_other_port_by_it(url: str) -> None:
    site = Site(base_url={"allowed_hosts": ["app.example.com:443"]})
    assert site.sign_up(url).refusal == (400, "BAD_REQUEST")


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


def test_in_production_a_sender_of_mails_is_content_with_allowed_hosts() -> None:
    settings: dict[str, Any] = {
        "secret": SECRET,
        "database": MemoryAdapter(),
        "email_verification": {"send_verification_email": Outbox()},
    }
    assert PyAuth(base_url={"allowed_hosts": HOSTS}, **settings).context.base_url is None
    with pytest.raises(ConfigurationError, match="base_url is missing"):
        PyAuth(**settings)


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


@pytest.mark.parametrize("host", ["a..example.com", f"{'a' * 64}.example.com"])
def test_a_host_that_no_link_could_name_is_refused(host: str) -> None:
    site = Site(base_url=None)
    assert site.sign_up(f"http://{host}").refusal == (400, "BAD_REQUEST")
    assert row_counts(site.auth)["user"] == 0


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
