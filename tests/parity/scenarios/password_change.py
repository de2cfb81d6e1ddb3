"""POST /change-password, setPassword, POST /verify-password."""

from tests.parity.people import ADA, BOB, PASSWORD, SESSION_COOKIE, sign_in, sign_up
from tests.parity.play import Play, Reply
from tests.parity.scenario import scenario
from tests.parity.sides import Both, joined

_NEW = "a brand new password"
_FIELDS = {
    "emailAndPassword": {"enabled": True},
    "user": {
        "additionalFields": {
            "nickname": {"type": "string", "required": False},
            "grade": {"type": "string", "required": False, "returned": False},
        }
    },
}


def _change(play: Play, **changes: object) -> Reply:
    body = {"newPassword": _NEW, "currentPassword": PASSWORD, **changes}
    return play.post("/change-password", body)


def _headers(play: Play) -> dict[str, Both]:
    return {"cookie": joined(SESSION_COOKIE, "=", play.cookie(SESSION_COOKIE))}


@scenario(smoke=True)
def changes_the_password(play: Play) -> None:
    sign_up(play)
    _change(play)
    play.rows()
    play.get("/get-session")
    sign_in(play)
    sign_in(play, password=_NEW)


@scenario(options=_FIELDS)
def shows_the_user(play: Play) -> None:
    sign_up(play, nickname="Countess", grade="first")
    _change(play)


@scenario(smoke=True)
def ends_the_other_sessions(play: Play) -> None:
    phone, bob = play.browser("phone"), play.browser("bob")
    sign_up(play)
    sign_in(phone)
    sign_up(bob, BOB)
    _change(play, revokeOtherSessions=True)
    play.rows("session")
    for browser in (play, phone, bob):
        browser.get("/get-session")


@scenario()
def keeps_the_other_sessions(play: Play) -> None:
    phone = play.browser("phone")
    sign_up(play)
    sign_in(phone)
    _change(play, revokeOtherSessions=False)
    play.rows("session")
    phone.get("/get-session")


@scenario()
def a_forgotten_browser_stays_one(play: Play) -> None:
    sign_up(play)
    sign_in(play, rememberMe=False)
    _change(play, revokeOtherSessions=True)
    play.rows("session")
    play.get("/get-session")


@scenario()
def wants_the_present_password(play: Play) -> None:
    phone = play.browser("phone")
    sign_up(play)
    sign_in(phone)
    for current in ("wrong password", "", "x" * 5000, _NEW):
        _change(play, currentPassword=current, revokeOtherSessions=True)
    play.rows("account", "session")
    sign_in(play)


@scenario()
def refuses_bad_passwords(play: Play) -> None:
    sign_up(play)
    for password in ("", "short", "1234567", "x" * 129, "\U0001f511" * 65):
        _change(play, newPassword=password)
        _change(play, newPassword=password, currentPassword="wrong password")
    play.rows("account")
    _change(play, newPassword="12345678")


@scenario(
    options={
        "emailAndPassword": {"enabled": True, "minPasswordLength": 12, "maxPasswordLength": 30}
    }
)
def minds_the_configured_lengths(play: Play) -> None:
    sign_up(play)
    for length in (11, 31, 12):
        _change(play, newPassword="x" * length)


@scenario()
def refuses_bad_input(play: Play) -> None:
    sign_up(play)
    for body in (
        {},
        {"newPassword": _NEW},
        {"currentPassword": PASSWORD},
        {"newPassword": 5, "currentPassword": None},
        {"newPassword": _NEW, "currentPassword": PASSWORD, "revokeOtherSessions": "yes"},
        {"newPassword": _NEW, "currentPassword": PASSWORD, "revokeOtherSessions": None},
    ):
        play.post("/change-password", body)
    play.rows("account")


@scenario()
def wants_a_session(play: Play) -> None:
    _change(play)
    play.post("/verify-password", {"password": PASSWORD})
    sign_up(play)
    play.delete("session")
    _change(play)
    play.rows("account")


@scenario()
def needs_a_password_account(play: Play) -> None:
    user = sign_up(play)["user"]["id"]
    play.update("account", {"userId": user}, password=None)
    _change(play)
    play.update("account", {"userId": user}, providerId="google")
    _change(play)
    play.post("/verify-password", {"password": PASSWORD})
    play.delete("account", userId=user)
    _change(play)
    play.post("/verify-password", {"password": PASSWORD})


@scenario(presets=["databaseHooks"])
def a_session_that_a_hook_refuses(play: Play) -> None:
    sign_up(play)
    play.post(
        "/change-password",
        {"newPassword": _NEW, "currentPassword": PASSWORD, "revokeOtherSessions": True},
        headers={"user-agent": "refused"},
    )


@scenario(presets=["ownPasswords"])
def uses_the_apps_own_hashes(play: Play) -> None:
    sign_up(play)
    _change(play)
    play.rows("account")
    play.post("/verify-password", {"password": _NEW})


@scenario(smoke=True)
def confirms_a_password(play: Play) -> None:
    sign_up(play)
    for password in (PASSWORD, "wrong password", "", "x" * 5000):
        play.post("/verify-password", {"password": password})
    for body in ({}, {"password": 5}, {"password": None}):
        play.post("/verify-password", body)
    play.rows("session")


@scenario(smoke=True)
def sets_a_first_password(play: Play) -> None:
    user = sign_up(play)["user"]["id"]
    headers = _headers(play)
    play.call("setPassword", headers=headers, body={"newPassword": _NEW})
    play.update("account", {"userId": user}, providerId="google", accountId="g-1", password=None)
    play.call("setPassword", headers=headers, body={"newPassword": "short"})
    play.call("setPassword", headers=headers, body={"newPassword": "x" * 129})
    play.call("setPassword", headers=headers, body={"newPassword": 5})
    play.call("setPassword", headers={}, body={"newPassword": _NEW})
    play.call("setPassword", headers=headers, body={"newPassword": _NEW})
    play.call("setPassword", headers=headers, body={"newPassword": "another one"})
    play.rows("account")
    sign_in(play, password=_NEW)


@scenario()
def an_account_without_a_password_gets_one(play: Play) -> None:
    user = sign_up(play)["user"]["id"]
    play.update("account", {"userId": user}, password=None)
    play.call("setPassword", headers=_headers(play), body={"newPassword": _NEW})
    play.rows("account")


@scenario()
def setting_has_no_route(play: Play) -> None:
    sign_up(play)
    play.post("/set-password", {"newPassword": _NEW})


@scenario()
def works_in_process(play: Play) -> None:
    sign_up(play)
    headers = _headers(play)
    body = {"newPassword": _NEW, "currentPassword": PASSWORD}
    play.call("verifyPassword", headers=headers, body={"password": PASSWORD})
    play.call("changePassword", headers=headers, body={**body, "currentPassword": "wrong one"})
    play.call("changePassword", headers=headers, body=body)
    play.call("verifyPassword", headers=headers, body={"password": PASSWORD})
    play.call("verifyPassword", headers=headers, body={"password": _NEW})
    sign_in(play, ADA, password=_NEW)


@scenario(options={"emailAndPassword": {"enabled": True}, "rateLimit": {"enabled": True}})
def changing_is_limited(play: Play) -> None:
    sign_up(play)
    for _ in range(4):
        _change(play, currentPassword="wrong password")
    play.travel(seconds=11)
    _change(play)
