"""The same functions called from server code, without HTTP."""

from tests.parity.people import ADA, PASSWORD, SESSION_COOKIE, sign_up
from tests.parity.play import Play
from tests.parity.scenario import scenario
from tests.parity.sides import joined


@scenario(smoke=True)
def signs_up_and_in(play: Play) -> None:
    play.call("signUpEmail", body=ADA)
    play.call("signInEmail", body={"email": ADA["email"], "password": PASSWORD})
    play.call("signInEmail", body={"email": ADA["email"], "password": "wrong password"})
    play.call("signUpEmail", body=ADA)
    play.call("signUpEmail", body={**ADA, "email": "x"})
    play.rows("user", "account")


@scenario()
def reads_and_ends_sessions_by_headers(play: Play) -> None:
    sign_up(play)
    headers = {"cookie": joined(SESSION_COOKIE, "=", play.cookie(SESSION_COOKIE))}
    play.call("getSession", headers=headers)
    play.call("listSessions", headers=headers)
    play.call("getSession", headers={})
    play.call("listSessions", headers={})
    play.call("revokeSession", headers=headers, body={"token": "unknown"})
    play.call("signOut", headers=headers)
    play.call("getSession", headers=headers)
    play.rows("session")


_DEFERRED = {
    "emailAndPassword": {"enabled": True},
    "session": {"deferSessionRefresh": True},
}


@scenario(options=_DEFERRED)
def extends_a_deferred_session_by_post(play: Play) -> None:
    sign_up(play)
    headers = {"cookie": joined(SESSION_COOKIE, "=", play.cookie(SESSION_COOKIE))}
    play.travel(days=2)
    play.call("getSession", headers=headers)
    play.call("getSession", headers=headers, method="GET")
    play.rows("session")
    play.call("getSession", headers=headers, method="POST")
    play.rows("session")
    play.call("getSession", headers=headers)
    play.travel(days=8)
    play.call("getSession", headers=headers)
    play.rows("session")
    play.call("getSession", headers=headers, method="POST")
    play.rows("session")


@scenario()
def refuses_post_where_nothing_is_deferred(play: Play) -> None:
    sign_up(play)
    headers = {"cookie": joined(SESSION_COOKIE, "=", play.cookie(SESSION_COOKIE))}
    play.call("getSession", headers=headers, method="POST")


@scenario()
def refuses_bad_arguments(play: Play) -> None:
    play.call("verifyEmail", query={"token": "nonsense"})
    play.call("signInEmail", body={})
