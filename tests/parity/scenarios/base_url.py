"""Under which address a request is answered: allowed hosts, forwarded headers, shared cookies."""

from typing import Any

from tests.parity.people import ADA, sign_up
from tests.parity.play import Play
from tests.parity.scenario import scenario

_MAIL = {"sendOnSignUp": True}
_HOSTS = ["app.example.com", "*.preview.example.com", "localhost:3000"]


def _options(base_url: object, **advanced: object) -> dict[str, object]:
    return {
        "emailAndPassword": {"enabled": True},
        "emailVerification": _MAIL,
        "baseURL": base_url,
        "advanced": advanced,
    }


def _sign_up_under(play: Play, host: str, number: int, **headers: str) -> None:
    sent = {"host": host, **{key.replace("_", "-"): value for key, value in headers.items()}}
    person = {**ADA, "email": f"u{number}@example.com"}
    play.post("/sign-up/email", person, headers=sent, origin=None, cookies=False, note=str(sent))
    play.mail()


@scenario(options=_options({"allowedHosts": _HOSTS}), presets=["verificationMail"], smoke=True)
def the_host_of_the_request_is_in_its_links(play: Play) -> None:
    for number, host in enumerate(
        ("app.example.com", "one.preview.example.com", "a.b.preview.example.com", "localhost:3000")
    ):
        _sign_up_under(play, host, number)


@scenario(options=_options({"allowedHosts": _HOSTS}), presets=["verificationMail"])
def another_host_is_refused(play: Play) -> None:
    for number, host in enumerate(
        (
            "evil.example",
            "app.example.com.evil.example",
            "preview.example.com",
            "one.preview.example.com:8443",
            "localhost",
        )
    ):
        _sign_up_under(play, host, number)
    play.get("/ok", headers={"host": "evil.example"})
    play.rows("user")


@scenario(
    options=_options({"allowedHosts": _HOSTS, "fallback": "https://main.example.com"}),
    presets=["verificationMail"],
)
def the_fallback_answers_for_other_hosts(play: Play) -> None:
    for number, host in enumerate(("evil.example", "app.example.com", "x.preview.example.com:1")):
        _sign_up_under(play, host, number)
    play.post(
        "/sign-in/email",
        {"email": "x", "password": "y", "callbackURL": "https://evil.example/x"},
        headers={"host": "evil.example"},
        origin=None,
    )


def _protocols(**advanced: object) -> dict[str, dict[str, object]]:
    return {
        str(protocol): _options(
            {"allowedHosts": _HOSTS, **({"protocol": protocol} if protocol else {})}, **advanced
        )
        for protocol in (None, "auto", "http", "https")
    }


@scenario(variants=_protocols(), presets=["verificationMail"])
def the_protocol_over_http(play: Play) -> None:
    _sign_up_under(play, "app.example.com", 1)


@scenario(variants=_protocols(), presets=["verificationMail"], url="https://app.example.com")
def the_protocol_over_https(play: Play) -> None:
    _sign_up_under(play, "app.example.com", 1)


_SHARED = {"crossSubDomainCookies": {"enabled": True}}


@scenario(variants=_protocols(**_SHARED), presets=["verificationMail"])
def shared_cookies_over_http(play: Play) -> None:
    _sign_up_under(play, "app.example.com", 1)
    _sign_up_under(play, "one.preview.example.com", 2)


@scenario(
    variants=_protocols(**_SHARED), presets=["verificationMail"], url="https://app.example.com"
)
def shared_cookies_over_https(play: Play) -> None:
    _sign_up_under(play, "app.example.com", 1)
    _sign_up_under(play, "one.preview.example.com", 2)


@scenario(
    options=_options(
        {"allowedHosts": _HOSTS},
        crossSubDomainCookies={"enabled": True, "domain": "example.com"},
    ),
    presets=["verificationMail"],
    url="https://app.example.com",
)
def shared_cookies_of_a_named_domain(play: Play) -> None:
    headers = {"host": "one.preview.example.com"}
    play.post("/sign-up/email", ADA, headers=headers)
    play.get("/get-session", headers=headers)
    play.post("/sign-out", {}, headers=headers, origin="https://one.preview.example.com")
    play.get("/get-session", headers=headers)


@scenario(
    variants={
        "believed": _options({"allowedHosts": _HOSTS}, trustedProxyHeaders=True),
        "not believed": _options({"allowedHosts": _HOSTS}, trustedProxyHeaders=False),
    },
    presets=["verificationMail"],
)
def forwarded_headers_with_allowed_hosts(play: Play) -> None:
    forwarded: list[dict[str, Any]] = [
        {"x_forwarded_host": "app.example.com", "x_forwarded_proto": "https"},
        {"x_forwarded_host": "app.example.com"},
        {"x_forwarded_proto": "https"},
        {"x_forwarded_host": "app.example.com, evil.example", "x_forwarded_proto": "https"},
        {"x_forwarded_host": "app.example.com", "x_forwarded_proto": "javascript"},
        {"x_forwarded_host": "..evil", "x_forwarded_proto": "https"},
        {"x_forwarded_host": "<script>", "x_forwarded_proto": "ftp"},
    ]
    for number, headers in enumerate(forwarded):
        _sign_up_under(play, "localhost:3000", number, **headers)


@scenario(options=_options({"allowedHosts": _HOSTS}), presets=["verificationMail"])
def forwarded_headers_are_not_believed_by_default(play: Play) -> None:
    _sign_up_under(
        play, "localhost:3000", 1, x_forwarded_host="app.example.com", x_forwarded_proto="https"
    )


@scenario(
    variants={
        "believed": {**_options(None, trustedProxyHeaders=True)},
        "not believed": {**_options(None)},
    },
    presets=["verificationMail"],
)
def forwarded_headers_without_a_base_url(play: Play) -> None:
    _sign_up_under(
        play, "localhost:3000", 1, x_forwarded_host="pub.example", x_forwarded_proto="https"
    )


@scenario(
    options=_options({"allowedHosts": _HOSTS}),
    presets=["verificationMail"],
    url="https://app.example.com",
)
def allowed_hosts_are_trusted_origins(play: Play) -> None:
    for origin in (
        "https://app.example.com",
        "http://app.example.com",
        "https://one.preview.example.com",
        "https://preview.example.com",
        "https://localhost:3000",
        "http://localhost:3000",
        "https://evil.example",
    ):
        play.post("/sign-out", {}, origin=origin, headers={"cookie": "a=b"}, note=origin)


@scenario(
    options=_options({"allowedHosts": _HOSTS}),
    presets=["verificationMail"],
    url="http://app.example.com",
)
def the_chosen_origin_is_trusted(play: Play) -> None:
    for origin in ("http://app.example.com", "http://one.preview.example.com"):
        play.post("/sign-out", {}, origin=origin, headers={"cookie": "a=b"}, note=origin)


@scenario(
    options=_options({"allowedHosts": _HOSTS, "fallback": "https://main.example.com"}),
    presets=["verificationMail"],
)
def in_process_the_headers_name_the_host(play: Play) -> None:
    for number, headers in enumerate(
        ({}, {"host": "app.example.com"}, {"host": "localhost:3000"}, {"host": "evil.example"})
    ):
        play.call("signUpEmail", body={**ADA, "email": f"u{number}@example.com"}, headers=headers)
        play.mail()


@scenario(presets=["tenantOrigins"])
def trusted_origins_of_a_function(play: Play) -> None:
    sign_up(play)
    for tenant in ("a", "b", None):
        for origin in ("https://a.example", "https://b.example", "http://localhost:3000"):
            headers = {"x-tenant": tenant, "cookie": "a=b"}
            play.post("/sign-out", {}, origin=origin, headers=headers, note=f"{tenant} {origin}")
    body = {"email": "x", "password": "y"}
    for tenant in ("a", "b"):
        target = {**body, "callbackURL": "https://a.example/x"}
        play.post("/sign-in/email", target, headers={"x-tenant": tenant}, note=tenant)


_SLASHES = {"emailAndPassword": {"enabled": True}, "disabledPaths": ["/sign-out"]}


@scenario(
    variants={
        "as they are": _SLASHES,
        "skipped": {**_SLASHES, "advanced": {"skipTrailingSlashes": True}},
    }
)
def trailing_slashes_and_disabled_paths(play: Play) -> None:
    for path in ("/get-session", "/get-session/", "/get-session//", "//get-session", "/"):
        play.get(path)
    play.get("", note="the base path alone")
    for path in (
        "/sign-out",
        "/sign-out/",
        "/sign-out//",
        "/Sign-Out",
        "/sign-out?x",
        "/sign-out/x",
        "/sign-out.",
        "/sign-in/email/",
        "/sign-in//email",
        "/sign-in/email?callbackURL=/",
        "/get-session%2f",
        "/sign-in%2femail",
        "/reset-password/a%2fb",
        "/reset-password/a/",
    ):
        play.post(path, {}, note=path)
        play.get(path, note=path)
