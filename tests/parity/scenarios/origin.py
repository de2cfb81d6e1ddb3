"""The Origin check, fetch metadata, and the check of redirect targets."""

from typing import Any

from tests.parity.people import ADA, SESSION_COOKIE, sign_in, sign_up
from tests.parity.play import Play
from tests.parity.scenario import scenario

_EMAIL = {"emailAndPassword": {"enabled": True}}
_NO_SIGN_UP = {"emailAndPassword": {"enabled": True, "disableSignUp": True}}
_NOBODY = {"email": "a@example.com", "password": "x"}
_ORIGINS = (
    "http://localhost:3000",
    "http://localhost:3000/",
    "http://localhost:3000/page?x#y",
    "HTTP://LOCALHOST:3000",
    "http://localhost",
    "http://localhost:3001",
    "https://localhost:3000",
    "http://127.0.0.1:3000",
    "http://localhost:3000.evil.example",
    "http://localhost:3000@evil.example",
    "http://user@localhost:3000",
    "http://sub.localhost:3000",
    "https://evil.example",
    "localhost:3000",
    "//localhost:3000",
    "/",
    "null",
    "",
    "nonsense",
    "file://",
    "javascript:alert(1)",
    "http://localhost:3000, https://evil.example",
)


@scenario()
def with_a_cookie_the_origin_must_be_trusted(play: Play) -> None:
    for origin in _ORIGINS:
        play.post("/sign-out", {}, origin=origin, headers={"cookie": "a=b"}, note=repr(origin))
    play.post("/sign-out", {}, origin=None, headers={"cookie": "a=b"}, note="no origin")
    play.post("/sign-out", {}, origin="https://evil.example", headers={"cookie": ""}, note="empty")


@scenario()
def without_a_cookie_no_origin_is_needed(play: Play) -> None:
    sign_up(play)
    for origin in ("https://evil.example", "null", None):
        play.post("/sign-out", {}, origin=origin, cookies=False)


@scenario(options=_NO_SIGN_UP)
def without_a_cookie_a_foreign_origin_at_sign_in(play: Play) -> None:
    for origin in ("https://evil.example", "null", "", None, "http://localhost:3000"):
        play.post("/sign-up/email", ADA, origin=origin, note=f"origin {origin}")
        play.post("/sign-in/email", _NOBODY, origin=origin, note=f"origin {origin}")


@scenario(presets=["resetMail", "verificationMail"])
def without_a_cookie_a_foreign_origin_where_codes_are_sent(play: Play) -> None:
    sign_up(play)
    for origin in ("https://evil.example", "null", None, "http://localhost:3000"):
        for path in ("/request-password-reset", "/send-verification-email"):
            play.post(
                path, {"email": ADA["email"]}, origin=origin, cookies=False, note=f"origin {origin}"
            )


@scenario(smoke=True)
def a_foreign_origin_changes_nothing(play: Play) -> None:
    token = sign_up(play)["token"]
    for path, body in (
        ("/sign-out", {}),
        ("/revoke-session", {"token": token}),
        ("/revoke-sessions", {}),
        ("/revoke-other-sessions", {}),
        ("/update-session", {"theme": "x"}),
        ("/sign-in/email", {"email": ADA["email"], "password": ADA["password"]}),
        ("/sign-up/email", {**ADA, "email": "b@example.com"}),
    ):
        for origin in ("https://evil.example", None, "null"):
            play.post(path, body, origin=origin)
    play.rows("session", "user")
    play.get("/get-session", origin="https://evil.example")
    play.get("/list-sessions", origin="https://evil.example")


@scenario()
def the_referer_stands_in_for_the_origin(play: Play) -> None:
    for referer in ("http://localhost:3000/page?x=1", "https://evil.example/page", "null", ""):
        play.post("/sign-out", {}, origin=None, headers={"cookie": "a=b", "referer": referer})
    play.post(
        "/sign-out",
        {},
        origin="https://evil.example",
        headers={"cookie": "a=b", "referer": "http://localhost:3000/"},
    )
    play.post(
        "/sign-out",
        {},
        origin="",
        headers={"cookie": "a=b", "referer": "http://localhost:3000/"},
    )
    play.post(
        "/sign-out",
        {},
        origin="null",
        headers={"cookie": "a=b", "referer": "http://localhost:3000/"},
    )


@scenario(
    options={
        **_EMAIL,
        "trustedOrigins": [
            "https://app.example.com",
            "https://*.wild.example",
            "*.host.test",
            "http://localhost:*",
            "myapp://",
            "https://deep.example/path",
            "https://a?.example.net",
        ],
    }
)
def trusted_origins(play: Play) -> None:
    for origin in (
        "https://app.example.com",
        "http://app.example.com",
        "https://app.example.com:444",
        "https://app.example.com.evil.test",
        "https://APP.example.com",
        "https://x.wild.example",
        "https://a.b.wild.example",
        "https://wild.example",
        "http://x.wild.example",
        "https://evil.test/.wild.example",
        "https://evil.test?.wild.example",
        "https://evil.test#.wild.example",
        "https://evil.test\\.wild.example",
        "https://x.wild.example:8443",
        "https://evilwild.example",
        "https://a.host.test",
        "http://a.host.test",
        "https://host.test",
        "https://a.host.test:8080",
        "https://evil.com\\.host.test",
        "ftp://a.host.test",
        "http://localhost:5173",
        "http://localhost",
        "http://localhost:5173.evil.test",
        "myapp://",
        "myapp://open/page",
        "myapps://x",
        "https://deep.example",
        "https://deep.example/path",
        "https://a1.example.net",
        "https://a12.example.net",
        "https://a.example.net",
    ):
        play.post("/sign-out", {}, origin=origin, headers={"cookie": "a=b"}, note=origin)
        play.post(
            "/sign-in/email",
            {"callbackURL": origin, "email": "x", "password": "y"},
            note=f"callback {origin}",
        )


@scenario(options=_NO_SIGN_UP)
def cross_site_navigation_is_blocked(play: Play) -> None:
    metadata = [
        {"sec-fetch-site": site, "sec-fetch-mode": mode, "sec-fetch-dest": dest}
        for site, mode, dest in (
            ("cross-site", "navigate", "document"),
            ("cross-site", "navigate", None),
            ("cross-site", "cors", "empty"),
            ("cross-site", "no-cors", "empty"),
            ("same-site", "navigate", "document"),
            ("same-origin", "navigate", "document"),
            ("same-origin", "cors", "empty"),
            ("none", "navigate", "document"),
            ("", "", ""),
            (" ", None, None),
            ("CROSS-SITE", "NAVIGATE", "document"),
            (None, "navigate", None),
            (None, None, "document"),
        )
    ]
    for path, body in (
        ("/sign-in/email", _NOBODY),
        ("/sign-up/email", ADA),
        ("/sign-out", {}),
    ):
        for headers in metadata:
            note = " ".join(str(value) for value in headers.values())
            for origin in ("http://localhost:3000", "https://evil.example", None, "null"):
                play.post(path, body, headers=headers, origin=origin, note=f"{note} {origin}")


@scenario()
def the_form_check_against_validation(play: Play) -> None:
    cross = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    play.post("/sign-in/email", {}, headers=cross)
    play.post("/sign-up/email", {}, headers=cross)


@scenario()
def cross_site_forms(play: Play) -> None:
    sign_up(play)
    play.drop_cookies()
    form = {"email": ADA["email"], "password": ADA["password"]}
    cross = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    same = {"sec-fetch-site": "same-origin", "sec-fetch-mode": "navigate"}
    play.post("/sign-in/email", form=form, headers=cross, origin="https://evil.example")
    play.post("/sign-in/email", form=form, headers=cross)
    play.post("/sign-in/email", form=form, headers=same, origin="https://evil.example")
    play.post("/sign-in/email", form=form, headers=same)
    play.post("/sign-in/email", form=form, headers=cross, note="with cookies")
    play.rows("session")


@scenario()
def an_expired_session_cookie_is_still_a_cookie(play: Play) -> None:
    headers = {"cookie": f"{SESSION_COOKIE}=old", "sec-fetch-site": "cross-site"}
    play.post("/sign-in/email", _NOBODY, headers={**headers, "sec-fetch-mode": "navigate"})
    play.post("/sign-in/email", _NOBODY, headers=headers, origin="https://evil.example")


@scenario(
    variants={
        "csrf off": {**_EMAIL, "advanced": {"disableCSRFCheck": True}},
        "origin off": {**_EMAIL, "advanced": {"disableOriginCheck": True}},
        "origin off, csrf on": {
            **_EMAIL,
            "advanced": {"disableOriginCheck": True, "disableCSRFCheck": False},
        },
        "both off": {
            **_EMAIL,
            "advanced": {"disableOriginCheck": True, "disableCSRFCheck": True},
        },
    }
)
def checks_can_be_switched_off(play: Play) -> None:
    sign_up(play)
    evil = "https://evil.example"
    play.post("/sign-out", {}, origin=evil)
    sign_in(play)
    sign_in(play, callbackURL=evil)
    play.post("/sign-out", {}, origin=None)
    play.post(
        "/sign-in/email",
        {"email": ADA["email"], "password": ADA["password"]},
        headers={"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"},
        cookies=False,
    )
    play.get("/verify-email", query={"token": "x", "callbackURL": evil})


_TARGETS = (
    "/",
    "/home",
    "/a/b-c_d.e+f@g",
    "/home?x=1&y=2",
    "/home?x=a%20b",
    "/home?x=%2F",
    "/home?a=1?b=2",
    "/home#part",
    "/home?x#part",
    "/home%20x",
    "/%2f/evil.example",
    "/%5cevil.example",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "/\\/evil.example",
    "\\evil.example",
    "/\tevil",
    "/ evil",
    "/home\n",
    "/é",
    "/home;x=1",
    "/home:80",
    "/home,x",
    "/home~x",
    "/home*x",
    "/home!x",
    "/home(x)",
    "/home?x=a:b",
    "/home?next=http://evil.example",
    "home",
    "./home",
    "../home",
    "?x=1",
    "#x",
    "",
    " /home",
    "http://localhost:3000",
    "http://localhost:3000/",
    "http://localhost:3000/page?x=1#y",
    "http://localhost:3000\\@evil.example",
    "http://localhost:3000@evil.example",
    "http://localhost:3000.evil.example/",
    "HTTP://LOCALHOST:3000/x",
    "http:/localhost:3000",
    "http:localhost:3000",
    "http:\\\\localhost:3000",
    "http://localhost:3001/",
    "https://localhost:3000/",
    "https://evil.example",
    "https://evil.example?http://localhost:3000",
    "https://evil.example#http://localhost:3000",
    " http://localhost:3000",
    "\thttp://localhost:3000",
    "ht\ntp://localhost:3000",
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "data:text/html,x",
    "blob:http://localhost:3000/x",
    "mailto:a@example.com",
    "myapp://open",
    "file:///etc/passwd",
    "http://",
    "://x",
    "http://[::1]:3000",
)


@scenario()
def redirect_targets_in_the_body(play: Play) -> None:
    for target in _TARGETS:
        body = {"email": "x", "password": "y", "callbackURL": target}
        play.post("/sign-in/email", body, note=ascii(target))


@scenario()
def redirect_targets_in_the_query_of_a_post(play: Play) -> None:
    for target in ("/home", "//evil.example", "https://evil.example", "http://localhost:3000/x"):
        play.post("/sign-in/email", {"email": "x", "password": "y"}, query={"callbackURL": target})
        play.post("/sign-out", {}, query={"callbackURL": target})
        play.post("/sign-out", {}, query={"redirectTo": target})


@scenario()
def redirect_targets_of_verify_email(play: Play) -> None:
    for target in _TARGETS:
        play.get("/verify-email", query={"token": "bad", "callbackURL": target}, note=ascii(target))


@scenario()
def every_kind_of_target_is_checked_everywhere(play: Play) -> None:
    sign_up(play)
    for field in ("callbackURL", "redirectTo", "errorCallbackURL", "newUserCallbackURL"):
        target: Any
        for target in ("https://evil.example", "/fine", "//evil.example", 5, ["/x"], None, {}):
            play.post("/sign-out", {field: target}, note=f"{field} = {target!r}")
            play.post("/sign-in/email", {field: target}, note=f"{field} = {target!r}")
    play.post("/sign-out", {"callbackURL": "https://evil.example", "redirectTo": "//evil.example"})


@scenario()
def targets_are_not_checked_by_get(play: Play) -> None:
    play.get("/get-session", query={"callbackURL": "https://evil.example"})
    play.get("/ok", query={"callbackURL": "https://evil.example"})
