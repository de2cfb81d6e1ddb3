"""GET /list-accounts, POST /unlink-account."""

from tests.parity.people import BOB, SESSION_COOKIE, sign_in, sign_up
from tests.parity.play import Play
from tests.parity.scenario import scenario
from tests.parity.sides import joined

_ALL = {
    "emailAndPassword": {"enabled": True},
    "account": {"accountLinking": {"allowUnlinkingAll": True}},
}
_FIELDS = {
    "emailAndPassword": {"enabled": True},
    "account": {
        "additionalFields": {
            "label": {"type": "string", "required": False},
            "note": {"type": "string", "required": False, "returned": False},
        }
    },
}


def _link(play: Play, user: object, number: int = 1, **values: object) -> None:
    row = {
        # After every random id: some databases list rows by their id.
        "id": f"{number:z>32}",
        "userId": user,
        "providerId": "github",
        "accountId": f"gh-{number}",
        "accessToken": "an access token",
        "refreshToken": "a refresh token",
        "idToken": "an id token",
        "accessTokenExpiresAt": "2026-02-01T00:00:00.000Z",
        "refreshTokenExpiresAt": "2026-03-01T00:00:00.000Z",
        "scope": "read:user,user:email",
        "createdAt": f"2026-01-15T12:30:{number:02}.000Z",
        "updatedAt": f"2026-01-15T12:30:{number:02}.000Z",
    }
    play.insert("account", **{**row, **values})


def _unlink(play: Play, provider: object = "github", **changes: object) -> None:
    play.post("/unlink-account", {"providerId": provider, **changes})


@scenario(smoke=True)
def lists_the_accounts(play: Play) -> None:
    user = sign_up(play)["user"]["id"]
    play.get("/list-accounts")
    _link(play, user)
    play.get("/list-accounts")


@scenario(options=_FIELDS)
def shows_additional_fields(play: Play) -> None:
    user = sign_up(play)["user"]["id"]
    _link(play, user, label="work", note="hidden")
    play.get("/list-accounts")


@scenario()
def shows_scopes_as_a_list(play: Play) -> None:
    user = sign_up(play)["user"]["id"]
    for number, scope in enumerate(("one", "one,two", "one two", None), start=1):
        _link(play, user, number, scope=scope)
    play.get("/list-accounts")


@scenario()
def no_scope_is_no_scope(play: Play) -> None:
    user = sign_up(play)["user"]["id"]
    _link(play, user, scope="")
    play.get("/list-accounts")


@scenario()
def listing_wants_a_session(play: Play) -> None:
    play.get("/list-accounts")
    _unlink(play)
    sign_up(play)
    play.delete("session")
    _unlink(play)


@scenario()
def lists_nobody_elses(play: Play) -> None:
    bob = play.browser("bob")
    user = sign_up(play)["user"]["id"]
    _link(play, user)
    sign_up(bob, BOB)
    bob.get("/list-accounts")
    _unlink(bob)
    _link(bob, bob.get("/get-session")["user"]["id"], 2, providerId="google")
    _unlink(bob)
    _unlink(bob, accountId="gh-1")
    play.rows("account")


@scenario(smoke=True)
def unlinks_an_account(play: Play) -> None:
    user = sign_up(play)["user"]["id"]
    _link(play, user)
    _unlink(play)
    play.rows("account")
    play.get("/get-session")


@scenario()
def unlinks_the_password(play: Play) -> None:
    user = sign_up(play)["user"]["id"]
    _link(play, user)
    _unlink(play, "credential")
    play.rows("account", "session")
    sign_in(play)


@scenario()
def chooses_by_the_providers_id(play: Play) -> None:
    user = sign_up(play)["user"]["id"]
    for number in (1, 2, 3):
        _link(play, user, number)
    _unlink(play, accountId="gh-9")
    _unlink(play, accountId="gh-2")
    _unlink(play, "google", accountId="gh-1")
    play.rows("account")
    _unlink(play, accountId="")
    play.rows("account")


@scenario()
def keeps_the_last_one(play: Play) -> None:
    sign_up(play)
    _unlink(play, "credential")
    _unlink(play, "unknown")
    play.rows("account")


@scenario(options=_ALL)
def lets_the_last_one_go_where_configured(play: Play) -> None:
    sign_up(play)
    _unlink(play, "unknown")
    _unlink(play, "credential")
    _unlink(play, "credential")
    play.rows("account")
    play.get("/list-accounts")


@scenario()
def refuses_bad_input(play: Play) -> None:
    user = sign_up(play)["user"]["id"]
    _link(play, user)
    for body in (
        {},
        {"providerId": 5},
        {"providerId": None},
        {"providerId": ["github"]},
        {"providerId": "github", "accountId": None},
        {"providerId": "github", "accountId": 5},
        {"providerId": ""},
    ):
        play.post("/unlink-account", body)
    play.rows("account")


@scenario(options={"emailAndPassword": {"enabled": True}, "session": {"freshAge": 600}})
def unlinking_wants_a_fresh_session(play: Play) -> None:
    user = sign_up(play)["user"]["id"]
    _link(play, user)
    play.travel(minutes=11)
    _unlink(play)
    play.get("/list-accounts")
    play.rows("account")
    sign_in(play)
    _unlink(play)
    play.rows("account")


@scenario()
def works_in_process(play: Play) -> None:
    user = sign_up(play)["user"]["id"]
    _link(play, user)
    headers = {"cookie": joined(SESSION_COOKIE, "=", play.cookie(SESSION_COOKIE))}
    play.call("listUserAccounts", headers=headers)
    play.call("unlinkAccount", headers=headers, body={"providerId": "google"})
    play.call("unlinkAccount", headers=headers, body={"providerId": "github"})
    play.call("unlinkAccount", headers=headers, body={"providerId": "credential"})
    play.call("listUserAccounts", headers={})
    play.rows("account")
