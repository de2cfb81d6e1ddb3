"""Database hooks before and after every kind of write to each model of the core."""

from tests.parity.people import ADA, PASSWORD, SESSION_COOKIE, sign_in, sign_up
from tests.parity.play import Play
from tests.parity.scenario import scenario
from tests.parity.sides import Both
from tests.parity.tokens import make_token

_AT_ONCE = {"enabled": True, "updateEmailWithoutVerification": True}
_ON = {
    "emailAndPassword": {"enabled": True},
    "user": {"deleteUser": {"enabled": True}, "changeEmail": _AT_ONCE},
    "session": {
        "updateAge": 60,
        "additionalFields": {"theme": {"type": "string", "required": False}},
    },
}
_ALL = {**_ON, "account": {"accountLinking": {"allowUnlinkingAll": True}}}
_NEW = "another fine password"


def _ask_for_reset(play: Play) -> Both:
    """Ask for a new password and return the token, which no mail has to tell."""
    play.post("/request-password-reset", {"email": ADA["email"], "redirectTo": "/reset"})
    rows = play.rows("verification")["verification"]
    return rows[0]["identifier"].text(lambda text: text.partition(":")[2])


def _change_password(play: Play, **more: object) -> None:
    body = {"currentPassword": PASSWORD, "newPassword": _NEW, **more}
    play.post("/change-password", body, note="change")


def _verify(play: Play) -> None:
    now = int(play.now.timestamp())
    token = make_token({"email": ADA["email"], "iat": now, "exp": now + 600})
    play.get("/verify-email", query={"token": token})


def _set_password(play: Play) -> None:
    user = sign_up(play)["user"]["id"]
    play.delete("account", userId=user)
    cookie = play.cookie(SESSION_COOKIE).text(f"{SESSION_COOKIE}={{}}".format)
    play.call("setPassword", body={"newPassword": _NEW}, headers={"cookie": cookie})


@scenario(options=_ON, presets=["everyWrite"])
def around_signing_up_in_and_out(play: Play) -> None:
    sign_up(play)
    play.mail()
    sign_in(play)
    play.mail()
    play.post("/sign-out")
    play.mail()


@scenario(options=_ON, presets=["everyWrite"])
def around_a_use_of_the_session(play: Play) -> None:
    sign_up(play)
    play.travel(seconds=61)
    play.get("/get-session", note="extends")
    play.mail()
    play.post("/update-session", {"theme": "dark"})
    play.mail()


@scenario(options=_ON, presets=["everyWrite"])
def around_a_session_that_is_over(play: Play) -> None:
    sign_up(play)
    token = play.cookie(SESSION_COOKIE)
    play.travel(days=8)
    play.put_cookie(SESSION_COOKIE, token)
    play.get("/get-session", note="over")
    play.mail()
    play.rows("session")


@scenario(options=_ON, presets=["everyWrite"])
def around_revoked_sessions(play: Play) -> None:
    sign_up(play)
    sign_in(play.browser("phone"))
    play.post("/revoke-other-sessions")
    play.mail()
    play.post("/revoke-sessions")
    play.mail()


@scenario(options=_ON, presets=["everyWrite"])
def around_a_change_of_the_user(play: Play) -> None:
    sign_up(play)
    play.post("/update-user", {"name": "Augusta", "image": "/ada.png"})
    play.mail()


@scenario(options=_ON, presets=["everyWrite"])
def around_a_verified_address(play: Play) -> None:
    sign_up(play)
    _verify(play)
    play.mail()


@scenario(options=_ON, presets=["everyWrite"])
def around_another_address(play: Play) -> None:
    sign_up(play)
    play.post("/change-email", {"newEmail": "new@example.com"})
    play.mail()


@scenario(options=_ON, presets=["everyWrite"])
def around_another_password(play: Play) -> None:
    sign_up(play)
    _change_password(play)
    play.mail()


@scenario(options=_ON, presets=["everyWrite"])
def around_another_password_and_a_new_session(play: Play) -> None:
    sign_up(play)
    _change_password(play, revokeOtherSessions=True)
    play.mail()


@scenario(options=_ON, presets=["everyWrite"])
def around_a_first_password(play: Play) -> None:
    _set_password(play)
    play.mail()


@scenario(options=_ON, presets=["everyWrite", "failingResetMail"])
def around_a_reset_password(play: Play) -> None:
    sign_up(play)
    token = _ask_for_reset(play)
    play.mail()
    play.post("/reset-password", {"newPassword": _NEW, "token": token})
    play.mail()


@scenario(options=_ALL, presets=["everyWrite"])
def around_an_account_that_goes(play: Play) -> None:
    sign_up(play)
    play.post("/unlink-account", {"providerId": "credential"})
    play.mail()


@scenario(options=_ON, presets=["everyWrite"])
def around_a_user_who_goes(play: Play) -> None:
    sign_up(play)
    play.post("/delete-user", {"password": PASSWORD})
    play.mail()
    play.rows()


# --- stopped --------------------------------------------------------------------------------------


@scenario(options=_ON, presets=[("everyWrite", ["account", "create"])])
def stop_a_new_account(play: Play) -> None:
    play.post("/sign-up/email", ADA, note="no account")


@scenario(options=_ON, presets=[("everyWrite", ["account", "update"])])
def stop_another_password(play: Play) -> None:
    sign_up(play)
    _change_password(play)
    play.rows("account")


@scenario(options=_ON, presets=[("everyWrite", ["account", "update"]), "failingResetMail"])
def stop_a_reset(play: Play) -> None:
    sign_up(play)
    body = {"newPassword": _NEW, "token": _ask_for_reset(play)}
    play.post("/reset-password", body, note="stopped")
    play.rows("account")


@scenario(options=_ALL, presets=[("everyWrite", ["account", "delete"])])
def keep_an_account(play: Play) -> None:
    sign_up(play)
    play.post("/unlink-account", {"providerId": "credential"}, note="kept")
    play.rows("account")


@scenario(options=_ON, presets=[("everyWrite", ["session", "update"])])
def stop_a_change_of_the_session(play: Play) -> None:
    sign_up(play)
    play.post("/update-session", {"theme": "dark"}, note="stopped")
    play.rows("session")


@scenario(options=_ON, presets=[("everyWrite", ["session", "update"])])
def stop_an_extension(play: Play) -> None:
    sign_up(play)
    play.travel(seconds=61)
    play.get("/get-session", note="not extended")
    play.rows("session")


@scenario(options=_ON, presets=[("everyWrite", ["session", "delete"])])
def keep_the_session_of_a_sign_out(play: Play) -> None:
    sign_up(play)
    play.post("/sign-out")
    play.rows("session")


@scenario(options=_ON, presets=[("everyWrite", ["user", "delete"])])
def keep_a_user(play: Play) -> None:
    sign_up(play)
    play.post("/delete-user", {"password": PASSWORD}, note="kept")
    play.rows("user")


@scenario(options=_ON, presets=[("everyWrite", ["verification", "create"]), "resetMail"])
def stop_a_token(play: Play) -> None:
    sign_up(play)
    _ask_for_reset(play)
    play.mail()
    play.rows("verification")


@scenario(options=_ON, presets=[("everyWrite", ["verification", "create"]), "deleteAccountMail"])
def stop_a_token_of_a_deletion(play: Play) -> None:
    sign_up(play)
    play.post("/delete-user", {}, note="no token")
    play.rows("verification")


@scenario(options=_ON, presets=[("everyWrite", ["verification", "delete"]), "failingResetMail"])
def keep_a_token(play: Play) -> None:
    sign_up(play)
    body = {"newPassword": _NEW, "token": _ask_for_reset(play)}
    play.post("/reset-password", body, note="kept")
    play.post("/reset-password", body, note="kept")


@scenario(options=_ON, presets=[("everyWrite", ["user", "update"])])
def stop_a_verified_address(play: Play) -> None:
    sign_up(play)
    _verify(play)
    play.rows("user")
