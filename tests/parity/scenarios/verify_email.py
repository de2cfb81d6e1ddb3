"""GET /verify-email."""

from tests.parity.people import ADA, BOB, path_in, sign_in, sign_up, token_in
from tests.parity.play import Play
from tests.parity.scenario import scenario
from tests.parity.sides import Both, joined
from tests.parity.tokens import make_token

_SEND = {"emailAndPassword": {"enabled": True}, "emailVerification": {"sendOnSignUp": True}}
_SIGN_IN = {
    "emailAndPassword": {"enabled": True, "requireEmailVerification": True},
    "emailVerification": {"autoSignInAfterVerification": True},
}


def _lasting(play: Play, **payload: object) -> dict[str, object]:
    now = int(play.now.timestamp())
    return {"email": ADA["email"], "iat": now, "exp": now + 3600, **payload}


@scenario(options=_SEND, presets=["verificationMail"], smoke=True)
def verifies_by_the_mailed_link(play: Play) -> None:
    sign_up(play)
    play.get(path_in(play.mail()["url"]))
    play.rows("user")
    play.get("/get-session")


@scenario(options=_SEND, presets=["verificationMail"])
def redirects_to_the_callback(play: Play) -> None:
    sign_up(play, callbackURL="/welcome?from=mail&x=a%20b")
    link = path_in(play.mail()["url"])
    play.get(link)
    play.get(link, note="again")
    play.rows("user")


@scenario(options=_SEND, presets=["verificationMail"])
def answers_without_a_callback(play: Play) -> None:
    sign_up(play)
    token = token_in(play.mail()["url"])
    play.get("/verify-email", query={"token": token})
    play.get("/verify-email", query={"token": token}, note="already verified")
    play.drop_cookies()
    play.get("/verify-email", query={"token": token}, note="already verified, signed out")
    play.rows("user", "session")


@scenario(options=_SEND, presets=["verificationMail"])
def an_expired_link_is_refused(play: Play) -> None:
    sign_up(play)
    token = token_in(play.mail()["url"])
    play.travel(hours=1)
    for callback in (None, "/done", "/done?x=1", "http://localhost:3000/done#part"):
        query = {"token": token} if callback is None else {"token": token, "callbackURL": callback}
        play.get("/verify-email", query=query)
    play.rows("user")


@scenario(options=_SEND, presets=["verificationMail"])
def expires_to_the_second(play: Play) -> None:
    sign_up(play)
    token = token_in(play.mail()["url"])
    play.travel(seconds=3600 - 2)
    play.get("/verify-email", query={"token": token}, note="one second early")
    play.update("user", {}, emailVerified=False)
    play.get("/verify-email", query={"token": token}, note="at the very moment")


@scenario(
    options={**_SEND, "emailVerification": {"sendOnSignUp": True, "expiresIn": 10}},
    presets=["verificationMail"],
)
def lives_as_long_as_configured(play: Play) -> None:
    sign_up(play)
    token = token_in(play.mail()["url"])
    play.travel(seconds=20)
    play.get("/verify-email", query={"token": token})


@scenario(options=_SEND, presets=["verificationMail"])
def bad_tokens_are_refused(play: Play) -> None:
    sign_up(play)
    good = _lasting(play)
    tries = {
        "empty": "",
        "text": "nonsense",
        "two dots": "a.b.c",
        "another secret": make_token(good, secret="another-secret-0123456789-0123456789"),
        "alg none": make_token(good, header={"alg": "none"}),
        "alg none, unsigned": make_token(good, header={"alg": "none"}).rpartition(".")[0] + ".",
        "HS512": make_token(good, algorithm="HS512"),
        "HS384": make_token(good, algorithm="HS384"),
        "no alg": make_token(good, header={"typ": "JWT"}),
        "typ JWT": make_token(good, header={"alg": "HS256", "typ": "JWT"}),
        "crit": make_token(good, header={"alg": "HS256", "crit": ["x"], "x": 1}),
        "trailing dot": make_token(good) + ".",
        "padded": make_token(good) + "=",
        "expired": make_token({**good, "exp": 1}),
        "not yet": make_token({**good, "nbf": 4_000_000_000}),
        "exp is text": make_token({**good, "exp": "soon"}),
        "payload not JSON": make_token("nonsense"),
        "payload a list": make_token("[1]"),
        "unknown user": make_token({**good, "email": "nobody@example.com"}),
    }
    for note, token in tries.items():
        play.update("user", {}, emailVerified=False)
        play.get("/verify-email", query={"token": token}, note=note)
        play.get("/verify-email", query={"token": token, "callbackURL": "/x"}, note=note)
    play.rows("user")


@scenario(options=_SEND, presets=["verificationMail"])
def a_token_without_end(play: Play) -> None:
    sign_up(play)
    token = make_token({"email": ADA["email"]})
    play.get("/verify-email", query={"token": token})
    play.get("/verify-email", query={"token": token, "callbackURL": "/x"})


@scenario(options=_SEND, presets=["verificationMail"])
def odd_payloads(play: Play) -> None:
    sign_up(play)
    good = _lasting(play)
    for payload in (
        {**good, "email": "not an address"},
        {**good, "email": 5},
        {key: value for key, value in good.items() if key != "email"},
        {**good, "email": "ADA@EXAMPLE.COM"},
        {**good, "extra": True},
    ):
        play.get(
            "/verify-email", query={"token": make_token(payload)}, note=str(payload.get("email"))
        )
    play.rows("user")


@scenario(options=_SEND, presets=["verificationMail"])
def wants_amake_token(play: Play) -> None:
    for query in (
        "",
        "?token",
        "?token=a&token=b",
        "?callbackURL=/x",
        "?callbackURL=https://evil.example",
        "?token=x&callbackURL=",
        "?token=x&callbackURL=/a&callbackURL=/b",
    ):
        play.get(f"/verify-email{query}")
    play.post("/verify-email", {"token": "x"})


@scenario(options=_SEND, presets=["verificationMail"])
def refuses_foreign_callbacks_before_anything_happens(play: Play) -> None:
    sign_up(play)
    token = token_in(play.mail()["url"])
    for target in (
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "http://localhost:3000.evil.example",
        "http://localhost:3000@evil.example",
    ):
        play.get("/verify-email", query={"token": token, "callbackURL": target})
    play.rows("user")
    play.get("/verify-email", query={"token": token, "callbackURL": "http://localhost:3000/ok"})
    play.rows("user")


@scenario(options=_SIGN_IN, presets=["verificationMail"], smoke=True)
def signs_in_after_verification(play: Play) -> None:
    sign_up(play)
    play.get("/get-session")
    link = path_in(play.mail()["url"])
    play.get(link)
    play.get("/get-session")
    play.rows("user", "session")
    play.drop_cookies()
    play.get(link, note="opened again")
    play.rows("session")


@scenario(
    options={
        "emailAndPassword": {"enabled": True},
        "emailVerification": {"sendOnSignUp": True, "autoSignInAfterVerification": True},
    },
    presets=["verificationMail"],
)
def keeps_the_session_of_who_is_signed_in(play: Play) -> None:
    bob = play.browser("bob")
    sign_up(play)
    link = path_in(play.mail()["url"])
    sign_up(bob, BOB)
    play.get(link)
    play.rows("session")
    play.update("user", {"email": ADA["email"]}, emailVerified=False)
    bob.get(link, note="as somebody else")
    bob.get("/get-session")
    play.rows("session")


@scenario(
    options={
        "emailAndPassword": {"enabled": True},
        "emailVerification": {"sendOnSignUp": True, "autoSignInAfterVerification": True},
    },
    presets=["verificationMail"],
)
def sign_in_after_verification_keeps_dont_remember(play: Play) -> None:
    sign_up(play, rememberMe=False)
    play.get(token_link(play))
    play.get("/get-session")


def token_link(play: Play) -> Both:
    """The last mailed link, without its callback."""
    return joined("/verify-email?token=", token_in(play.mail()["url"]))


@scenario(options=_SEND, presets=["verificationMail", "verificationCallbacks"])
def calls_back_before_and_after(play: Play) -> None:
    sign_up(play)
    token = token_in(play.mail()["url"])
    play.get("/verify-email", query={"token": token})
    play.mail()
    play.get("/verify-email", query={"token": token})
    play.get("/verify-email", query={"token": "bad"})
    play.mail()


@scenario(options=_SIGN_IN, presets=["verificationMail"])
def the_verified_user_may_sign_in(play: Play) -> None:
    sign_up(play)
    sign_in(play)
    link = path_in(play.mail()["url"])
    play.get(link)
    play.drop_cookies()
    sign_in(play)


@scenario(options=_SEND, presets=["verificationMail"])
def verification_writes_the_user_once(play: Play) -> None:
    sign_up(play)
    play.travel(minutes=5)
    link = path_in(play.mail()["url"])
    play.get(link)
    play.travel(minutes=5)
    play.get(link)
    play.rows("user", "verification")


@scenario(options=_SEND, presets=["verificationMail"])
def a_deleted_user_is_not_found(play: Play) -> None:
    sign_up(play)
    token = token_in(play.mail()["url"])
    play.delete("session")
    play.delete("account")
    play.delete("user")
    play.get("/verify-email", query={"token": token})
    play.get("/verify-email", query={"token": token, "callbackURL": "/done"})
