"""Names and attributes of the cookies."""

from tests.parity.people import ADA, sign_in, sign_up
from tests.parity.play import Play
from tests.parity.scenario import scenario

_EMAIL = {"emailAndPassword": {"enabled": True}}


def _advanced(**advanced: object) -> dict[str, object]:
    return {**_EMAIL, "advanced": advanced}


def _round(play: Play) -> None:
    sign_up(play)
    play.get("/get-session")
    sign_in(play, rememberMe=False)
    play.get("/get-session")
    play.post("/sign-out")


@scenario(
    variants={
        "plain": _EMAIL,
        "prefix": _advanced(cookiePrefix="shop"),
        "odd prefix": _advanced(cookiePrefix="my-app_1"),
        "secure": _advanced(useSecureCookies=True),
        "secure with prefix": _advanced(useSecureCookies=True, cookiePrefix="shop"),
        "not secure": _advanced(useSecureCookies=False),
        "strict": _advanced(defaultCookieAttributes={"sameSite": "strict"}),
        "none and partitioned": _advanced(
            defaultCookieAttributes={"sameSite": "none", "secure": True, "partitioned": True}
        ),
        "readable": _advanced(defaultCookieAttributes={"httpOnly": False}),
        "path": _advanced(defaultCookieAttributes={"path": "/app"}),
        "domain": _advanced(defaultCookieAttributes={"domain": "example.com"}),
        "max age": _advanced(defaultCookieAttributes={"maxAge": 60}),
        "own name": _advanced(cookies={"session_token": {"name": "sid"}}),
        "own name, secure": _advanced(
            useSecureCookies=True, cookies={"session_token": {"name": "sid"}}
        ),
        "own attributes": _advanced(
            cookies={
                "session_token": {"attributes": {"sameSite": "strict", "path": "/x"}},
                "dont_remember": {"name": "forget", "attributes": {"httpOnly": False}},
            }
        ),
        "own attributes win": _advanced(
            defaultCookieAttributes={"sameSite": "none", "path": "/default"},
            cookies={"session_token": {"attributes": {"path": "/own"}}},
        ),
        "own max age": _advanced(cookies={"session_token": {"attributes": {"maxAge": 90}}}),
        "own domain": _advanced(cookies={"session_token": {"attributes": {"domain": "x.example"}}}),
        "subdomains": _advanced(crossSubDomainCookies={"enabled": True, "domain": ".example.com"}),
        "subdomains of the host": _advanced(crossSubDomainCookies={"enabled": True}),
        "subdomains off": _advanced(
            crossSubDomainCookies={"enabled": False, "domain": ".example.com"}
        ),
        "half a minute": {**_EMAIL, "session": {"expiresIn": 30}},
    }
)
def as_configured(play: Play) -> None:
    _round(play)


@scenario(url="https://app.example.com", options=_EMAIL)
def under_https(play: Play) -> None:
    _round(play)


@scenario(url="https://app.example.com", options=_advanced(useSecureCookies=False))
def under_https_but_not_secure(play: Play) -> None:
    _round(play)


@scenario(
    url="https://app.example.com",
    options=_advanced(crossSubDomainCookies={"enabled": True}),
)
def under_https_for_subdomains(play: Play) -> None:
    _round(play)


@scenario(environment="production")
def in_production_over_http(play: Play) -> None:
    sign_up(play)
    play.get("/get-session")


@scenario(url="https://app.example.com", environment="production")
def in_production_over_https(play: Play) -> None:
    sign_up(play)
    play.get("/get-session")
    play.get("/ok")


@scenario(url="https://app.example.com:8443", options=_EMAIL)
def under_https_with_a_port(play: Play) -> None:
    play.post("/sign-up/email", ADA)
    play.post("/sign-out", {})
    play.post("/sign-out", {}, origin="https://app.example.com", headers={"cookie": "a=b"})


@scenario(url="https://app.example.com", options=_EMAIL)
def a_plain_cookie_beside_the_secure_one_ends_with_the_session(play: Play) -> None:
    sign_up(play)
    play.put_cookie("better-auth.session_token", "planted")
    play.get("/get-session", note="signed in")
    play.post("/sign-out")
    play.put_cookie("__Secure-better-auth.session_token", "planted")
    play.get("/get-session", note="nobody")


@scenario(url="https://app.example.com", options=_EMAIL)
def a_plain_cookie_is_not_read_under_https(play: Play) -> None:
    sign_up(play)
    value = play.cookie("__Secure-better-auth.session_token")
    play.drop_cookies()
    play.put_cookie("better-auth.session_token", value)
    play.get("/get-session")
