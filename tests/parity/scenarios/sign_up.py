"""POST /sign-up/email."""

from tests.parity.people import ADA, BOB, PASSWORD, sign_in, sign_up
from tests.parity.play import Play
from tests.parity.scenario import scenario

_EMAIL = {"enabled": True}
_VERIFY = {"enabled": True, "requireEmailVerification": True}


@scenario(smoke=True)
def makes_user_account_and_session(play: Play) -> None:
    sign_up(play)
    play.rows()
    play.get("/get-session")


@scenario()
def takes_optional_fields(play: Play) -> None:
    sign_up(play, image="https://example.com/ada.png", callbackURL="/welcome", rememberMe=True)
    play.rows("user", "session")


@scenario()
def forgets_the_session_with_the_browser(play: Play) -> None:
    sign_up(play, rememberMe=False)
    play.rows("session")
    play.get("/get-session")
    play.close_browser()
    play.get("/get-session")


@scenario()
def keeps_address_and_agent(play: Play) -> None:

    play.post("/sign-up/email", ADA, headers={"user-agent": "Mozilla/5.0 (X11; Linux)"})
    play.post("/sign-up/email", BOB, headers={"user-agent": None}, cookies=False)
    play.rows("session")


@scenario()
def accepts_an_empty_name_and_an_empty_image(play: Play) -> None:
    sign_up(play, name="", image="")
    play.rows("user")


@scenario(smoke=True)
def refuses_a_taken_address_in_any_case(play: Play) -> None:
    sign_up(play)
    for email in ("ada@example.com", "ADA@example.com", "Ada@Example.COM"):
        play.post("/sign-up/email", {**BOB, "email": email}, cookies=False)
    play.rows("user", "account", "session")


@scenario(smoke=True)
def stores_the_address_in_lower_case(play: Play) -> None:
    sign_up(play, email="Ada.LOVELACE@Example.COM")
    sign_in(play, {**ADA, "email": "ada.lovelace@EXAMPLE.com"})
    play.rows("user")


@scenario(
    variants={
        "not enabled": {},
        "enabled false": {"emailAndPassword": {"enabled": False}},
        "sign-up disabled": {"emailAndPassword": {"enabled": True, "disableSignUp": True}},
    }
)
def is_refused_when_switched_off(play: Play) -> None:
    sign_up(play)
    play.post("/sign-up/email", {"email": "not an address"})
    play.rows("user")


@scenario(
    variants={
        "default": {"emailAndPassword": _EMAIL},
        "4 to 10": {"emailAndPassword": _EMAIL | {"minPasswordLength": 4, "maxPasswordLength": 10}},
    }
)
def counts_password_length_in_utf16_units(play: Play) -> None:
    tries = {
        "": "empty",
        "a": "1 unit",
        "abc": "3 units",
        "abcd": "4 units",
        "1234567": "7 units",
        "😀😀": "4 units in 2 characters",
        "😀😀😀x": "7 units in 4 characters",
        "😀😀😀😀": "8 units in 4 characters",
        "éééééé": "6 units, 12 bytes",
        "x" * 10: "10 units",
        "x" * 11: "11 units",
        "x" * 128: "128 units",
        "x" * 129: "129 units",
        "😀" * 64: "128 units in 64 characters",
        "😀" * 64 + "x": "129 units in 65 characters",
        "é" * 128: "128 units, 256 bytes",
        "        ": "8 blanks",
    }
    for number, (password, note) in enumerate(tries.items()):
        body = {"name": "N", "email": f"n{number}@example.com", "password": password}
        play.post("/sign-up/email", body, note=note, cookies=False)


@scenario()
def normalises_the_password_before_hashing(play: Play) -> None:
    composed, decomposed, ligature = "\u00e9cole libre", "e\u0301cole libre", "\ufb01x passwords"
    sign_up(play, password=composed)
    sign_in(play, {**ADA, "password": decomposed})
    sign_up(play, BOB, password=ligature)
    sign_in(play, {**BOB, "password": "fix passwords"})
    sign_in(play, {**BOB, "password": "fix  passwords"})


@scenario(options={"emailAndPassword": _EMAIL | {"autoSignIn": False}})
def opens_no_session_without_auto_sign_in(play: Play) -> None:
    sign_up(play, image="https://example.com/a.png")
    play.rows("user", "session", "account")
    play.get("/get-session")
    sign_in(play)


@scenario(options={"emailAndPassword": _EMAIL | {"autoSignIn": False}})
def a_taken_address_without_auto_sign_in(play: Play) -> None:
    sign_up(play)
    play.post("/sign-up/email", {**BOB, "email": ADA["email"]})
    play.rows("user", "account")


@scenario(options={"emailAndPassword": _VERIFY}, presets=["verificationMail"])
def sends_a_link_when_verification_is_required(play: Play) -> None:
    sign_up(play, callbackURL="/welcome?from=mail&x=1")
    play.mail()
    play.rows()
    play.get("/get-session")


@scenario(options={"emailAndPassword": _VERIFY}, presets=["verificationMail", "existingUserMail"])
def hides_a_taken_address_when_verification_is_required(play: Play) -> None:
    sign_up(play)
    play.post("/sign-up/email", {**BOB, "email": "ADA@example.com", "image": "/x.png"})
    play.post("/sign-up/email", {**BOB, "email": "ada@example.com", "password": "short"})
    play.mail()
    play.rows()


@scenario(
    options={
        "emailAndPassword": _VERIFY,
        "user": {
            "additionalFields": {
                "nickname": {"type": "string", "required": False},
                "level": {"type": "number", "required": False, "defaultValue": 3},
                "secretNote": {"type": "string", "required": False, "returned": False},
                "role": {"type": "string", "required": False, "input": False},
            }
        },
    }
)
def the_made_up_user_has_the_fields_of_a_real_one(play: Play) -> None:
    extras = {"nickname": "A", "secretNote": "hidden"}
    sign_up(play, **extras)
    sign_up(play, **extras)
    sign_up(play)
    sign_up(play, BOB)
    sign_up(play, BOB, role="admin")


@scenario(
    options={"emailAndPassword": _EMAIL | {"autoSignIn": False}},
    presets=["verificationMail", "existingUserMail"],
)
def the_owner_of_a_taken_address_without_auto_sign_in(play: Play) -> None:
    sign_up(play)
    sign_up(play)
    play.mail()


@scenario(
    variants={
        "required, false": {
            "emailAndPassword": _VERIFY,
            "emailVerification": {"sendOnSignUp": False},
        },
        "required, unset": {"emailAndPassword": _VERIFY},
        "not required, true": {
            "emailAndPassword": _EMAIL,
            "emailVerification": {"sendOnSignUp": True},
        },
        "not required, unset": {"emailAndPassword": _EMAIL},
        "expires soon": {
            "emailAndPassword": _EMAIL,
            "emailVerification": {"sendOnSignUp": True, "expiresIn": 60},
        },
    },
    presets=["verificationMail"],
)
def sends_the_link_as_configured(play: Play) -> None:
    sign_up(play, email="Ada@Example.com")
    play.mail()
    play.rows("session")


@scenario(options={"emailAndPassword": _VERIFY})
def requires_verification_without_a_sender(play: Play) -> None:
    sign_up(play)
    sign_in(play)
    play.rows()


@scenario(
    options={"emailAndPassword": _EMAIL, "emailVerification": {"sendOnSignUp": True}},
    presets=["failingVerificationMail"],
)
def a_failing_sender_changes_nothing(play: Play) -> None:
    sign_up(play)
    play.rows()


@scenario()
def signs_up_while_signed_in(play: Play) -> None:
    first = sign_up(play)
    sign_up(play, BOB)
    play.rows("session")
    play.get("/get-session")
    play.drop_cookies()
    play.post("/revoke-session", {"token": first["token"]})


@scenario()
def protected_fields_are_not_taken_from_the_body(play: Play) -> None:
    sign_up(
        play,
        id="my-own-id",
        emailVerified=True,
        createdAt="2001-01-01T00:00:00.000Z",
        updatedAt="2001-01-01T00:00:00.000Z",
        role="admin",
        unknown={"deep": True},
        __proto__={"x": 1},
    )
    play.rows("user")


@scenario()
def keeps_unusual_texts(play: Play) -> None:
    names = ["Zoë 日本 😀", "  spaced  ", "<b>bold</b>", "a\nb\tc", "' or 1=1 --", "x" * 5000]
    for number, name in enumerate(names):
        body = {"name": name, "email": f"n{number}@example.com", "password": PASSWORD}
        play.post("/sign-up/email", body, cookies=False)
    play.rows("user")
