"""Where requests may come from and where browsers may be sent, by spelling and by pattern.

That a foreign origin changes nothing, on any route: ``test_routes.py``.
"""

import html
import re
from typing import Any

import pytest

from pyauth.http.origin_checks import REDIRECT_ERRORS
from tests.security.conftest import NewWorld
from tests.security.world import ENDPOINTS, PASSWORD
from tests.support.app import FOREIGN, ORIGIN, token_of

HOSTILE = [
    FOREIGN,
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/%2f/evil.example",
    "/%5cevil.example",
    "/ok?next=%2f%2fevil.example",
    "/ok?next=%5C%5Cevil.example",
    " //evil.example",
    "\u2028//evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "http:evil.example",
    "http:/evil.example",
    "http:///evil.example",
    f"{ORIGIN}@evil.example",
    f"{ORIGIN}.evil.example",
    f"{ORIGIN}:80@evil.example/",
    "http://localhost:3000\\@evil.example",
    "http://localhost:3000%2f@evil.example",
    "http://user:pass@localhost:3000/",
    "https://localhost:3000/",
    "http://localhost/",
    "http://localhost:3000evil.example",
    "http://LOCALHOST:3000\uff0eevil.example",
    "http://evil.example#http://localhost:3000",
    "http://evil.example?http://localhost:3000",
    "http://[::1]:3000/",
    "http://127.0.0.1:3000/",
    "/ok\r\nSet-Cookie: a=b",
    "ok",
    "../ok",
    "?x=//evil.example",
]
FIELDS = [
    (item.name, where, name, wire)
    for item in ENDPOINTS
    if item.path is not None
    for where, shape in (("body", item.body_shape), ("query", item.query_shape))
    if shape is not None
    for name in shape.redirects
    for wire in (shape.wire_by_name[name],)
]


@pytest.mark.parametrize("database", ["memory", "sqlite"])
@pytest.mark.parametrize("signed_in", [True, False])
@pytest.mark.parametrize(("name", "where", "field", "wire"), FIELDS)
def test_a_hostile_target_is_refused_before_anything_is_stored_mailed_or_used(
    new_world: NewWorld,
    name: str,
    where: str,
    field: str,
    wire: str,
    signed_in: bool,
    database: str,
) -> None:
    world = new_world(database=database, kept="rows" if database == "sqlite" else "stored")
    person = world.person()
    attempt = world.attempt(name, person)
    visitor = person.visitor if signed_in else world.visitor()
    before = world.everything()
    passed = []
    for target in HOSTILE:
        changed = {**(getattr(attempt, where) or {}), wire: target}
        sent: dict[str, Any] = {"json" if where == "body" else "query": changed}
        answer = world.send(visitor, attempt, **sent)
        refusal = (answer.status, answer.json.get("code") if answer.text else None)
        if refusal != (403, REDIRECT_ERRORS[field].code):
            passed.append((target, *refusal))
        assert answer.set_cookies == []
        assert "Location" not in answer.headers
    assert passed == []
    assert world.everything() == before
    if signed_in:
        assert world.send(person.visitor, attempt).status in {200, 302}, "the token still works"


def test_no_mail_carries_a_target_that_was_not_checked(new_world: NewWorld) -> None:
    world = new_world()
    person = world.person()
    for target in HOSTILE:
        for path, body in (
            ("/request-password-reset", {"email": person.email, "redirectTo": target}),
            ("/send-verification-email", {"email": person.email, "callbackURL": target}),
            ("/change-email", {"newEmail": "free@example.com", "callbackURL": target}),
            ("/delete-user", {"callbackURL": target}),
        ):
            assert person.visitor.post(path, body).status in {400, 403}
    assert world.outbox.sent == []


PATTERNS: dict[str, tuple[list[str], list[str]]] = {
    "https://app.example.com": (
        ["https://app.example.com"],
        ["http://app.example.com", "https://app.example.com:8443", "https://b.app.example.com"],
    ),
    "*.example.com": (
        ["https://a.example.com", "http://a.b.example.com"],
        ["https://example.com", "https://aexample.com", "https://a.example.com.evil.example"],
    ),
    "https://*.example.com": (
        ["https://a.example.com"],
        ["http://a.example.com", "https://evil.example/.example.com", "https://example.com"],
    ),
    "https://a-?.example.com": (
        ["https://a-1.example.com"],
        ["https://a-12.example.com", "https://a-.example.com"],
    ),
}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_trusts_what_it_says_and_no_more(new_world: NewWorld, pattern: str) -> None:
    world = new_world(trusted_origins=[pattern])
    person = world.person()
    trusted, foreign = PATTERNS[pattern]
    for origin in trusted:
        answer = person.visitor.post("/update-user", {"name": origin}, headers={"Origin": origin})
        assert answer.status == 200, origin
    before = world.everything()
    for origin in foreign:
        answer = person.visitor.post("/update-user", {"name": "x"}, headers={"Origin": origin})
        assert answer.refusal == (403, "INVALID_ORIGIN"), origin
        answer = person.visitor.post(
            "/request-password-reset", {"email": person.email, "redirectTo": origin}
        )
        assert answer.refusal == (403, "INVALID_REDIRECT_URL"), origin
    assert world.everything() == before


@pytest.mark.parametrize("path", ["/sign-in/email", "/sign-up/email"])
@pytest.mark.parametrize("origin", [FOREIGN, ORIGIN, None])
def test_a_navigation_from_another_site_signs_nobody_in(
    new_world: NewWorld, path: str, origin: str | None
) -> None:
    """Whatever its Origin says: the victim would go on in the attacker's account."""
    world = new_world()
    person = world.person()
    before = world.everything()
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    if origin is not None:
        headers["Origin"] = origin
    browser = world.visitor()
    browser.origin = None
    email = person.email if path == "/sign-in/email" else "eve@example.com"
    form = {"name": "Eve", "email": email, "password": PASSWORD}
    answer = browser.request("POST", path, form=form, headers=headers)
    assert answer.refusal == (403, "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED")
    assert answer.set_cookies == []
    assert world.everything() == before


@pytest.mark.parametrize("header", ["X-Forwarded-Host", "Host", "Forwarded", "X-Original-Host"])
def test_no_header_of_the_client_chooses_where_mailed_links_lead(
    new_world: NewWorld, header: str
) -> None:
    """A link with the token to another host would hand the account to whoever runs it."""
    world = new_world()
    person = world.person()
    value = "host=evil.example" if header == "Forwarded" else "evil.example"
    for path, body in (
        ("/request-password-reset", {"email": person.email}),
        ("/send-verification-email", {"email": person.email}),
        ("/delete-user", {}),
    ):
        headers = {header: value, "X-Forwarded-Proto": "https"}
        assert person.visitor.post(path, body, headers=headers).status == 200
    assert len(world.outbox.sent) == 3
    for mail in world.outbox.sent:
        assert mail.url.startswith(f"{ORIGIN}/api/auth/")
        assert "evil" not in mail.url


@pytest.mark.parametrize(
    "query",
    [
        {"error": "<script>alert(1)</script>"},
        {"error": "A", "error_description": "<img src=x onerror=alert(1)>"},
        {"error": "A", "error_description": "\"'><svg onload=alert(1)>"},
        {"error": "A&quot;"},
        {"error": "javascript:alert(1)"},
        {"error": "</style><script>"},
        {"error": "A\u2028B", "error_description": "\u2028</title><script>"},
    ],
    ids=str,
)
def test_nothing_of_the_query_becomes_markup_of_the_error_page(
    new_world: NewWorld, query: dict[str, str]
) -> None:
    page = new_world().visitor().get("/error", query=query)
    assert page.status == 200
    (code,) = re.findall(r"<code>(.*?)</code>", page.text)
    assert re.fullmatch(r"['A-Za-z0-9_-]+", html.unescape(code))
    for tag in ("<script", "<img", "<svg", "</title><", "onerror=alert(1)>"):
        assert tag not in page.text.split("<main>")[1]
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_the_session_of_the_request_is_not_in_the_address_it_is_sent_to(
    new_world: NewWorld,
) -> None:
    world = new_world()
    person = world.person()
    attempt = world.attempt("verify_email", person)
    query = {**attempt.query, "callbackURL": "/done?next=1"}
    answer = person.visitor.get("/verify-email", query=query)
    assert answer.location == "/done?next=1"
    assert token_of(person.visitor) not in answer.location
