"""The rate limit, request after request."""

from tests.parity.people import ADA, sign_up
from tests.parity.play import Play
from tests.parity.scenario import scenario

_ON = {"emailAndPassword": {"enabled": True}, "rateLimit": {"enabled": True}}


def _limit(**limit: object) -> dict[str, object]:
    return {
        "emailAndPassword": {"enabled": True},
        "rateLimit": {"enabled": True, **limit},
    }


def _guess(play: Play, ip: str | None = None) -> None:
    play.post("/sign-in/email", {"email": "x", "password": "y"}, ip=ip)


@scenario(options=_ON)
def sign_in_allows_three_in_ten_seconds(play: Play) -> None:
    for _ in range(6):
        _guess(play)
    play.travel(seconds=11)
    for _ in range(4):
        _guess(play)


@scenario(options=_ON)
def the_window_starts_again_after_a_pause(play: Play) -> None:
    for pause in (0, 0, 8, 0, 0, 9, 9, 10, 0):
        play.travel(seconds=pause)
        _guess(play)


@scenario(options=_ON)
def sign_up_allows_three_in_ten_seconds(play: Play) -> None:
    for number in range(4):
        play.post("/sign-up/email", {**ADA, "email": f"n{number}"})


@scenario(options=_limit(window=60, max=2))
def other_routes_follow_the_options(play: Play) -> None:
    for _ in range(4):
        play.get("/ok")
    for _ in range(3):
        play.get("/get-session?x=1")
    play.get("/get-session?y=2")
    for _ in range(4):
        _guess(play)


@scenario(options=_limit(window=60, max=2))
def unknown_paths_count_too(play: Play) -> None:
    for _ in range(4):
        play.get("/nope")
    for _ in range(3):
        play.post("/ok", {})
    play.get("/ok")


@scenario(options=_limit(window=60, max=2))
def clients_are_counted_apart(play: Play) -> None:
    for ip in ("198.19.7.1", "198.19.7.2"):
        for _ in range(3):
            play.get("/ok", ip=ip)


@scenario(options=_limit(window=60, max=2))
def ipv6_clients_count_by_subnet(play: Play) -> None:
    for ip in (
        "2001:db8:77:1::1",
        "2001:db8:77:1::2",
        "2001:0DB8:0077:0001:0000:0000:0000:0003",
        "2001:db8:77:2::1",
    ):
        play.get("/ok", ip=ip)
    for ip in ("198.19.8.1", "::ffff:198.19.8.1", "::ffff:c613:801"):
        play.get("/ok", ip=ip)


@scenario(options=_limit(window=60, max=1))
def the_answer_says_when_to_come_back(play: Play) -> None:
    play.get("/ok")
    for pause in (0, 10, 30, 15, 5):
        play.travel(seconds=pause)
        play.get("/ok")


@scenario(options={**_limit(window=60, max=1), "disabledPaths": ["/ok"]})
def disabled_paths_are_not_counted(play: Play) -> None:
    for _ in range(3):
        play.get("/ok")


@scenario(options=_limit(window=60, max=2))
def refused_origins_and_bad_bodies_count(play: Play) -> None:
    evil = {"cookie": "a=b"}
    for _ in range(3):
        play.post("/sign-out", {}, origin="https://evil.example", headers=evil)
    for _ in range(3):
        play.post("/revoke-session", raw="x", content_type="text/plain")


@scenario(options={"emailAndPassword": {"enabled": True}, "rateLimit": {"enabled": False}})
def can_be_off(play: Play) -> None:
    for _ in range(5):
        _guess(play)


@scenario()
def is_off_in_development(play: Play) -> None:
    for _ in range(5):
        _guess(play)


@scenario(environment="production", url="https://app.example.com")
def is_on_in_production(play: Play) -> None:
    for _ in range(5):
        _guess(play)


@scenario(options=_ON)
def a_limited_sign_in_keeps_the_session(play: Play) -> None:
    sign_up(play)
    for _ in range(4):
        _guess(play)
    play.get("/get-session")


@scenario(options=_limit(window=60, max=2))
def a_trailing_slash_is_the_same_path(play: Play) -> None:
    play.get("/ok")
    play.get("/ok/")
    play.get("/ok")
    play.get("/ok//")


# Custom rules -------------------------------------------------------------------------------------


@scenario(
    options=_limit(
        max=2,
        customRules={
            "/ok": {"window": 60, "max": 1},
            "/sign-in/email": {"window": 5, "max": 4},
            "/list-sessions": False,
        },
    )
)
def custom_rules_take_the_place_of_others(play: Play) -> None:
    for _ in range(3):
        play.get("/ok")
    for _ in range(6):
        _guess(play)
    play.travel(seconds=6)
    _guess(play)
    for _ in range(4):
        play.get("/list-sessions")
    for _ in range(3):
        play.get("/get-session")


@scenario(
    options=_limit(
        max=2,
        window=60,
        customRules={
            "/sign-*/email": {"window": 60, "max": 1},
            "/get-????ion*": {"window": 60, "max": 3},
            "/ok/**": {"window": 60, "max": 1},
            "/**": {"window": 60, "max": 4},
        },
    )
)
def the_first_pattern_that_matches_wins(play: Play) -> None:
    for _ in range(2):
        _guess(play)
    for number in range(2):
        play.post("/sign-up/email", {**ADA, "email": f"n{number}"})
    for _ in range(4):
        play.get("/get-session")
    for _ in range(2):
        play.get("/ok")
    for _ in range(5):
        play.get("/list-sessions")


@scenario(options=_limit(max=2, window=60, customRules={"/*": {"window": 60, "max": 1}}))
def one_star_stays_within_a_segment(play: Play) -> None:
    for _ in range(2):
        play.get("/ok")
    for _ in range(4):
        _guess(play)


@scenario(options=_limit(max=2, window=60, customRules={"**": False}))
def two_stars_alone_are_about_everything(play: Play) -> None:
    for _ in range(5):
        _guess(play)


@scenario(options=_limit(max=2, window=60, customRules={"/revoke-session/**": False}))
def two_stars_at_the_end_include_the_path_itself(play: Play) -> None:
    for _ in range(4):
        play.post("/revoke-session", {"token": "x"})
    for _ in range(3):
        play.post("/revoke-sessions", {})


@scenario(options=_limit(max=2, window=60), presets=["rateByPlan"])
def a_function_decides_per_request(play: Play) -> None:
    for _ in range(4):
        play.get("/ok", headers={"x-plan": "paid"})
    for _ in range(3):
        play.get("/ok")
    for _ in range(3):
        play.get("/ok", headers={"x-plan": "double"})
    for _ in range(4):
        _guess(play)
    for _ in range(4):
        play.post("/sign-in/email", {"email": "x", "password": "y"}, headers={"x-plan": "double"})


# Special rules ------------------------------------------------------------------------------------

_SPECIAL = {
    "/sign-in/email": {"email": "x", "password": "y"},
    "/sign-up/email": {"name": "x"},
    "/change-password": {},
    "/change-email": {},
    "/request-password-reset": {},
    "/send-verification-email": {},
}


@scenario(options=_ON)
def every_special_route_allows_three(play: Play) -> None:
    for path, body in _SPECIAL.items():
        for _ in range(4):
            play.post(path, body)
    play.travel(seconds=20)
    for path, body in _SPECIAL.items():
        play.post(path, body)
    play.travel(seconds=61)
    for path, body in _SPECIAL.items():
        play.post(path, body)


# The database -------------------------------------------------------------------------------------

_DATABASE = _limit(storage="database", window=60, max=2)


@scenario(options=_DATABASE, smoke=True)
def the_database_keeps_the_counts(play: Play) -> None:
    for _ in range(4):
        play.get("/ok")
        play.rows("rateLimit")
    for _ in range(5):
        _guess(play)
    play.get("/ok", ip="2001:db8:77:1::1")
    play.get("/ok", ip="::ffff:198.19.9.1")
    play.rows("rateLimit")


@scenario(options=_DATABASE)
def a_count_in_the_database_starts_again_after_its_window(play: Play) -> None:
    for _ in range(3):
        play.get("/ok")
    play.travel(seconds=30)
    play.get("/ok")
    play.travel(seconds=31)
    play.get("/ok")
    play.rows("rateLimit")


@scenario(options=_DATABASE)
def what_stands_in_the_database_counts(play: Play) -> None:
    play.get("/ok")
    play.update("rateLimit", {"count": 1}, count=7)
    play.get("/ok")
    play.update("rateLimit", {"count": 7}, count=0)
    for _ in range(3):
        play.get("/ok")
    play.rows("rateLimit")


@scenario(
    options={
        "emailAndPassword": {"enabled": True},
        "rateLimit": {
            "enabled": True,
            "storage": "database",
            "modelName": "limits",
            "fields": {"lastRequest": "seen_at", "count": "hits"},
        },
    }
)
def the_table_of_the_counts_can_be_named(play: Play) -> None:
    for _ in range(4):
        _guess(play)
    play.rows("rateLimit")


@scenario(options=_DATABASE)
def unknown_paths_in_the_database(play: Play) -> None:
    for path in ("/nope", "/nope", "/other"):
        play.get(path)
    play.rows("rateLimit")


@scenario(options=_limit(window=60, max=2), presets=["ownRateStorage"])
def counts_in_a_storage_of_the_apps_own(play: Play) -> None:
    for _ in range(4):
        play.get("/ok")
    for _ in range(4):
        _guess(play)
    play.get("/get-session", ip="198.19.9.1", note="another client")
    play.travel(seconds=61)
    play.get("/ok", note="after the window")
    play.mail()
