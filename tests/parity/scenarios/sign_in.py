"""POST /sign-in/email."""

from tests.parity.people import ADA, BOB, sign_in, sign_up
from tests.parity.play import Play
from tests.parity.scenario import scenario

_VERIFY = {"enabled": True, "requireEmailVerification": True}


@scenario(smoke=True)
def opens_a_session(play: Play) -> None:
    sign_up(play)
    play.drop_cookies()
    sign_in(play)
    play.get("/get-session")
    play.rows("session")


@scenario(variants={"true": {"emailAndPassword": {"enabled": True}}})
def remembers_by_default(play: Play) -> None:
    sign_up(play)
    for remember in (True, None, "absent"):
        play.drop_cookies()
        sign_in(play, **({} if remember == "absent" else {"rememberMe": remember}))
    play.rows("session")


@scenario(smoke=True)
def forgets_the_session_with_the_browser(play: Play) -> None:
    sign_up(play)
    play.drop_cookies()
    sign_in(play, rememberMe=False)
    play.rows("session")
    play.get("/get-session")
    play.close_browser()
    play.get("/get-session")


@scenario()
def refuses_alike(play: Play) -> None:
    sign_up(play)
    play.drop_cookies()
    sign_in(play, password="wrong password")
    sign_in(play, password="")
    sign_in(play, email="nobody@example.com")
    sign_in(play, email="not an address")
    sign_in(play, email="")
    sign_in(play, password="x" * 5000)
    play.rows("session")


@scenario()
def refuses_without_a_password_account(play: Play) -> None:
    user = sign_up(play)["user"]["id"]
    play.drop_cookies()
    play.update("account", {"userId": user}, providerId="google")
    sign_in(play)
    play.update("account", {"userId": user}, providerId="credential", password=None)
    sign_in(play)
    play.delete("account", userId=user)
    sign_in(play)


@scenario()
def ignores_the_case_of_the_address(play: Play) -> None:
    sign_up(play)
    sign_in(play, email="ADA@EXAMPLE.COM")
    sign_in(play, email=" ada@example.com")


@scenario(variants={"absent": {}, "off": {"emailAndPassword": {"enabled": False}}})
def is_refused_when_switched_off(play: Play) -> None:
    sign_in(play)
    play.post("/sign-in/email", {})


@scenario(options={"emailAndPassword": {"enabled": True, "disableSignUp": True}})
def works_when_sign_up_is_disabled(play: Play) -> None:
    sign_in(play)


@scenario()
def answers_with_the_callback(play: Play) -> None:
    sign_up(play)
    for target in ("/home", "/home?x=1", "http://localhost:3000/deep/page", ""):
        sign_in(play, callbackURL=target)


@scenario(smoke=True)
def makes_a_new_session_each_time(play: Play) -> None:
    sign_up(play)
    sign_in(play)
    sign_in(play)
    play.rows("session")


@scenario()
def wrong_password_keeps_the_old_session(play: Play) -> None:
    sign_up(play)
    sign_in(play, password="wrong password")
    play.get("/get-session")


@scenario(options={"emailAndPassword": _VERIFY}, presets=["verificationMail"])
def refuses_an_unverified_address(play: Play) -> None:
    sign_up(play)
    sign_in(play)
    sign_in(play, password="wrong password")
    play.mail()
    play.update("user", {"email": ADA["email"]}, emailVerified=True)
    sign_in(play)


@scenario(
    options={
        "emailAndPassword": _VERIFY,
        "emailVerification": {"sendOnSignIn": True, "sendOnSignUp": False},
    },
    presets=["verificationMail"],
)
def sends_the_link_again(play: Play) -> None:
    sign_up(play)
    sign_in(play)
    sign_in(play, callbackURL="/after?a=1&b=2")
    sign_in(play, password="wrong password")
    play.mail()


@scenario(
    options={"emailAndPassword": {"enabled": True}, "emailVerification": {"sendOnSignIn": True}},
    presets=["verificationMail"],
)
def sends_no_link_when_verification_is_optional(play: Play) -> None:
    sign_up(play)
    sign_in(play)
    play.mail()


@scenario(
    options={"emailAndPassword": _VERIFY, "emailVerification": {"sendOnSignIn": True}},
    presets=["failingVerificationMail"],
)
def a_failing_sender_changes_nothing(play: Play) -> None:
    sign_up(play)
    sign_in(play)


@scenario()
def leaves_the_sessions_of_others_alone(play: Play) -> None:
    bob = play.browser("bob")
    sign_up(play)
    sign_up(bob, BOB)
    sign_in(play)
    play.rows("session")
    bob.get("/get-session")
    play.get("/get-session")


@scenario(options={"emailAndPassword": {"enabled": True}, "session": {"expiresIn": 3600}})
def the_session_lives_as_long_as_configured(play: Play) -> None:
    sign_up(play)
    sign_in(play)
    sign_in(play, rememberMe=False)
    play.rows("session")


@scenario()
def remember_me_again_after_not(play: Play) -> None:
    sign_up(play)
    sign_in(play, rememberMe=False)
    sign_in(play)
    play.get("/get-session")
    sign_in(play, rememberMe=True)
    play.get("/get-session")
