"""The cache by itself: what it believes of texts that are genuine."""

import logging
from datetime import timedelta

import pytest

from pyauth import CookieCache, PyAuth, SignedIn, User
from pyauth.sessions import build_session_cache
from pyauth.sessions.cache import SessionCache
from tests.support.app import FrozenClock, cookies_in, make_auth


@pytest.fixture
def auth(clock: FrozenClock) -> PyAuth:
    return make_auth(clock=clock)


def build(auth: PyAuth, options: CookieCache, *, stateless: bool) -> SessionCache:
    context = auth.context
    return build_session_cache(
        options,
        spec=context.cookies.session_data,
        keys=context.keys,
        schema=context.schema,
        clock=context.clock,
        logger=logging.getLogger("pyauth"),
        is_stateless=stateless,
    )


def sign_up(auth: PyAuth, name: str) -> SignedIn:
    user = auth.context.users.create({"name": name, "email": f"{name}@example.com"})
    assert isinstance(user, User)
    issued = auth.context.session_manager.issue(user)
    assert issued is not None
    return SignedIn(issued.session, user)


def test_a_session_is_believed_with_its_own_user_only(auth: PyAuth) -> None:
    cache = build(auth, CookieCache(enabled=True), stateless=False)
    ada, eve = sign_up(auth, "ada"), sign_up(auth, "eve")
    for user, believed in ((ada.user, True), (eve.user, False)):
        cookies = cookies_in(cache.write(SignedIn(ada.session, user), remember=True, held=()))
        assert (cache.read(cookies, ada.session.token) is not None) is believed


@pytest.mark.parametrize("stateless", [True, False])
def test_only_without_a_store_is_it_made_anew_out_of_itself(
    auth: PyAuth, clock: FrozenClock, stateless: bool
) -> None:
    options = CookieCache(enabled=True, refresh_cache=True, max_age=timedelta(seconds=100))
    cache = build(auth, options, stateless=stateless)
    ada = sign_up(auth, "ada")
    cookies = cookies_in(cache.write(ada, remember=True, held=()))
    clock.advance(seconds=90)
    found = cache.read(cookies, ada.session.token)
    assert found is not None
    assert found.is_due is stateless


def test_neither_cache_nor_content_shows_itself(auth: PyAuth) -> None:
    cache = build(auth, CookieCache(enabled=True), stateless=False)
    ada = sign_up(auth, "ada")
    found = cache.read(cookies_in(cache.write(ada, remember=True, held=())), ada.session.token)
    assert ada.session.token not in repr(found)
