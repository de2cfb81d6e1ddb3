"""GET /ok, GET /error, and everything that is no route at all."""

from tests.parity.people import ADA, sign_up
from tests.parity.play import Play
from tests.parity.scenario import scenario

_EMAIL = {"emailAndPassword": {"enabled": True}}


@scenario()
def ok_answers(play: Play) -> None:
    play.get("/ok")
    play.get("/ok?x=1")


@scenario()
def the_error_page_shows_a_clean_code(play: Play) -> None:
    for code in (
        "INVALID_TOKEN",
        "please-restart_the_process",
        "it's",
        "<script>alert(1)</script>",
        "a b",
        "a%0ab",
        "%22onload=%22",
        "",
        "é",
        "x" * 300,
        "a.b",
        "$&",
    ):
        shown = code.replace("'", "&#39;") or "UNKNOWN"
        play.get(f"/error?error={code}", looking_for=[shown, "UNKNOWN", "<script>alert"])
    play.get("/error", looking_for=["UNKNOWN"])
    play.get("/error?error=A&error=B", looking_for=["A", "UNKNOWN"])


@scenario()
def the_error_page_escapes_the_description(play: Play) -> None:
    for text in (
        "Something+happened",
        "<img src=x onerror=alert(1)>",
        "%3Cscript%3Ealert(1)%3C/script%3E",
        "&amp;lt;",
        "%26lt%3Bscript%26gt%3B",
        "%22%27%60",
    ):
        play.get(
            f"/error?error=CODE&error_description={text}",
            looking_for=["Something happened", "<img", "<script>alert", "CODE"],
        )


@scenario(
    variants={
        "plain": {"onAPIError": {"errorURL": "https://app.example.com/oops"}},
        "with query": {"onAPIError": {"errorURL": "/oops?lang=en"}},
    }
)
def the_error_page_can_be_elsewhere(play: Play) -> None:
    for query in (
        "?error=INVALID_TOKEN",
        "?error=<b>&error_description=a%20b%26c",
        "",
        "?error_description=only+words",
        "?error=A&error_description=%C3%A9%0d%0aX:1",
    ):
        play.get(f"/error{query}")


@scenario(environment="production")
def in_production_the_error_page_is_the_apps(play: Play) -> None:
    play.get("/error?error=INVALID_TOKEN")
    play.get("/error?error=<b>&error_description=a%20b")
    play.get("/error")


@scenario(
    options={
        "onAPIError": {
            "customizeDefaultErrorPage": {
                "colors": {"background": "#123456", "titleBorder": "rgb(1, 2, 3)"},
                "size": {"text6xl": "4.5rem", "radiusSm": "7px"},
                "font": {"defaultFamily": "Verdana, sans-serif", "monoFamily": "Courier"},
                "disableTitleBorder": True,
                "disableCornerDecorations": True,
                "disableBackgroundGrid": True,
            }
        }
    },
    environment="production",
)
def a_dressed_error_page_is_shown_in_production_too(play: Play) -> None:
    worn = ["#123456", "4.5rem", "7px", "Verdana", "Courier", "INVALID_TOKEN"]
    play.get("/error?error=INVALID_TOKEN", looking_for=worn)


@scenario()
def unknown_paths_are_not_found(play: Play) -> None:
    for path in (
        "",
        "/",
        "/nope",
        "/ok/",
        "/OK",
        "/ok/more",
        "//ok",
        "/sign-in//email",
        "/sign-in",
        "/sign-in/email/",
        "/sign-up/email/",
        "/get-session/",
        "/ok;x=1",
        "/error/",
        "/get_session",
    ):
        play.get(path)
        play.post(path, ADA)


@scenario()
def paths_outside_the_base_path_are_not_found(play: Play) -> None:
    for path in ("/", "/ok", "/api", "/api/authok", "/api/auth.json", "/API/AUTH/ok", "/other/ok"):
        play.get(path, under="")
    play.get("/api/auth/api/auth/ok", under="")
    play.get("/prefix/api/auth/ok", under="")


@scenario()
def encoded_paths(play: Play) -> None:
    for path in ("/%6Fk", "/ok%2F", "/%2Fok", "/sign-in%2Femail", "/ok%00", "/ok%", "/%C3%A9"):
        play.get(path)
    for path in ("/./ok", "/x/../ok", "/../auth/ok", "/%2e/ok", "/x/%2e%2e/ok", "/.%2e/auth/ok"):
        play.get(path, note="dots")


@scenario()
def wrong_methods_are_not_found(play: Play) -> None:
    for path, right in (
        ("/sign-up/email", "POST"),
        ("/sign-in/email", "POST"),
        ("/sign-out", "POST"),
        ("/list-sessions", "GET"),
        ("/revoke-session", "POST"),
        ("/verify-email", "GET"),
        ("/update-session", "POST"),
        ("/ok", "GET"),
        ("/error", "GET"),
        ("/get-session", "GET POST"),
    ):
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"):
            if method not in right.split():
                play.request(method, path)


@scenario()
def method_override_headers_mean_nothing(play: Play) -> None:
    for name in ("x-http-method-override", "x-method-override", "x-http-method"):
        play.get("/sign-out", headers={name: "POST"})
        play.post("/list-sessions", {}, headers={name: "GET"})
    play.post("/ok?_method=GET", {})


@scenario(options={**_EMAIL, "advanced": {"skipTrailingSlashes": True}})
def trailing_slashes_can_be_allowed(play: Play) -> None:
    play.get("/ok/")
    play.get("/ok")
    play.get("/ok//")
    play.post("/sign-up/email/", ADA)
    play.get("/get-session/?x=1")
    play.get("/")
    play.get("")


@scenario(options={**_EMAIL, "disabledPaths": ["/sign-up/email", "/ok"]})
def disabled_paths_are_not_found(play: Play) -> None:
    play.post("/sign-up/email", ADA)
    play.get("/sign-up/email")
    play.get("/ok")
    play.get("/ok/")
    play.get("/ok?x=1")
    play.get("/%6Fk")
    play.get("/o%6B/")
    play.get("/Ok")
    play.get("//ok")
    play.get("/get-session")
    play.post("/sign-in/email", {"email": "a@example.com", "password": "password123"})


@scenario(options={**_EMAIL, "disabledPaths": ["/ok"], "advanced": {"skipTrailingSlashes": True}})
def disabled_paths_with_lenient_slashes(play: Play) -> None:
    for path in ("/ok", "/ok/", "/ok//", "//ok", "/ok?x", "/ok/?x"):
        play.get(path)


@scenario(options={**_EMAIL, "basePath": "/auth"})
def another_base_path(play: Play) -> None:
    play.get("/ok", under="/auth")
    play.get("/ok")
    play.post("/sign-up/email", ADA, under="/auth")
    play.get("/get-session", under="/auth")


@scenario(options={**_EMAIL, "basePath": "/deep/er/auth"})
def a_deep_base_path(play: Play) -> None:
    play.get("/ok", under="/deep/er/auth")
    play.get("/ok", under="/deep/er")
    play.get("/er/auth/ok", under="/deep/")


@scenario()
def server_functions_have_no_route(play: Play) -> None:
    sign_up(play)
    for path in ("/set-password", "/create-user", "/has-permission"):
        play.post(path, {"newPassword": "another password"})
