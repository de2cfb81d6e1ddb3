"""Who makes the ids: UUIDs, a counting database, a function of the app's own."""

from tests.parity.people import ADA, BOB, PASSWORD, sign_in, sign_up
from tests.parity.play import Play
from tests.parity.scenario import scenario
from tests.parity.sides import joined


def _made_as(policy: str, **options: object) -> dict[str, object]:
    return {
        "emailAndPassword": {"enabled": True},
        "user": {"deleteUser": {"enabled": True}},
        "advanced": {"database": {"generateId": policy}},
        **options,
    }


_POLICIES = {"uuid": _made_as("uuid"), "serial": _made_as("serial")}
_HIDING = {"enabled": True, "requireEmailVerification": True}


def _live(play: Play) -> None:
    """Write to every table, and change and delete by what is named by ids."""
    phone = play.browser("phone")
    sign_up(play)
    play.get("/get-session")
    sign_up(play.browser("other"), BOB)
    token = sign_in(phone)["token"]
    play.get("/list-sessions")
    play.get("/list-accounts")
    play.post("/revoke-session", {"token": token})
    play.post("/update-user", {"name": "Augusta"})
    change = {"currentPassword": PASSWORD, "newPassword": "another password"}
    play.post("/change-password", {**change, "revokeOtherSessions": True})
    play.post("/request-password-reset", {"email": ADA["email"], "redirectTo": "/reset"})
    play.post("/reset-password", {"token": play.mail()["token"], "newPassword": PASSWORD})
    play.post("/delete-user", {"password": PASSWORD})


@scenario(variants=_POLICIES, presets=["resetMail"])
def made_by_the_policy(play: Play) -> None:
    _live(play)


@scenario(options=_made_as("uuid"), presets=["resetMail"])
def rows_under_uuids(play: Play) -> None:
    sign_up(play)
    play.post("/request-password-reset", {"email": ADA["email"]})
    play.rows()


@scenario(options=_made_as("random"), presets=["numberedIds", "resetMail"])
def made_by_the_app(play: Play) -> None:
    _live(play)
    play.rows()


@scenario(
    variants={policy: _made_as(policy, emailAndPassword=_HIDING) for policy in ("uuid", "serial")}
)
def of_a_made_up_user(play: Play) -> None:
    sign_up(play)
    sign_up(play, note="taken")


@scenario(
    variants={
        policy: _made_as(policy, session={"storeSessionInDatabase": False})
        for policy in ("uuid", "serial")
    },
    presets=["secondaryStorage"],
)
def of_a_session_in_the_storage(play: Play) -> None:
    sign_up(play)
    play.get("/get-session")
    play.get("/list-sessions")


@scenario(variants=_POLICIES)
def that_are_none_of_the_policy(play: Play) -> None:
    sign_up(play)
    for account in ("1", "nonsense", "99999999999999999999", ""):
        play.post("/unlink-account", {"providerId": "credential", "accountId": account})
    play.get(joined("/reset-password/", "nonsense", "?callbackURL=/reset"))
