"""The session in a cookie: its forms, its age, its end."""

from tests.parity.people import ADA, SESSION_COOKIE, sign_in, sign_up
from tests.parity.play import Play
from tests.parity.scenario import scenario
from tests.parity.sides import Both

CACHE_COOKIE = "better-auth.session_data"

_EMAIL = {"emailAndPassword": {"enabled": True}}
_STRATEGIES = ("compact", "jwt", "jwe")


def _cached(strategy: str = "compact", **more: object) -> dict[str, object]:
    cache = {"enabled": True, "strategy": strategy, **more}
    return {**_EMAIL, "session": {"cookieCache": cache}}


_EACH = {strategy: _cached(strategy) for strategy in _STRATEGIES}
_FIELDS = {
    "user": {
        "additionalFields": {
            "locale": {"type": "string", "required": False, "defaultValue": "en"},
            "born": {"type": "date", "required": False},
            "secretNote": {"type": "string", "required": False, "returned": False},
        }
    },
}
_SESSION_FIELDS = {
    "theme": {"type": "string", "required": False},
    "compact": {"type": "boolean", "required": False},
    "fontSize": {"type": "number", "required": False},
    "device": {"type": "string", "required": False, "returned": False},
}


def _with_fields(strategy: str) -> dict[str, object]:
    cache = {"enabled": True, "strategy": strategy}
    session = {"cookieCache": cache, "additionalFields": _SESSION_FIELDS}
    return {**_EMAIL, **_FIELDS, "session": session}


@scenario(variants=_EACH, smoke=True)
def answers_without_the_store(play: Play) -> None:
    sign_up(play)
    play.update("user", {"email": ADA["email"]}, name="Changed")
    play.get("/get-session", note="from the cache")
    play.get("/get-session?disableCookieCache=true", note="from the store")
    play.get("/get-session", note="from the new cache")


@scenario(variants=_EACH)
def is_made_anew_after_its_age(play: Play) -> None:
    sign_up(play)
    play.update("user", {"email": ADA["email"]}, name="Changed")
    play.travel(seconds=298)
    play.get("/get-session", note="within its age")
    play.travel(seconds=5)
    play.get("/get-session", note="after its age")
    play.get("/get-session", note="again")


@scenario(variants=_EACH)
def outlives_its_age_in_the_browser(play: Play) -> None:
    sign_up(play)
    cached = play.cookie(CACHE_COOKIE)
    play.update("user", {"email": ADA["email"]}, name="Changed")
    play.travel(seconds=301)
    play.put_cookie(CACHE_COOKIE, cached)
    play.get("/get-session", note="kept too long")


@scenario(variants=_EACH)
def ends_with_the_browser_when_not_remembered(play: Play) -> None:
    sign_up(play, rememberMe=False)
    play.get("/get-session")
    play.travel(seconds=58)
    play.get("/get-session", note="a minute later")
    play.travel(seconds=301)
    play.get("/get-session", note="after its age")
    play.get("/get-session", note="again")


@scenario(variants=_EACH)
def goes_with_the_sign_out(play: Play) -> None:
    sign_up(play)
    play.post("/sign-out")
    play.get("/get-session")


@scenario(variants=_EACH)
def follows_a_sign_in(play: Play) -> None:
    sign_up(play)
    sign_in(play)
    play.get("/get-session")


@scenario(variants={strategy: _with_fields(strategy) for strategy in _STRATEGIES})
def keeps_the_fields_that_answers_show(play: Play) -> None:
    sign_up(play, locale="de", born="2001-02-03T04:05:06.789Z", secretNote="hidden")
    play.get("/get-session", note="from the cache")
    play.post("/update-session", {"theme": "dark", "compact": True, "fontSize": 14, "device": "tv"})
    play.get("/get-session", note="from the cache")
    play.get("/get-session?disableCookieCache=1", note="from the store")


@scenario(
    variants={
        "seven": _cached(version="7"),
        "jwt": _cached("jwt", version="7"),
        "jwe": _cached("jwe", version="7"),
    }
)
def says_its_version(play: Play) -> None:
    sign_up(play)
    play.get("/get-session")


@scenario(options=_EMAIL, presets=["cacheVersion"])
def another_version_is_worthless(play: Play) -> None:
    phone = play.browser("phone")
    sign_up(play)
    play.get("/get-session", note="from the cache")
    sign_in(phone)
    play.update("user", {"email": ADA["email"]}, image="/new.png")
    play.get("/get-session", note="the next version")
    play.get("/get-session", note="again")


@scenario(variants=_EACH)
def a_forged_cache_is_not_believed(play: Play) -> None:
    sign_up(play)
    good = play.cookie(CACHE_COOKIE)
    play.update("user", {"email": ADA["email"]}, name="Changed")
    forgeries: dict[str, str | Both] = {
        "cut": good.text(lambda text: text[:-5]),
        "changed": good.text(
            lambda text: text[:40] + ("B" if text[40] == "A" else "A") + text[41:]
        ),
        "empty": "",
        "text": "x",
        "dots": "a.b.c",
        "five parts": "a.b.c.d.e",
        "not base64": "!!!!",
        "empty object": "e30",
    }
    token = play.cookie(SESSION_COOKIE)
    for note, forged in forgeries.items():
        play.drop_cookies()
        play.put_cookie(SESSION_COOKIE, token)
        play.put_cookie(CACHE_COOKIE, forged)
        play.get("/get-session", note=note)


@scenario(variants=_EACH)
def anothers_cache_is_not_believed(play: Play) -> None:
    eve = play.browser("eve")
    sign_up(play)
    sign_up(eve, email="eve@example.com", name="Eve")
    play.put_cookie(CACHE_COOKIE, eve.cookie(CACHE_COOKIE))
    play.get("/get-session", note="Ada's token, Eve's cache")


@scenario(variants=_EACH)
def a_cache_without_token_is_nobodys(play: Play) -> None:
    sign_up(play)
    play.drop_cookies(SESSION_COOKIE)
    play.get("/get-session")
    play.post("/revoke-sessions")


@scenario(variants=_EACH)
def an_ended_session_reads_on_for_a_while(play: Play) -> None:
    phone = play.browser("phone")
    sign_up(play)
    sign_in(phone)
    play.post("/revoke-other-sessions")
    phone.get("/get-session", note="believed")
    play.travel(seconds=301)
    phone.get("/get-session", note="after its age")
    phone.get("/get-session", note="again")


@scenario(options=_with_fields("compact"))
def an_ended_session_does_nothing_more(play: Play) -> None:
    phone = play.browser("phone")
    sign_up(play)
    sign_in(phone)
    play.post("/revoke-other-sessions")
    phone.post("/revoke-sessions")
    play.rows("session")


@scenario(options=_with_fields("compact"))
def an_ended_session_changes_nothing(play: Play) -> None:
    phone = play.browser("phone")
    sign_up(play)
    sign_in(phone)
    play.post("/revoke-other-sessions")
    phone.post("/update-session", {"theme": "dark"})
    play.rows("session")


@scenario(options=_cached())
def ending_all_sessions_ends_the_own(play: Play) -> None:
    sign_up(play)
    play.post("/revoke-sessions")
    play.rows("session")


@scenario(options=_cached())
def is_off_for_what_is_sensitive_even_when_asked(play: Play) -> None:
    sign_up(play)
    play.delete("session")
    play.post("/revoke-sessions?disableCookieCache=")


@scenario(options={**_EMAIL, "session": {"cookieCache": {"enabled": True}, "updateAge": 100}})
def follows_an_extension(play: Play) -> None:
    sign_up(play)
    play.travel(seconds=200)
    play.get("/get-session", note="due, but cached")
    play.travel(seconds=200)
    play.get("/get-session", note="extended")
    play.rows("session")
    play.get("/get-session", note="cached")


@scenario(options=_cached(maxAge=30))
def lives_as_long_as_it_is_told(play: Play) -> None:
    sign_up(play)
    play.get("/get-session")
    play.travel(seconds=31)
    play.get("/get-session")


@scenario(options=_EMAIL)
def is_left_alone_where_there_is_none(play: Play) -> None:
    sign_up(play)
    play.post("/sign-out")


_LONG = {
    **_cached(),
    "user": {"additionalFields": {"bio": {"type": "string", "required": False}}},
}


@scenario(
    variants={
        "compact": _LONG,
        "jwe": {**_LONG, "session": {"cookieCache": {"enabled": True, "strategy": "jwe"}}},
    },
    smoke=True,
)
def is_cut_into_chunks(play: Play) -> None:
    sign_up(play, bio="long " * 1000)
    play.get("/get-session", note="from the chunks")
    play.get("/get-session?disableCookieCache=1", note="cut anew")
    play.get("/get-session", note="from the new chunks")


@scenario(options=_LONG)
def chunks_go_with_the_sign_out(play: Play) -> None:
    sign_up(play, bio="long " * 1000)
    play.post("/sign-out")
    play.get("/get-session")


@scenario(options=_LONG)
def grows_into_chunks_and_back(play: Play) -> None:
    sign_up(play, bio="short")
    play.update("user", {"email": ADA["email"]}, bio="long " * 1000)
    play.get("/get-session?disableCookieCache=1", note="grown")
    play.get("/get-session", note="from the chunks")
    play.update("user", {"email": ADA["email"]}, bio="short")
    play.get("/get-session?disableCookieCache=1", note="shrunk")
    play.get("/get-session", note="from the whole")


@scenario(options=_LONG)
def a_lost_chunk_is_a_lost_cache(play: Play) -> None:
    sign_up(play, bio="long " * 1000)
    play.drop_cookies(f"{CACHE_COOKIE}.1")
    play.get("/get-session")


_STATELESS = {**_EMAIL, "database": None}


@scenario(options=_STATELESS)
def is_the_session_without_a_database(play: Play) -> None:
    sign_up(play, image="/ada.png")
    play.get("/get-session")
    play.travel(days=1)
    play.get("/get-session", note="the next day")
    play.drop_cookies(CACHE_COOKIE)
    play.travel(days=7)
    play.get("/get-session", note="too late")


@scenario(options=_STATELESS)
def is_made_anew_without_a_database(play: Play) -> None:
    sign_up(play, image="/ada.png")
    play.travel(days=6)
    play.get("/get-session", note="a fifth of its life left")
    play.get("/get-session", note="again")


@scenario(options={**_EMAIL, "session": {"cookieCache": {"enabled": True, "refreshCache": True}}})
def is_never_made_anew_out_of_itself_beside_a_database(play: Play) -> None:
    sign_up(play)
    play.travel(seconds=290)
    play.get("/get-session")
