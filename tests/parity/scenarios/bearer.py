"""The bearer plugin: a session token in the Authorization header."""

from tests.parity.people import SESSION_COOKIE, sign_in, sign_up
from tests.parity.play import Play
from tests.parity.scenario import scenario
from tests.parity.sides import Both, joined


def _signed(play: Play) -> Both:
    return play.cookie(SESSION_COOKIE)


@scenario(plugins=["bearer"])
def sign_in_hands_out_the_token(play: Play) -> None:
    sign_up(play)
    sign_in(play)
    sign_in(play, rememberMe=False)
    sign_in(play, password="wrong password")
    play.get("/get-session")
    play.post("/sign-out")


@scenario(plugins=["bearer"], smoke=True)
def a_token_opens_the_session(play: Play) -> None:
    reply = sign_up(play)
    header = reply.header("set-auth-token")
    signed = _signed(play)
    play.drop_cookies()
    for note, token in (
        ("raw", reply["token"]),
        ("encoded", signed),
        ("header", header),
        ("decoded", signed.text(_decoded)),
    ):
        bearer = {"authorization": joined("Bearer ", token)}
        play.get("/get-session", headers=bearer, note=note)
        play.get("/list-sessions", headers=bearer, note=note)
        play.post("/update-session", {"x": 1}, headers=bearer, note=note)


def _decoded(text: str) -> str:
    return text.replace("%3D", "=").replace("%2B", "+").replace("%2F", "/")


@scenario(plugins=["bearer"])
def schemes_are_read_leniently(play: Play) -> None:
    token = sign_up(play)["token"]
    play.drop_cookies()
    for prefix in ("bearer ", "BEARER ", "Bearer  ", "Bearer\t", "Bearer", "Token ", "Basic ", ""):
        play.get("/get-session", headers={"authorization": joined(prefix, token)}, note=prefix)
    play.get("/get-session", headers={"authorization": "Bearer "})
    play.get("/get-session", headers={"authorization": joined("Bearer ", token, " ")})


@scenario(plugins=["bearer"])
def bad_tokens_open_nothing(play: Play) -> None:
    token = sign_up(play)["token"]
    signed = _signed(play)
    play.drop_cookies()
    for note, value in (
        ("unknown", "A" * 32),
        ("bad signature", joined(token, ".AAAA")),
        ("another token", signed.text(lambda text: "A" * 32 + text[32:])),
        ("broken encoding", joined(signed, "%")),
        ("three parts", joined(signed, ".x")),
        ("cut", signed.text(lambda text: text[:-3])),
        ("unpadded", signed.text(lambda text: text.removesuffix("%3D"))),
        ("dot alone", "."),
    ):
        play.get("/get-session", headers={"authorization": joined("Bearer ", value)}, note=note)


@scenario(plugins=[("bearer", {"requireSignature": True})])
def can_require_the_signature(play: Play) -> None:
    token = sign_up(play)["token"]
    signed = _signed(play)
    play.drop_cookies()
    play.get("/get-session", headers={"authorization": joined("Bearer ", token)})
    play.get("/get-session", headers={"authorization": joined("Bearer ", signed)})


@scenario(plugins=["bearer"])
def a_cookie_beside_the_token(play: Play) -> None:
    phone = play.browser("phone")
    sign_up(play)
    token = sign_in(phone)["token"]
    play.get("/get-session", headers={"authorization": joined("Bearer ", token)}, note="both good")
    play.get("/get-session", headers={"authorization": "Bearer nonsense"}, note="bad token")
    play.get(
        "/get-session",
        headers={"authorization": joined("Bearer ", token), "cookie": f"{SESSION_COOKIE}=bad"},
        note="bad cookie",
    )


@scenario(plugins=["bearer"])
def no_origin_is_needed_without_a_cookie(play: Play) -> None:
    token = sign_up(play)["token"]
    play.drop_cookies()
    bearer = {"authorization": joined("Bearer ", token)}
    play.post("/revoke-other-sessions", {}, headers=bearer, origin=None)
    play.post("/sign-out", {}, headers=bearer, origin=None)
    play.rows("session")
    play.get("/get-session", headers=bearer)


@scenario(plugins=["bearer"])
def the_token_is_renewed_with_the_session(play: Play) -> None:
    token = sign_up(play)["token"]
    play.drop_cookies()
    play.travel(days=2)
    play.get("/get-session", headers={"authorization": joined("Bearer ", token)})
    play.rows("session")


@scenario(
    plugins=["bearer"],
    options={
        "emailAndPassword": {"enabled": True},
        "advanced": {"useSecureCookies": True, "cookiePrefix": "shop"},
    },
)
def works_with_other_cookie_names(play: Play) -> None:
    token = sign_up(play)["token"]
    play.drop_cookies()
    play.get("/get-session", headers={"authorization": joined("Bearer ", token)})


@scenario()
def without_the_plugin_the_header_means_nothing(play: Play) -> None:
    token = sign_up(play)["token"]
    play.drop_cookies()
    play.get("/get-session", headers={"authorization": joined("Bearer ", token)})
