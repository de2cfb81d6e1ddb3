"""What a session cookie means; cookies come in as a dict and go out as texts."""

from datetime import timedelta

import pytest

from pyauth import PyAuth, User
from pyauth.cookies import MAX_COOKIE_AGE, append_signature
from pyauth.sessions import Reading, SessionManager
from tests.support.app import SECRET, FrozenClock, Visitor, cookies_in, make_auth, rows_of


@pytest.fixture
def auth(clock: FrozenClock) -> PyAuth:
    return make_auth(clock=clock)


@pytest.fixture
def manager(auth: PyAuth) -> SessionManager:
    return auth.context.session_manager


@pytest.fixture
def ada(auth: PyAuth) -> User:
    user = auth.context.users.create({"name": "Ada", "email": "ada@example.com"})
    assert user is not None
    return user


def test_what_is_issued_is_resolved(manager: SessionManager, ada: User) -> None:
    issued = manager.issue(ada, ip_address="203.0.113.7", user_agent="Gecko")
    assert issued is not None
    cookies = cookies_in(issued.cookies)
    assert manager.find_token(cookies) == issued.session.token
    assert manager.is_remembered(cookies)
    resolution = manager.resolve(cookies)
    assert resolution.signed_in is not None
    assert (resolution.signed_in.session, resolution.signed_in.user) == (issued.session, ada)
    assert resolution.cookies == ()


def test_a_session_that_is_not_remembered_says_so(
    manager: SessionManager, ada: User, clock: FrozenClock
) -> None:
    issued = manager.issue(ada, remember=False)
    assert issued is not None
    assert not manager.is_remembered(cookies_in(issued.cookies))
    assert issued.session.expires_at == clock() + timedelta(days=1)


def test_a_forged_mark_does_not_stop_the_extension(
    manager: SessionManager, ada: User, clock: FrozenClock
) -> None:
    issued = manager.issue(ada)
    assert issued is not None
    cookies = {**cookies_in(issued.cookies), "better-auth.dont_remember": "true"}
    assert manager.is_remembered(cookies)
    clock.advance(days=2)
    assert manager.resolve(cookies).cookies != ()


def test_a_row_that_is_gone_expires_the_cookies(
    auth: PyAuth, manager: SessionManager, ada: User
) -> None:
    issued = manager.issue(ada)
    assert issued is not None
    auth.context.sessions.delete(issued.session.token)
    resolution = manager.resolve(cookies_in(issued.cookies))
    assert resolution.signed_in is None
    assert resolution.cookies == manager.expiring_cookies()


@pytest.mark.parametrize(
    ("base_url", "held", "expired"),
    [
        ("https://app.example.com", ["better-auth.session_token"], True),
        ("https://app.example.com", ["better-auth.session_token.0", "session_token"], False),
        ("https://app.example.com", ["__Secure-better-auth.session_token"], False),
        ("http://localhost:3000", ["better-auth.session_token"], False),
    ],
)
def test_a_plain_token_beside_a_secure_one_ends_with_the_session(
    base_url: str, held: list[str], *, expired: bool
) -> None:
    manager = make_auth(base_url=base_url).context.session_manager
    usual = manager.expiring_cookies()
    plain = "better-auth.session_token=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax"
    assert manager.expiring_cookies(iter(held)) == ((*usual, plain) if expired else usual)


@pytest.mark.parametrize("way_out", ["signed out", "dead"])
def test_every_way_out_takes_the_plain_token_along(way_out: str) -> None:
    auth = make_auth(base_url="https://app.example.com")
    visitor = Visitor(auth, origin="https://app.example.com")
    visitor.sign_up()
    visitor.cookies["better-auth.session_token"] = "planted"
    assert visitor.get_session() is not None
    if way_out == "signed out":
        answer = visitor.call("sign_out")
    else:
        auth.context.adapter.delete_many("session", [])
        answer = visitor.call("get_session")
    assert answer.cookies["better-auth.session_token"] == ""
    assert answer.cookies["__Secure-better-auth.session_token"] == ""


def test_reading_without_extending_changes_nothing(
    auth: PyAuth, manager: SessionManager, ada: User, clock: FrozenClock
) -> None:
    issued = manager.issue(ada)
    assert issued is not None
    rows = rows_of(auth, "session")
    clock.advance(days=3)
    resolution = manager.resolve(cookies_in(issued.cookies), Reading(refresh=False))
    assert resolution.signed_in is not None
    assert (resolution.cookies, rows_of(auth, "session")) == ((), rows)


@pytest.mark.parametrize(
    ("fresh_age", "age", "fresh"),
    [
        (timedelta(hours=1), timedelta(minutes=59), True),
        (timedelta(hours=1), timedelta(hours=1), False),
        (timedelta(0), timedelta(days=6), True),
    ],
)
def test_freshness_counts_from_the_sign_in(
    clock: FrozenClock, fresh_age: timedelta, age: timedelta, fresh: bool
) -> None:
    auth = make_auth(clock=clock, session={"fresh_age": fresh_age})
    user = auth.context.users.create({"name": "Ada", "email": "ada@example.com"})
    assert user is not None
    issued = auth.context.session_manager.issue(user)
    assert issued is not None
    clock.now += age
    assert auth.context.session_manager.is_fresh(issued.session) is fresh


def test_a_veto_of_the_extension_leaves_nobody_and_expires_the_cookies(clock: FrozenClock) -> None:
    auth = make_auth(
        clock=clock, database_hooks={"session": {"update": {"before": lambda event: False}}}
    )
    user = auth.context.users.create({"name": "Ada", "email": "ada@example.com"})
    assert user is not None
    manager = auth.context.session_manager
    issued = manager.issue(user)
    assert issued is not None
    clock.advance(days=2)
    resolution = manager.resolve(cookies_in(issued.cookies))
    assert resolution.signed_in is None
    assert resolution.cookies == manager.expiring_cookies()
    assert resolution.refusal is not None
    assert (resolution.refusal.status, resolution.refusal.code) == (401, "FAILED_TO_GET_SESSION")


def test_an_age_that_means_never_extends_nothing(clock: FrozenClock) -> None:
    auth = make_auth(clock=clock, session={"update_age": timedelta.max})
    user = auth.context.users.create({"name": "Ada", "email": "ada@example.com"})
    assert user is not None
    issued = auth.context.session_manager.issue(user)
    assert issued is not None
    clock.advance(days=6)
    resolution = auth.context.session_manager.resolve(cookies_in(issued.cookies))
    assert resolution.signed_in is not None
    assert resolution.signed_in.session.expires_at == issued.session.expires_at


def test_a_session_that_outlives_what_a_cookie_can_is_signed_anew(clock: FrozenClock) -> None:
    older, newer = SECRET, SECRET[::-1]
    auth = make_auth(clock=clock, secret=None, secrets=f"2:{newer},1:{older}")
    user = auth.context.users.create({"name": "Ada", "email": "ada@example.com"})
    assert user is not None
    far_away = clock() + timedelta(days=800)
    session = auth.context.sessions.create(
        user, expires_at=far_away, ip_address=None, user_agent=None
    )
    assert session is not None
    cookies = {auth.context.cookies.session_token.name: append_signature(session.token, older)}
    (cookie,) = auth.context.session_manager.resolve(cookies).cookies
    assert f"; Max-Age={MAX_COOKIE_AGE}" in cookie


def test_further_fields_are_kept_with_a_new_session(clock: FrozenClock) -> None:
    fields = {"theme": {"type": "string", "required": False}}
    auth = make_auth(clock=clock, session={"additional_fields": fields})
    user = auth.context.users.create({"name": "Ada", "email": "ada@example.com"})
    assert user is not None
    issued = auth.context.session_manager.issue(user, extra={"theme": "dark", "token": "chosen"})
    assert issued is not None
    assert issued.session.theme == "dark"
    assert issued.session.token != "chosen"
