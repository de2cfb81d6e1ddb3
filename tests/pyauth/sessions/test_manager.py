"""What a session cookie means; cookies come in as a dict and go out as texts."""

from datetime import timedelta

import pytest

from pyauth import APIError, PyAuth, User
from pyauth.cookies import MAX_COOKIE_AGE, append_signature
from pyauth.sessions import Reading, SessionManager
from tests.support.app import SECRET, FrozenClock, cookies_in, make_auth, rows_of


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


def test_a_veto_of_the_extension_refuses_with_the_expiring_cookies(clock: FrozenClock) -> None:
    auth = make_auth(
        clock=clock, database_hooks={"session": {"update": {"before": lambda event: False}}}
    )
    user = auth.context.users.create({"name": "Ada", "email": "ada@example.com"})
    assert user is not None
    manager = auth.context.session_manager
    issued = manager.issue(user)
    assert issued is not None
    clock.advance(days=2)
    with pytest.raises(APIError) as caught:
        manager.resolve(cookies_in(issued.cookies))
    assert caught.value.code == "FAILED_TO_GET_SESSION"
    assert [value for _, value in caught.value.headers] == list(manager.expiring_cookies())


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
