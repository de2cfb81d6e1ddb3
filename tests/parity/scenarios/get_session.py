"""GET and POST /get-session."""

from tests.parity.people import ADA, SESSION_COOKIE, sign_in, sign_up
from tests.parity.play import Play
from tests.parity.scenario import scenario
from tests.parity.sides import joined

_EMAIL = {"emailAndPassword": {"enabled": True}}


@scenario()
def is_null_without_a_session(play: Play) -> None:
    play.get("/get-session")
    play.get("/get-session", headers={"cookie": "other=1"})
    play.get("/get-session", headers={"cookie": ""})


@scenario()
def post_needs_deferred_refresh(play: Play) -> None:
    play.post("/get-session")
    play.post("/get-session", {})
    sign_up(play)
    play.post("/get-session")


@scenario()
def takes_its_query_as_booleans(play: Play) -> None:
    sign_up(play)
    for query in (
        "disableCookieCache=true",
        "disableCookieCache=false",
        "disableCookieCache=",
        "disableCookieCache",
        "disableCookieCache=1&disableRefresh=0",
        "disableRefresh=true",
        "disableRefresh=a&disableRefresh=b",
        "unknown=1",
        "disableCookieCache[]=1",
        "%ff=%fe",
    ):
        play.get(f"/get-session?{query}")


@scenario(smoke=True)
def is_extended_after_the_update_age(play: Play) -> None:
    sign_up(play)
    play.travel(hours=23)
    play.get("/get-session")
    play.travel(hours=1)
    play.get("/get-session")
    play.rows("session")
    play.travel(days=6, hours=23)
    play.get("/get-session")
    play.rows("session")


@scenario()
def is_extended_exactly_at_the_update_age(play: Play) -> None:
    sign_up(play)
    play.travel(seconds=86_400 - 2)
    play.get("/get-session", note="one second early")
    play.get("/get-session", note="on time")
    play.get("/get-session", note="again")
    play.rows("session")


@scenario()
def disable_refresh_reads_only(play: Play) -> None:
    sign_up(play)
    play.travel(days=2)
    play.get("/get-session?disableRefresh=true")
    play.rows("session")
    play.get("/get-session?disableRefresh=")
    play.rows("session")


@scenario(options={**_EMAIL, "session": {"disableSessionRefresh": True}})
def disable_session_refresh_reads_only(play: Play) -> None:
    sign_up(play)
    play.travel(days=2)
    play.get("/get-session")
    play.rows("session")


@scenario(options={**_EMAIL, "session": {"updateAge": 0}})
def update_age_zero_extends_at_every_use(play: Play) -> None:
    sign_up(play)
    play.get("/get-session")
    play.get("/get-session")
    play.rows("session")


@scenario(
    variants={
        "short": {**_EMAIL, "session": {"expiresIn": 60, "updateAge": 30}},
        "update age beyond life": {**_EMAIL, "session": {"expiresIn": 60, "updateAge": 600}},
    }
)
def short_sessions(play: Play) -> None:
    sign_up(play)
    play.travel(seconds=31)
    play.get("/get-session")
    play.travel(seconds=58)
    play.get("/get-session")
    play.travel(seconds=60)
    play.get("/get-session")
    play.rows("session")


@scenario(smoke=True)
def an_expired_session_is_removed(play: Play) -> None:
    sign_up(play)
    token = play.cookie(SESSION_COOKIE)
    play.travel(days=7)
    play.put_cookie(SESSION_COOKIE, token)
    play.get("/get-session")
    play.rows("session")
    play.get("/get-session")


@scenario()
def expires_to_the_second(play: Play) -> None:
    sign_up(play)
    token = play.cookie(SESSION_COOKIE)
    play.update("session", {}, expiresAt="2026-01-15T13:00:00.250Z")
    play.travel(seconds=3600 - 3)
    play.put_cookie(SESSION_COOKIE, token)
    play.get("/get-session?disableRefresh=1", note="one second early")
    play.get("/get-session?disableRefresh=1", note="at the very moment")
    play.get("/get-session?disableRefresh=1", note="one second late")
    play.rows("session")


@scenario()
def the_dont_remember_cookie_stops_extension(play: Play) -> None:
    sign_up(play, rememberMe=False)
    play.travel(hours=23)
    play.get("/get-session")
    play.rows("session")
    play.travel(hours=2)
    play.get("/get-session")
    play.rows("session")


@scenario()
def a_deleted_row_ends_the_session(play: Play) -> None:
    sign_up(play)
    play.delete("session")
    play.get("/get-session")
    play.get("/get-session")


@scenario()
def a_deleted_user_ends_the_session(play: Play) -> None:
    sign_up(play)
    play.delete("account")
    play.delete("session")
    play.delete("user")
    play.get("/get-session")


@scenario()
def an_unsigned_or_tampered_token_is_absent(play: Play) -> None:
    token = sign_up(play)["token"]
    good = play.cookie(SESSION_COOKIE)
    signature = good.text(lambda text: text.partition(".")[2])
    tries = {
        "unsigned": token,
        "unsigned with dot": joined(token, "."),
        "empty": "",
        "dot": ".",
        "signature alone": joined(".", signature),
        "another token": joined("A" * 32, ".", signature),
        "longer token": joined(token, "A.", signature),
        "shorter signature": good.text(lambda text: text[:-4]),
        "lower-case signature": joined(token, ".", signature.text(str.lower)),
        "unpadded": good.text(lambda text: text.removesuffix("%3D")),
        "dot encoded": good.text(lambda text: text.replace(".", "%2E", 1)),
        "double encoded": good.text(lambda text: text.replace("%", "%25")),
        "quoted": joined('"', good, '"'),
        "blank before": joined(" ", good),
        "two dots": good.text(lambda text: text.replace(".", "..", 1)),
        "trailing text": joined(good, "x"),
        "control": good,
    }
    for note, value in tries.items():
        cookie = joined(SESSION_COOKIE, "=", value)
        play.get("/get-session", headers={"cookie": cookie}, note=note)
    for note in ("unsigned", "another token", "shorter signature"):
        cookie = joined(SESSION_COOKIE, "=", tries[note])
        play.get("/list-sessions", headers={"cookie": cookie}, note=note)
        play.post("/revoke-sessions", headers={"cookie": cookie}, note=note)
    play.rows("session")


@scenario()
def accepts_a_raw_signed_token(play: Play) -> None:
    sign_up(play)
    raw = play.cookie(SESSION_COOKIE).text(
        lambda text: text.replace("%3D", "=").replace("%2B", "+").replace("%2F", "/")
    )
    play.get("/get-session", headers={"cookie": joined(SESSION_COOKIE, "=", raw)})


@scenario()
def the_first_of_two_cookies_counts(play: Play) -> None:
    sign_up(play)
    good = play.cookie(SESSION_COOKIE)
    pair = (f"{SESSION_COOKIE}=bad; {SESSION_COOKIE}=", good)
    play.get("/get-session", headers={"cookie": joined(*pair)}, note="bad first")
    play.get(
        "/get-session",
        headers={"cookie": joined(SESSION_COOKIE, "=", good, f"; {SESSION_COOKIE}=bad")},
        note="good first",
    )


@scenario()
def reads_cookie_headers_leniently(play: Play) -> None:
    sign_up(play)
    good = joined(SESSION_COOKIE, "=", play.cookie(SESSION_COOKIE))
    tries = {
        "no blank": joined("a=1;", good, ";b=2"),
        "many blanks": joined("a=1 ;   ", good, "  ; b=2"),
        "nameless before": joined("=x; ", good),
        "valueless before": joined("novalue; ", good),
        "empty parts": joined(";; ", good, ";;"),
        "spaced equals": joined(SESSION_COOKIE, " = ", play.cookie(SESSION_COOKIE)),
        "secure name": joined("__Secure-", good),
        "host name": joined("__Host-", good),
        "upper case name": good.text(lambda text: text.replace("better-auth", "BETTER-AUTH")),
    }
    for note, cookie in tries.items():
        play.get("/get-session", headers={"cookie": cookie}, note=note)


@scenario()
def shows_the_user_as_stored(play: Play) -> None:
    sign_up(play)
    play.update("user", {"email": ADA["email"]}, name="Changed", emailVerified=True, image="/i.png")
    play.get("/get-session")


@scenario(options={**_EMAIL, "session": {"expiresIn": 60 * 60 * 24 * 30, "updateAge": 60}})
def max_age_follows_the_extension(play: Play) -> None:
    sign_up(play)
    play.travel(minutes=5)
    play.get("/get-session")
    sign_in(play)


@scenario(
    options={
        **_EMAIL,
        "session": {
            "additionalFields": {
                "theme": {"type": "string", "required": False, "defaultValue": "light"},
                "device": {"type": "string", "required": False, "returned": False},
            }
        },
    }
)
def shows_additional_session_fields(play: Play) -> None:
    sign_up(play, theme="dark", device="tv")
    play.get("/get-session")
    play.get("/list-sessions")
    play.rows("session")


def _loses_a_session(play: Play) -> None:
    sign_up(play)
    cookie = {"cookie": joined(SESSION_COOKIE, "=", play.cookie(SESSION_COOKIE))}
    play.travel(days=2)
    play.get("/list-accounts", headers=cookie)
    play.post("/update-user", {"name": "Augusta"}, headers=cookie)
    play.post("/send-verification-email", {"email": ADA["email"]}, headers=cookie)
    play.mail()
    play.get("/get-session", headers=cookie)
    play.rows("user", "session")


@scenario(presets=["verificationMail", ("losingSessions", "stops")])
def a_session_that_a_hook_does_not_let_live_on(play: Play) -> None:
    _loses_a_session(play)


@scenario(presets=["verificationMail", ("losingSessions", "refuses")])
def a_session_whose_extension_a_hook_refuses(play: Play) -> None:
    _loses_a_session(play)


@scenario(presets=[("losingSessions", "ends")])
def a_session_that_ends_while_it_is_extended(play: Play) -> None:
    sign_up(play)
    play.travel(days=2)
    play.get("/get-session")
    play.rows("session")


@scenario(presets=[("losingSessions", "ends")])
def a_session_that_ends_while_another_route_extends_it(play: Play) -> None:
    sign_up(play)
    play.travel(days=2)
    play.post("/update-user", {"name": "Augusta"})
    play.rows("user", "session")


_DEFERRED = {**_EMAIL, "session": {"deferSessionRefresh": True}}
_DEFERRED_AND_CACHED = {
    **_EMAIL,
    "session": {"deferSessionRefresh": True, "cookieCache": {"enabled": True}},
}


@scenario(variants={"plain": _DEFERRED, "cached": _DEFERRED_AND_CACHED})
def deferred_reading_writes_nothing(play: Play) -> None:
    sign_up(play)
    play.get("/get-session", note="young")
    play.travel(days=2)
    play.get("/get-session", note="due")
    play.rows("session")
    play.post("/get-session", note="extended")
    play.rows("session")
    play.travel(minutes=6)
    play.get("/get-session", note="young again")
    play.post("/get-session", note="nothing to do")


@scenario(options=_DEFERRED)
def deferred_reading_keeps_expired_rows(play: Play) -> None:
    sign_up(play)
    token = play.cookie(SESSION_COOKIE)
    play.travel(days=8)
    play.put_cookie(SESSION_COOKIE, token)
    play.get("/get-session")
    play.rows("session")
    play.put_cookie(SESSION_COOKIE, token)
    play.post("/get-session")
    play.rows("session")


@scenario(options=_DEFERRED)
def deferred_reading_respects_the_switches(play: Play) -> None:
    sign_up(play)
    play.travel(days=2)
    play.get("/get-session?disableRefresh=true")
    play.post("/get-session?disableRefresh=true")
    play.rows("session")


@scenario(
    options={**_EMAIL, "session": {"deferSessionRefresh": True, "disableSessionRefresh": True}}
)
def deferred_reading_of_sessions_that_are_never_extended(play: Play) -> None:
    sign_up(play)
    play.travel(days=2)
    play.get("/get-session")
    play.post("/get-session")
    play.rows("session")


@scenario(options=_DEFERRED)
def deferred_reading_of_sessions_that_end_with_the_browser(play: Play) -> None:
    sign_up(play, rememberMe=False)
    play.travel(hours=2)
    play.get("/get-session")
    play.post("/get-session")


@scenario(options=_DEFERRED)
def deferred_reading_of_nobody(play: Play) -> None:
    play.get("/get-session")
    play.post("/get-session")
