"""The app's own code around writes, endpoints and passwords."""

from tests.parity.people import ADA, BOB, sign_in, sign_up
from tests.parity.play import Play
from tests.parity.scenario import scenario
from tests.parity.tokens import make_token

_EMAIL = {"emailAndPassword": {"enabled": True}}


@scenario(options=_EMAIL, presets=["databaseHooks"])
def database_hooks_change_and_note_writes(play: Play) -> None:
    sign_up(play)
    play.mail()
    sign_in(play)
    play.post("/sign-out")
    play.mail()
    play.rows("user", "session")


@scenario(options=_EMAIL, presets=["databaseHooks"])
def database_hooks_stop_writes(play: Play) -> None:
    sign_up(play, name="Nobody")
    play.rows()
    sign_up(play, BOB)
    refused = {"user-agent": "refused"}
    play.post("/sign-up/email", ADA, headers=refused)
    body = {"email": BOB["email"], "password": BOB["password"]}
    play.post("/sign-in/email", body, headers=refused)
    play.rows("session")


@scenario(options=_EMAIL, presets=["databaseHooks"])
def a_stopped_session_undoes_the_sign_up(play: Play) -> None:
    play.post("/sign-up/email", ADA, headers={"user-agent": "refused"})
    play.rows("user", "account")


@scenario(options=_EMAIL, presets=["databaseHooks"])
def database_hooks_see_the_verification(play: Play) -> None:
    sign_up(play)
    now = int(play.now.timestamp())
    token = make_token({"email": ADA["email"], "iat": now, "exp": now + 60})
    play.get("/verify-email", query={"token": token})
    play.mail()


@scenario(options=_EMAIL, presets=["endpointHooks"])
def endpoint_hooks_see_ok(play: Play) -> None:
    play.get("/ok")
    play.mail()


@scenario(options=_EMAIL, presets=["endpointHooks"])
def endpoint_hooks_see_every_call(play: Play) -> None:
    sign_up(play)
    play.get("/get-session")
    sign_in(play, password="wrong password")
    play.post("/revoke-session", {})
    play.get("/nope")
    play.post("/sign-out", origin="https://evil.example")
    play.post("/sign-in/email", raw="x", content_type="text/plain")
    play.post("/sign-out")
    play.mail()


@scenario(options=_EMAIL, presets=["endpointHooks"])
def endpoint_hooks_edit_refuse_and_replace(play: Play) -> None:
    sign_up(play, name="short")
    play.get("/list-sessions")
    play.post("/sign-up/email", {"email": "banned@example.com"})
    play.post("/sign-in/email", {"email": "banned@example.com"})
    play.rows("user")


@scenario(options=_EMAIL, presets=["ownPasswords"])
def passwords_of_the_apps_own_form(play: Play) -> None:
    sign_up(play)
    sign_in(play)
    sign_in(play, password="wrong password")
    play.rows("account")


@scenario(
    options={
        "emailAndPassword": {"enabled": True, "requireEmailVerification": True},
        "user": {
            "additionalFields": {
                "nickname": {"type": "string", "required": False},
                "role": {"type": "string", "required": False, "input": False},
            }
        },
    },
    presets=["customSyntheticUser"],
)
def a_made_up_user_of_the_apps_own_form(play: Play) -> None:
    sign_up(play, nickname="A")
    sign_up(play, nickname="A")


@scenario(options=_EMAIL, presets=["changingUpdates"])
def database_hooks_around_updates(play: Play) -> None:
    sign_up(play)
    play.post("/update-user", {"name": "Augusta"})
    play.mail()
    play.rows("user")


@scenario(options=_EMAIL, presets=["changingUpdates"])
def database_hooks_stop_an_update(play: Play) -> None:
    sign_up(play)
    play.post("/update-user", {"name": "Nobody"}, note="stopped")
    play.mail()
    play.rows("user")


@scenario(options=_EMAIL, presets=["changingUpdates"])
def database_hooks_around_deletions(play: Play) -> None:
    phone = play.browser("phone")
    sign_up(play)
    token = sign_in(phone)["token"]
    play.post("/revoke-session", {"token": token})
    play.mail()
    play.post("/sign-out")
    play.mail()
    play.rows("session")


@scenario(options=_EMAIL, presets=["changingUpdates"])
def a_database_hook_keeps_a_session(play: Play) -> None:
    phone = play.browser("phone")
    sign_up(play)
    body = {"email": ADA["email"], "password": ADA["password"]}
    token = phone.post("/sign-in/email", body, headers={"user-agent": "kept"})["token"]
    play.post("/revoke-session", {"token": token})
    play.mail()
    phone.get("/get-session")
    play.rows("session")


@scenario(options=_EMAIL, presets=["markingHooks"])
def hooks_set_cookies(play: Play) -> None:
    sign_up(play)
    sign_in(play, password="wrong password")
    sign_in(play)
    play.mail()


@scenario(options=_EMAIL, presets=[("afterHook", "replaces")])
def an_after_hook_replaces_results_and_errors(play: Play) -> None:
    sign_up(play)
    play.post("/sign-in/email", {"email": ADA["email"], "password": "wrong password"})
    play.post("/sign-in/email", {"email": 1})
    play.mail()


@scenario(options=_EMAIL, presets=[("afterHook", "refuses")])
def an_after_hook_refuses(play: Play) -> None:
    play.post("/sign-up/email", ADA)
    play.post("/sign-in/email", {"email": ADA["email"], "password": "wrong password"}, note="again")
    play.mail()
    play.rows("user")


@scenario(options=_EMAIL, presets=[("afterHook", "redirects")])
def an_after_hook_redirects(play: Play) -> None:
    play.post("/sign-up/email", ADA)
    play.get("/get-session")
    play.mail()


@scenario(options=_EMAIL, presets=[("beforeHook", "answers")])
def a_before_hook_answers(play: Play) -> None:
    play.post("/sign-up/email", ADA)
    play.get("/get-session")
    play.mail()
    play.rows("user")


@scenario(options=_EMAIL, presets=[("beforeHook", "refuses")])
def a_before_hook_refuses(play: Play) -> None:
    play.post("/sign-up/email", ADA)
    play.get("/get-session")
    play.mail()
    play.rows("user")


@scenario(options=_EMAIL, presets=[("beforeHook", "redirects")])
def a_before_hook_redirects(play: Play) -> None:
    play.post("/sign-up/email", ADA)
    play.mail()


@scenario(options=_EMAIL, presets=["toldOfErrors"])
def the_app_is_told_of_errors(play: Play) -> None:
    sign_up(play)
    sign_in(play, password="wrong password")
    play.post("/sign-in/email", {"email": 1})
    play.get("/nope")
    play.mail()
    play.post("/sign-out", origin="https://evil.example")
    play.mail()
    play.post("/sign-in/email", raw="x", content_type="text/plain")
    play.mail()


@scenario(options={**_EMAIL, "onAPIError": {"errorURL": "/oops"}}, presets=[("afterHook", "fails")])
def what_nobody_expected_leads_no_browser_elsewhere(play: Play) -> None:
    navigating = {"accept": "text/html", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    play.get("/verify-email?token=x", headers=navigating)
    play.get("/verify-email?token=x&callbackURL=/welcome", headers=navigating)
    play.get("/reset-password/x?callbackURL=/welcome", headers=navigating)
    play.get("/error", headers=navigating)


@scenario(options=_EMAIL, presets=[("toldOfErrors", "fails")])
def the_app_is_told_of_what_nobody_expected(play: Play) -> None:
    play.post("/sign-up/email", ADA)
    play.mail()
    play.rows("user")
