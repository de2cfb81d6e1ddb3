"""Sessions in a secondary storage: keys, values and lifetimes, with rows beside them or without."""

from typing import Any

from tests.parity.people import ADA, BOB, PASSWORD, SESSION_COOKIE, path_in, sign_in, sign_up
from tests.parity.play import Play
from tests.parity.scenario import scenario

_PRESETS = ("secondaryStorage",)


def _options(**session: Any) -> dict[str, Any]:
    return {
        "emailAndPassword": {"enabled": True},
        "session": {
            "additionalFields": {"theme": {"type": "string", "required": False}},
            **session,
        },
    }


_MODES = {
    "alone": _options(),
    "beside": _options(storeSessionInDatabase=True),
    "preserved": _options(storeSessionInDatabase=True, preserveSessionInDatabase=True),
}


@scenario(variants=_MODES, presets=_PRESETS, smoke=True)
def stores_the_session_of_a_sign_up(play: Play) -> None:
    sign_up(play)
    play.storage()
    play.get("/get-session")
    play.rows("user", "account")


@scenario(variants=_MODES, presets=_PRESETS)
def keeps_a_list_of_the_sessions_of_each_user(play: Play) -> None:
    phone, bob = play.browser("phone"), play.browser("bob")
    sign_up(play)
    sign_in(phone, rememberMe=False)
    sign_up(bob, BOB)
    play.storage()
    play.get("/list-sessions")
    bob.get("/list-sessions")


@scenario(variants=_MODES, presets=_PRESETS)
def forgets_a_session_that_signs_out(play: Play) -> None:
    phone = play.browser("phone")
    sign_up(play)
    sign_in(phone)
    phone_cookie = phone.cookie(SESSION_COOKIE)
    phone.post("/sign-out", {})
    play.storage()
    phone.put_cookie(SESSION_COOKIE, phone_cookie)
    phone.get("/get-session")
    play.post("/sign-out", {})
    play.storage("nothing is left")


@scenario(variants=_MODES, presets=_PRESETS)
def forgets_sessions_that_are_revoked(play: Play) -> None:
    phone, laptop, bob = (play.browser(label) for label in ("phone", "laptop", "bob"))
    sign_up(play)
    token = sign_in(phone)["token"]
    sign_in(laptop)
    bobs = sign_up(bob, BOB)["token"]
    play.post("/revoke-session", {"token": token})
    play.post("/revoke-session", {"token": bobs})
    play.storage("the phone's is gone")
    phone.get("/get-session")
    laptop.post("/revoke-other-sessions", {})
    play.storage("the laptop's is left")
    laptop.post("/revoke-sessions", {})
    play.storage("only Bob's is left")
    laptop.get("/get-session")
    bob.get("/get-session")


@scenario(variants=_MODES, presets=_PRESETS)
def keeps_changes_of_a_session(play: Play) -> None:
    sign_up(play)
    play.post("/update-session", {"theme": "dark"})
    play.storage()
    play.get("/get-session")


@scenario(variants=_MODES, presets=_PRESETS)
def extends_a_session(play: Play) -> None:
    sign_up(play)
    play.travel(days=2)
    play.get("/get-session")
    play.storage()


@scenario(variants=_MODES, presets=_PRESETS)
def knows_nothing_of_an_expired_session(play: Play) -> None:
    sign_up(play)
    cookie = play.cookie(SESSION_COOKIE)
    play.travel(days=8)
    play.storage()
    play.put_cookie(SESSION_COOKIE, cookie)
    play.get("/get-session")


@scenario(variants=_MODES, presets=(*_PRESETS, "verificationMail"))
def shows_changes_of_a_user_in_all_his_sessions(play: Play) -> None:
    phone = play.browser("phone")
    sign_up(play)
    sign_in(phone)
    play.post("/send-verification-email", {"email": ADA["email"]})
    play.get(path_in(play.mail()["url"]), under="/api/auth")
    play.storage("verified")
    play.post("/update-user", {"name": "Augusta"})
    play.storage("renamed")
    phone.get("/get-session")


@scenario(variants=_MODES, presets=_PRESETS)
def ends_other_sessions_with_the_password(play: Play) -> None:
    phone = play.browser("phone")
    sign_up(play)
    sign_in(phone)
    play.post(
        "/change-password",
        {
            "currentPassword": PASSWORD,
            "newPassword": "another long password",
            "revokeOtherSessions": True,
        },
    )
    play.storage()
    phone.get("/get-session")
    play.get("/get-session")


_DELETING = {
    name: {**options, "user": {"deleteUser": {"enabled": True}}} for name, options in _MODES.items()
}


@scenario(variants=_DELETING, presets=_PRESETS)
def leaves_nothing_of_a_deleted_user(play: Play) -> None:
    phone, bob = play.browser("phone"), play.browser("bob")
    sign_up(play)
    sign_in(phone)
    sign_up(bob, BOB)
    play.post("/delete-user", {"password": PASSWORD})
    play.storage()
    phone.get("/get-session")
    bob.get("/get-session")
    play.rows("user", "account")


_HOOKED = {
    name: {**options, "session": {**options["session"], "additionalFields": {}}}
    for name, options in _MODES.items()
}


@scenario(variants=_HOOKED, presets=(*_PRESETS, "databaseHooks"))
def runs_hooks_around_new_sessions(play: Play) -> None:
    sign_up(play)
    play.browser("refused").post(
        "/sign-in/email",
        {"email": ADA["email"], "password": PASSWORD},
        headers={"user-agent": "refused"},
    )
    play.storage()
    play.mail()


@scenario(variants=_HOOKED, presets=(*_PRESETS, "databaseHooks"))
def runs_hooks_around_ended_sessions(play: Play) -> None:
    sign_up(play)
    play.post("/sign-out", {})
    play.mail()


@scenario(
    variants={name: _MODES[name] for name in ("beside", "preserved")}, presets=_PRESETS, smoke=True
)
def keeps_or_removes_the_rows_of_ended_sessions(play: Play) -> None:
    phone = play.browser("phone")
    sign_up(play)
    sign_in(phone)
    play.rows("session")
    phone.post("/sign-out", {})
    play.rows("session")
