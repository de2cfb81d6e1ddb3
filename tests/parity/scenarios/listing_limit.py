"""``advanced.database.defaultFindManyLimit``: how many rows a listing returns."""

from tests.parity.people import PASSWORD, sign_in, sign_up
from tests.parity.play import Play
from tests.parity.scenario import scenario


def _limited(limit: int) -> dict[str, object]:
    return {
        "emailAndPassword": {"enabled": True},
        "user": {"deleteUser": {"enabled": True}},
        "advanced": {"database": {"defaultFindManyLimit": limit}},
    }


def _sign_in_everywhere(play: Play) -> None:
    sign_up(play)
    for name in ("phone", "tablet", "desk"):
        sign_in(play.browser(name))


@scenario(variants={str(limit): _limited(limit) for limit in (1, 2, 100)})
def lists_so_many_sessions(play: Play) -> None:
    _sign_in_everywhere(play)
    play.get("/list-sessions")


@scenario(options=_limited(1))
def ends_every_session_all_the_same(play: Play) -> None:
    _sign_in_everywhere(play)
    play.post("/revoke-other-sessions")
    play.rows("session")


@scenario(options=_limited(1))
def deletes_everything_of_a_user_all_the_same(play: Play) -> None:
    _sign_in_everywhere(play)
    play.post("/delete-user", {"password": PASSWORD})
    play.rows()


@scenario(options=_limited(1))
def lists_so_many_accounts(play: Play) -> None:
    user = sign_up(play)["user"]["id"]
    moment = "2026-01-15T12:30:00.000Z"
    play.insert(
        "account",
        id=f"{'1':z>32}",
        userId=user,
        providerId="github",
        accountId="gh-1",
        createdAt=moment,
        updatedAt=moment,
    )
    play.get("/list-accounts")
    play.post("/unlink-account", {"providerId": "github"}, note="one of two")
