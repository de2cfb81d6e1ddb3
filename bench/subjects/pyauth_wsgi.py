"""pyauth as a WSGI application, without Flask."""

from typing import Any

from bench.subjects import Opened, WSGIApplication
from bench.subjects.settings import (
    CACHE_AGE,
    LIMIT,
    LIMIT_WINDOW,
    ORIGIN,
    REDIS_URL,
    SECRET,
    Setting,
    cheap_hash,
    cheap_verify,
)
from pyauth import PyAuth


def make_app(database: str) -> WSGIApplication:
    """Build the application over a SQLite file."""
    return open_app(database).app


def open_app(database: str, setting: Setting = "plain") -> Opened:
    """Build the application over a SQLite file."""
    auth = make_auth(database, setting)
    return Opened(auth.wsgi_app, auth.close)


def make_auth(database: str, setting: Setting = "plain") -> PyAuth:
    """Build the instance over a SQLite file."""
    return PyAuth(database=f"sqlite:///{database}", **options(setting))


def options(setting: Setting = "plain") -> dict[str, Any]:
    """Return what pyauth is configured with, in production's posture.

    Args:
        setting: requests are counted only where it says so: the views by hand count theirs then
            too, and the limit is beyond reach.
    """
    chosen: dict[str, Any] = {
        "secret": SECRET,
        "base_url": ORIGIN,
        "mode": "production",
        "email_and_password": {
            "enabled": True,
            "password": {"hash": cheap_hash, "verify": cheap_verify},
        },
        "rate_limit": {"enabled": False},
    }
    if setting == "cookie-cache":
        chosen["session"] = {"cookie_cache": {"enabled": True, "max_age": CACHE_AGE}}
    if setting == "limit-memory":
        chosen["rate_limit"] = _limit()
    if setting == "limit-redis":
        chosen["rate_limit"] = {**_limit(), "custom_storage": _redis()}
    return chosen


def _limit() -> dict[str, Any]:
    return {"enabled": True, "max": LIMIT, "window": LIMIT_WINDOW}


def _redis() -> Any:
    from pyauth.storage import RedisStorage

    return RedisStorage(REDIS_URL, prefix="pyauth-bench:")
