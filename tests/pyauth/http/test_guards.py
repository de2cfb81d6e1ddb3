"""Where requests may come from and lead to: over WSGI, with a look at the rows afterwards."""

from typing import Any

import pytest

from pyauth import Contributions, Plugin, PyAuth
from pyauth.http.call import Call
from pyauth.http.endpoint import endpoint
from pyauth.http.inputs import Body, Omittable, Query, RedirectURL
from tests.support.app import FOREIGN, ORIGIN, Answer, Visitor, make_auth, rows_of

PERSON = {"name": "Ada", "email": "ada@example.com", "password": "correct horse"}
CREDENTIALS = {"email": "ada@example.com", "password": "correct horse"}
THEME = {"additional_fields": {"theme": {"type": "string", "required": False}}}

STARTS_SESSION: list[tuple[str, dict[str, Any]]] = [
    ("/sign-up/email", {**PERSON, "email": "eve@example.com"}),
    ("/sign-in/email", CREDENTIALS),
]
STATE_CHANGING: list[tuple[str, dict[str, Any] | None]] = [
    *STARTS_SESSION,
    ("/sign-out", None),
    ("/revoke-session", {"token": "TOKEN"}),
    ("/revoke-sessions", None),
    ("/revoke-other-sessions", None),
    ("/update-session", {"theme": "dark"}),
]


def everything(auth: PyAuth) -> dict[str, Any]:
    return {model: rows_of(auth, model) for model in ("user", "account", "session", "verification")}


@pytest.fixture
def signed_in() -> Visitor:
    auth = make_auth(session=THEME, trusted_origins=["https://*.example.com"])
    Visitor(auth).sign_up()
    visitor = Visitor(auth, origin=None)
    visitor.sign_in()
    return visitor


def send(visitor: Visitor, path: str, body: Any, **headers: str) -> Answer:
    if body is not None and "token" in body:
        body = {"token": rows_of(visitor.auth, "session")[0]["token"]}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return visitor.post(path, body, headers=named)


REFUSED_ORIGINS = [
    (FOREIGN, "INVALID_ORIGIN"),
    ("http://localhost:3001", "INVALID_ORIGIN"),
    ("https://localhost:3000", "INVALID_ORIGIN"),
    ("http://localhost:3000.evil.example", "INVALID_ORIGIN"),
    ("http://localhost:3000@evil.example", "INVALID_ORIGIN"),
    ("https://example.com.evil.example", "INVALID_ORIGIN"),
    ("/", "INVALID_ORIGIN"),
    ("x", "INVALID_ORIGIN"),
    ("null", "MISSING_OR_NULL_ORIGIN"),
    ("", "MISSING_OR_NULL_ORIGIN"),
]


@pytest.mark.parametrize(("path", "body"), STATE_CHANGING)
@pytest.mark.parametrize(("origin", "code"), REFUSED_ORIGINS)
def test_a_foreign_origin_with_a_cookie_changes_nothing(
    signed_in: Visitor, path: str, body: dict[str, Any] | None, origin: str, code: str
) -> None:
    before = everything(signed_in.auth)
    answer = send(signed_in, path, body, Origin=origin)
    assert answer.refusal == (403, code)
    assert answer.set_cookies == []
    assert everything(signed_in.auth) == before


@pytest.mark.parametrize(("path", "body"), STATE_CHANGING)
@pytest.mark.parametrize("origin", [ORIGIN, "https://app.example.com"])
def test_a_trusted_origin_passes(
    signed_in: Visitor, path: str, body: dict[str, Any] | None, origin: str
) -> None:
    assert send(signed_in, path, body, Origin=origin).status == 200


@pytest.mark.parametrize(("path", "body"), STATE_CHANGING)
def test_the_referer_counts_where_there_is_no_origin(
    signed_in: Visitor, path: str, body: dict[str, Any] | None
) -> None:
    before = everything(signed_in.auth)
    refused = send(signed_in, path, body, Referer=f"{FOREIGN}/{ORIGIN}")
    assert refused.refusal == (403, "INVALID_ORIGIN")
    assert everything(signed_in.auth) == before
    assert send(signed_in, path, body, Referer=f"{ORIGIN}/page?x=1").status == 200


def test_any_cookie_makes_the_origin_count(signed_in: Visitor) -> None:
    signed_in.cookies = {"theme": "dark"}
    assert signed_in.post("/sign-out", headers={"Origin": FOREIGN}).status == 403


def test_a_trusted_referer_does_not_excuse_a_foreign_origin(signed_in: Visitor) -> None:
    answer = signed_in.post("/sign-out", headers={"Origin": FOREIGN, "Referer": ORIGIN})
    assert answer.refusal == (403, "INVALID_ORIGIN")


@pytest.mark.parametrize("path", ["/get-session", "/list-sessions", "/ok"])
def test_reading_is_not_refused_for_its_origin(signed_in: Visitor, path: str) -> None:
    assert signed_in.get(path, headers={"Origin": FOREIGN}).status == 200


@pytest.mark.parametrize("method", ["POST", "post", "Post"])
@pytest.mark.parametrize(
    "headers",
    [{"X-HTTP-Method-Override": "GET"}, {"X-HTTP-Method": "GET"}, {"X-Method-Override": "GET"}],
)
def test_a_method_override_means_nothing(
    signed_in: Visitor, method: str, headers: dict[str, str]
) -> None:
    answer = signed_in.request(method, "/sign-out", headers={**headers, "Origin": FOREIGN})
    assert answer.refusal == (403, "INVALID_ORIGIN")
    assert signed_in.get("/sign-out", headers={"X-HTTP-Method-Override": "POST"}).status == 404
    assert signed_in.get("/sign-out", query={"_method": "POST"}).status == 404


# A first visit, without cookies -------------------------------------------------------------------


@pytest.fixture
def stranger() -> Visitor:
    auth = make_auth()
    Visitor(auth).sign_up()
    return Visitor(auth, origin=None)


@pytest.mark.parametrize(("path", "body"), STARTS_SESSION)
def test_a_cross_site_form_signs_nobody_in(stranger: Visitor, path: str, body: Any) -> None:
    before = everything(stranger.auth)
    answer = stranger.request(
        "POST",
        path,
        form=body,
        headers={
            "Sec-Fetch-Site": "cross-site",
            "Sec-Fetch-Mode": "navigate",
            "Sec-Fetch-Dest": "document",
            "Origin": ORIGIN,
        },
    )
    assert answer.refusal == (403, "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED")
    assert answer.set_cookies == []
    assert everything(stranger.auth) == before


@pytest.mark.parametrize(("path", "body"), STARTS_SESSION)
@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Origin": FOREIGN}, "INVALID_ORIGIN"),
        ({"Referer": f"{FOREIGN}/x"}, "INVALID_ORIGIN"),
        ({"Origin": "null"}, "MISSING_OR_NULL_ORIGIN"),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}, "MISSING_OR_NULL_ORIGIN"),
        ({"Sec-Fetch-Site": "cross-site", "Origin": FOREIGN}, "INVALID_ORIGIN"),
        ({"Sec-Fetch-Site": "same-site", "Origin": FOREIGN}, "INVALID_ORIGIN"),
        ({"Sec-Fetch-Mode": "no-cors", "Origin": FOREIGN}, "INVALID_ORIGIN"),
        ({"Sec-Fetch-Dest": "iframe", "Origin": FOREIGN}, "INVALID_ORIGIN"),
    ],
)
def test_another_sites_script_signs_nobody_in(
    stranger: Visitor, path: str, body: Any, headers: dict[str, str], code: str
) -> None:
    before = everything(stranger.auth)
    assert stranger.post(path, body, headers=headers).refusal == (403, code)
    assert everything(stranger.auth) == before


@pytest.mark.parametrize(("path", "body"), STARTS_SESSION)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": ORIGIN},
        {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate", "Origin": ORIGIN},
        {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "cors", "Origin": ORIGIN},
    ],
)
def test_the_own_site_and_clients_that_are_no_browsers_pass(
    stranger: Visitor, path: str, body: Any, headers: dict[str, str]
) -> None:
    assert stranger.post(path, body, headers=headers).status == 200


def test_routes_that_start_no_session_ask_for_no_origin_without_cookies(stranger: Visitor) -> None:
    assert stranger.post("/sign-out", headers={"Origin": FOREIGN}).status == 200


# Switches -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("advanced", "origin_refused", "target_refused"),
    [
        ({}, True, True),
        ({"disable_csrf_check": True}, False, True),
        ({"disable_origin_check": True}, False, False),
        ({"disable_origin_check": True, "disable_csrf_check": False}, True, False),
    ],
)
def test_the_two_checks_have_their_switches(
    advanced: dict[str, bool], origin_refused: bool, target_refused: bool
) -> None:
    auth = make_auth(advanced=advanced)
    visitor = Visitor(auth)
    visitor.sign_up()
    refused = visitor.post("/sign-in/email", CREDENTIALS, headers={"Origin": FOREIGN})
    assert (refused.status == 403) is origin_refused
    body = {**CREDENTIALS, "callbackURL": f"{FOREIGN}/x"}
    refused = visitor.post("/sign-in/email", body)
    assert (refused.status == 403) is target_refused


@pytest.mark.parametrize("target", ["/a\r\nX-Injected: 1", "/a\nSet-Cookie: a=b", "/a\x7f"])
def test_no_target_splits_the_headers_even_with_the_check_turned_off(target: str) -> None:
    auth = make_auth(advanced={"disable_origin_check": True})
    visitor = Visitor(auth)
    visitor.sign_up()
    answer = visitor.post("/sign-in/email", {**CREDENTIALS, "callbackURL": target})
    assert answer.status < 500
    assert "X-Injected" not in answer.headers
    assert not any(text.startswith("a=b") for text in answer.set_cookies)


# Targets ------------------------------------------------------------------------------------------

FIELDS = [
    ("callbackURL", "INVALID_CALLBACK_URL"),
    ("redirectTo", "INVALID_REDIRECT_URL"),
    ("errorCallbackURL", "INVALID_ERROR_CALLBACK_URL"),
    ("newUserCallbackURL", "INVALID_NEW_USER_CALLBACK_URL"),
]
HOSTILE_TARGETS = [
    FOREIGN,
    f"{FOREIGN}/{ORIGIN}",
    "//evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "\\\\evil.example",
    "evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    f"{ORIGIN}@evil.example",
    f"{ORIGIN}.evil.example",
    "http:evil.example",
    "/%2f%2fevil.example",
    " /x",
]


@pytest.mark.parametrize(("field", "code"), FIELDS)
@pytest.mark.parametrize("target", HOSTILE_TARGETS)
@pytest.mark.parametrize("with_cookie", [True, False])
def test_a_hostile_target_stores_and_opens_nothing(
    stranger: Visitor, field: str, code: str, target: str, with_cookie: bool
) -> None:
    if with_cookie:
        stranger.cookies["x"] = "y"
        stranger.origin = ORIGIN
    before = everything(stranger.auth)
    for path, body in STARTS_SESSION:
        answer = stranger.post(path, {**body, field: target})
        assert answer.refusal == (403, code), path
    assert everything(stranger.auth) == before


@pytest.mark.parametrize("target", [["/x"], {"url": "/x"}, 5, True])
def test_a_target_that_is_no_text_is_400(stranger: Visitor, target: Any) -> None:
    answer = stranger.post("/sign-in/email", {**CREDENTIALS, "callbackURL": target})
    assert answer.refusal == (400, "BAD_REQUEST")
    assert answer.json["message"] == "Invalid callbackURL: expected a string"


def test_a_target_in_the_query_of_a_post_counts_too(stranger: Visitor) -> None:
    answer = stranger.post("/sign-in/email", CREDENTIALS, query={"callbackURL": FOREIGN})
    assert answer.refusal == (403, "INVALID_CALLBACK_URL")


def test_forms_are_held_to_the_same_rule(stranger: Visitor) -> None:
    form = {**CREDENTIALS, "callbackURL": FOREIGN}
    answer = stranger.request("POST", "/sign-in/email", form=form)
    assert answer.refusal == (403, "INVALID_CALLBACK_URL")


class Leave(Body):
    return_url: Omittable[RedirectURL] = None


class Look(Query):
    return_url: Omittable[RedirectURL] = None


@endpoint("POST", "/leave", body=Leave)
def leave(call: Call, body: Leave) -> str:
    return body.return_url or ""


@endpoint("GET", "/look", query=Look)
def look(call: Call, query: Look) -> str:
    return query.return_url or ""


@endpoint("POST", "/machine", body=Leave, bypass_origin_security=True, starts_session=True)
def machine(call: Call, body: Leave) -> str:
    return body.return_url or ""


class Exits(Plugin):
    id = "exits"

    def contribute(self) -> Contributions:
        return Contributions(endpoints=[leave, look, machine])


@pytest.mark.parametrize("door", ["http", "api"])
@pytest.mark.parametrize("name", ["leave", "look", "machine"])
def test_a_declared_target_of_any_name_is_checked_by_every_door(name: str, door: Any) -> None:
    visitor = Visitor(make_auth(plugins=[Exits()]), door=door)
    value = {"return_url": f"{FOREIGN}/x"}
    arguments: Any = {"query": value} if name == "look" else {"body": value}
    assert visitor.call(name, **arguments).refusal == (403, "INVALID_REDIRECT_URL")
    fine: Any = {key: {"return_url": "/x"} for key in arguments}
    assert visitor.call(name, **fine).status == 200


def test_an_endpoint_for_machines_asks_for_no_origin() -> None:
    visitor = Visitor(make_auth(plugins=[Exits()]), origin=FOREIGN)
    visitor.cookies["x"] = "y"
    assert visitor.post("/machine", {}).status == 200
    assert visitor.post("/leave", {}).refusal == (403, "INVALID_ORIGIN")


def test_the_log_names_the_origin_to_add(caplog: pytest.LogCaptureFixture) -> None:
    visitor = Visitor(make_auth(), origin=None)
    visitor.cookies["x"] = "y"
    long = "https://" + "x" * 1000 + ".example\r\n"
    visitor.post("/sign-out", headers={"Origin": FOREIGN})
    assert FOREIGN in caplog.text
    visitor.post("/sign-out", query={"callbackURL": long}, headers={"Origin": ORIGIN})
    assert len(caplog.records[-1].getMessage()) < 300


# Without a base URL of its own the instance trusts the host it is asked under ---------------------


def test_without_a_base_url_the_requests_own_origin_is_trusted() -> None:
    auth = make_auth(base_url=None)
    visitor = Visitor(auth)
    assert visitor.sign_up().status == 200
    assert visitor.post("/sign-out", headers={"Origin": FOREIGN}).status == 403
    shop = "http://shop.example"
    answer = visitor.post("/sign-out", headers={"Host": "shop.example", "Origin": shop})
    assert answer.status == 200


@pytest.mark.parametrize("header", ["Host", "X-Forwarded-Host", "Forwarded"])
def test_with_a_base_url_no_header_says_whom_to_trust(header: str) -> None:
    visitor = Visitor(make_auth())
    visitor.sign_up()
    value = "host=evil.example" if header == "Forwarded" else "evil.example"
    theirs = {header: value, "Origin": FOREIGN}
    assert visitor.post("/sign-out", headers=theirs).refusal == (403, "INVALID_ORIGIN")
    theirs["Origin"] = "http://evil.example"
    assert visitor.post("/sign-out", headers=theirs).refusal == (403, "INVALID_ORIGIN")
    body = {**CREDENTIALS, "callbackURL": "http://evil.example/x"}
    answer = visitor.post("/sign-in/email", body, headers={header: value})
    assert answer.refusal == (403, "INVALID_CALLBACK_URL")
