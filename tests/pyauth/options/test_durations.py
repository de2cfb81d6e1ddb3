"""Durations that options take: neither nothing nor beyond what a calendar holds."""

from datetime import timedelta
from typing import Any

import pytest

from pyauth import ConfigurationError
from tests.support.app import make_auth

LINKS = [
    ("email_and_password", "reset_password_token_expires_in"),
    ("email_verification", "expires_in"),
    ("user", "delete_user", "delete_token_expires_in"),
]
DURATIONS = [("rate_limit", "window"), ("rate_limit", "memory_cleanup_interval")]
PATHS = [pytest.param(path, id=".".join(path)) for path in (*LINKS, *DURATIONS)]


def options_with(path: tuple[str, ...], duration: object) -> dict[str, Any]:
    """Return options in which the one of a path is set."""
    value: Any = duration
    for name in reversed(path):
        value = {name: value}
    options: dict[str, Any] = value
    return options


@pytest.mark.parametrize("path", [pytest.param(path, id=".".join(path)) for path in LINKS])
@pytest.mark.parametrize("duration", [0, -1, timedelta(milliseconds=5)])
def test_a_link_lives_at_least_a_second(path: tuple[str, ...], duration: object) -> None:
    with pytest.raises(ConfigurationError, match="at least a second"):
        make_auth(**options_with(path, duration))


@pytest.mark.parametrize("path", PATHS)
def test_no_duration_is_longer_than_a_century(path: tuple[str, ...]) -> None:
    with pytest.raises(ConfigurationError, match="at most 36500 days"):
        make_auth(**options_with(path, timedelta.max))


@pytest.mark.parametrize("path", PATHS)
def test_numbers_are_seconds(path: tuple[str, ...]) -> None:
    found: Any = make_auth(**options_with(path, 90)).context.options
    for name in path:
        found = getattr(found, name)
    assert found == timedelta(seconds=90)
