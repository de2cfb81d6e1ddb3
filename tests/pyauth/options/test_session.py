"""Options of the sessions."""

from datetime import timedelta
from typing import Any

import pytest

from pyauth import ConfigurationError
from pyauth.options import CookieCache, SessionOptions
from tests.support.app import make_auth


def test_the_cache_is_off_and_short_by_default() -> None:
    cache = SessionOptions().cookie_cache
    assert (cache.enabled, cache.strategy, cache.version) == (False, "compact", "1")
    assert (cache.max_age, cache.refresh_before) == (timedelta(minutes=5), None)


@pytest.mark.parametrize(
    ("refresh", "before"),
    [(True, 60), ({"update_age": 20}, 20), ({"updateAge": 0}, 0), ({}, 60), (False, None)],
)
def test_a_cache_is_made_anew_in_its_last_fifth(refresh: Any, before: int | None) -> None:
    cache = CookieCache(refresh_cache=refresh)
    assert cache.refresh_before == (None if before is None else timedelta(seconds=before))


def test_upstreams_spelling_is_read() -> None:
    options: dict[str, Any] = {
        "deferSessionRefresh": True,
        "cookieCache": {"enabled": True, "maxAge": 60, "strategy": "jwe", "refreshCache": True},
    }
    session = SessionOptions.model_validate(options)
    assert session.defer_session_refresh
    assert session.cookie_cache.max_age == timedelta(minutes=1)


@pytest.mark.parametrize(
    ("cache", "words"),
    [
        ({"max_age": 0}, "at least a second"),
        ({"strategy": "plain"}, "'compact', 'jwt' or 'jwe'"),
        ({"maxage": 5}, "did you mean 'session.cookie_cache.max_age'"),
        ({"version": 2}, "version"),
        ({"max_age": timedelta(days=500)}, "400 days"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(cache: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        make_auth(session={"cookie_cache": cache})
