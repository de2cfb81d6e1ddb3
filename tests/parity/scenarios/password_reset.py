"""POST /request-password-reset, GET /reset-password/:token, POST /reset-password."""

from tests.parity.people import ADA, BOB, PASSWORD, path_in, sign_in, sign_up
from tests.parity.play import Play, Reply
from tests.parity.scenario import scenario
from tests.parity.sides import Both, joined

_ON = {"emailAndPassword": {"enabled": True}}
_NEW = "a brand new password"


def _ask(play: Play, **changes: object) -> Reply:
    body = {"email": ADA["email"], "redirectTo": "/reset", **changes}
    return play.post("/request-password-reset", body)


def _token(play: Play) -> Both:
    return play.mail()["token"]


def _reset(play: Play, token: object, password: object = _NEW, **given: object) -> Reply:
    body = {"newPassword": password, "token": token}
    return play.post("/reset-password", body, **given)


@scenario(presets=["resetMail", "resetCallback"], smoke=True)
def sets_a_new_password(play: Play) -> None:
    sign_up(play)
    _ask(play)
    play.rows("verification")
    token = _token(play)
    play.get(path_in(play.mail()["url"]))
    play.rows("verification")
    _reset(play, token)
    play.mail()
    play.rows()
    sign_in(play)
    sign_in(play, password=_NEW)


@scenario(presets=["resetMail"], smoke=True)
def a_token_works_once(play: Play) -> None:
    sign_up(play)
    _ask(play)
    token = _token(play)
    _reset(play, token)
    _reset(play, token, "yet another password")
    play.get(joined("/reset-password/", token, "?callbackURL=/reset"))
    sign_in(play, password=_NEW)


@scenario(presets=["resetMail"])
def an_unknown_address_is_answered_alike(play: Play) -> None:
    sign_up(play)
    _ask(play, email="nobody@example.com")
    _ask(play)
    play.mail()


@scenario(presets=["resetMail"])
def leaves_a_token_of_nobody(play: Play) -> None:
    _ask(play, email="nobody@example.com")
    play.rows("verification")


@scenario(presets=["resetMail"])
def finds_the_address_in_any_case(play: Play) -> None:
    sign_up(play)
    _ask(play, email="ADA@Example.com")
    play.mail()
    play.rows("verification")


@scenario(presets=["failingResetMail"])
def a_failing_sender_changes_nothing(play: Play) -> None:
    sign_up(play)
    _ask(play)
    play.rows("verification")


@scenario()
def is_refused_without_a_sender(play: Play) -> None:
    sign_up(play)
    _ask(play)
    _ask(play, email="nobody@example.com")
    _ask(play, email="x")
    play.rows("verification")


@scenario(options={}, presets=["resetMail"])
def works_where_sign_in_by_password_is_off(play: Play) -> None:
    play.insert(
        "user",
        id="u" * 32,
        name="Ada",
        email=ADA["email"],
        emailVerified=False,
        createdAt="2026-01-15T11:00:00.000Z",
        updatedAt="2026-01-15T11:00:00.000Z",
    )
    _ask(play)
    _reset(play, _token(play))
    play.rows("account")


@scenario(presets=["resetMail"])
def asks_with_bad_input(play: Play) -> None:
    for body in (
        {},
        {"email": 5},
        {"email": None},
        {"email": "x"},
        {"email": ["ada@example.com"]},
        {"email": ADA["email"], "redirectTo": None},
    ):
        play.post("/request-password-reset", body)
    play.post("/request-password-reset")
    play.rows("verification")


@scenario(presets=["resetMail"])
def the_page_must_be_trusted(play: Play) -> None:
    sign_up(play)
    for target in (
        "https://evil.example/reset",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "http://localhost:3000@evil.example",
    ):
        _ask(play, redirectTo=target)
        play.drop_cookies()
        _ask(play, redirectTo=target)
    play.mail()
    play.rows("verification")


@scenario(presets=["resetMail"])
def the_link_leads_to_the_page(play: Play) -> None:
    sign_up(play)
    for target in (
        "/reset",
        "/reset?a=1&b=2",
        "/reset?token=old&x=",
        "http://localhost:3000/reset#part",
        "http://localhost:3000",
        "http://localhost:3000?x=1",
        "/",
    ):
        _ask(play, redirectTo=target)
        play.get(path_in(play.mail()["url"]), note=target)
    play.rows("verification")


@scenario(presets=["resetMail"])
def without_a_page_the_link_leads_to_the_error_page(play: Play) -> None:
    sign_up(play)
    play.post("/request-password-reset", {"email": ADA["email"]})
    play.get(path_in(play.mail()["url"]))
    _ask(play, redirectTo="")
    play.get(path_in(play.mail()["url"]))


@scenario(
    options={"emailAndPassword": {"enabled": True}, "trustedOrigins": ["myapp://"]},
    presets=["resetMail"],
)
def the_link_leads_into_an_app(play: Play) -> None:
    sign_up(play)
    _ask(play, redirectTo="myapp://reset/page?x=1")
    play.get(path_in(play.mail()["url"]))


@scenario(presets=["resetMail"])
def a_dead_link_says_so_at_the_page(play: Play) -> None:
    sign_up(play)
    _ask(play)
    token = _token(play)
    play.get("/reset-password/unknown", query={"callbackURL": "/reset?x=1"})
    play.get("/reset-password/unknown", query={"callbackURL": ""})
    play.get("/reset-password/unknown")
    play.get("/reset-password/", query={"callbackURL": "/reset"})
    play.get("/reset-password/a/b", query={"callbackURL": "/reset"})
    for target in ("https://evil.example", "//evil.example", "/\\evil.example"):
        link = joined("/reset-password/", token)
        play.get(link, query={"callbackURL": target})
    play.travel(hours=2)
    play.get(joined("/reset-password/", token), query={"callbackURL": "/reset"})


@scenario(presets=["resetMail"])
def a_token_expires(play: Play) -> None:
    sign_up(play)
    _ask(play)
    token = _token(play)
    play.travel(hours=1)
    _reset(play, token)
    sign_in(play)


@scenario(
    options={"emailAndPassword": {"enabled": True, "resetPasswordTokenExpiresIn": 60}},
    presets=["resetMail"],
)
def a_token_lives_as_long_as_configured(play: Play) -> None:
    sign_up(play)
    _ask(play)
    token = _token(play)
    play.rows("verification")
    play.travel(seconds=30)
    play.get(joined("/reset-password/", token, "?callbackURL=/reset"))
    play.travel(seconds=40)
    _reset(play, token)
    play.get(joined("/reset-password/", token, "?callbackURL=/reset"))


@scenario(presets=["resetMail"])
def a_refused_password_leaves_the_token(play: Play) -> None:
    sign_up(play)
    _ask(play)
    token = _token(play)
    for password in ("", "short", "1234567", "x" * 129, "\U0001f511" * 65):
        _reset(play, token, password)
    for body in ({}, {"newPassword": 5}, {"newPassword": None}, {"token": "x"}):
        play.post("/reset-password", body)
    play.post("/reset-password")
    play.rows("verification", "account")
    _reset(play, token, "\U0001f511" * 64)
    sign_in(play, password="\U0001f511" * 64)


@scenario(presets=["resetMail"])
def the_token_travels_in_body_or_query(play: Play) -> None:
    sign_up(play)
    _ask(play)
    token = _token(play)
    play.post("/reset-password", {"newPassword": _NEW})
    play.post("/reset-password", {"newPassword": "short"}, note="no token, short")
    play.post("/reset-password", {"newPassword": _NEW, "token": ""})
    play.post("/reset-password", {"newPassword": _NEW, "token": "unknown"}, query={"token": token})
    play.post("/reset-password", {"newPassword": _NEW, "token": None}, query={"token": token})
    play.post("/reset-password", {"newPassword": _NEW, "token": ""}, query={"token": token})
    sign_in(play, password=_NEW)


@scenario(presets=["resetMail"])
def refuses_strange_tokens(play: Play) -> None:
    sign_up(play)
    _ask(play)
    for token in ("unknown", "%", "../..", "x" * 500, "reset-password:x"):
        _reset(play, token)
    _reset(play, 5)
    _reset(play, ["x"])
    play.rows("verification")


@scenario(presets=["resetMail"])
def gives_a_password_to_who_has_none(play: Play) -> None:
    user = sign_up(play)["user"]["id"]
    play.update("account", {"userId": user}, providerId="google", accountId="g-1", password=None)
    _ask(play)
    _reset(play, _token(play))
    play.rows("account")
    sign_in(play, password=_NEW)


@scenario(presets=["resetMail"])
def does_not_verify_the_address(play: Play) -> None:
    sign_up(play)
    _ask(play)
    _reset(play, _token(play))
    play.rows("user")


@scenario(presets=["resetMail"])
def the_user_is_gone(play: Play) -> None:
    user = sign_up(play)["user"]["id"]
    play.drop_cookies()
    _ask(play)
    token = _token(play)
    play.delete("session", userId=user)
    play.delete("account", userId=user)
    play.delete("user", id=user)
    _reset(play, token)


@scenario(presets=["resetMail"])
def leaves_the_sessions(play: Play) -> None:
    sign_up(play)
    _ask(play)
    _reset(play, _token(play))
    play.get("/get-session")
    play.rows("session")


@scenario(
    options={"emailAndPassword": {"enabled": True, "revokeSessionsOnPasswordReset": True}},
    presets=["resetMail"],
    smoke=True,
)
def ends_the_sessions_where_configured(play: Play) -> None:
    phone, bob = play.browser("phone"), play.browser("bob")
    sign_up(play)
    sign_in(phone)
    sign_up(bob, BOB)
    _ask(play)
    _reset(play, _token(play))
    play.rows("session")
    phone.get("/get-session")
    bob.get("/get-session")


@scenario(presets=["resetMail"])
def two_links_are_both_good(play: Play) -> None:
    sign_up(play)
    _ask(play)
    first = _token(play)
    _ask(play)
    second = _token(play)
    _reset(play, second)
    _reset(play, first, PASSWORD)
    sign_in(play)


@scenario(presets=["resetMail"])
def works_in_process(play: Play) -> None:
    sign_up(play)
    play.call("requestPasswordReset", body={"email": ADA["email"], "redirectTo": "/reset"})
    token = _token(play)
    play.call("resetPassword", body={"newPassword": "short", "token": token})
    play.call("resetPassword", body={"newPassword": _NEW, "token": token})
    play.call("resetPassword", body={"newPassword": _NEW, "token": token})
    play.call("resetPassword", body={"newPassword": _NEW}, query={"token": "x"})
    sign_in(play, password=_NEW)


@scenario(
    options={"emailAndPassword": {"enabled": True}, "rateLimit": {"enabled": True}},
    presets=["resetMail"],
)
def asking_is_limited(play: Play) -> None:
    for _ in range(4):
        _ask(play)
    play.travel(seconds=30)
    _ask(play)
    play.travel(seconds=61)
    _ask(play)
